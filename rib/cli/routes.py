"""``rib routes``: the routes themselves, as rows or as the lines of ``bgpdump -m``."""

import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import pyarrow as pa
import typer

from rib._backend import core
from rib.cli.inputs import Asns, Paths, Prefixes, parse_asn
from rib.cli.outcome import command, finish
from rib.cli.output import Format, Limit, Output, check, sink, write
from rib.cli.reading import Reading, holding, with_reading
from rib.sources.held import Held
from rib.table.rib import Rib
from rib.table.updates import Updates

__all__ = ["routes"]

_CHUNK = 200_000


class RoutesFormat(StrEnum):
    """How routes are written: as every result, or as ``bgpdump -m`` writes them."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"
    ARROW = "arrow"
    BGPDUMP = "bgpdump"


def _bgpdump(table: Rib | Updates, held: Held, output: Path | None, limit: int | None) -> None:
    left = limit or sys.maxsize
    with sink(output) as stream:
        for tables in _of_lines(table, held):
            n_rows = tables["changes" if "changes" in tables else "routes"].num_rows
            end = min(n_rows, left)
            left -= end
            for start in range(0, end, _CHUNK):
                stream.write(core.bgpdump_lines(tables, start, min(start + _CHUNK, end)))


def _of_lines(table: Rib | Updates, held: Held) -> Iterator[dict[str, pa.Table]]:
    """Give the tables that lines are written from.

    bgpdump writes the multicast routes of updates too, and does not tell them from the others.
    """
    names = ("prefixes", "as_paths", "attributes", "peers")
    if isinstance(table, Rib):
        yield {name: getattr(table, name) for name in ("routes", *names)}
        return
    yield {name: getattr(table, name) for name in ("changes", *names)}
    if any(name.endswith(" multicast") for name in table.receipt.other_families):
        others = held.updates(safi="multicast")
        changes = others.changes.filter(others.changes.column("prefix_id").is_valid())
        yield {name: getattr(others, name) for name in names} | {
            "changes": changes.combine_chunks()
        }


@command
@with_reading
def routes(
    *,
    paths: Paths,
    form: Annotated[RoutesFormat, typer.Option("--format", "-f")] = RoutesFormat.TABLE,
    output: Output = None,
    limit: Limit = None,
    origin_as: Asns = None,
    prefix: Prefixes = None,
    peer_as: Annotated[
        list[int] | None,
        typer.Option(
            "--peer-as",
            "-J",
            metavar="ASN",
            parser=parse_asn,
            help="only routes of this peer AS; may be repeated",
        ),
    ] = None,
    ipv4: Annotated[bool, typer.Option("-4", help="only IPv4")] = False,
    ipv6: Annotated[bool, typer.Option("-6", help="only IPv6")] = False,
    how: Reading,
) -> None:
    """Write routes, or the changes of update files, one per row or line."""
    check(form, output)
    with holding(paths, how) as held:
        table = held.either()
        receipt_of = table
        family: Literal[4, 6] | None = 4 if ipv4 and not ipv6 else 6 if ipv6 and not ipv4 else None
        if family or origin_as or prefix or peer_as:
            if isinstance(table, Updates):
                raise typer.BadParameter(
                    "updates are not filtered: --format arrow and filter there"
                )
            table = table.select(
                family=family,
                peers=peer_as or None,
                origin_as=origin_as or None,
                prefixes=prefix or None,
            )
        if form is RoutesFormat.BGPDUMP:
            _bgpdump(table, held, output, limit)
        else:
            write(table.to_arrow(), Format(form.value), output, limit)
    finish(receipt_of)
