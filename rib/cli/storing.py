"""``rib convert``: read dumps once and keep the table."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from rib.cli.inputs import Paths
from rib.cli.outcome import command, finish, say, writing
from rib.cli.output import check_output
from rib.cli.reading import Reading, load, with_reading
from rib.report.wording import many

__all__ = ["convert"]


class StoredFormat(StrEnum):
    """How ``rib convert`` writes: one mapped file, or a folder."""

    RIB = "rib"
    PARQUET = "parquet"


@command
@with_reading
def convert(
    *,
    paths: Paths,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="OUT", help="write here, whole or not at all"),
    ],
    form: Annotated[
        StoredFormat,
        typer.Option("--format", "-f", help="a file that rib opens at once, or a Parquet folder"),
    ] = StoredFormat.RIB,
    how: Reading,
) -> None:
    """Keep the table of dumps as a .rib file, which every command takes in the place of dumps."""
    # A folder of Parquet files may be replaced, so only the folder above it is looked at.
    check_output(output if form is StoredFormat.RIB else output.absolute().parent / "new")
    table = load(paths, how)
    with writing(output):
        if form is StoredFormat.RIB:
            table.write(output)
        else:
            table.write_parquet(output)
    say(f"wrote {output}: {many(table.n_routes, 'route')}")
    finish(table)
