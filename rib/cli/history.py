"""``rib history``: the nights that were kept, and their tables."""

from pathlib import Path
from typing import Annotated

import typer

from rib.cli.nightly import From, To
from rib.cli.outcome import command
from rib.cli.output import Format, Limit, Output, check, write

__all__ = ["history"]


@command
def history(
    *,
    path: Annotated[
        str, typer.Argument(metavar="CONFIG|FOLDER", help="a nightly.toml, or its output folder")
    ],
    table: Annotated[
        str | None, typer.Argument(metavar="[TABLE]", help="a table (default: the list of nights)")
    ] = None,
    first: From = None,
    last: To = None,
    form: Annotated[Format, typer.Option("--format", "-f")] = Format.TABLE,
    output: Output = None,
    limit: Limit = None,
) -> None:
    """List the nights of a history, or show a table of it."""
    check(form, output)
    from rib.batch.history import nights, read_history

    folder = path
    if Path(path).is_file():
        from rib.batch.config import load_config

        config = load_config(path)
        folder = config.located(config.output)
    if table is None:
        frame = nights(folder)
        inside = frame["day"].map(
            lambda day: (first is None or first <= day) and (last is None or day <= last)
        )
        frame = frame[inside.to_numpy(dtype=bool)].reset_index(drop=True)
    else:
        frame = read_history(folder, table, first=first, last=last)
    write(frame, form, output, limit)
