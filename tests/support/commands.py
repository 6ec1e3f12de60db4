"""Commands run in the process of the tests."""

from typer.testing import CliRunner, Result

from rib.cli.app import app

__all__ = ["run"]


def run(*arguments: object) -> Result:
    """Run a command; an error that is no exit code of it is raised."""
    return CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)
