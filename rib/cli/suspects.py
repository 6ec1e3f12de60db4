"""``rib suspects``: events that look like hijacks, all or one of them."""

from typing import Annotated

import pandas as pd
import typer

from rib.analysis.suspects import hijack_suspects
from rib.cli.explaining import brief, page
from rib.cli.inputs import (
    Baseline,
    Bogons,
    Delegations,
    FailOn,
    Irr,
    Organisations,
    Own,
    OwnPrefixes,
    OwnUpstreams,
    Paths,
    Relationships,
    Slurm,
    Vrps,
    declared,
    registries,
)
from rib.cli.outcome import command, finish
from rib.cli.output import Form, Format, Limit, Output, check, say_warnings, sink, write
from rib.cli.reading import Reading, load, with_reading
from rib.report.wording import Names, many

__all__ = ["suspects"]


@command
@with_reading
def suspects(
    *,
    paths: Paths,
    vrps: Vrps = None,
    slurm: Slurm = None,
    irr: Irr = None,
    organisations: Organisations = None,
    relationships: Relationships = None,
    delegations: Delegations = None,
    bogons: Bogons = None,
    baseline: Baseline = None,
    own: Own = None,
    own_prefix: OwnPrefixes = None,
    own_upstream: OwnUpstreams = None,
    min_score: Annotated[
        float | None,
        typer.Option(metavar="SCORE", min=0, max=100, help="only events that score so much"),
    ] = None,
    explain: Annotated[
        str | None,
        typer.Option(metavar="EVENT", help="show this event as a page, every term of its score"),
    ] = None,
    fail_on: FailOn = None,
    how: Reading,
    form: Form = Format.TABLE,
    output: Output = None,
    limit: Limit = None,
) -> None:
    """List events that look like hijacks, with evidence; explained ones score below 50.

    A table has a line per event; other formats have all columns, and evidence as nested lists.
    """
    check(form, output)
    ours = declared(own, own_prefix, own_upstream)
    if own and ours is None:
        raise typer.BadParameter("--own needs --own-prefix: what is ours?")
    if explain is not None and min_score is not None:
        raise typer.BadParameter("--explain shows one event: it goes without --min-score")
    table = load(paths, how)
    given = registries(
        vrps=vrps,
        slurm=slurm,
        irr=irr,
        organisations=organisations,
        relationships=relationships,
        delegations=delegations,
        bogons=bogons,
        baseline=baseline,
        how=how,
    )
    events = hijack_suspects(table, **given, own=ours)
    shown = events if min_score is None else events[events["score"] >= min_score]
    if explain is not None:
        shown = _named(events, explain)
    if form is not Format.TABLE:
        write(shown, form, output, limit)
    elif explain is None:
        write(brief(shown), form, output, limit)
    else:
        say_warnings(shown)
        with sink(output) as stream:
            stream.write(page(shown, Names(given["organisations"])).encode())
    findings = fail_on is not None and bool((events["score"] >= fail_on).any())
    finish(table, given["baseline"], findings=findings)


def _named(events: pd.DataFrame, name: str) -> pd.DataFrame:
    found = events[events["event_id"] == name]
    if found.empty:
        raise typer.BadParameter(
            f"--explain {name}: not among {many(len(events), 'event')}; expected a name from the "
            "column event of `rib suspects` on the same input"
        )
    return found
