"""Put the sections together and render them: report.html and its Markdown twin."""

import base64
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rib._backend import core
from rib.exceptions import ConfigError
from rib.report.changes import changes
from rib.report.findings import SUSPECT_SCORE, Findings
from rib.report.judged import events, explained, explained_events, suspects, validity
from rib.report.loaded import loaded
from rib.report.markdown import markdown
from rib.report.own import own
from rib.report.routing import Section, diversity, transits
from rib.report.wording import DASH, Grid, Names, count, listed

__all__ = ["render"]

_TEMPLATES = Path(__file__).parent / "templates"

_READING = [
    (
        "Vantage point (VP): the AS a route was learned from. Each VP AS has one vote per prefix, "
        "however many sessions it has."
    ),
    (
        "Upstream: the AS next to the origin AS once prepends are collapsed. Default routes take no "
        "part in any analysis."
    ),
    (
        "Effective number: 2 to the Shannon entropy of the shares. Shares of 50 %, 25 % and 25 % count "
        "as 2.83, not 3."
    ),
    (
        "Disjoint paths: the most paths from the VPs to the origin that share no AS between, on the "
        "union of the paths seen (Menger). The union may hold paths that nobody announced."
    ),
    (
        "On every path: ASes that all paths to the origin's prefixes pass, the VP's own AS included; "
        "a dash where there is none or only one VP AS."
    ),
    (
        "Exit: the transit whose route wins the best-path choice of RFC 4271, by our policy where the "
        "nightly job is given one; an own view alone has exits."
    ),
    ("New suspect: one with a route or link that the baseline does not have."),
    (
        f"Suspect: an event that scores {SUSPECT_SCORE} or more out of 100. Scores, roles and the guess "
        "of the view are heuristics of ours; the evidence beside them is not."
    ),
]


def _environment() -> Any:
    try:
        import jinja2
    except ImportError as error:
        raise ConfigError("the report needs jinja2: pip install 'rib[report]'") from error
    from markupsafe import Markup

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    # Only vl-convert's output, which escapes its text itself, passes unescaped.
    environment.filters["drawn"] = Markup
    return environment


def _files(found: Findings) -> Grid:
    what = {
        "diversity_change": "path diversity that differs from the baseline's, one row per origin AS "
        "and family",
        "exits_moved": "prefixes whose best route has another transit than the baseline's",
        "diversity_prefix": "path diversity, one row per prefix",
        "diversity_origin": "path diversity, one row per origin AS and family",
        "upstreams": "upstream preference, one row per origin AS, family and upstream",
        "origins": "ROV and IRR state, one row per prefix and origin AS",
        "moas": "one row per prefix with several origins",
        "suspects": "every event, explained ones included, with its evidence",
    }
    rows = [
        [f"{name}.parquet", what[name], count(len(frame))] for name, frame in found.frames.items()
    ]
    rows.append(
        ["receipt.json", "the load receipt: every file, issue and skipped byte range", DASH]
    )
    rows.append(["report.md", "this report as text", DASH])
    return Grid("Files beside this page", ["File", "What", "Rows"], rows, frozenset({2}))


def _inlined(name: str) -> tuple[str, str]:
    """Give a file of the templates and the hash by which the page's policy lets it in."""
    text = (_TEMPLATES / name).read_text(encoding="utf-8")
    return text, base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def render(found: Findings, first: Sequence[Section] = ()) -> tuple[str, str]:
    """Render the findings as (HTML, Markdown): what changed, our own, the rest, the receipt.

    Sections that the caller has made come ``first``.
    """
    from markupsafe import Markup

    names = Names(found.registries.organisations)
    title = "BGP table report"
    if found.own:
        title += " for " + listed(found.own, 3, names.long)
    head = loaded(found)
    parts = [
        *first,
        changes(found, names),
        own(found, names),
        suspects(found, names),
        diversity(found, names),
        transits(found, names),
        validity(found),
        explained(found, names),
    ]
    sections = [part for part in parts if part is not None]
    shown = events(found, names)
    files = _files(found)
    (style, style_hash), (script, script_hash) = _inlined("report.css"), _inlined("report.js")
    html = (
        _environment()
        .get_template("report.html.j2")
        .render(
            title=title,
            version=core.__version__,
            # Our own files, no text from outside; "+" of a hash must not become an entity.
            style=Markup(style),  # noqa: S704
            style_hash=Markup(style_hash),  # noqa: S704
            script=Markup(script),  # noqa: S704
            script_hash=Markup(script_hash),  # noqa: S704
            loaded=head,
            sections=sections,
            events=shown,
            cleared=explained_events(found, names),
            reading=_READING,
            files=files,
        )
    )
    text = markdown(title, loaded=head, sections=sections, events=shown, files=files)
    return _without_empty_lines(html), text


def _without_empty_lines(page: str) -> str:
    return re.sub(r"\n{2,}", "\n", page)
