"""The reports of a demonstration in a real browser: on two screens, light and dark, and printed."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from femo_tui.report.writing import write_run_report, write_study_report
from tests.support.chromium import Chromium, chromium
from tests.support.femo import Femo
from tests.support.needed import need
from tests.support.web_page import Element, Page

WIDTHS = (400, 1200)
# As WCAG 2.1 has it: 1.4.3 for text, 1.4.11 for what is drawn.
TEXT_CONTRAST, DRAWN_CONTRAST = 4.5, 3.0
_OVERFLOWING = """
[...document.querySelectorAll("body *")]
  .filter(e => !(e instanceof SVGElement) && e.clientWidth > 0 && e.scrollWidth > e.clientWidth + 1)
  .filter(e => getComputedStyle(e).display != "inline")
  .map(e => `${e.tagName}.${e.className}`)
"""
# Words of a figure that lie outside its picture, or upon each other.
_COLLIDING = """
[...document.querySelectorAll("svg")].filter(s => s.getBoundingClientRect().width).flatMap(s => {
  const frame = s.getBoundingClientRect();
  const texts = [...s.querySelectorAll("text")];
  const words = texts.map(t => [t.textContent, t.getBoundingClientRect()]);
  const out = words.filter(([, r]) => r.left < frame.left - 1 || r.right > frame.right + 1
    || r.top < frame.top - 1 || r.bottom > frame.bottom + 1).map(([t]) => `outside: ${t}`);
  words.forEach(([t, a], i) => words.slice(i + 1).forEach(([u, b]) => {
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (wide > 2 && high > 4) out.push(`${t} on ${u}`);
  }));
  return out;
})
"""
_COLOURS = """
[...document.querySelectorAll("body *")].filter(e => e.getClientRects().length).flatMap(e => {
  const words = [...e.childNodes].some(n => n.nodeType == 3 && n.textContent.trim());
  if (!words || e.closest("td")?.style.length) return [];
  let paper = e;
  while (paper && getComputedStyle(paper).backgroundColor == "rgba(0, 0, 0, 0)")
    paper = paper.parentElement;
  const style = getComputedStyle(e);
  const ink = e instanceof SVGElement ? style.fill : style.color;
  return [[ink, getComputedStyle(paper ?? document.body).backgroundColor, e.textContent.trim()]];
})
"""


PAGES = ("run", "study", "faults", "leaves")


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The reports of a demonstration with a model."""
    base = tmp_path_factory.mktemp("demo")
    femo = Femo(base / "home", base / "store")
    femo.ok("demo", "--headless", "--participants", "2", "--store", str(femo.store))
    femo.ok("train", "--weights", "none")
    run = write_run_report(femo.store, "S01", None, "ana")
    study = write_study_report(femo.store, None, "ana", model="m-01")
    return {"run": run.path, "study": study.path}


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The report of a run in which things went wrong, and one that left its store."""
    base = tmp_path_factory.mktemp("rehearsal")
    femo = Femo(base / "home", base / "store")
    faults = ("gsr-silent@12+5", "gsr-not-worn@31+3", "camera-black@20")
    options = (option for fault in faults for option in ("--fault", fault))
    femo.ok("rehearse", "--headless", "--store", str(femo.store), *options)
    stays = write_run_report(femo.store, "S01", None, "ana")
    leaves = write_run_report(femo.store, "S01", base / "out.html", "ana")
    return {"faults": stays.path, "leaves": leaves.path}


@pytest.fixture
def page(request: pytest.FixtureRequest) -> Path:
    """One of PAGES, as the test asks for it; what it needs is recorded then."""
    which = request.param
    of = "demonstration" if which in ("run", "study") else "rehearsal"
    found: Path = request.getfixturevalue(of)[which]
    return found


each_page = pytest.mark.parametrize("page", PAGES, indirect=True)


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with chromium() as started:
        yield started


@each_page
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("dark", [False, True])
def test_a_page_is_quiet_whole_and_readable(
    browser: Chromium, page: Path, width: int, dark: bool
) -> None:
    browser.said.clear()
    browser.asked.clear()
    browser.open(page, width, dark=dark)
    assert browser.said == []
    assert {url.partition(":")[0] for url in browser.asked} <= {"file", "data"}
    assert [url for url in browser.asked if url.startswith("file")] == [page.as_uri()]
    root = browser.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert root == [width, width]
    assert browser.evaluate(_OVERFLOWING) == []
    assert browser.evaluate(_COLLIDING) == []
    broken = "[...document.images].filter(i => !i.complete || !i.naturalWidth).length"
    assert browser.evaluate(broken) == 0
    poor = [
        (told, round(contrast(ink, paper), 1))
        for ink, paper, told in browser.evaluate(_COLOURS)
        if contrast(ink, paper) < TEXT_CONTRAST
    ]
    assert poor == []
    lines = "getComputedStyle(document.documentElement)"
    accent, bad, paper = (
        browser.evaluate(f'{lines}.getPropertyValue("--{name}").trim()')
        for name in ("accent", "bad", "paper")
    )
    assert contrast(accent, paper) >= DRAWN_CONTRAST
    assert contrast(bad, paper) >= DRAWN_CONTRAST


def test_a_page_is_of_its_scheme(browser: Chromium, demonstration: dict[str, Path]) -> None:
    """Dark paper in the dark, light paper in the light: neither is forced."""
    seen = []
    for dark in (False, True):
        browser.open(demonstration["run"], 1200, dark=dark)
        seen.append(luminance(browser.evaluate("getComputedStyle(document.body).backgroundColor")))
    assert seen[0] > 0.9
    assert seen[1] < 0.05


@each_page
def test_every_figure_tells_in_words_what_it_shows(browser: Chromium, page: Path) -> None:
    read = Page.read(page)
    ids = [e.attributes["id"] for e in everything(read.root) if "id" in e.attributes]
    assert len(ids) == len(set(ids))
    pictures = read.root.all("svg")
    assert pictures
    for picture in pictures:
        assert picture.attributes["role"] == "img"
        named = picture.attributes["aria-labelledby"].split()
        assert named == [
            picture.one("title").attributes["id"],
            picture.one("desc").attributes["id"],
        ]
        assert len(picture.one("title").text) > 5
        assert len(picture.one("desc").text) > 20
    assert all(len(img.attributes["alt"]) > 10 for img in read.root.all("img"))
    assert all("scope" in th.attributes for th in read.root.all("th"))
    assert all(len(t.one("caption").text) > 3 for t in read.root.all("table"))
    assert read.root.one("html").attributes["lang"] == "en"
    browser.open(page, 1200)
    tree = browser.call("Accessibility.getFullAXTree")["nodes"]
    images = [n["name"]["value"] for n in tree if n.get("role", {}).get("value") == "image"]
    shown = len(pictures) // 2 + len(read.root.all("img"))
    assert len(images) == shown
    assert all(images)


def everything(element: Element) -> Iterator[Element]:
    for child in element.children:
        if isinstance(child, Element):
            yield child
            yield from everything(child)


@each_page
def test_what_is_printed_is_not_cut(browser: Chromium, page: Path, tmp_path: Path) -> None:
    """Every cell is on paper as `pdftotext` reads it, inside the margins, on A4; no row is cut."""
    need("pdfinfo", "pdftotext")
    browser.open(page, 1200, dark=True)
    pdf = tmp_path / "page.pdf"
    pdf.write_bytes(browser.pdf())
    told = subprocess.run(["pdfinfo", pdf], capture_output=True, text=True, check=True).stdout
    assert re.search(r"Page size: +59[45][.\d]* x 84[12]", told)
    boxes = subprocess.run(
        ["pdftotext", "-bbox", pdf, "-"], capture_output=True, text=True, check=True
    ).stdout
    found = re.findall(
        r'xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)"', boxes
    )
    assert len(found) > 200
    for left, top, right, bottom in (tuple(map(float, box)) for box in found):
        assert left >= 40
        assert right <= 596 - 40
        assert top >= 40
        assert bottom <= 842 - 20
    plain = subprocess.run(
        ["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True
    ).stdout
    printed = set(re.findall(r"\S+", plain))
    read = Page.read(page)
    lost = [
        word
        for cell in [*read.root.all("td"), *read.root.all("th"), *read.root.all("dd")]
        for word in cell.text.split()
        if word not in printed and not any(word in other for other in printed)
    ]
    assert [word for word in lost if not is_hash(word)] == []
    assert plain.count("SIMULATED") >= int(re.search(r"Pages: +(\d+)", told)[1])  # type: ignore[index]


def is_hash(word: str) -> bool:
    """Return whether a word is a hash, which breaks where the line ends."""
    return re.fullmatch("[0-9a-f]{64}", word) is not None


def contrast(one: str, other: str) -> float:
    """Return WCAG's contrast of two colours."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """Return WCAG's relative luminance of `#rrggbb` or `rgb(r, g, b)`."""
    if colour.startswith("#"):
        parts = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    else:
        parts = [int(part) for part in re.findall(r"\d+", colour)[:3]]
    shares = [part / 255 for part in parts]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
