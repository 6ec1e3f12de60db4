"""``rib nightly``: the job that a timer starts."""

from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from rib.cli.outcome import Exit, command, say, writing
from rib.report.wording import clean
from rib.sources.bar import progress_bar

__all__ = ["From", "To", "nightly"]


class LogFormat(StrEnum):
    """How events are written to standard error."""

    TEXT = "text"
    JSON = "json"


def _day(text: str | date) -> date:
    try:
        return text if isinstance(text, date) else date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r}: expected a day, like 2025-01-21") from None


From = Annotated[
    date | None,
    typer.Option("--from", metavar="DAY", parser=_day, help="first night"),
]
To = Annotated[date | None, typer.Option("--to", metavar="DAY", parser=_day, help="last night")]


@command
def nightly(
    *,
    config: Annotated[
        Path, typer.Option("--config", "-c", metavar="FILE", help="a nightly.toml")
    ] = Path("nightly.toml"),
    init: Annotated[bool, typer.Option("--init", help="write a commented config and stop")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="say what would be done; fetch and write nothing")
    ] = False,
    first: From = None,
    last: To = None,
    redo: Annotated[bool, typer.Option("--redo", help="make finished nights again")] = False,
    log_format: Annotated[LogFormat, typer.Option("--log-format")] = LogFormat.TEXT,
) -> None:
    """Make every night that is not finished: report, history and what must hold."""
    if init:
        _init(config)
        return
    from rib.batch.config import load_config
    from rib.batch.log import Log
    from rib.batch.run import run

    given = load_config(str(config))
    if check:
        from rib.batch.check import would_do

        typer.echo(would_do(given, datetime.now(UTC), first=first, last=last), nl=False)
        return
    with writing(Path(given.located(given.output)), "output"):
        outcome = run(
            given,
            now=datetime.now(UTC),
            first=first,
            last=last,
            redo=redo,
            log=Log(log_format.value),
            bar=progress_bar,
        )
    for finding in outcome.findings:
        typer.echo(clean(finding, 2000))
    failures = outcome.failures
    if any(not problem.missing for problem in failures):
        raise typer.Exit(Exit.DAMAGED)
    if failures or not outcome.results:
        if not outcome.results and not failures:
            say(f"{config}: no night: none of its sources has a dump of these days")
        raise typer.Exit(Exit.MISSING)
    if outcome.findings:
        raise typer.Exit(Exit.FINDINGS)


def _init(config: Path) -> None:
    from rib.batch.config import example

    with writing(config, "--config"):
        try:
            with config.open("x", encoding="utf-8") as file:
                file.write(example())
        except FileExistsError:
            raise typer.BadParameter(f"{config} is there already, and is left as it is") from None
    typer.echo(f"{config}: written; edit it, then: rib nightly --config {config} --check")
