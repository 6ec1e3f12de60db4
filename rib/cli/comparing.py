"""``rib diff``: what changed between two dumps, or two nights of a history."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from rib.cli.history import folder_of
from rib.cli.outcome import command, finish, say
from rib.cli.output import Form, Format, Limit, Output, check, write
from rib.cli.reading import Reading, load, with_reading
from rib.report.wording import many
from rib.table.diff import diff as changes_between

__all__ = ["diff"]

_MOST = 20  # peers named one by one


class About(StrEnum):
    """What of two nights is compared."""

    ORIGIN = "origin"
    PREFIX = "prefix"
    EXIT = "exit"
    SUSPECT = "suspect"


@command
@with_reading
def diff(
    *,
    old: Annotated[
        str, typer.Argument(metavar="OLD", help="the earlier dump: a file, glob or URL; or a night")
    ],
    new: Annotated[str, typer.Argument(metavar="NEW", help="the later one")],
    whole_sessions: Annotated[
        bool,
        typer.Option(
            "--whole-sessions",
            help="also list every route of peers that are in one of the dumps only",
        ),
    ] = False,
    history: Annotated[
        str | None,
        typer.Option(
            "--history",
            metavar="CONFIG|FOLDER",
            help="OLD and NEW are nights of this nightly.toml or its output folder, like 2025-01-21",
        ),
    ] = None,
    about: Annotated[
        About | None, typer.Option("--about", help="of nights: rows of this kind only")
    ] = None,
    form: Form = Format.TABLE,
    output: Output = None,
    limit: Limit = None,
    how: Reading,
) -> None:
    """Show what peers announced, withdrew, or reach by another origin, upstream or path.

    Peers with routes in one of the dumps only are named on stderr, one line each. With --history: which
    origins, prefixes, exits and suspects differ between two nights, from what was kept of them.
    """
    check(form, output)
    if history is not None:
        if whole_sessions:
            raise typer.BadParameter("--whole-sessions is about dumps, not nights of --history")
        _nights(history, old, new, about, form, output, limit)
        return
    if about is not None:
        raise typer.BadParameter("--about needs --history")
    before, after = load([old], how, "reading OLD"), load([new], how, "reading NEW")
    frame = changes_between(before, after, whole_sessions=whole_sessions)
    _say_sessions(frame.attrs["peers_gone"], "is gone", listed=whole_sessions)
    _say_sessions(frame.attrs["peers_new"], "is new", listed=whole_sessions)
    write(frame, form, output, limit)
    finish(before, after)


def _nights(
    history: str,
    old: str,
    new: str,
    about: About | None,
    form: Format,
    output: Output,
    limit: Limit,
) -> None:
    from rib.batch.changes import history_diff

    kind: Any = None if about is None else about.value
    frame = history_diff(folder_of(history), old, new, about=kind)
    write(frame, form, output, limit)
    if form is Format.TABLE:
        # The table for the eye is cut: what is further down is counted at least.
        counts = frame.groupby(["about", "state"], sort=False).size()
        for name in frame["about"].unique():
            parts = (f"{n:,} {state}" for state, n in counts[name].items())
            say(f"{name}: {', '.join(parts)}")


def _say_sessions(peers: list[dict[str, Any]], what: str, *, listed: bool) -> None:
    rest = "" if listed else ", not listed (--whole-sessions)"
    for peer in sorted(peers, key=lambda peer: -peer["n_routes"])[:_MOST]:
        at = f" at {peer['collector']}" if peer["collector"] else ""
        say(
            f"peer AS{peer['peer_as']} {peer['peer_ip']}{at} {what}: "
            f"{many(peer['n_routes'], 'route')}{rest}"
        )
    if len(peers) > _MOST:
        say(f"and {many(len(peers) - _MOST, 'more peer')} {what.replace('is', 'are')}{rest}")
