"""``rib exits``, ``rib failures``: own views, as rows."""

from enum import StrEnum
from typing import Annotated

import typer

from rib.analysis.exits import exit_preference
from rib.analysis.failure_ranking import failure_ranking
from rib.analysis.failures import LOWER_BOUNDS, transit_failures
from rib.cli.inputs import Paths, parse_asn
from rib.cli.outcome import command, finish, say
from rib.cli.output import Form, Format, Limit, Output, check, write
from rib.cli.reading import Reading, load, with_reading
from rib.registry.policies import read_policy

__all__ = ["exits", "failures"]

_Policy = Annotated[
    str | None,
    typer.Option(
        "--policy", metavar="FILE", help="local preference, MED, ties (TOML; docs/policy.md)"
    ),
]


@command
@with_reading
def exits(
    *,
    paths: Paths,
    policy: _Policy = None,
    summary: Annotated[
        bool, typer.Option("--summary", help="shares of exits and of deciding steps, not prefixes")
    ] = False,
    how: Reading,
    form: Form = Format.TABLE,
    output: Output = None,
    limit: Limit = None,
) -> None:
    """Show which of our sessions wins each prefix, and which step of the decision chose it."""
    check(form, output)
    asked = None if policy is None else read_policy(policy)
    view = load(paths, how)
    found = exit_preference(view, asked)
    write(found.summary if summary else found.routes, form, output, limit)
    finish(view)


class Unit(StrEnum):
    """What fails in ``rib failures``."""

    AS = "as"
    SESSION = "session"


def _element(text: str) -> int | tuple[int, int]:
    """Read an AS, or the link ``AS-AS``."""
    one, dash, other = text.partition("-")
    return (parse_asn(one), parse_asn(other)) if dash else parse_asn(one)


class Ranking(StrEnum):
    """What fails by itself in a ranking."""

    AS = "as"
    LINK = "link"


@command
@with_reading
def failures(
    *,
    paths: Paths,
    k: Annotated[int, typer.Option("-k", min=1, help="how many fail at once")] = 1,
    unit: Annotated[
        Unit, typer.Option(help="transit ASes with all their sessions, or single sessions")
    ] = Unit.AS,
    fail: Annotated[
        list[str] | None,
        typer.Option(
            metavar="AS|AS-AS",
            help="an AS on any path, or a link, that may fail in place of transits; may be repeated",
        ),
    ] = None,
    policy: _Policy = None,
    shift: Annotated[
        bool, typer.Option("--shift", help="where the load goes, not what becomes of prefixes")
    ] = False,
    ranking: Annotated[
        Ranking | None,
        typer.Option("--ranking", help="every AS or link on our paths by itself, worst first"),
    ] = None,
    how: Reading,
    form: Form = Format.TABLE,
    output: Output = None,
    limit: Limit = None,
) -> None:
    """Show what becomes of every prefix when any K of our transits fail at once."""
    check(form, output)
    asked = None if policy is None else read_policy(policy)
    elements = [_element(text) for text in fail] if fail else None
    if ranking is not None and (elements or shift or k != 1 or unit is not Unit.AS):
        raise typer.BadParameter("--ranking goes without -k, --unit, --fail and --shift")
    view = load(paths, how)
    if ranking is not None:
        write(failure_ranking(view, asked, by=ranking.value), form, output, limit)
    else:
        found = transit_failures(view, k, unit=unit.value, fail=elements, policy=asked)
        frame = found.shift if shift else found
        failed = frame["failed"].map(lambda names: " ".join(map(_spelled, names))).astype("str")
        write(frame.assign(failed=failed), form, output, limit)
    if ranking is not None or elements:
        say(LOWER_BOUNDS)
    finish(view)


def _spelled(name: int | str | tuple[int, int]) -> str:
    return "-".join(map(str, name)) if isinstance(name, tuple) else str(name)
