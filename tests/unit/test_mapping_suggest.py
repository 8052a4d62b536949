# ruff: noqa: E501 - tables stand as a user has them
"""Drafts of mappings: each loads as it stands, says what it guessed, and gives the brand its suppliers."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from jsonschema import Draft202012Validator

from graph_core.day import Day, Parameters
from graph_core.derive import derive
from graph_core.errors import InputError
from graph_core.store.base import RecordSet
from loaders.base import Options, Reading, silent
from loaders.formats.mapping.loader import LOADER
from loaders.formats.mapping.suggest import suggest
from loaders.formats.mapping.words import day_in, is_direct, is_indirect, is_placeholder, name_in, role_of
from loaders.formats.mapping.yaml import read_document, schema

DATA = Path(__file__).parents[2].parent / "shared" / "data"


def real(*parts: str) -> Path:
    path = DATA.joinpath(*parts)
    if not path.exists():
        message = f"the real data set {'/'.join(parts)} is not beside the checkout"
        if os.environ.get("TIERTRACE_TEST_DATA") == "required":
            pytest.fail(message)
        pytest.skip(message)
    return path


class Drafted:
    """A table, its draft, and what the draft alone makes of it."""

    def __init__(self, table: Path, folder: Path) -> None:
        self.text = suggest(table)
        self.content: dict[str, Any] = read_document(self.text, "draft.yaml").content
        (folder / "draft.yaml").write_text(self.text, encoding="utf-8")
        self.readings = list(LOADER.read(table, Options(mapping=folder / "draft.yaml"), silent))

    @property
    def rows(self) -> tuple[str, int, int, int]:
        """Record table, and rows read, loaded or merged, and rejected."""
        tallies = [tally for reading in self.readings for tally in reading.tallies]
        done = sum(t.loaded + t.merged for t in tallies)
        return tallies[0].table, sum(t.read for t in tallies), done, sum(t.rejected for t in tallies)

    def suppliers(self, day: str, brand: str) -> int:
        sets = [RecordSet(r.source, n, r.records) for n, r in enumerate(self.readings, start=1)]
        return int(Day(derive(sets), Parameters(day)).exposures([brand])[0]["suppliers"])

    def records(self, table: str) -> pd.DataFrame:
        return pd.concat([reading.records[table] for reading in self.readings], ignore_index=True)


def draft(tmp_path: Path, name: str, content: str) -> Drafted:
    (tmp_path / name).write_text(content, encoding="utf-8")
    return Drafted(tmp_path / name, tmp_path)


# --- lists of brands never seen before -------------------------------------------------------------------------

HM = """Country,Supplier Name,Factory Name,Factory Address,Factory Type,Product Category,Number of Workers,Tier
Bangladesh,Alpha Apparels Ltd,Alpha Apparels Unit 1,"12 Tongi Road, Gazipur",Manufacturing,Apparel,1001-5000,1
Bangladesh,Alpha Apparels Ltd,Alpha Apparels Unit 2,"14 Tongi Road, Gazipur",Processing,Apparel,501-1000,2
Türkiye,Beta Tekstil A.S.,Beta Tekstil,"Organize Sanayi 5, Bursa",Manufacturing,Home,101-500,Fabric mill
"""
ADIDAS = """Nordwind Global Factory List as of 1st July 2023,,,,,,,,,
,,,,,,,,,
Sub Region,Country/Territory,Supplier Group,Factory Name,Factory Address,City,Supplier Type,FFC Factory ID,Number of workers,% Female
SEA,Viet Nam,Pou Lien,Pou Lien Vietnam,"D10/89Q National Road 1A",Ho Chi Minh,Primary Supplier,FFC-001,5000+,80%
SEA,Indonesia,N/A,PT Niko,"Jl Raya Serang Km 71",Serang,Subcontractor,FFC-002,1000-5000,75%
"""
ASOS = """KESTREL Factory List November 2024
Factory Name;Address Line 1;Address Line 2;City;Postcode;Country;Latitude;Longitude;Department;Total Workers;% Male;Trade Union (Y/N)
Fab One;1 High St;Unit 4;Leicester;LE1 1AA;UK;52,6369;-1,1398;Womenswear;45;50%;N
Fab Two;Str. Mare 5;;Bucuresti;010011;Romania;44,4268;26,1025;Menswear;200;20%;Y
Fab Three;;;Izmir;;Turkey;0;0;Menswear;n/a;;
"""
TCHIBO = """Produktionsstättenliste der Kaffeerösterei Nord GmbH;;;;;
Stand: März 2024;;;;;
Name der Produktionsstätte;Adresse;Land;Produktgruppe;Anzahl Beschäftigte;Frauenanteil
Xin Yu Textil Co. Ltd.;Nr. 5 Hauptstr., Ningbo;China;Bekleidung;1.200;60 %
Dhaka Knit Ltd.;Plot 7, Savar, Dhaka;Bangladesch;Bekleidung;850;70 %
Izmir Tekstil;Cad. 12, Izmir;Türkei;Heimtextilien;k.A.;55 %
"""
INDITEX = """Lista de fábricas de Textiles Ría - 31/12/2023
Nombre de la fábrica,Dirección,Ciudad,País,Tipo de producto,Número de trabajadores,Empresa matriz
Confecciones Norte SA,Calle Mayor 1,Porto,Portugal,Prendas,120,Grupo Norte
Textil Atlas,Zone Ind. 4,Tánger,Marruecos,Prendas,540,
Anadolu Giyim,OSB 3,Estambul,Turquía,Calzado,300,Anadolu Holding
"""
FRENCH = """Liste des fournisseurs Maison Dupin au 15 février 2023
Nom de l'usine\tAdresse\tVille\tCode postal\tPays\tCatégorie de produits\tEffectif\tMaison mère
Confection Sud\t3 rue A\tTunis\t1000\tTunisie\tPantalons\t200\tGroupe Sud
Jardin Textile\t4 rue B\tMadagascar\t101\tMadagascar\tChemises\t80\tnéant
"""
ITALIAN = """Nome stabilimento;Indirizzo;Comune;Provincia;Paese;Tipologia di prodotto;Numero dipendenti;Gruppo
Maglificio Uno;Via A 1;Carpi;MO;Italia;Maglie;30;
Conceria Due;Via B 2;Arzignano;VI;Italia;Pelle;45;Gruppo Due
"""
CHINESE = """工厂名称 Factory Name,工厂地址,工厂所在国家,产品类型,员工人数
苏州纺织有限公司,江苏省苏州市工业园区1号,中国,服装,500
越南服装厂,胡志明市2号,越南,鞋,200
"""
BARE = """A,B,C,D,E
Blue Factory Ltd,"12 Long Road, Dhaka 1200",Bangladesh,23.8103,90.4125
Red Factory Ltd,"99 Short Road, Savar 1340",Bangladesh,23.8583,90.2667
"""


@pytest.mark.parametrize(
    ("name", "content", "brand", "day", "rows"),
    [
        ("hm_group_supplier_list_2024-01.csv", HM, "Hm Group", "2024-01-01", 3),
        ("list.csv", ADIDAS, "Nordwind", "2023-07-01", 2),
        ("export.csv", ASOS, "KESTREL", "2024-11-01", 3),
        ("Produktionsstaetten.csv", TCHIBO, "Kaffeerösterei Nord GmbH", "2024-03-01", 3),
        ("lista.csv", INDITEX, "Textiles Ría", "2023-12-31", 3),
        ("liste.tsv", FRENCH, "Maison Dupin", "2023-02-15", 2),
        ("filato_fornitori_20240630.csv", ITALIAN, "Filato", "2024-06-30", 2),
        ("柏林服饰供应商名单 2024年3月.csv", CHINESE, None, "2024-03-01", 2),
        ("what.csv", BARE, "What", None, 2),
    ],
)
def test_a_list_of_a_brand_never_seen_before_loads_with_its_draft_alone(
    tmp_path: Path, name: str, content: str, brand: str | None, day: str | None, rows: int
) -> None:
    drafted = draft(tmp_path, name, content)
    assert drafted.rows == ("links", rows, rows, 0)
    listed = drafted.content["list"]
    assert brand is None or listed["brand"] == brand
    assert listed.get("date") == day
    assert drafted.suppliers(day or "2024-01-01", f"brand:{listed['brand']}") == rows
    assert drafted.records("facilities")["country"].notna().all()
    assert drafted.records("facilities")["address"].notna().sum() >= rows - 1
    assert list(Draft202012Validator(schema()).iter_errors(yaml.load(drafted.text, yaml.BaseLoader))) == []


def test_what_a_draft_of_a_list_says(tmp_path: Path) -> None:
    text = draft(tmp_path, "hm_group_supplier_list_2024-01.csv", HM).text
    assert (
        text
        == """\
# Draft of a mapping, made from the headers and cells of hm_group_supplier_list_2024-01.csv.
# Read it before you load it: what stands behind `check:` is a guess.
# Of 3 rows 3 load, 0 repeat another row, and 0 are rejected.

version: 1
title: Supplier list of Hm Group
file: hm_group_supplier_list_2024-01.csv

list:
  # check: taken from the name of the file; write the name of the buyer whose list it is
  brand: Hm Group
  # check: the name of the file says '2024-01'; the first day of that time is taken
  date: 2024-01-01
  series: supplier list

organizations:
  - as: company
    name: Supplier Name

facilities:
  name: Factory Name
  country: Country
  address: Factory Address
  # check: the company is taken for the one that runs the site
  operator_id: {id_of: company}
  product: Product Category
  facility_type: Factory Type
  workers: Number of Workers

links:
  product: Product Category
  # check: who is `direct` delivers to the brand itself, `indirect` stands behind others
  disclosure: {column: Tier, values: {1: direct, 2: indirect, Fabric mill: indirect}}
"""
    )


def test_cells_that_say_nothing_make_no_company_and_no_place(tmp_path: Path) -> None:
    nordwind = draft(tmp_path, "list.csv", ADIDAS)
    assert nordwind.records("organizations")["name"].tolist() == ["Nordwind", "Pou Lien"]
    assert nordwind.content["links"]["disclosure"]["values"] == {
        "Primary Supplier": "direct",
        "Subcontractor": "indirect",
    }
    assert nordwind.records("facilities")["identifiers"].tolist() == ["NORDWIND:FFC-001", "NORDWIND:FFC-002"]
    kestrel = draft(tmp_path, "export.csv", ASOS)
    assert kestrel.records("facilities")["lat"].tolist()[:2] == [52.6369, 44.4268]
    assert kestrel.records("facilities")["lat"].isna().tolist() == [False, False, True]
    assert "# check: 0 is read as not known" in kestrel.text
    assert "# Columns that are not used: % Male, Trade Union (Y/N)" in kestrel.text


def test_countries_may_be_in_other_languages(tmp_path: Path) -> None:
    drafted = draft(tmp_path, "Produktionsstaetten.csv", TCHIBO)
    assert drafted.content["facilities"]["country"] == "Land"
    assert drafted.records("facilities")["country"].tolist() == ["CN", "BD", "TR"]
    unknown = draft(tmp_path, "x.csv", TCHIBO.replace("Türkei", "Absurdistan"))
    assert unknown.rows == ("links", 3, 2, 1)
    assert "# check: no country is known as: Absurdistan; add them to `values`" in unknown.text
    assert "#   line 6: Land 'Absurdistan' is no country" in unknown.text.replace("# line", "#   line")


def test_several_brands_and_years_in_one_table(tmp_path: Path) -> None:
    rows = "".join(f"{brand},{year},{site},CN\n" for brand in "PQ" for year in (2020, 2021) for site in ("A", "B", "C"))
    drafted = draft(tmp_path, "all.csv", "Brand,Report Year,Factory Name,Country\n" + rows)
    assert drafted.content["list"]["brand"] == {"column": "Brand"}
    assert drafted.content["list"]["date"] == {"column": "Report Year", "format": "%Y"}
    assert [drafted.suppliers(day, "brand:P") for day in ("2019-12-31", "2020-01-01", "2021-06-01")] == [0, 3, 3]
    one = draft(tmp_path, "one.csv", "Brand,Factory Name,Country\nACME,A,CN\nACME,B,CN\n")
    assert one.content["list"]["brand"] == "ACME"


def test_a_download_with_contributors_is_no_list_of_a_brand(tmp_path: Path) -> None:
    drafted = draft(
        tmp_path,
        "dl.csv",
        "os_id,name,address,country_code,contributor (list),product_type\nCN2020001ABCDE1,A,1 Road,CN,H&M (List)|Zara (List),Shirts\n",
    )
    assert drafted.rows == ("facilities", 1, 1, 0)
    assert "load it as format os-hub" in drafted.text
    assert not {"list", "links"} & set(drafted.content)


# --- other tables ----------------------------------------------------------------------------------------------


def test_deliveries(tmp_path: Path) -> None:
    head = "Order No;Vendor;Vendor Country;Customer;Product;Quantity (kg);Value (EUR);Delivery Date\n"
    rows = "1;Palm Co;Malaysia;Soap AG;Palm oil;1.200,50;3.400,00;03.02.2022\n2;Palm Co;Malaysia;Soap AG;Palm oil;800;2.000,00;15.03.2022\n"
    rows += "3;Oil Ltd;Indonesia;Soap AG;Palm oil;1.000;2.500,00;31.03.2022\n4;Oil Ltd;Indonesia;Soap AG;Palm oil;1.000;2.500,00;31.03.2022\n"
    drafted = draft(tmp_path, "orders_2022.csv", head + rows)
    assert drafted.rows == ("links", 4, 4, 0)
    assert drafted.records("links")["volume"].tolist() == [1200.5, 800.0, 1000.0, 1000.0]
    assert set(drafted.records("links")["unit"]) == {"kg"}
    assert set(drafted.records("links")["currency"]) == {"EUR"}
    assert [
        drafted.suppliers(day, "brand:Soap AG") for day in ("2022-02-02", "2022-02-03", "2022-12-31", "2023-12-31")
    ] == [0, 1, 2, 0]


def test_companies_on_both_sides_of_deliveries_are_the_same(tmp_path: Path) -> None:
    drafted = draft(tmp_path, "chain.csv", "Supplier,Country,Buyer,Share\nMine,CN,Smelter,40\nSmelter,DE,Maker,100\n")
    assert drafted.rows == ("links", 2, 2, 0)
    assert drafted.records("links")[["supplier_id", "buyer_id", "share"]].to_numpy().tolist() == [
        ["company:Mine", "company:Smelter", 0.4],
        ["company:Smelter", "company:Maker", 1.0],
    ]


def test_holdings(tmp_path: Path) -> None:
    text = "Shareholder,Subsidiary,% held,Since\nMother,Daughter,60%,01/02/2019\nDaughter,Grand,100%,15/06/2020\n"
    drafted = draft(tmp_path, "holdings.csv", text)
    assert drafted.rows == ("ownership", 2, 2, 0)
    assert drafted.records("ownership")[["owner_id", "owned_id", "percent", "valid_from"]].to_numpy().tolist() == [
        ["company:Mother", "company:Daughter", 60.0, "2019-02-01"],
        ["company:Daughter", "company:Grand", 100.0, "2020-06-15"],
    ]
    parts = draft(tmp_path, "parts.csv", "Owner,Owned,Percentage\nM,D,0.6\nD,G,1\n")
    assert parts.records("ownership")["percent"].tolist() == [60.0, 100.0]
    unsure = draft(tmp_path, "unsure.csv", "Owner,Owned,From\nM,D,01/02/2019\n")
    assert "# check: day and month may be the other way round" in unsure.text


# --- any file --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["t.xlsx", "t.json", "t.jsonl", "t.parquet"])
def test_drafts_of_any_kind_of_file(tmp_path: Path, name: str) -> None:
    frame = pd.DataFrame({"Factory Name": ["A", "B"], "Country": ["CN", "VN"], "Address": ["1 Road", "2 Road"]})
    path = tmp_path / name
    match name:
        case "t.xlsx":
            frame.to_excel(path, index=False, startrow=4)
        case "t.json":
            path.write_text(json.dumps(frame.to_dict("records")))
        case "t.jsonl":
            path.write_text("\n".join(map(json.dumps, frame.to_dict("records"))))
        case _:
            frame.to_parquet(path)
    assert Drafted(path, tmp_path).rows == ("links", 2, 2, 0)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", "Factory Name,Country\n", "has no rows"),
        ("t.csv", "a,b\n1,2\n", r"no column looks like names of sites or companies \(columns: a, b\)"),
        ("t.csv", "", "is empty"),
        ("t.pdf", "%PDF-1.4", "looks like a PDF"),
        ("t.csv", "Factory Name,factory_name\nA,B\n", "twice"),
    ],
)
def test_no_draft(tmp_path: Path, name: str, content: str, message: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=message):
        suggest(tmp_path / name)


def test_headers_and_cells_cannot_break_the_draft(tmp_path: Path) -> None:
    """Whatever stands in a file comes out as text of the YAML, never as YAML."""
    odd = [
        '": x',
        "a: b # c",
        "*x",
        "&x",
        "!!python/object",
        "{a}",
        "yes",
        "- a",
        "| x",
        "%",
        "\x85\u2028\x7fx",
        "é\ud7ff",
        "'",
    ]
    rows = [
        {
            "Factory Name": f"{cell} Ltd",
            "Country": "CN",
            "Parent Company": cell,
            **{f"{cell} {n}": "v" for n, cell in enumerate(odd)},
        }
        for cell in odd
    ]
    rows += [{"Factory Name": "N/A", "Country": "Bangladesch\n# x", "Parent Company": "no group: {x}"}]
    path = tmp_path / "#: *&! {x}.json"
    path.write_text(json.dumps(rows))
    drafted = Drafted(path, tmp_path)
    assert drafted.rows[:2] == ("links", len(rows))
    assert drafted.content["file"] == path.name
    assert drafted.content["facilities"]["name"] == {"column": "Factory Name", "values": {"N/A": ""}}


# --- words -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "role"),
    [
        ("Factory Name", "name"),
        ("FACTORY_NAME", "name"),
        ("Total Number of Workers (2023)", "workers"),
        ("Nº trabajadores", "workers"),
        ("Anzahl der Mitarbeiter*innen", "workers"),
        ("% Female Workers", "statistic"),
        ("Contact Name", "contact"),
        ("E-mail address", "contact"),
        ("Country / Region", "country"),
        ("Region", "region"),
        ("Land / Country", "country"),
        ("工厂名称 Factory Name", "name"),
        ("工厂所在国家", "country"),
        ("Adresse de l'usine", "address"),
        ("Parent Company of the Business at the Site", "parent"),
        ("Lng.", "lon"),
        ("Nike, Inc. Brand(s)", None),
        ("contributor (list)", None),
        ("Zzz", None),
        ("", None),
    ],
)
def test_headers(header: str, role: str | None) -> None:
    guess = role_of(header)
    assert (guess.role if guess else None) == role


@pytest.mark.parametrize(
    ("text", "day", "exact"),
    [
        ("Data As Of AUG 2023", "2023-08-01", 2),
        ("as of 1st July 2023", "2023-07-01", 3),
        ("July 4, 2023", "2023-07-04", 3),
        ("Stand: März 2024", "2024-03-01", 2),
        ("au 15 février 2023", "2023-02-15", 3),
        ("31/12/2023", "2023-12-31", 3),
        ("12/31/2023", "2023-12-31", 3),
        ("03/04/2024", "2024-04-03", 2.5),
        ("5.7.2022", "2022-07-05", 3),
        ("x_2024-03", "2024-03-01", 2),
        ("x202401", "2024-01-01", 2),
        ("x20240301", "2024-03-01", 3),
        ("2024年3月15日", "2024-03-15", 3),
        ("Q3 2022", "2022-07-01", 1.5),
        ("2022 H2", "2022-07-01", 1.5),
        ("list 2024", "2024-01-01", 1),
        ("31.02.2024", "2024-02-01", 2),
        ("18 brands", None, None),
        ("99999", None, None),
    ],
)
def test_days(text: str, day: str | None, exact: float | None) -> None:
    found = day_in(text)
    assert (found.day if found else None, found.exact if found else None) == (day, exact)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Nike Global Manufacturing Data Export - Filters applied: (NIKE)   Data As Of   February 2021", "Nike"),
        ("Data Export - Filters applied:    (none) Data As Of AUG 2023", ""),
        ("This list includes all tier 1 factories as of 1 January 2024", ""),
        ("PUMA core suppliers, published: 5.7.2022", "PUMA"),
        ("ACME Group Global Supplier List 2024", "ACME Group"),
    ],
)
def test_names_in_titles(text: str, name: str) -> None:
    assert name_in(text, capitals=True) == name


def test_cells() -> None:
    assert all(map(is_placeholder, ("N/A", "n.a.", "-", "NO GROUP (EQ)", "k.A.", "Unknown", "无")))
    assert not any(map(is_placeholder, ("Group No 1", "Nana Ltd", "A", "No. 5")))
    assert is_direct("Tier 1")
    assert is_direct("tier-1 (cut & sew)")
    assert not is_direct("Tier 2")
    assert is_indirect("Fabric mill")
    assert is_indirect("FINISHED GOODS - COMPONENTS")
    assert is_indirect("印花厂")
    assert not is_indirect("Finished goods")


# --- real data -------------------------------------------------------------------------------------------------


@pytest.mark.data
@pytest.mark.parametrize(
    ("file", "day", "rows"),
    [("nike_imap_2021-02.xls", "2021-02-01", 498), ("nike_imap_2023-08.xls", "2023-08-01", 643)],
)
def test_real_factory_lists_of_nike(tmp_path: Path, file: str, day: str, rows: int) -> None:
    drafted = Drafted(real("nike", file), tmp_path)
    assert drafted.rows == ("links", rows, rows, 0)
    assert (drafted.content["list"]["brand"], drafted.content["list"]["date"]) == ("Nike", day)
    links, sites = drafted.records("links"), drafted.records("facilities")
    assert drafted.suppliers(day, "brand:Nike") == links["supplier_id"].nunique() == sites["id"].nunique()
    assert not sites["name"].isna().any()
    assert not any("NO GROUP" in name for name in drafted.records("organizations")["name"])
    assert set(links.loc[sites["facility_type"] == "MATERIALS", "disclosure"]) <= {"indirect"}


@pytest.mark.data
def test_the_later_list_of_nike_ends_the_earlier_one(tmp_path: Path) -> None:
    lists: list[Reading] = []
    for file in ("nike_imap_2021-02.xls", "nike_imap_2023-08.xls"):
        lists += Drafted(real("nike", file), tmp_path).readings
    sets = [RecordSet(r.source, n, r.records) for n, r in enumerate(lists, start=1)]
    graph = derive(sets)
    found = [
        Day(graph, Parameters(day)).exposures(["brand:Nike"])[0]["suppliers"] for day in ("2021-06-30", "2024-01-01")
    ]
    assert found == [len(set(r.records["links"]["supplier_id"])) for r in lists]


@pytest.mark.data
@pytest.mark.parametrize(("number", "rows"), [(2, 75), (4, 77), (10, 54), (14, 46), (15, 351)])
def test_real_lists_of_the_open_supply_hub(tmp_path: Path, number: int, rows: int) -> None:
    drafted = Drafted(real("open_supply_hub", f"oar_list_{number}.csv"), tmp_path)
    assert drafted.rows == ("links", rows, rows, 0)
    brand = drafted.content["list"]["brand"]
    assert brand == f"oar_list_{number}"
    assert "# check: taken from the name of the file" in drafted.text
    assert drafted.suppliers("2024-01-01", f"brand:{brand}") == drafted.records("links")["supplier_id"].nunique()
    assert drafted.records("facilities")[["lat", "lon", "country"]].notna().all(axis=None)


@pytest.mark.data
def test_real_lists_of_mills(tmp_path: Path) -> None:
    drafted = Drafted(real("palm_oil", "brand_mill_disclosures.csv"), tmp_path)
    assert drafted.rows == ("links", 57_253, 57_253, 0)
    assert len(drafted.records("lists")) == 46
