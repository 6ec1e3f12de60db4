"""``rib report``: the whole job, from dumps to a directory with a page."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

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
from rib.cli.outcome import command, finish, writing
from rib.cli.output import say_warnings
from rib.cli.reading import Reading, load, with_reading
from rib.report import write_report
from rib.report.wording import clean

__all__ = ["report"]


class View(StrEnum):
    """What the peers are to us."""

    AUTO = "auto"
    COLLECTOR = "collector"
    OWN = "own"


@command
@with_reading
def report(
    *,
    paths: Paths,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="where to write; made if missing")
    ],
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
    view: Annotated[
        View, typer.Option(help="peers are foreign ASes, or transit sessions of ours")
    ] = View.AUTO,
    fail_on: FailOn = None,
    how: Reading,
) -> None:
    """Write a report: a page, its text twin, Parquet tables and the load receipt."""
    if output.exists() and not output.is_dir():
        raise typer.BadParameter(f"--output {output}: a file is there, expected a directory")
    ours = declared(own, own_prefix, own_upstream) or own or None
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
    with writing(output):
        written = write_report(table, output, **given, own=ours, view=view.value)
    say_warnings(written.suspects)
    typer.echo(f"{clean(written.html)}: {len(written.suspects):,} suspects")
    finish(
        table, given["baseline"], findings=fail_on is not None and written.highest_score >= fail_on
    )
