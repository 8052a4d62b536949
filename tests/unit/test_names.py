"""Match keys: what is one name, what is not, and which names say who they are."""

from __future__ import annotations

import csv
from importlib.resources import files

import pytest

from graph_core.resolve.names import core, distinctive, form, normalise, normalise_all

EQUAL = [
    ("FGV Holdings Berhad", "FGV HOLDINGS BERHAD"),
    ("FGV Holdings Bhd.", "FGV HOLDINGS BERHAD"),
    ("Sime Darby Plantation Berhad", "SIME DARBY PLANTATION BHD"),
    ("Kulim Sdn. Bhd.", "KULIM SENDIRIAN BERHAD"),
    ("PT. Pan Brothers", "PT Pan Brothers"),
    ("P.T. Pan Brothers Tbk.", "PT Pan Brothers, Tbk"),
    ("P. T. Pan Brothers", "pt pan brothers"),
    ("Pan Brothers, PT", "PT Pan Brothers"),
    ("Arvind Mills (Pvt.) Ltd.", "Arvind Mills Private Limited"),
    ("Arvind Mills (P) Ltd", "ARVIND MILLS PVT. LTD."),
    ("Baoding LYSZD Co., Ltd", "Baoding LYSZD Company Limited"),
    ("Baoding LYSZD Co.,Ltd.", "Baoding LYSZD LIMITED"),
    ("Muster L.L.C.", "Muster Limited Liability Company"),
    ("Muster GmbH & Co. KG", "MUSTER GMBH AND CO KG"),
    ("Filatura Rossi S.p.A.", "FILATURA ROSSI SPA"),
    ("Confecciones Luna S.A. de C.V.", "Confecciones Luna SA de CV"),
    ("L'Oréal S.A.", "L\u2019OREAL SA"),
    ("Marks & Spencer", "Marks and Spencer"),
    ("Ｆｏｏ　Ｂａｒ　Ｌｔｄ", "Foo Bar Ltd."),
    ("Foo\u200bBar Ltd", "FooBar Ltd"),
    ("FooBar™ Ltd", "FooBar Ltd"),
    ("  Foo   -  Bar ", "foo bar"),
    # Turkish: four letters i, capital and small, are one
    ("IŞIK TEKSTİL A.Ş.", "Işık Tekstil Anonim Şirketi"),
    ("ışık tekstil a.ş.", "ISIK TEKSTIL AS"),
    ("Örnek Tekstil San. ve Tic. A.Ş.", "ÖRNEK TEKSTİL SANAYİ VE TİCARET ANONİM ŞİRKETİ"),
    ("Örnek Giyim Ltd. Şti.", "Ornek Giyim Limited Şirketi"),
    # Vietnamese: composed, decomposed and without marks
    ("Công ty TNHH Dệt May Bình Minh", "CONG TY TNHH DET MAY BINH MINH"),
    ("Công ty TNHH Dệt May Bình Minh", "Co\u0302ng ty TNHH De\u0323\u0302t May Bi\u0300nh Minh"),
    ("Det May Binh Minh Co., Ltd", "Công ty TNHH Dệt May Bình Minh"),
    ("Công ty Cổ phần Sông Hồng", "Song Hong JSC"),
    # Cyrillic
    ("ООО «Вектор Текстиль»", "Общество с ограниченной ответственностью Вектор Текстиль"),
    ("ВЕКТОР ТЕКСТИЛЬ, ООО", "ООО Вектор Текстиль"),
    ('ЗАО "Вектор"', "Закрытое акционерное общество «Вектор»"),
    ("OOO Vektor", "Vektor OOO"),
    # Chinese, Japanese, Korean, Thai, Arabic
    ("洛浦县美欣发制品有限公司", "洛浦县 美欣 发制品 有限公司"),
    ("某某（集团）有限责任公司", "某某集团有限公司"),
    ("ABC纺织有限公司", "ABC 纺织 有限公司"),
    ("(株)トヨタ", "トヨタ株式会社"),
    ("㈜한솔", "한솔 주식회사"),
    ("บริษัท ทดสอบ จำกัด", "ทดสอบ จำกัด"),
    ("شركة النيل الذهبي (ش.م.م)", "النيل الذهبي ش م م"),
]

DIFFERENT = [
    ("Sime Darby Plantation Berhad", "SIME DARBY"),
    ("Kulim Sdn Bhd", "Kulim Bhd"),
    ("Muster Ltd", "Muster LLC"),
    ("Muster Ltd", "Muster"),
    ("Muster Pvt Ltd", "Muster Ltd"),
    ("PT Pan Brothers", "PT Pan Brothers Tbk"),
    ("Air Products", "Lop County Meixin Hair Products"),
    ("ООО Вектор", "ЗАО Вектор"),
    ("某某有限公司", "某某股份有限公司"),
    ("ООО Вектор", "OOO Vektor"),  # own script kept: nothing is transliterated
    ("Краи", "Край"),  # the breve is part of a Cyrillic letter
    ("紡織兴", "纺织兴"),  # nor is Chinese simplified
    ("AG Garments", "Garments AG"),  # a suffix in front is no legal form
    ("Sao Luo", "SaoLuo"),
]


@pytest.mark.parametrize(("left", "right"), EQUAL)
def test_spellings_of_one_name_are_equal(left: str, right: str) -> None:
    assert normalise(left) == normalise(right)


@pytest.mark.parametrize(("left", "right"), DIFFERENT)
def test_different_companies_stay_apart(left: str, right: str) -> None:
    assert normalise(left) != normalise(right)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("FGV Holdings Berhad", ("fgv holdings", "bhd")),
        ("PT Pan Brothers Tbk", ("pan brothers", "pt tbk")),
        ("Foo", ("foo", "")),
        ("洛浦县美欣发制品有限公司", ("洛浦县美欣发制品", "ltd")),
        ("Foo Company Inc", ("foo", "inc")),
        ("Ltd", ("", "ltd")),
    ],
)
def test_core_and_form(name: str, expected: tuple[str, str]) -> None:
    assert (core(name), form(name)) == expected


@pytest.mark.parametrize(
    "name",
    [
        "Pan Brothers",
        "FGV Holdings Berhad",
        "Air Products",
        "Hetian Taida Apparel Co., Ltd",
        "Hetian Haolin Hair Accessories Co. Ltd",
        "洛浦县美欣发制品有限公司",
        "ООО «Вектор Текстиль»",
        "Işık Tekstil A.Ş.",
        "Công ty TNHH Dệt May Bình Minh",
        "شركة النيل الذهبي للغزل والنسيج",
        "トヨタ株式会社",
    ],
)
def test_names_that_say_who_it_is(name: str) -> None:
    assert distinctive(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "   ",
        "---",
        "UNKNOWN",
        "n/a",
        "Textile Factory",
        "Textile Factory No. 2",
        "Factory 2A",
        "Unit III",
        "1st Garment Industrial Group Co., Ltd.",
        "Co., Ltd.",
        "PT. Garment",
        "Xinjiang",
        "Xinjiang Cotton Textile Co., Ltd",
        "Xin Jiang Textile Mill",
        "Shandong Trading Group",
        "Guangdong Knitting Factory",
        "Johor Palm Oil Mill Sdn Bhd",
        "Malaysian Plantations Berhad",
        "Chinese Textile Company",
        "Viet Nam Garment JSC",
        "Ho Chi Minh City Textile",
        "Công ty TNHH Dệt May",
        "Công ty May Việt Nam",
        "Tekstil Sanayi ve Ticaret A.Ş.",
        "İstanbul Tekstil Ltd. Şti.",
        "ООО Текстильная фабрика",
        "Швейная фабрика № 3",
        "Ташкент Текстиль",
        "新疆",
        "新疆纺织有限公司",
        "新疆维吾尔自治区第一棉纺织厂",
        "山东某厂",  # one character left
        "广东省深圳市服装厂",
        "شركة الغزل والنسيج المصرية",
    ],
)
def test_names_that_say_nothing(name: str) -> None:
    assert not distinctive(name)


def test_many_names_give_the_keys_of_each() -> None:
    names = ["Foo Berhad", "FOO BHD", "新疆纺织有限公司", "Foo Berhad"]
    assert normalise_all(names) == [normalise(name) for name in names]
    assert normalise_all([]) == []


def test_every_pair_of_legal_forms_ends_in_a_key_that_stays() -> None:
    text = files("graph_core.resolve").joinpath("legal_forms.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    variants = sorted({row["variant"] for row in rows} | {row["class"] for row in rows})
    keys = {normalise(f"Foo {first} {second}") for first in variants for second in variants}
    assert {key for key in keys if normalise(key) != key} == set()
