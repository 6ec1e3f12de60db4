"""The rendered page and its Markdown twin."""

import base64
import hashlib
import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from rib.report.findings import Findings
from rib.report.markdown import escaped
from rib.report.page import render

Make = Callable[..., Findings]

_VOID = {"meta", "link", "img", "br", "hr", "input"}


class Outline(HTMLParser):
    """Tags, headings, ids and text of a page, and whether its tags match."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.headings: list[int] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an opening tag."""
        self.tags.append((tag, dict(attrs)))
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag that closes itself."""
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Check that the last open tag closes."""
        assert tag == self.open.pop()

    def handle_data(self, data: str) -> None:
        """Collect text."""
        self.text += data


@pytest.mark.parametrize(
    "choice",
    [
        {},
        {"damaged": True},
        {"view": "own"},
        {"own": ()},
        {"given": False},
        {"scores": ()},
        {"baseline": True},
    ],
    ids=str,
)
def test_render_escapes_everything_from_outside(
    made_findings: Make, choice: dict[str, object], hostile: str
):
    """No element or attribute comes out of names, files or evidence, in any variant."""
    html, _ = render(made_findings(**choice))
    page = Outline(html)
    assert [] == page.open
    assert not {"img", "iframe", "object", "form"} & {tag for tag, _ in page.tags}
    assert 1 == sum(tag == "script" for tag, _ in page.tags)
    assert [] == [a for _, a in page.tags for name in a if name.startswith("on")]
    assert hostile in page.text
    links = [a[name] for _, a in page.tags for name in ("href", "src") if name in a]
    assert [] == [link for link in links if not str(link).startswith(("#", "data:,"))]


@pytest.mark.parametrize("tag", ["style", "script"])
def test_render_has_a_policy_that_matches_what_it_holds(made_findings: Make, tag: str):
    """The policy allows nothing but the one style sheet and the one script, by their hashes."""
    html, _ = render(made_findings())
    held = re.search(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
    assert held is not None
    digest = base64.b64encode(hashlib.sha256(held[1].encode()).digest()).decode()
    policy = dict(
        p.strip().split(" ", 1)
        for p in re.search(r'Content-Security-Policy" content="([^"]+)"', html)[1].split(";")
    )
    assert ("'none'", f"'sha256-{digest}'") == (policy["default-src"], policy[f"{tag}-src"])
    assert [] == re.findall(r"<[^>]+ style=", html)


def test_render_is_accessible(made_findings: Make):
    """Headings do not skip levels, ids are unique, tables have scopes, charts have text."""
    html, _ = render(made_findings())
    page = Outline(html)
    assert 1 == page.headings[0] == page.headings.count(1) * page.headings[0]
    assert all(b <= a + 1 for a, b in zip(page.headings, page.headings[1:], strict=False))
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert sorted(set(ids)) == sorted(ids)
    assert all("scope" in a for tag, a in page.tags if tag == "th")
    pictures = [a for _, a in page.tags if a.get("role") == "img"]
    assert pictures
    assert all(a["aria-label"] for a in pictures)
    targets = {str(a["href"])[1:] for t, a in page.tags if t == "a"}
    assert targets <= set(ids)


def test_render_says_what_could_not_be_read(made_findings: Make):
    """A damaged input is the first thing on the page, before what changed; its offset is below."""
    html, markdown = render(made_findings(damaged=True, baseline=True))
    assert (
        "<strong>NOT OK.</strong> Not everything could be read: 1 issue; 17 bytes skipped" in html
    )
    assert "**NOT OK.**" in markdown
    assert html.index("NOT OK") < html.index("What changed since")
    assert markdown.index("NOT OK") < markdown.index("What changed since")
    assert ">983<" in html
    assert "<strong>OK.</strong>" in render(made_findings())[0]


def test_render_says_what_was_not_given(made_findings: Make):
    """Each missing registry is named together with what it costs."""
    html, _ = render(made_findings(given=False))
    assert "No VRPs (RPKI) given: ROV states are empty." in html
    assert 6 == len(re.findall(r"<li>No [^<]+ given: ", html))


def test_render_shows_evidence_of_suspects(made_findings: Make):
    """A suspect comes with score, weights, and what would clear it; explained events do not."""
    html, markdown = render(made_findings())
    assert 2 == html.count('<article class="event"')
    assert ("+40" in html, "-10" in html, "a ROA" in html) == (True, True, True)
    assert html.index("Score 95") < html.index("Score 60")
    assert 2 == markdown.count("* Score ")


@pytest.mark.parametrize("form", [0, 1])
def test_render_goes_from_what_changed_to_the_receipt(made_findings: Make, form: int):
    """First what changed, then our own ASes, then the table at large, then what was loaded."""
    text = render(made_findings(baseline=True))[form]
    titles = re.findall(r"<h2[^>]*>([^<]*)|^## (.*)", text, re.MULTILINE)
    expected = ["What changed since", "Own ASes in detail", "Suspects", "Path diversity"]
    found = [a or b for a, b in titles]
    at = [next(n for n, title in enumerate(found) if title.startswith(e)) for e in expected]
    assert [0, 1, 2, 3] == at
    assert found.index("What was loaded") > found.index("Origin validity")


def test_render_caps_what_it_shows_and_says_so(made_findings: Make):
    """Of 10,000 suspects and as many own ASes the page shows some, and names the file with all."""
    scores = tuple(60.0 + n % 40 for n in range(10_000))
    html, markdown = render(
        made_findings(scores=scores, own=tuple(range(1, 10_001)), baseline=True)
    )
    assert len(html.encode()) < 3_000_000
    assert len(markdown.encode()) < 60_000
    assert "The first 100 of 10,000; all are in suspects.parquet." in html
    assert "The 20 with the highest scores are in report.html with their evidence" in html
    assert 20 == html.count('<article class="event"')


def test_render_links_suspects_to_their_evidence(made_findings: Make):
    """Every row of a suspect that is shown with its evidence leads there, the others nowhere."""
    html, _ = render(made_findings(scores=tuple(60.0 for _ in range(30))))
    table = html.split("<caption>Suspects at a glance")[1].split("</table>")[0]
    assert [f"event-{n}" for n in range(1, 21)] == re.findall(r'href="#(event-\d+)"', table)


def test_render_without_events_says_so(made_findings: Make):
    """No events is a sentence, not an empty chart."""
    html, _ = render(made_findings(scores=()))
    assert "0 events score 50 or more" in html
    assert "<article" not in html


def test_render_own_view_shows_transits(made_findings: Make):
    """An own view shows shares per transit; a collector view does not."""
    assert "What each transit offers" in render(made_findings(view="own"))[0]
    assert "What each transit offers" not in render(made_findings())[0]


def test_render_is_deterministic(made_findings: Make):
    """The same results give the same bytes."""
    assert render(made_findings()) == render(made_findings())


@pytest.mark.parametrize("choice", [{"damaged": True, "baseline": True}, {"view": "own"}], ids=str)
def test_render_markdown_has_no_markup_from_outside(made_findings: Make, choice: dict[str, object]):
    """Angle and square brackets, bars in cells and braces of data are escaped, each of them."""
    _, markdown = render(made_findings(**choice))
    assert "script" in markdown
    markdown = re.sub(r"(?m)^#+ ", "", markdown)
    assert [] == re.findall(r"(?<!\\)[<>\[\]{}$&#~!]", markdown)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("a|b", r"a\|b"),
        ("<b>", r"\<b\>"),
        ("[x](http://e.example)", r"\[x\](http\://e.example)"),
        ("AS_SET *", r"AS\_SET \*"),
        ("@everyone", "@\u2060everyone"),
    ],
)
def test_markdown_escaped_stays_text(given: str, expected: str):
    """Bars, markup and addresses cannot become cells, elements or links."""
    assert expected == escaped(given)


def test_render_keeps_what_explained_events_were_weighed_by(made_findings: Make, hostile: str):
    """Each event of the table has its evidence, folded; that of suspects is open."""
    html, _ = render(made_findings(scores=(95.0, 20.0, 5.0)))
    assert 1 == html.count('<details class="evidence" open>')
    folded = re.findall(
        r'<details class="evidence" id="explained-\d">(.*?)</details>', html, re.DOTALL
    )
    assert ["Score 20", "Score 5"] == [re.search(r"Score \d+", text)[0] for text in folded]
    for text in folded:
        assert ("+40" in text, "-10" in text, "siblings" in text) == (True, True, True)
    assert hostile not in html
    assert "Would clear it" in html


def test_render_warns_before_anything_else(made_findings: Make, hostile: str):
    """What analyses warn of stands at the top of the page and of the text, once, as text."""
    found = made_findings()
    assert "Warning" not in "".join(render(found))
    found.events.attrs["warnings"] = ["VRPs of 2019", hostile]
    found.origins.attrs["warnings"] = ["VRPs of 2019", "no VRPs"]
    html, markdown = render(found)
    page = Outline(html)
    for text in ("VRPs of 2019", "no VRPs"):
        assert html.index(text) < html.index("Routes of")
        assert markdown.index(text) < markdown.index("Routes of")
    assert 1 == html.count("VRPs of 2019") == markdown.count("VRPs of 2019")
    assert [] == page.open
    assert hostile in page.text
