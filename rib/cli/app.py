"""The commands and their arguments."""

import sys
from typing import Annotated

import typer

from rib._backend import BACKEND, core
from rib.cli import (
    analyses,
    comparing,
    diversity,
    dumps,
    history,
    links,
    loading,
    migration,
    nightly,
    own_view,
    reporting,
    routes,
    storing,
    suspects,
    validating,
)

__all__ = ["app", "main"]

app = typer.Typer(
    name="rib",
    help="From a full BGP table to answers: MRT dumps in, tables, suspects and reports out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 fine, 1 findings (--fail-on), 2 usage, 3 input damaged, 4 input missing.",
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"rib {core.__version__} ({BACKEND} back end)")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    del version


app.command("info")(loading.info)
app.command("lookup")(loading.lookup)
app.command("routes")(routes.routes)
app.command("diversity")(diversity.diversity)
app.command("saturation")(diversity.saturation)
app.command("hegemony")(diversity.hegemony)
app.command("upstreams")(analyses.upstreams)
app.command("exits")(own_view.exits)
app.command("failures")(own_view.failures)
app.command("suspects")(suspects.suspects)
app.command("validate")(validating.validate)
app.command("migration")(migration.migration)
app.command("policy")(migration.policy)
app.command("leaks")(links.leaks)
app.command("relationships")(links.relationships)
app.command("diff")(comparing.diff)
app.command("report")(reporting.report)
app.command("verify")(dumps.verify)
app.command("doctor")(dumps.doctor)
app.command("nightly")(nightly.nightly)
app.command("history")(history.history)
app.command("convert")(storing.convert)


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(app())
