"""Make the pictures of the docs: every page on the fictional sample network, in ``docs/screenshots``.

Run ``python -m tests.browser.make_screenshots`` in the root of the tree. It needs a Chromium (Debian's by default);
it loads the sample into a store of its own and leaves nothing behind.
"""

from __future__ import annotations

import argparse
import io
import tempfile
import tomllib
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.browser.serving import CHROMIUM, ROOT, served

_FOLDER = ROOT / "docs" / "screenshots"
_SAMPLE = ROOT / "loaders" / "sample"
_BRAND, _SITE = "brand-harrowmint", "site-saltwick"
#: Page: what is on it once it is complete, and what is chosen on it.
_PAGES = {
    "overview": ("table tbody tr", ""),
    "brand": ("details summary", f"brand={_BRAND}"),
    "site": (".st-key-findings", f"brand={_BRAND}&site={_SITE}"),
    "explore": ("[data-drawn=yes]", f"brand={_BRAND}"),
    "map": ("[data-testid=stVegaLiteChart] svg", f"brand={_BRAND}"),
    "what-if": ("table tbody tr", f"brand={_BRAND}&clean={_SITE}"),
    "review": ("thead th .id", ""),
    "data": ("[data-testid=stFileUploader]", ""),
    "cypher": ("[data-testid=stMain] button", ""),
    "snapshots": ("[data-testid=stMain] button", ""),
}
_WIDTH, _LOWEST, _HIGHEST = 1280, 700, 1500


def main() -> None:
    """Serve the sample and take the pictures."""
    parser = argparse.ArgumentParser(description="Make the pictures of the docs.")
    parser.add_argument("--out", type=Path, default=_FOLDER, help="folder to write to")
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    parser.add_argument("--width", type=int, default=_WIDTH)
    parser.add_argument("--browser", type=Path, default=CHROMIUM, help="Chromium to use")
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    as_of = str(tomllib.loads((_SAMPLE / "sample.toml").read_text(encoding="utf-8"))["as_of"])
    with (
        tempfile.TemporaryDirectory() as home,
        served(Path(home), _SAMPLE) as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=str(chosen.browser), args=["--no-sandbox"])
        page = browser.new_page(color_scheme=chosen.theme)
        for name, (ready, more) in _PAGES.items():
            path = "" if name == "overview" else name
            page.set_viewport_size({"width": chosen.width, "height": _LOWEST})
            page.goto(f"{address}/{path}?asof={as_of}&{more}")
            page.locator(ready).first.wait_for(timeout=60_000)
            _take(page, chosen.out / f"{name}.png")
        browser.close()


def _take(page: Page, file: Path) -> None:
    """Take a picture as high as the page, within limits, once nothing moves."""
    page.locator(".stApp[data-test-script-state=notRunning]").wait_for()
    page.wait_for_timeout(1500)
    height = int(page.locator("[data-testid=stMain]").evaluate("main => main.scrollHeight"))
    page.set_viewport_size({"width": page.viewport_size["width"], "height": max(_LOWEST, min(height, _HIGHEST))})  # type: ignore[index]
    page.wait_for_timeout(1000)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(file, optimize=True)


if __name__ == "__main__":
    main()
