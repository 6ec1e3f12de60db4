"""``rib diversity``, ``rib saturation``: how many ways there are, and whether more are hidden."""

from enum import StrEnum
from typing import Annotated

import typer

from rib.analysis.diversity import path_diversity
from rib.analysis.saturation import saturation as saturation_of
from rib.cli.inputs import Asns, Paths, Prefixes
from rib.cli.outcome import command, finish
from rib.cli.output import Format, Limit, Output, check, write
from rib.cli.reading import Reading, load, with_reading

__all__ = ["diversity", "saturation"]

_Form = Annotated[Format, typer.Option("--format", "-f")]


class By(StrEnum):
    """What a row of ``rib diversity`` is about."""

    PREFIX = "prefix"
    ORIGIN_AS = "origin-as"


class SaturationBy(StrEnum):
    """What a row of ``rib saturation`` is about."""

    ORIGIN_AS = "origin-as"
    N_VPS = "n-vps"


@command
@with_reading
def diversity(
    *,
    paths: Paths,
    by: Annotated[By, typer.Option(help="one row per prefix, or per origin AS")] = By.ORIGIN_AS,
    origin_as: Asns = None,
    prefix: Prefixes = None,
    how: Reading,
    form: _Form = Format.TABLE,
    output: Output = None,
    limit: Limit = None,
) -> None:
    """Measure path diversity: upstreams, disjoint paths, chokepoints, path lengths."""
    check(form, output)
    table = load(paths, how)
    asked = table
    if origin_as or prefix:
        asked = table.select(origin_as=origin_as or None, prefixes=prefix or None)
    frame = path_diversity(asked, by="prefix" if by is By.PREFIX else "origin_as")
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
    form: _Form = Format.TABLE,
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
