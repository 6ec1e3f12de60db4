"""``rib validate``: origins against the RPKI and the IRR."""

from enum import StrEnum
from typing import Annotated

import pandas as pd
import typer

from rib.analysis.origins import validate_origins
from rib.cli.inputs import Asns, Irr, Paths, Prefixes, Slurm, Vrps, registries
from rib.cli.outcome import command, finish, say
from rib.cli.output import Form, Format, Limit, Output, check, write
from rib.cli.reading import Reading, load, with_reading
from rib.report.wording import many

__all__ = ["validate"]


class State(StrEnum):
    """What a registry says of a prefix and its origin (RFC 6811)."""

    VALID = "valid"
    INVALID = "invalid"
    NOT_FOUND = "not-found"


@command
@with_reading
def validate(
    *,
    paths: Paths,
    vrps: Vrps = None,
    slurm: Slurm = None,
    irr: Irr = None,
    origin_as: Asns = None,
    prefix: Prefixes = None,
    only: Annotated[
        State | None,
        typer.Option(help="only rows of this state: of the RPKI, or of the IRR without --vrps"),
    ] = None,
    fail_on: Annotated[
        State | None,
        typer.Option(help="exit with 1 if a row has this state, whatever --only shows"),
    ] = None,
    how: Reading,
    form: Form = Format.TABLE,
    output: Output = None,
    limit: Limit = None,
) -> None:
    """Validate origins against the RPKI (RFC 6811) and the IRR; how many of each goes to stderr."""
    check(form, output)
    if not vrps and not irr:
        raise typer.BadParameter("expected --vrps, --irr or both: validate against what?")
    table = load(paths, how)
    given = registries(vrps=vrps, slurm=slurm, irr=irr, how=how)
    asked = table
    if origin_as or prefix:
        asked = table.select(origin_as=origin_as or None, prefixes=prefix or None)
    frame = validate_origins(asked, vrps=given["vrps"], irr=given["irr"])
    states = _states(frame, "rov" if vrps else "irr")
    shown = frame if only is None else frame[states == only.value]
    if form is Format.TABLE:
        without = [prefix for prefix, files in (("rov_", vrps), ("irr_", irr)) if not files]
        shown = shown[[name for name in shown.columns if not name.startswith(tuple(without))]]
    write(shown, form, output, limit)
    for name, key, files in (("RPKI", "rov", vrps), ("IRR", "irr", irr)):
        if files:
            say(f"{name}: {_counts(frame, _states(frame, key))}")
    finish(table, findings=fail_on is not None and bool((states == fail_on.value).any()))


def _states(frame: pd.DataFrame, registry: str) -> pd.Series:
    """Give a state for each row; ``invalid,more-specific`` of the IRR is invalid too."""
    states: pd.Series = frame[f"{registry}_state"].replace("invalid,more-specific", "invalid")
    return states


def _counts(frame: pd.DataFrame, states: pd.Series) -> str:
    """Say how many prefixes are in each state with an origin of theirs, and how far these got."""
    parts = []
    for state in State:
        rows = frame[(states == state.value).to_numpy(dtype=bool)]
        far = "" if rows.empty else f" at up to {many(int(rows['n_vps'].max()), 'VP')}"
        parts.append(f"{state} {rows['prefix'].nunique():,}{far}")
    return f"prefixes {', '.join(parts)}"
