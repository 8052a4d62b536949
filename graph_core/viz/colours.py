"""Colours and marks: one meaning each, everywhere, and never a meaning that stands on colour alone.

Chosen for the least difference between any two over normal sight and three kinds of colour blindness: 17 in the light
theme, 14 in the dark one (CIEDE2000).
"""

from __future__ import annotations

from typing import Literal

Theme = Literal["light", "dark"]

#: Evidence classes that enter the score, in the order in which they are drawn.
EVIDENCED: tuple[str, ...] = ("named", "ownership")
#: Indicators that stand apart from the score.
INDICATORS: tuple[str, ...] = ("good_country", "region")

PALETTE: dict[Theme, dict[str, str]] = {
    "light": {
        "named": "#8C1436",
        "ownership": "#DB5F2A",
        "good_country": "#F0BE4B",
        "region": "#6E5AA8",
        "unflagged": "#7D9BB8",
        "hatch": "#7A8592",
        "hatch_background": "#F1F3F6",
        "text": "#111827",
        "muted": "#5B6673",
        "accent": "#1D5B79",
        "background": "#FFFFFF",
        "panel": "#F4F6F8",
        "line": "#D5DBE2",
    },
    "dark": {
        "named": "#E0335C",
        "ownership": "#F58A3C",
        "good_country": "#FFE08A",
        "region": "#B5A4E6",
        "unflagged": "#557A9E",
        "hatch": "#8793A1",
        "hatch_background": "#1B232D",
        "text": "#E6EBF0",
        "muted": "#9AA6B2",
        "accent": "#4BA3CB",
        "background": "#0F141A",
        "panel": "#18202A",
        "line": "#2E3945",
    },
}

#: The second cue beside the colour: square, diamond, disc, triangle.
MARK: dict[str, str] = {"named": "■", "ownership": "◆", "good_country": "●", "region": "▲"}

LABEL: dict[str, str] = {
    "named": "Named entity",
    "ownership": "Ownership",
    "good_country": "Good × country",
    "region": "Region",
    "unflagged": "Map ends, no flag",
    "unmapped": "Unmapped",
    "with_inferred": "With inferred links",
}
#: Of a party that no flag marks: true whichever flags are looked at.
NO_FLAG = "No flag counted"
