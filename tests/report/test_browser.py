"""The page in a real browser: nothing injected, nothing fetched, sorted and filtered, readable by everyone.

Playwright drives the system's Chromium over pages that are served on this machine only. Pictures of
the pages go to out/browser, which is ignored, for people to look at.
"""

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

import rib
from rib.report.findings import Findings
from rib.report.page import render

playwright = pytest.importorskip("playwright.sync_api", reason="no playwright here")

_CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
_ROOT = Path(__file__).resolve().parents[2]
_SAMPLE = _ROOT / "data" / "sample-mrt"
_PICTURES = _ROOT / "out" / "browser"

pytestmark = [
    pytest.mark.skipif(_CHROMIUM is None, reason="no Chromium here: apt-get install chromium"),
    pytest.mark.timeout(180),
]

each_page = pytest.mark.parametrize("name", ["sample", "hostile"])


class _Quiet(SimpleHTTPRequestHandler):
    #: What was asked for, by all tests.
    asked: ClassVar[list[str]] = []

    def log_message(self, *_: Any) -> None:
        """Say nothing, but keep what was asked for."""
        self.asked.append(self.path)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, made_findings: Callable[..., Findings]) -> Path:
    """Folder with the report of the sample, and that of 10,000 suspects full of hostile text."""
    out = tmp_path_factory.mktemp("pages")
    table, baseline = (
        rib.read_mrt(_SAMPLE / f"collector.{when}.mrt.bz2")
        for when in ("20250121.1200", "20250117.0000")
    )
    # A third of the origins, the migration and two hijacks among them, is enough for a page to look at.
    ases = sorted(set(table.as_paths.column("origin_as").drop_null().to_pylist()))
    some = [213394, 16613, 45924, 150935, 19601, *ases[::3]]
    table, baseline = (each.select(origin_as=some) for each in (table, baseline))
    given = {
        "organisations": rib.read_organisations(_SAMPLE / "as-org2info.txt.gz"),
        "vrps": rib.read_vrps(_SAMPLE / "vrps.json.gz"),
        "relationships": rib.read_relationships(_SAMPLE / "as-rel.txt.bz2"),
    }
    written = rib.write_report(table, out / "sample", baseline=baseline, own=213394, **given)
    shutil.copy(written.html, out / "sample.html")
    scores = tuple(float(n % 100) for n in range(20_000))
    html, _ = render(made_findings(damaged=True, view="own", scores=scores, baseline=True))
    (out / "hostile.html").write_text(html, "utf-8")
    return out


@pytest.fixture(scope="module")
def address(pages: Path) -> Iterator[str]:
    """Address of the folder, served on this machine only."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(pages)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One Chromium for all tests."""
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(
            executable_path=_CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield started
        started.close()


class Opened:
    """A page that was opened, and what it reported."""

    def __init__(self, browser: Any, address: str, name: str, **how: Any) -> None:
        width = how.pop("width", 1280)
        self.context = browser.new_context(viewport={"width": width, "height": 900}, **how)
        self.page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda m: self.complaints.append(m.text))
        self.page.on("pageerror", lambda e: self.complaints.append(str(e)))
        self.page.on("dialog", self._dismiss)
        self.page.on("request", lambda r: self.requests.append(r.url))
        self.url = f"{address}/{name}.html"
        self.page.goto(self.url)

    def _dismiss(self, dialog: Any) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def table(self, caption: str) -> Any:
        """Give the table with a caption that begins so."""
        return self.page.locator("table", has=self.page.locator("caption", has_text=caption)).first

    def column(self, caption: str, n: int) -> list[str]:
        """Give the texts of a column, rows that are filtered out left away."""
        cells = self.table(caption).locator(f"tbody tr:not([hidden]) > :nth-child({n + 1})")
        texts: list[str] = cells.all_inner_texts()
        return texts


@pytest.fixture
def opened(browser: Any, address: str) -> Iterator[Callable[..., Opened]]:
    """Open a page by name; what was opened is closed after the test."""
    made: list[Opened] = []

    def make(name: str, **how: Any) -> Opened:
        made.append(Opened(browser, address, name, **how))
        return made[-1]

    yield make
    for one in made:
        one.context.close()


@each_page
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_page_is_quiet_in_a_browser(
    opened: Callable[..., Opened], name: str, width: int, scheme: str
):
    """No complaint, no request but the page, nothing injected, no sideways scrolling; a picture."""
    at = opened(name, width=width, color_scheme=scheme, is_mobile=width < 600)
    assert "BGP table report for AS213394" in at.page.title()
    # What text from outside would add: elements, handlers, a name that scripts set.
    assert [0, "undefined", 1] == at.page.evaluate(
        """() => [document.querySelectorAll('img, iframe, svg svg').length + [...document.querySelectorAll('*')]
          .filter(e => [...e.attributes].some(a => a.name.startsWith('on'))).length,
          typeof owned, document.scripts.length]"""
    )
    assert at.page.evaluate("document.documentElement.scrollWidth") <= width
    _PICTURES.mkdir(parents=True, exist_ok=True)
    top = {"x": 0, "y": 0, "width": width, "height": 3500}
    at.page.screenshot(path=_PICTURES / f"{name}-{width}-{scheme}.png", full_page=True, clip=top)
    assert [] == at.complaints
    assert [at.url] == [url for url in at.requests if not url.startswith("data:")]


@each_page
def test_page_is_small(pages: Path, name: str):
    """The page has less than 3 MB, with 10,000 suspects too, and says what it left out."""
    page = (pages / f"{name}.html").read_text("utf-8")
    assert len(page.encode()) < 3_000_000
    if name == "hostile":
        assert "The first 100 of 10,000; all are in suspects.parquet." in page


@each_page
def test_page_needs_no_script(opened: Callable[..., Opened], name: str):
    """With scripting off every section, chart and row is there, and nothing that would not work."""
    at = opened(name, java_script_enabled=False)
    headings = at.page.locator("h2").all_inner_texts()
    assert headings[0].startswith("What changed since")
    assert "What was loaded" in headings
    assert at.page.locator("figure svg").count() == at.page.locator("figure").count() > 3
    assert 0 == at.page.locator("thead button, input").count()
    assert 0 == at.page.locator("tbody tr[hidden]").count()


def test_page_policy_refuses_what_is_not_its_own(opened: Callable[..., Opened]):
    """A script, a handler, a picture or a style that got in would neither run nor load."""
    at = opened("sample")
    at.page.evaluate(
        """() => {
          const script = document.createElement('script');
          script.textContent = 'window.owned = 1';
          document.body.append(script);
          document.body.insertAdjacentHTML('beforeend',
            '<p id=in style="position:fixed" onclick="owned=1">x</p><img src="/x.png">');
          document.getElementById('in').click();
        }"""
    )
    at.page.locator("img").evaluate("e => e.complete || new Promise(done => e.onerror = done)")
    position = "getComputedStyle(document.getElementById('in')).position"
    assert ["undefined", "static"] == at.page.evaluate(f"[typeof owned, {position}]")
    assert "/x.png" not in _Quiet.asked


_ORIGINS = "Origins with the most prefixes"


def test_page_sorts_numbers(opened: Callable[..., Opened]):
    """A title sorts its numbers down, up, and then gives the order of the report back."""
    at = opened("sample")
    given = at.column(_ORIGINS, 4)
    head = at.table(_ORIGINS).locator("th[scope=col]").nth(4)
    assert "none" == head.get_attribute("aria-sort")
    seen = []
    for _ in range(3):
        head.locator("button").click()
        numbers = [int(text) for text in at.column(_ORIGINS, 4)]
        seen.append((head.get_attribute("aria-sort"), numbers))
    numbers = sorted(int(text) for text in given)
    assert [
        ("descending", numbers[::-1]),
        ("ascending", numbers),
        ("none", [int(text) for text in given]),
    ] == seen
    assert [] == at.complaints


def test_page_sorts_text_as_people_count(opened: Callable[..., Opened]):
    """AS numbers sort by their value, and only one column is marked as sorted."""
    at = opened("sample")
    table = at.table(_ORIGINS)
    table.get_by_role("button", name="Upstreams").click()
    table.get_by_role("button", name="Origin", exact=True).click()
    found = [int(re.match(r"AS(\d+)", text)[1]) for text in at.column(_ORIGINS, 0)]
    assert sorted(found) == found
    assert 1 == table.locator("[aria-sort=ascending], [aria-sort=descending]").count()


def test_page_sorts_changes_shares_and_dashes(opened: Callable[..., Opened]):
    """Of "2 → 1" counts the change; a share its value; what is absent is last both ways."""
    at = opened("sample")
    changed, column = "Changes, the most important first", 3
    button = at.table(changed).get_by_role("button", name="Upstreams")
    for way in (1, -1):
        button.click()
        parts = [re.findall(r"\d+", text) for text in at.column(changed, column)]
        moved = [int(p[1]) - int(p[0]) for p in parts if len(p) == 2]
        assert sorted(moved, reverse=way == 1) == moved
        assert [len(p) == 2 for p in parts] == sorted((len(p) == 2 for p in parts), reverse=True)
    pairs = "States of (prefix, origin AS) pairs"
    at = opened("hostile")
    at.table(pairs).get_by_role("button", name="Share").click()
    shares = [float(text.rstrip(" %")) for text in at.column(pairs, 3)]
    assert sorted(shares, reverse=True) == shares


def test_page_filters(opened: Callable[..., Opened]):
    """Rows with every word stay, the count is said aloud, and an empty field gives all back."""
    at = opened("sample")
    total = len(at.column(_ORIGINS, 0))
    field = at.page.get_by_label(f"Filter: {_ORIGINS}")
    field.fill("ipv4 gmbh")
    left = at.column(_ORIGINS, 0)
    assert 0 < len(left) < total
    assert all("gmbh" in text.lower() for text in left)
    status = at.page.locator("p.filter", has=field).get_by_role("status")
    assert f"{len(left)} of {total} rows" == status.inner_text()
    field.fill("")
    assert total == len(at.column(_ORIGINS, 0))
    assert [] == at.complaints


def test_page_filters_and_sorts_hostile_text(opened: Callable[..., Opened]):
    """Markup in names and in the field stays text."""
    at = opened("hostile")
    caption = "Suspects at a glance"
    field = at.page.get_by_label(f"Filter: {caption}")
    field.fill("<script>owned=")
    assert 100 == len(at.column(caption, 0))
    at.table(caption).get_by_role("button", name="Prefixes").click()
    field.fill("<img src=x onerror=alert(1)> nothing")
    assert [] == at.column(caption, 0)
    assert ["undefined", []] == [at.page.evaluate("typeof owned"), at.complaints]


def test_page_works_by_keyboard(opened: Callable[..., Opened]):
    """The skip link comes first and shows; titles sort by Enter and Space; focus is visible."""
    at = opened("sample")
    at.page.keyboard.press("Tab")
    box = at.page.evaluate(
        "(() => { const r = document.activeElement.getBoundingClientRect();"
        " return [document.activeElement.className, r.left >= 0, r.width > 50]; })()"
    )
    assert ["skip", True, True] == box
    at.page.keyboard.press("Enter")
    assert "main" == at.page.evaluate("document.activeElement.id")
    for _ in range(30):
        at.page.keyboard.press("Tab")
        if at.page.evaluate("document.activeElement.matches('thead button')"):
            break
    outline = "getComputedStyle(document.activeElement)"
    assert ["solid", "3px"] == at.page.evaluate(f"[{outline}.outlineStyle, {outline}.outlineWidth]")
    sorted_by = "document.activeElement.closest('th').getAttribute('aria-sort')"
    ways = []
    for key in ("Enter", "Space"):
        at.page.keyboard.press(key)
        ways.append(at.page.evaluate(sorted_by))
    assert {"ascending", "descending"} == set(ways)


@each_page
def test_page_wide_parts_can_be_reached(opened: Callable[..., Opened], name: str):
    """Whatever scrolls inside the page takes the focus and has a name."""
    at = opened(name, width=390)
    found = at.page.evaluate(
        """() => [...document.querySelectorAll('*')]
          .filter(e => /auto|scroll/.test(getComputedStyle(e).overflowX) && e.scrollWidth > e.clientWidth)
          .filter(e => e.tabIndex < 0 || !e.getAttribute('aria-label')).map(e => e.outerHTML.slice(0, 80))"""
    )
    assert [] == found


def test_page_shows_values_of_charts(opened: Callable[..., Opened]):
    """What is under the pointer at a bar has a title with the bar's value."""
    at = opened("sample")
    at.page.locator("#chart-upstreams svg").scroll_into_view_if_needed()
    found = at.page.evaluate(
        """() => [...document.querySelectorAll('#chart-upstreams svg path')].filter(e => e.querySelector('title'))
          .filter(e => e.getBoundingClientRect().height > 4).map(e => {
            const r = e.getBoundingClientRect();
            const on = document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2);
            return [e.querySelector('title').textContent, on.querySelector('title')?.textContent]; })"""
    )
    assert len(found) > 3
    assert [bar for bar, _ in found] == [under for _, under in found]
    assert all(re.fullmatch(r"\S+( to \S+)?, IPv[46]: [\d.]+ %", bar) for bar, _ in found)


@each_page
def test_page_prints(opened: Callable[..., Opened], name: str):
    """On paper: dark on white whatever the screen has, no controls, nothing cut off by a scroll box."""
    at = opened(name, color_scheme="dark")
    at.page.emulate_media(media="print")
    assert [] == at.page.evaluate(_CONTRAST)
    assert "rgb(255, 255, 255)" == at.page.evaluate(
        "getComputedStyle(document.body).backgroundColor"
    )
    assert 0 == at.page.locator("nav:visible, .filter:visible, .skip:visible").count()
    boxes = "[...document.querySelectorAll('.scroll')].map(e => getComputedStyle(e))"
    assert at.page.evaluate(
        f"{boxes}.every(s => s.overflowY === 'visible' && s.maxHeight === 'none')"
    )


_CONTRAST = """
() => {
  const light = c => { const v = c.match(/[\\d.]+/g).slice(0, 3).map(x => x / 255)
      .map(x => x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4);
    return .2126 * v[0] + .7152 * v[1] + .0722 * v[2]; };
  const back = e => { for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor;
      if (!/rgba\\(.*, 0\\)|transparent/.test(c)) return c; }
    return 'rgb(255,255,255)'; };
  const bad = [];
  for (const e of document.querySelectorAll('p,li,th,td,dt,dd,h1,h2,h3,a,caption,figcaption,span,button,label,input,summary,svg text')) {
    if (!e.textContent.trim() || e.closest('.skip') || !e.getClientRects().length) continue;
    const svg = e.tagName === 'text';
    const style = getComputedStyle(e);
    const fore = svg ? style.fill : style.color;
    if (svg && /rgb\\((255, 255, 255|16, 22, 29)\\)/.test(fore)) continue;  // on a bar, not on the card
    const a = light(fore), b = light(back(svg ? e.closest('figure') : e));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) bad.push([e.tagName, e.textContent.slice(0, 40), fore, ratio]);
  }
  return bad;
}
"""


@each_page
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_text_has_contrast(opened: Callable[..., Opened], name: str, scheme: str):
    """Every text stands out from its background by at least 4.5 to 1 (WCAG 2, AA)."""
    assert [] == opened(name, color_scheme=scheme).page.evaluate(_CONTRAST)


_OVERLAPS = """
() => [...document.querySelectorAll('figure svg')].flatMap(svg => {
  const frame = svg.getBoundingClientRect();
  const boxes = [...svg.querySelectorAll('text')].filter(t => t.textContent.trim())
    .map(t => [t.textContent, t.getBoundingClientRect()]);
  const out = [];
  boxes.forEach(([name, a], i) => {
    if (a.left < frame.left - 1 || a.right > frame.right + 1) out.push(['cut', name]);
    boxes.slice(i + 1).forEach(([other, b]) => {
      const x = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (x > 1 && y > 3) out.push(['overlap', name, other]);
    });
  });
  return out;
})
"""


@each_page
def test_page_chart_labels_do_not_collide(opened: Callable[..., Opened], name: str):
    """No label of a chart covers another or is cut off."""
    assert [] == opened(name).page.evaluate(_OVERLAPS)
