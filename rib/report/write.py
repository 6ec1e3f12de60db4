"""`write_report`: from a table to a directory somebody can open, mail, and load again."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from rib.registry.arguments import check_given, check_required
from rib.report.findings import Findings, Registries, find
from rib.report.page import render
from rib.report.routing import Section
from rib.report.summaries import peer_counts, time_span
from rib.schema import PREPROCESSING
from rib.table.files import replacing
from rib.table.peers import feed_thresholds

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["Report", "write_found", "write_report"]


@dataclass(frozen=True)
class Report:
    """What `write_report` wrote.

    Attributes
    ----------
    html : pathlib.Path
        The page.
    files : tuple of pathlib.Path
        Every file written, the page included, by name.
    suspects : pandas.DataFrame
        Events that score 50 or more, highest first (columns of `rib.hijack_suspects`).
    highest_score : float
        Highest score of any event, 0 without events.
    """

    html: Path
    files: tuple[Path, ...]
    suspects: pd.DataFrame
    highest_score: float


def write_report(
    table: "Rib",
    directory: str | os.PathLike[str],
    *,
    vrps: Any = None,
    irr: Any = None,
    organisations: Any = None,
    relationships: Any = None,
    delegations: Any = None,
    bogons: Any = None,
    baseline: "Rib | None" = None,
    own: int | Iterable[int] | Mapping[str, Any] | None = None,
    view: Literal["auto", "collector", "own"] = "auto",
) -> Report:
    """Analyse a table and write the report: a page, its text twin, tables and the load receipt.

    Parameters
    ----------
    table : Rib
        The routes.
    directory : str or path-like
        Where to write; made if missing. Files of an earlier report are replaced, one by one, each
        whole.
    vrps, irr, organisations, relationships, delegations, bogons : optional
        What `rib.read_vrps`, `rib.read_irr`, `rib.read_organisations`, `rib.read_relationships`
        `rib.read_delegations` and `rib.read_bogons` give. The report says what was not given and what it cost.
    baseline : Rib, optional
        An earlier table. With it, the page begins with what changed since: path diversity
        (`rib.diversity_change` by origin AS, on the sessions that both tables have), suspects with a
        route or link that it does not have, and in an own view the exits that moved
        (`rib.exit_preference` without a policy, prefix by prefix). Without it, what is new cannot be
        told from what is old.
    own : int, iterable of int or mapping, optional
        Our own AS numbers, whose upstreams are shown first; or a declaration as
        `rib.hijack_suspects` takes it (``prefixes``, ``origins``, ``upstreams``), by which our
        prefixes are judged too. Default: the origins with the most prefixes are shown.
    view : {"auto", "collector", "own"}
        Whether the peers are foreign ASes or our own transit sessions. ``"auto"`` guesses
        (heuristic: an own view has 2 to 8 peer ASes at one collector, all with full feeds), and
        the report says so.

    Returns
    -------
    Report
        Paths written and the suspects.

    Raises
    ------
    ConfigError
        jinja2 or vl-convert-python is not installed (``pip install 'rib[report]'``).
    ValueError
        ``own`` is not AS numbers, or ``view`` is none of its values.
    TypeError
        An argument is something else, a path for instance.

    Notes
    -----
    Writes ``report.html`` (one file, nothing from the network, under 3 MB: tables show the first rows
    and name the file with all of them; readable without its script, which sorts and filters),
    ``report.md`` (the same in short, for mail and chat),
    ``receipt.json`` and ``diversity_prefix``, ``diversity_origin``, ``upstreams``, ``origins``,
    ``moas``, ``suspects`` as Parquet; with a baseline that has a collector in common
    ``diversity_change`` too, and of an own view ``exits_moved``. The same input gives the same bytes: dates come from the data. Text
    from outside (names of ASes, collectors, files) is escaped.

    Examples
    --------
    >>> import tempfile, rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> with tempfile.TemporaryDirectory() as out:
    ...     report = rib.write_report(table, out, own=213394)
    ...     report.html.name
    'report.html'
    """
    check_required(table=table)
    registries = Registries(vrps, irr, organisations, relationships, delegations, bogons, baseline)
    check_given(**vars(registries))
    return write_found(find(table, registries, own, view), directory)


def write_found(
    found: Findings, directory: str | os.PathLike[str], first: Sequence[Section] = ()
) -> Report:
    """Write the report of analyses that were run, as `write_report`, with more sections before its own."""
    html, markdown = render(found, first)
    target = Path(directory)
    target.mkdir(parents=True, exist_ok=True)
    written = []
    for name, frame in found.frames.items():
        with replacing(target / f"{name}.parquet") as path:
            pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path)
        written.append(target / f"{name}.parquet")
    # The page comes last: where it is, everything it points at is there too.
    for name, text in (
        ("receipt.json", _receipt(found)),
        ("report.md", markdown),
        ("report.html", html),
    ):
        with replacing(target / name) as path:
            path.write_text(text, encoding="utf-8", newline="\n")
        written.append(target / name)
    highest = float(found.events["score"].max()) if len(found.events) else 0.0
    return Report(target / "report.html", tuple(sorted(written)), found.suspects, highest)


def _receipt(found: Findings) -> str:
    baseline = found.registries.baseline
    given = {
        **found.table.receipt.to_dict(),
        "time_span": time_span(found.table),
        "view": found.view,
        "preprocessing": PREPROCESSING,
        "full_feed_thresholds": {
            f"ipv{f}": n for f, n in feed_thresholds(found.table.peers).items()
        },
        "peers": [asdict(p) for p in peer_counts(found.table)],
        "baseline": baseline.receipt.to_dict() if baseline is not None else None,
        "rows": {name: len(frame) for name, frame in found.frames.items()},
    }
    return json.dumps(given, indent=2, ensure_ascii=False) + "\n"
