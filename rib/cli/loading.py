"""``rib info`` and ``rib lookup``: what is in a dump, and where an address goes."""

import json
import sys
from enum import StrEnum
from typing import Annotated, Any

import pandas as pd
import pyarrow as pa
import typer

from rib.cli import changes
from rib.cli.inputs import Paths
from rib.cli.layout import grid
from rib.cli.outcome import command, finish
from rib.cli.output import Form, Format, Output, check, sink, write
from rib.cli.reading import Reading, holding, load, with_reading
from rib.report.summaries import PeerCount, peer_counts, time_span
from rib.report.wording import clean, count, size
from rib.schema import PREPROCESSING
from rib.table.peers import feed_thresholds
from rib.table.receipt import LoadReceipt
from rib.table.rib import Rib
from rib.table.updates import Updates

__all__ = ["info", "lookup"]

_N_PEERS = 15
_N_ISSUES = 20
_N_PASSED_OVER = 20
_FILE_COLUMNS = [
    "file", "compression", "bytes in", "kept", "lost", "bytes skipped", "issues",
    "sums agree",
]  # fmt: skip


class InfoFormat(StrEnum):
    """How ``rib info`` writes."""

    TABLE = "table"
    JSON = "json"


def _facts(table: Rib) -> dict[str, Any]:
    families = table.prefixes.column("family").value_counts().to_pylist()
    by_family = {f["values"]: f["counts"] for f in families}
    peers = peer_counts(table)
    return {
        "time_span": time_span(table),
        "collectors": sorted(set(table.peers.column("collector").to_pylist())),
        "n_routes": table.n_routes,
        "n_prefixes4": by_family.get(4, 0),
        "n_prefixes6": by_family.get(6, 0),
        "n_as_paths": table.as_paths.num_rows,
        "n_attribute_sets": table.attributes.num_rows,
        "n_peers": table.n_peers,
        "n_peers_with_routes": len(peers),
        "n_full_feeds": sum(p.is_full_feed4 or p.is_full_feed6 for p in peers),
        "full_feed_thresholds": {f"ipv{f}": n for f, n in feed_thresholds(table.peers).items()},
        "preprocessing": PREPROCESSING,
        "bytes_in_memory": table.nbytes,
    }


def _summary(table: Rib) -> list[list[str]]:
    facts, receipt = _facts(table), table.receipt
    span = facts["time_span"]
    return [
        ["state", "ok" if receipt.ok else f"NOT OK: {receipt.issues.num_rows:,} issues"],
        ["time", "unknown" if span is None else " to ".join(dict.fromkeys(span))],
        ["collectors", clean(", ".join(facts["collectors"]))],
        ["routes", f"{count(facts['n_routes'])} kept, {count(receipt.routes_lost)} lost"],
        ["prefixes", f"{count(facts['n_prefixes4'])} IPv4, {count(facts['n_prefixes6'])} IPv6"],
        ["AS paths", f"{count(facts['n_as_paths'])} distinct"],
        ["attribute sets", f"{count(facts['n_attribute_sets'])} distinct"],
        [
            "peers",
            (
                f"{count(facts['n_peers_with_routes'])} with routes of {count(facts['n_peers'])}, "
                f"{count(facts['n_full_feeds'])} full feeds"
            ),
        ],
        [
            "full feed from",
            ", ".join(
                f"{count(n)} {f.replace('ipv', 'IPv')} prefixes"
                for f, n in facts["full_feed_thresholds"].items()
                if n is not None
            ),
        ],
        ["bytes in", f"{size(receipt.bytes_in)}, {size(receipt.bytes_uncompressed)} uncompressed"],
        ["memory", size(facts["bytes_in_memory"])],
    ]


def _file_rows(receipt: LoadReceipt) -> list[list[str]]:
    return [
        [
            clean(f.name),
            f.compression,
            size(f.bytes_in),
            count(f.routes_kept + f.changes_kept),
            count(f.routes_lost + f.changes_lost),
            count(sum(s.length for s in f.skipped)),
            count(f.n_issues),
            "yes" if f.reconciled else "NO",
        ]
        for f in receipt.files
    ]


def _peer_rows(peers: list[PeerCount]) -> list[list[str]]:
    return [
        [
            f"AS{p.peer_as}",
            p.peer_ip,
            clean(p.collector),
            count(p.n_prefixes4),
            count(p.n_prefixes6),
            p.feed,
        ]
        for p in peers
    ]


def _issue_rows(issues: pa.Table) -> list[list[str]]:
    return [
        [
            clean(i["file"], 80),
            count(i["offset"]),
            count(i["record"]),
            i["kind"],
            clean(i["detail"]),
        ]
        for i in issues.to_pylist()
    ]


def _first(shown: int, n: int) -> str:
    return f" (first {shown} of {n:,})" if n > shown else ""


def _shown(table: Rib | Updates, *, to_terminal: bool) -> str:
    receipt = table.receipt
    if isinstance(table, Updates):
        summary, peers = changes.summary(table), changes.peer_rows(table)
        peer_columns = ["announced", "withdrawn", "state changes"]
    else:
        summary, peers = _summary(table), _peer_rows(peer_counts(table))
        peer_columns = ["IPv4", "IPv6", "full feed"]

    def part(title: str, columns: list[str], rows: list[list[str]], numbers: set[int]) -> str:
        if not rows:
            return ""
        numeric = [n in numbers for n in range(len(columns))]
        return grid(columns, rows, numeric=numeric, to_terminal=to_terminal, title=title)

    passed, issues = receipt.passed_over, receipt.issues
    return "".join(
        [
            part("Table", ["what", "value"], summary, set()),
            part("Files", _FILE_COLUMNS, _file_rows(receipt), {2, 3, 4, 5, 6}),
            part(
                "Records",
                ["type", "records"],
                [[clean(k), count(v)] for k, v in receipt.records.items()],
                {1},
            ),
            part(
                "Peers" + _first(_N_PEERS, len(peers)),
                ["peer", "address", "collector", *peer_columns],
                peers[:_N_PEERS],
                {3, 4},
            ),
            part(
                "Quirks understood (nothing lost)",
                ["quirk", "times"],
                [[clean(k), count(v)] for k, v in sorted(receipt.quirks.items())],
                {1},
            ),
            part(
                "Passed over in directories: not named like dumps"
                + _first(_N_PASSED_OVER, len(passed)),
                ["file"],
                [[clean(p)] for p in passed[:_N_PASSED_OVER]],
                set(),
            ),
            part(
                "Issues" + _first(_N_ISSUES, issues.num_rows),
                ["file", "offset", "record", "kind", "detail"],
                _issue_rows(issues.slice(0, _N_ISSUES)),
                {1, 2},
            ),
        ]
    )


@command
@with_reading
def info(
    *,
    paths: Paths,
    form: Annotated[InfoFormat, typer.Option("--format", "-f")] = InfoFormat.TABLE,
    output: Output = None,
    how: Reading,
) -> None:
    """Show what dumps or updates hold, from whom, and what could not be read."""
    check(form, output)
    with holding(paths, how) as held:
        table = held.either()
    with sink(output) as stream:
        if form is InfoFormat.JSON:
            facts = changes.facts(table) if isinstance(table, Updates) else _facts(table)
            given = {"table": facts, "receipt": table.receipt.to_dict()}
            stream.write((json.dumps(given, indent=2, ensure_ascii=False) + "\n").encode())
        else:
            to_terminal = output is None and sys.stdout.isatty()
            stream.write(_shown(table, to_terminal=to_terminal).encode())
    finish(table)


@command
@with_reading
def lookup(
    *,
    path: Annotated[str, typer.Argument(metavar="PATH", help="an MRT dump, or its URL")],
    addresses: Annotated[list[str], typer.Argument(metavar="ADDRESS...")],
    form: Form = Format.TABLE,
    output: Output = None,
    how: Reading,
) -> None:
    """Find the longest prefix that matches each address, and who originates it."""
    check(form, output)
    table = load([path], how)
    found = table.lookup_many(addresses)
    frame = pd.concat([pd.Series(addresses, name="address"), found], axis=1)
    write(frame, form, output, 0)
    finish(table)
