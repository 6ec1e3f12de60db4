"""``rib diversity``, ``rib saturation``, ``rib hegemony``: how many ways, hidden ones, and through whom."""

from enum import StrEnum
from typing import Annotated

import pyarrow as pa
import typer

from rib.analysis.diversity import path_diversity
from rib.analysis.hegemony import as_hegemony
from rib.analysis.saturation import saturation as saturation_of
from rib.cli.inputs import Asns, Ci, Paths, Prefixes, parse_asn
from rib.cli.outcome import command, finish
from rib.cli.output import Form, Format, Limit, Output, check, write
from rib.cli.reading import Reading, load, with_reading
from rib.exceptions import FlowsError
from rib.sources.flows import read_flows
from rib.table.flows import Traffic, matched
from rib.table.resampling import check_ci
from rib.table.rib import Rib

__all__ = ["diversity", "hegemony", "saturation"]


class By(StrEnum):
    """What a row of ``rib diversity`` is about."""

    PREFIX = "prefix"
    ORIGIN_AS = "origin-as"


class Trim(StrEnum):
    """How ``rib hegemony`` trims."""

    SCIPY = "scipy"
    FORCE = "force"


class Weight(StrEnum):
    """What a vote of ``rib diversity`` counts."""

    PREFIXES = "prefixes"
    ADDRESSES = "addresses"
    TRAFFIC = "traffic"


class SaturationBy(StrEnum):
    """What a row of ``rib saturation`` is about."""

    ORIGIN_AS = "origin-as"
    N_VPS = "n-vps"


def _matched(table: Rib, flows: pa.RecordBatchReader, path: str) -> Traffic:
    """Add up flows; what cannot be added up is damage of their file, not a wrong command."""
    try:
        return matched(table, flows)
    except FlowsError:
        raise
    except ValueError as error:
        raise FlowsError(f"{path}: {str(error).removeprefix('flows: ')}") from None


@command
@with_reading
def diversity(
    *,
    paths: Paths,
    by: Annotated[By, typer.Option(help="one row per prefix, or per origin AS")] = By.ORIGIN_AS,
    origin_as: Asns = None,
    prefix: Prefixes = None,
    weight: Annotated[
        Weight, typer.Option(help="a prefix counts 1, or its addresses, or the bytes of --flows")
    ] = Weight.PREFIXES,
    flows: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="flow records of nfdump or pmacct, or dst and bytes: CSV, JSON lines or Parquet",
        ),
    ] = None,
    ci: Ci = None,
    how: Reading,
    form: Form = Format.TABLE,
    output: Output = None,
    limit: Limit = None,
) -> None:
    """Measure path diversity: upstreams, disjoint paths, chokepoints, path lengths."""
    check(form, output)
    if (weight is Weight.TRAFFIC) != (flows is not None):
        raise typer.BadParameter("--weight traffic and --flows need each other")
    check_ci(ci)
    records = None if flows is None else read_flows(flows)
    table = load(paths, how)
    # The longest match of an address may have another origin, and intervals draw from all VP ASes: both
    # need the whole table.
    whole = (weight is not Weight.PREFIXES or ci is not None) and by is By.ORIGIN_AS
    asked = table
    if prefix or (origin_as and not whole):
        asked = table.select(
            origin_as=None if whole else origin_as or None, prefixes=prefix or None
        )
    frame = path_diversity(
        asked,
        by="prefix" if by is By.PREFIX else "origin_as",
        weight=weight.value,
        flows=None if records is None or flows is None else _matched(asked, records, flows),
        ci=ci,
    )
    if origin_as and whole:
        frame = frame[frame["origin_as"].isin(origin_as)]
    write(frame, form, output, limit)
    finish(table)


@command
@with_reading
def saturation(
    *,
    paths: Paths,
    by: Annotated[
        SaturationBy, typer.Option(help="one row per origin AS, or per number of vantage points")
    ] = SaturationBy.ORIGIN_AS,
    origin_as: Asns = None,
    how: Reading,
    form: Form = Format.TABLE,
    output: Output = None,
    limit: Limit = None,
) -> None:
    """Tell whether more vantage points would show more upstreams of each origin AS."""
    check(form, output)
    table = load(paths, how)
    frame = saturation_of(
        table,
        origin_as=origin_as or None,
        by="n_vps" if by is SaturationBy.N_VPS else "origin_as",
    )
    write(frame, form, output, limit)
    finish(table)


@command
@with_reading
def hegemony(
    *,
    paths: Paths,
    scope: Annotated[
        list[int] | None,
        typer.Option(
            metavar="ASN",
            parser=parse_asn,
            help="local hegemony of this origin AS; may be repeated (default: the global one)",
        ),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="global hegemony, and local of every origin AS")
    ] = False,
    ipv4: Annotated[bool, typer.Option("-4", help="only IPv4")] = False,
    ipv6: Annotated[bool, typer.Option("-6", help="only IPv6")] = False,
    trim: Annotated[
        Trim, typer.Option(help="trim a tenth of the VP ASes, or at least one, at either end")
    ] = Trim.SCIPY,
    ci: Ci = None,
    how: Reading,
    form: Form = Format.TABLE,
    output: Output = None,
    limit: Limit = None,
) -> None:
    """Measure AS hegemony: how far the vantage points depend on each AS, highest first."""
    check(form, output)
    if every and scope:
        raise typer.BadParameter("--all has every --scope: give one of them")
    check_ci(ci)
    table = load(paths, how)
    frame = as_hegemony(table, scope="all" if every else scope or None, trim=trim.value, ci=ci)
    if ipv4 != ipv6:
        frame = frame[frame["family"] == (4 if ipv4 else 6)]
    order = ["scope", "family", "hegemony", "asn"]
    frame = frame.sort_values(order, ascending=[True, True, False, True], na_position="first")
    write(frame, form, output, limit)
    finish(table)
