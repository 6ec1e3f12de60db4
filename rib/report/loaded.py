"""The receipt: what was loaded, from whom, what could not be read, and how it was computed."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from rib._backend import core
from rib.report.charts import Chart, ranked
from rib.report.findings import SUSPECT_SCORE, Findings
from rib.report.summaries import PeerCount, peer_counts, time_span
from rib.report.wording import (
    CONSEQUENCES,
    DASH,
    Grid,
    clean,
    count,
    listed,
    many,
    size,
)
from rib.schema import PREPROCESSING
from rib.table.peers import FULL_FEED_SHARE, feed_thresholds
from rib.table.receipt import LoadReceipt
from rib.table.rib import Rib

__all__ = ["Loaded", "loaded"]

_N_PEERS = 12
_N_FILES = 20
_N_ISSUES = 12
_N_BRIEF = 5


@dataclass(frozen=True)
class Loaded:
    """What the receipt shows; ``ok``, ``state`` and ``span`` stand at the top of the page too."""

    ok: bool
    state: str
    span: str
    warnings: list[str]
    tiles: list[tuple[str, str, str]]
    view: str
    grids: list[Grid]
    peers: Grid
    thresholds: str
    charts: list[Chart]
    registries: Grid
    missing: list[str]
    how: Grid


def _state(receipt: LoadReceipt) -> str:
    if receipt.ok:
        return "Everything was read: no issue, and the sums of every file reconcile."
    parts = []
    if receipt.issues.num_rows:
        parts.append(many(receipt.issues.num_rows, "issue"))
    if receipt.routes_lost:
        parts.append(many(receipt.routes_lost, "route") + " lost in damaged records")
    if receipt.skipped:
        lost = sum(s.length for s in receipt.skipped)
        parts.append(f"{many(lost, 'byte')} skipped in {many(len(receipt.skipped), 'range')}")
    wrong = [clean(f.name, 80) for f in receipt.files if not f.reconciled]
    if wrong:
        parts.append(f"sums that do not reconcile in {listed(wrong, 3)}")
    return (
        "Not everything could be read: " + "; ".join(parts) + ". What follows is the rest of the "
        "data, and its counts are lower bounds."
    )


def _files(receipt: LoadReceipt) -> Grid:
    rows = [
        [
            clean(f.name),
            clean(f.collector),
            f.compression,
            size(f.bytes_in),
            size(f.bytes_uncompressed),
            count(f.routes_kept),
            count(f.routes_lost),
            count(sum(s.length for s in f.skipped)),
            count(f.n_issues),
        ]
        for f in receipt.files[:_N_FILES]
    ]
    columns = [
        "File",
        "Collector",
        "Compression",
        "Bytes in",
        "Uncompressed",
        "Routes kept",
        "Routes lost",
        "Bytes skipped",
        "Issues",
    ]
    more = len(receipt.files) - _N_FILES
    note = f"{more:,} more files are in receipt.json." if more > 0 else ""
    return Grid("Files read", columns, rows, frozenset(range(3, 9)), note)


def _issues(receipt: LoadReceipt) -> Grid:
    rows = [
        [
            clean(i["file"], 80),
            count(i["offset"]),
            count(i["record"]),
            clean(i["kind"]),
            clean(i["detail"]),
        ]
        for i in receipt.issues.slice(0, _N_ISSUES).to_pylist()
    ]
    more = receipt.issues.num_rows - len(rows)
    return Grid(
        "What could not be read",
        ["File", "Offset (uncompressed)", "Record", "Kind", "Detail"],
        rows,
        frozenset({1, 2}),
        f"{more:,} more issues are in receipt.json." if more > 0 else "",
        _N_BRIEF,
    )


def _counts(caption: str, columns: list[str], counts: Iterable[tuple[str, int]]) -> Grid:
    return Grid(caption, columns, [[clean(k), count(v)] for k, v in counts], frozenset({1}))


def _read(receipt: LoadReceipt) -> list[Grid]:
    """Say what was read and what was not, the latter first."""
    grids = [_issues(receipt)] if receipt.issues.num_rows else []
    grids += [
        _files(receipt),
        _counts("Records by MRT type", ["Type and subtype", "Records"], receipt.records.items()),
    ]
    if receipt.quirks:
        caption = "Deviations from the RFCs that were understood (nothing lost)"
        grids.append(_counts(caption, ["Quirk", "Times"], sorted(receipt.quirks.items())))
    return grids


def _peers(peers: list[PeerCount]) -> Grid:
    rows = [
        [
            f"AS{p.peer_as}",
            clean(p.peer_ip),
            clean(p.collector, 60),
            count(p.n_prefixes4),
            count(p.n_prefixes6),
            p.feed,
        ]
        for p in peers[:_N_PEERS]
    ]
    more = len(peers) - _N_PEERS
    return Grid(
        "Peers with routes, most prefixes first",
        ["Peer", "Address", "Collector", "IPv4 prefixes", "IPv6 prefixes", "Full feed"],
        rows,
        frozenset({3, 4}),
        f"{more:,} more peers send routes (all of them are in receipt.json)." if more > 0 else "",
    )


def _peer_charts(peers: list[PeerCount], thresholds: dict[int, int | None]) -> list[Chart]:
    charts = []
    for family in (4, 6):
        values = [getattr(p, f"n_prefixes{family}") for p in peers]
        values = [v for v in values if v]
        threshold = thresholds[family]
        if not values or threshold is None:
            continue
        n_full = sum(v >= threshold for v in values)
        charts.append(
            Chart(
                f"peers{family}",
                f"IPv{family} prefixes per peer",
                f"{len(values):,} peers send IPv{family}, from {min(values):,} to "
                f"{max(values):,} prefixes; {n_full:,} reach the full-feed threshold of "
                f"{threshold:,}.",
                ranked(f"peers{family}", values, threshold, ("peers, most first", "prefixes")),
            )
        )
    return charts


def _thresholds(thresholds: dict[int, int | None]) -> str:
    parts = [f"{n:,} IPv{family} prefixes" for family, n in thresholds.items() if n is not None]
    if not parts:
        return "No peer sends routes, so there is no full-feed threshold."
    return (
        f"A feed counts as full from {' or '.join(parts)}: {FULL_FEED_SHARE:.0%} of the median of "
        "the top decile of peers in that family, and more than one neighbour AS."
    )


def _view(found: Findings) -> str:
    if found.view == "own":
        text = (
            "Own view: every peer is taken for one of the operator's own transit sessions, so the "
            "question is where outbound traffic can go."
        )
    else:
        text = (
            "Collector view: every peer is a foreign AS, so the question is how the world reaches "
            "an origin. Collectors see best paths only: diversity here is a lower bound."
        )
    if found.view_was_guessed:
        text += " The view was guessed from the peers (heuristic); the option view overrides it."
    return text


def _entries(registry: Any) -> str:
    try:
        return count(len(registry))
    except TypeError:
        return DASH


def _registries(found: Findings) -> tuple[Grid, list[str]]:
    given = found.registries
    kinds = {
        "VRPs (RPKI)": (given.vrps, CONSEQUENCES["vrps"]),
        "IRR route objects": (given.irr, CONSEQUENCES["irr"]),
        "Organisations": (given.organisations, CONSEQUENCES["organisations"]),
        "AS relationships": (given.relationships, CONSEQUENCES["relationships"]),
        "Delegations": (given.delegations, CONSEQUENCES["delegations"]),
    }
    if given.bogons is not None:  # says what delegations say, so that nothing is missing without it
        kinds["Bogon lists"] = (given.bogons, "")
    span = time_span(found.table)
    rows, missing = [], []
    for kind, (registry, consequence) in kinds.items():
        if registry is None:
            missing.append(f"No {kind} given: {consequence}.")
            continue
        ignored = getattr(registry, "ignored", None) or {}
        rows.append(
            [
                kind,
                _source(registry),
                _dated(registry, span),
                _entries(registry),
                listed(sorted(ignored.items()), 4, lambda i: f"{count(i[1])} {clean(i[0], 30)}"),
            ]
        )
    if given.baseline is None:
        missing.append("No baseline table given: what is new cannot be told from what is old.")
    else:
        before = time_span(given.baseline)
        receipt = given.baseline.receipt
        rows.append(
            [
                "Baseline table",
                listed([f.name for f in receipt.files], 2, clean),
                before[0] if before else "unknown",
                f"{count(given.baseline.n_routes)} routes",
                DASH if receipt.ok else many(receipt.issues.num_rows, "issue"),
            ]
        )
    columns = ["What", "Source", "Date", "Entries", "Left out"]
    return Grid("Judged against", columns, rows, frozenset({3})), missing


def _source(registry: Any) -> str:
    found = getattr(registry, "source", None) or getattr(registry, "sources", None)
    if not found:
        return DASH
    names = [found] if isinstance(found, str) else list(found)
    # The name of the file, not where it lies: that would differ between machines.
    return listed([Path(n).name or n for n in names], 3, lambda n: clean(n, 80))


def _dated(registry: Any, span: tuple[str, str] | None) -> str:
    """Say when a registry is from, and how far that is from the routes."""
    found = getattr(registry, "date", None)
    if found is None:
        return "not stated"
    stamp = pd.Timestamp(found)
    text = stamp.strftime("%Y-%m-%d %H:%M UTC" if stamp.hour or stamp.minute else "%Y-%m-%d")
    if span is None:
        return text
    routes = pd.Timestamp(span[1].removesuffix(" UTC"))
    days = (routes.normalize() - stamp.normalize()).days
    if not days:
        return f"{text} (same day as the routes)"
    return f"{text} ({many(abs(days), 'day')} {'before' if days > 0 else 'after'} the routes)"


def _tiles(table: Rib, found: Findings, peers: list[PeerCount]) -> list[tuple[str, str, str]]:
    families = table.prefixes.column("family").value_counts().to_pylist()
    n = {f["values"]: f["counts"] for f in families}
    full = sum(p.is_full_feed4 or p.is_full_feed6 for p in peers)
    idle = table.n_peers - len(peers)
    vps = len({p.peer_as for p in peers})
    receipt = table.receipt
    return [
        ("Routes", count(table.n_routes), f"{count(receipt.routes_lost)} lost"),
        ("IPv4 prefixes", count(n.get(4, 0)), ""),
        ("IPv6 prefixes", count(n.get(6, 0)), ""),
        (
            "Peers with routes",
            count(len(peers)),
            many(vps, "AS")
            + ", "
            + many(full, "full feed")
            + (f", {idle:,} silent" if idle else ""),
        ),
        ("Origin ASes", count(found.diversity_origin["origin_as"].nunique()), ""),
        ("Bytes in", size(receipt.bytes_in), f"{size(receipt.bytes_uncompressed)} uncompressed"),
    ]


def _how(found: Findings, thresholds: dict[int, int | None]) -> Grid:
    """Say by which versions and thresholds the numbers were made."""
    rows = [
        ["rib", core.__version__],
        ["Preprocessing of AS paths", f"version {PREPROCESSING}"],
        ["View", f"{found.view}{', guessed' if found.view_was_guessed else ''}"],
        *(
            [f"Full feed, IPv{family}", DASH if n is None else f"from {n:,} prefixes"]
            for family, n in thresholds.items()
        ),
        ["Suspect", f"score of {SUSPECT_SCORE} or more"],
    ]
    return Grid("How it was computed", ["What", "Value"], rows)


def loaded(found: Findings) -> Loaded:
    """Build the receipt."""
    table = found.table
    peers = peer_counts(table)
    thresholds = feed_thresholds(table.peers)
    span = time_span(table)
    when = "no dated records"
    if span:
        when = span[0] if span[0] == span[1] else f"{span[0]} to {span[1]}"
    grid, missing = _registries(found)
    return Loaded(
        ok=table.receipt.ok,
        state=_state(table.receipt),
        span=when,
        warnings=[clean(text) for text in found.warnings],
        tiles=_tiles(table, found, peers),
        view=_view(found),
        grids=_read(table.receipt),
        peers=_peers(peers),
        thresholds=_thresholds(thresholds),
        charts=_peer_charts(peers, thresholds),
        registries=grid,
        missing=missing,
        how=_how(found, thresholds),
    )
