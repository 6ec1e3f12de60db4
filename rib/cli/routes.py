"""``rib routes``: the routes themselves, as rows or as the lines of ``bgpdump -m``."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from rib._backend import core
from rib.cli.inputs import Asns, Paths, load, parse_asn
from rib.cli.outcome import command, finish
from rib.cli.output import Format, Limit, Output, check, sink, write
from rib.table.rib import Rib

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


def _bgpdump(table: Rib, output: Path | None, limit: int | None) -> None:
    tables = {
        "routes": table.routes,
        "prefixes": table.prefixes,
        "as_paths": table.as_paths,
        "attributes": table.attributes,
        "peers": table.peers,
    }
    end = min(table.n_routes, limit) if limit else table.n_routes
    with sink(output) as stream:
        for start in range(0, end, _CHUNK):
            stream.write(core.bgpdump_lines(tables, start, min(start + _CHUNK, end)))


@command
def routes(
    *,
    paths: Paths,
    form: Annotated[RoutesFormat, typer.Option("--format", "-f")] = RoutesFormat.TABLE,
    output: Output = None,
    limit: Limit = None,
    origin_as: Asns = None,
    prefix: Annotated[
        list[str] | None,
        typer.Option("--prefix", "-p", metavar="PREFIX", help="only this prefix; may be repeated"),
    ] = None,
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
) -> None:
    """Write routes, one per row or line."""
    check(form, output)
    table = load(paths)
    receipt_of = table
    family: Literal[4, 6] | None = 4 if ipv4 and not ipv6 else 6 if ipv6 and not ipv4 else None
    if family or origin_as or prefix or peer_as:
        table = table.select(
            family=family,
            peers=peer_as or None,
            origin_as=origin_as or None,
            prefixes=prefix or None,
        )
    if form is RoutesFormat.BGPDUMP:
        _bgpdump(table, output, limit)
    else:
        write(table.to_arrow(), Format(form.value), output, limit)
    finish(receipt_of)
