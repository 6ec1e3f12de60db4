"""``rib diff``: what changed between two dumps."""

from typing import Annotated, Any

import typer

from rib.cli.outcome import command, finish, say
from rib.cli.output import Form, Format, Limit, Output, check, write
from rib.cli.reading import Reading, load, with_reading
from rib.report.wording import many
from rib.table.diff import diff as changes_between

__all__ = ["diff"]

_MOST = 20  # peers named one by one


@command
@with_reading
def diff(
    *,
    old: Annotated[
        str, typer.Argument(metavar="OLD", help="the earlier dump: a file, glob or URL")
    ],
    new: Annotated[str, typer.Argument(metavar="NEW", help="the later dump")],
    whole_sessions: Annotated[
        bool,
        typer.Option(
            "--whole-sessions",
            help="also list every route of peers that are in one of the dumps only",
        ),
    ] = False,
    form: Form = Format.TABLE,
    output: Output = None,
    limit: Limit = None,
    how: Reading,
) -> None:
    """Show what peers announced, withdrew, or reach by another origin, upstream or path.

    Peers with routes in one of the dumps only are named on stderr, one line each.
    """
    check(form, output)
    before, after = load([old], how, "reading OLD"), load([new], how, "reading NEW")
    frame = changes_between(before, after, whole_sessions=whole_sessions)
    _say_sessions(frame.attrs["peers_gone"], "is gone", listed=whole_sessions)
    _say_sessions(frame.attrs["peers_new"], "is new", listed=whole_sessions)
    write(frame, form, output, limit)
    finish(before, after)


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
