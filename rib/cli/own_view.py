"""``rib exits``: own views, as rows."""

from typing import Annotated

import typer

from rib.analysis.exits import exit_preference
from rib.cli.inputs import Paths
from rib.cli.outcome import command, finish
from rib.cli.output import Format, Limit, Output, check, write
from rib.cli.reading import Reading, load, with_reading
from rib.registry.policies import read_policy

__all__ = ["exits"]

_Form = Annotated[Format, typer.Option("--format", "-f")]
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
    form: _Form = Format.TABLE,
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
