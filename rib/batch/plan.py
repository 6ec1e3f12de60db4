"""Which nights there are: the dumps that a config names, by the UTC day that they were taken on."""

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from rib.batch.config import Config, OwnView, Source
from rib.batch.names import dated, first_time, is_dated, pattern_of, series_of, time_in_name
from rib.exceptions import RibError
from rib.remote.cache import is_url
from rib.sources import archive
from rib.sources.inputs import RIB_FILES, resolved

__all__ = ["COLLECTORS", "Dump", "Night", "Plan", "Problem", "plan", "problem_of"]

#: The view that the dumps of collectors make, beside those of our own that have names of their own.
COLLECTORS = "collectors"


@dataclass(frozen=True)
class Problem:
    """An input that failed: ``missing`` where it cannot be had, else damaged."""

    what: str
    text: str
    missing: bool


@dataclass(frozen=True)
class Dump:
    """One input of a night. ``label`` is its name in every output, ``where`` it is read from."""

    view: str
    source: str
    label: str
    where: str
    time: datetime


@dataclass(frozen=True)
class Night:
    """The dumps of one UTC day, in the order of the config."""

    day: date
    dumps: tuple[Dump, ...]

    @property
    def time(self) -> datetime:
        """Time of the latest dump."""
        return max(dump.time for dump in self.dumps)


@dataclass(frozen=True)
class Plan:
    """Nights to look at, oldest first, the night before each, and what could not be planned."""

    nights: tuple[Night, ...]
    before: dict[date, Night]
    problems: tuple[Problem, ...]


def problem_of(what: str, error: Exception) -> Problem:
    """Say of an error which input it befell, and whether that is missing or damaged."""
    missing = isinstance(
        error, FileNotFoundError | PermissionError | ConnectionError | TimeoutError
    )
    text = str(error)
    if isinstance(error, OSError) and error.strerror:
        text = error.strerror
    return Problem(what, text.removeprefix(f"{what}: "), missing)


def _label(config: Config, name: str) -> str:
    """Give a path as the config has it, so that outputs do not depend on where it is run from."""
    if not config.base or is_url(name):
        return name
    inside = os.path.relpath(name, config.base)
    return name if inside.startswith("..") else inside


def _local(config: Config, view: str, source: str, pattern: str) -> Iterator[Dump | Problem]:
    """Find the files of a path, glob or directory, or fetch an undated URL."""
    try:
        with ExitStack() as stack:
            where = config.located(pattern_of(pattern))
            inputs = stack.enter_context(resolved(where, RIB_FILES))
            for name, _, local in inputs.given:
                time = time_in_name(name) or first_time(Path(os.fsdecode(local)))
                label = _label(config, name)
                if time is None:
                    yield Problem(label, "its time is unknown: expected a date in its name", False)
                else:
                    yield Dump(view, source, label, name, time)
    except (OSError, RibError, ValueError) as error:
        yield problem_of(pattern, error)


def _dated(view: str, source: str, pattern: str, days: Iterable[date]) -> Iterator[Dump]:
    for day in days:
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        url = dated(pattern, midnight)
        yield Dump(view, source, url, url, time_in_name(url) or midnight)


def _archived(source: Source, days: Iterable[date]) -> Iterator[Dump]:
    for day in days:
        asked = datetime.fromisoformat(f"{day}T{source.at}+00:00")
        url = archive.urls(str(source.archive), asked)[0]
        yield Dump(COLLECTORS, source.name, url, url, time_in_name(url) or asked)


def _all_dumps(config: Config, days: list[date], *, fetch: bool) -> Iterator[Dump | Problem]:
    parts: tuple[Source | OwnView, ...] = (*config.source, *config.own_view)
    for part in parts:
        view = part.name if isinstance(part, OwnView) else COLLECTORS
        if isinstance(part, Source) and part.archive is not None:
            yield from _archived(part, days)
        for pattern in part.paths:
            if is_url(pattern) and is_dated(pattern):
                yield from _dated(view, part.name, pattern, days)
            elif fetch or not is_url(pattern):
                yield from _local(config, view, part.name, pattern)


def _nights(dumps: Iterable[Dump]) -> list[Night]:
    """Group by day; of several dumps of one series a day, the latest counts."""
    chosen: dict[date, dict[tuple[str, str, str], Dump]] = {}
    for dump in dumps:
        of_day = chosen.setdefault(dump.time.date(), {})
        series = (dump.view, dump.source, series_of(dump.label))
        if series not in of_day or of_day[series].time <= dump.time:
            of_day[series] = dump
    return [Night(day, tuple(chosen[day].values())) for day in sorted(chosen)]


def plan(
    config: Config,
    now: datetime,
    *,
    first: date | None = None,
    last: date | None = None,
    fetch: bool = True,
) -> Plan:
    """Find the nights of a config.

    Parameters
    ----------
    config : Config
        Where dumps are.
    now : datetime
        With a time zone. Dated URLs are built for days up to this one, and no later: files need no
        clock, since their names or records say when they are from.
    first, last : date, optional
        The days to look at, both included. Default: the newest ``nights.last`` that have dumps.
    fetch : bool, default True
        Whether a URL without a date may be fetched to see from when it is.

    Returns
    -------
    Plan
        With problems for what was not found, a path at a time.
    """
    n = config.nights.last
    end = min(last or now.date(), now.date())
    start = first or end - timedelta(days=n - 1)
    # One day more, for what the first is compared with.
    days = [start + timedelta(days=k) for k in range(-1, (end - start).days + 1)]
    dumps: list[Dump] = []
    problems: list[Problem] = []
    for found in _all_dumps(config, days, fetch=fetch):
        if isinstance(found, Problem):
            problems.append(found)
        elif not is_url(found.where) or found.time <= now:
            dumps.append(found)
    nights = _nights(dumps)
    before = {night.day: earlier for earlier, night in pairwise(nights)}
    if first is None and last is None:
        chosen = nights[-n:]
    else:
        chosen = [
            night
            for night in nights
            if (first is None or first <= night.day) and (last is None or night.day <= last)
        ]
    problems += _absent(config, chosen[-1:])
    return Plan(tuple(chosen), before, tuple(problems))


def _absent(config: Config, newest: list[Night]) -> Iterator[Problem]:
    """Name what has files, but none of the newest night. URLs are asked for, and say so themselves."""
    parts: tuple[Source | OwnView, ...] = (*config.source, *config.own_view)
    for night in newest:
        for part in parts:
            is_remote = not part.paths or any(map(is_url, part.paths))
            if not is_remote and all(dump.source != part.name for dump in night.dumps):
                yield Problem(part.name, f"no dump of {night.day}", True)
