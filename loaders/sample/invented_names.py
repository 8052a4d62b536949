"""Invented names for the sample network, each in the script of its country with a Latin alias.

The stems are made up so that no real company is meant. A name is ``(name, alias)``; the alias is empty where the name
is in Latin letters without marks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

Pick = Callable[[int], int]
Name = tuple[str, str]

_FRONT = (
    "Quern Vash Thistle Brindle Ombel Fennick Harl Jorvan Keld Lornth Mizzle Nettle Ostrin Pellar Quarro Rusk Selwin "
    "Tarn Ulvar Wrenn Yarrow Zephrin Cobble Dapple Ember Gorse Inkle "
    "Osier Plover Rimple Sedge Tansy Umber Wimble Bodkin Drizzle"
)
_BACK = "mere holt wick fen gate sund crag low barrow thorpe spool hythe"
_HAN = {
    "青砚": "Qingyan", "云鹭": "Yunlu", "苍榆": "Cangyu", "银鲤": "Yinli", "墨蕨": "Mojue", "霜梧": "Shuangwu",
    "紫荻": "Zidi", "碧螯": "Biao", "橘雁": "Juyan", "雪芷": "Xuezhi",
}  # fmt: skip
_HAN_BACK = {"岭": "ling", "湾": "wan", "渡": "du", "坞": "wu", "汀": "ting", "屿": "yu", "塬": "yuan"}
_TURKISH = {
    "Işıldak": "Isildak", "Gökçınar": "Gokcinar", "Küllüpınar": "Kullupinar", "Sırlıtaş": "Sirlitas",
    "Çığlıkaya": "Ciglikaya", "Bozyelken": "Bozyelken", "Tüylüçam": "Tuylucam", "Yağmurcuk": "Yagmurcuk",
}  # fmt: skip
_TURKISH_BACK = {"ören": "oren", "lıdere": "lidere", "oğuz": "oguz", "şehra": "sehra", "güneş": "gunes"}
_TURKISH_LETTERS = str.maketrans("İıÇçğşö", "IiCcgso")
_VIETNAMESE = {
    "Sương": "Suong", "Lá": "La", "Rêu": "Reu", "Trăng": "Trang", "Sỏi": "Soi", "Đuốc": "Duoc", "Vỏ Sò": "Vo So",
}  # fmt: skip
_VIETNAMESE_BACK = {"Biếc": "Biec", "Khuyết": "Khuyet", "Lam Tím": "Lam Tim", "Nghiêng": "Nghieng", "Ửng": "Ung"}
_CYRILLIC = {
    "Тальвер": "Talver", "Зимор": "Zimor", "Кармаз": "Karmaz", "Журавл": "Zhuravl", "Бархат": "Barkhat",
    "Полынч": "Polynch",
}  # fmt: skip
_CYRILLIC_BACK = {"айка": "aika", "инец": "inets", "анта": "anta", "овея": "oveya", "ичара": "ichara"}
_ARABIC = {"قنطرة": "Qantarat", "واحة": "Wahat", "ضفة": "Diffat", "شراع": "Shira", "محارة": "Maharat"}
_ARABIC_BACK = {"الضباب": "al-Dabab", "الزعفران": "al-Zafaran", "الصدى": "al-Sada", "الخيزران": "al-Khayzuran"}

#: What a site of each kind is called: (Latin, Chinese, Turkish, Vietnamese, Russian, Arabic).
KINDS: dict[str, tuple[str, str, str, str, str, str]] = {
    "farm": ("Cotton Growers", "棉花", "Pamuk", "Bông", "Хлопкороб", "للأقطان"),
    "gin": ("Ginning", "轧花", "Çırçır", "Cán Bông", "Хлопок", "لحلج القطن"),
    "spinner": ("Spinning", "棉纺", "İplik", "Sợi", "Пряжа", "للغزل"),
    "fabric": ("Weaving", "织造", "Dokuma", "Dệt", "Ткани", "للنسيج"),
    "garment": ("Garments", "服装", "Giyim", "May Mặc", "Одежда", "للملابس"),
    "estate": ("Estate", "种植园", "Plantasyon", "Nông Trường", "Плантация", "للزراعة"),
    "mill": ("Palm Oil Mill", "棕榈油", "Yağ", "Dầu Cọ", "Масло", "للزيوت"),
    "refinery": ("Edible Oils", "油脂", "Rafineri", "Tinh Luyện", "Рафинад", "لتكرير الزيوت"),
    "oleo": ("Oleochemicals", "皂粒", "Sabun Hammadde", "Hóa Dầu", "Олеохим", "للكيماويات"),
    "soap": ("Soap Works", "香皂", "Sabun", "Xà Phòng", "Мыло", "للصابون"),
}
_LATIN_FORM = {
    "BD": "Ltd.", "IN": "Pvt. Ltd.", "PK": "(Pvt.) Ltd.", "KH": "Co., Ltd.", "PT": "Lda", "MY": "Sdn. Bhd.",
    "ID": "PT", "TH": "Co., Ltd.", "PG": "Ltd", "CN": "Co., Ltd.", "VN": "Co., Ltd.", "TM": "",
}  # fmt: skip


def _crossed(front: dict[str, str], back: dict[str, str], gap: str = "") -> list[Name]:
    """All pairs, ordered so that neighbours share neither part."""
    pairs = [(f"{a}{gap}{b}", f"{front[a]}{gap}{back[b]}") for a, b in product(front, back)]
    return sorted(pairs, key=lambda pair: (pairs.index(pair) * 37) % len(pairs))


def _latin(kind: str, country: str, stem: str) -> Name:
    form = _LATIN_FORM.get(country, "Ltd.")
    name = f"{stem} {KINDS[kind][0]}"
    return (f"PT {name}" if form == "PT" else f"{name} {form}".strip()), ""


def _chinese(kind: str, stem: str, latin: str) -> Name:
    return f"{stem}{KINDS[kind][1]}有限公司", f"{latin} {KINDS[kind][0]} Co., Ltd."


def _turkish(kind: str, stem: str, latin: str) -> Name:
    word = KINDS[kind][2]
    return f"{stem} {word} San. ve Tic. A.Ş.", f"{latin} {word.translate(_TURKISH_LETTERS)} AS"


def _vietnamese(kind: str, stem: str, latin: str) -> Name:
    return f"Công ty TNHH {KINDS[kind][3]} {stem}", f"{latin} {KINDS[kind][0]} Co., Ltd."


def _cyrillic(kind: str, stem: str, latin: str) -> Name:
    return f"ООО «{stem} {KINDS[kind][4]}»", f"OOO {latin} {KINDS[kind][0]}"


def _arabic(kind: str, stem: str, latin: str) -> Name:
    return f"شركة {stem} {KINDS[kind][5]}", f"{latin} {KINDS[kind][0]}"


class Names:
    """Hands out every invented stem once."""

    def __init__(self) -> None:
        fronts = {word: word for word in _FRONT.split()}
        backs = {word: word for word in _BACK.split()}
        self._latin = iter(_crossed(fronts, backs))
        self._own: dict[str, tuple[Iterator[Name], Callable[[str, str, str], Name]]] = {
            "CN": (iter(_crossed(_HAN, _HAN_BACK)), _chinese),
            "TR": (iter(_crossed(_TURKISH, _TURKISH_BACK)), _turkish),
            "VN": (iter(_crossed(_VIETNAMESE, _VIETNAMESE_BACK, " ")), _vietnamese),
            "EG": (iter(_crossed(_ARABIC, _ARABIC_BACK, " ")), _arabic),
        }
        cyrillic = iter(_crossed(_CYRILLIC, _CYRILLIC_BACK))
        self._own |= dict.fromkeys(("UZ", "KZ", "KG"), (cyrillic, _cyrillic))

    def site(self, kind: str, country: str) -> Name:
        """Return a new name for a site of a kind in a country, and its Latin alias."""
        stems, dress = self._own.get(country, (iter(()), _chinese))
        own = next(stems, None)
        if own is not None:
            return dress(kind, *own)
        return _latin(kind, country, self.stem())

    def stem(self) -> str:
        """Return a new Latin stem."""
        return next(self._latin)[0]
