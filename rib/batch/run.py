"""A run: every night that is not finished, one after another, under a lock."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from rib.batch.config import Config
from rib.batch.inputs import Fetched, Held, fetch, load, read_registries
from rib.batch.layout import Layout
from rib.batch.log import Log
from rib.batch.names import time_in_name
from rib.batch.night import Made, make_night
from rib.batch.notify import check_urls, send
from rib.batch.parts import measure_parts
from rib.batch.plan import COLLECTORS, Night, Plan, Problem, plan
from rib.batch.provenance import baseline_of, describe, judge, read_night, settings_of
from rib.batch.publish import point_latest, recover
from rib.batch.retention import expire, is_expired
from rib.batch.story import headline
from rib.exceptions import ConfigError, RibError
from rib.remote.cache import is_url
from rib.sources.inputs import Progress
from rib.table.rib import Rib

__all__ = ["Outcome", "Result", "locked", "run"]

Bar = Callable[[str], AbstractContextManager[Progress | None]]


@dataclass(frozen=True)
class Result:
    """What became of a night.

    ``new`` and ``changed`` were made, ``done`` and ``kept`` were there before, of ``failed`` nothing
    could be read.
    """

    day: date
    what: str
    facts: dict[str, Any] | None


@dataclass
class Outcome:
    """What a run did. Codes are about the nights that it made, and the newest in any case."""

    results: list[Result] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    expired: list[date] = field(default_factory=list)

    @property
    def _counting(self) -> list[dict[str, Any]]:
        made = [r for r in self.results[:-1] if r.what in ("new", "changed")]
        return [r.facts for r in made + self.results[-1:] if r.facts is not None]

    @property
    def findings(self) -> list[str]:
        """What passed a threshold or failed an assertion, with its night."""
        return [
            f"{facts['day']}: {text}"
            for facts in self._counting
            for text in facts["verdict"]["findings"]
        ]

    @property
    def failures(self) -> list[Problem]:
        """Inputs that failed, without repetitions."""
        of_nights = [Problem(**p) for f in self._counting for p in f["verdict"]["problems"]]
        return list(dict.fromkeys([*self.problems, *of_nights]))


def locked(layout: Layout) -> FileLock:
    """Take the lock of a folder of results; another run that has it is a ConfigError."""
    layout.root.mkdir(parents=True, exist_ok=True)
    lock = FileLock(layout.lock)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise ConfigError(f"{layout.root}: another run is at work here (it holds .lock)") from None
    return lock


class _Run:
    """What nights of a run share: registries, and the tables of the night before."""

    def __init__(
        self, config: Config, layout: Layout, found: Plan, log: Log, bar: Bar, stack: ExitStack
    ) -> None:
        self._config = config
        self._layout = layout
        self._plan = found
        self._log = log
        self._bar = bar
        self._stack = stack
        self._settings = settings_of(config)
        self._kept: dict[tuple[str, ...], Any] = {}
        self._fetched: dict[date, list[Fetched]] = {}
        self._failed: set[date] = set()
        self._carried: tuple[date | None, dict[str, Rib], list[Problem]] = (None, {}, [])

    def _here(self, night: Night) -> list[Fetched]:
        """Fetch and hash the dumps of a night, once. A dated URL of a finished night is not asked again."""
        if night.day not in self._fetched:
            facts = read_night(self._layout.night(night.day) / "night.json")
            old = {} if facts is None else {i["file"]: i["sha256"] for i in facts["inputs"]}
            kept, asked = [], []
            for dump in night.dumps:
                digest = old.get(dump.label)
                if is_url(dump.where) and time_in_name(dump.where) and digest is not None:
                    kept.append(Fetched(dump, sha256=digest))
                else:
                    asked.append(dump)
            found = {each.dump: each for each in (*kept, *fetch(asked, self._stack))}
            self._fetched[night.day] = [found[dump] for dump in night.dumps]
        return self._fetched[night.day]

    def _tables(self, night: Night) -> tuple[dict[str, Rib], list[Problem]]:
        """Load the dumps of a night by view; those of the night before are kept."""
        day, tables, problems = self._carried
        if day == night.day:
            return tables, problems
        here = self._here(night)
        # URLs that were trusted to be what they were are needed now.
        lacking = [f.dump for f in here if not f.path and f.problem is None]
        if lacking:
            brought = {each.dump: each for each in fetch(lacking, self._stack)}
            here = self._fetched[night.day] = [brought.get(f.dump, f) for f in here]
        tables, problems = {}, []
        for view in dict.fromkeys(each.dump.view for each in here):
            if view == COLLECTORS and self._config.scale is not None:
                continue
            of_view = [each for each in here if each.dump.view == view]
            with self._bar(f"{night.day} {view}") as progress:
                table, lost = load(of_view, progress)
            problems += lost
            if table is not None:
                tables[view] = table
        self._carried = night.day, tables, problems
        return tables, problems

    def _registries(self, night: Night) -> Held:
        return read_registries(self._config, night.time, self._kept)

    def _earlier(self, night: Night) -> Night | None:
        """Give the night to compare with: the latest before that was not a failure."""
        earlier = self._plan.before.get(night.day)
        while earlier is not None:
            is_here = any(each.problem is None for each in self._here(earlier))
            if is_here and earlier.day not in self._failed:
                return earlier
            earlier = self._plan.before.get(earlier.day)
        return None

    def one(self, night: Night, *, redo: bool) -> Result:
        """Make a night, unless it is finished."""
        old = read_night(self._layout.night(night.day) / "night.json")
        held = self._registries(night)
        if all(each.problem is not None for each in self._here(night)):
            return Result(night.day, "failed" if old is None else "kept", old)
        earlier = self._earlier(night)
        baseline = None
        if earlier is not None:
            known = read_night(self._layout.night(earlier.day) / "night.json")
            baseline = baseline_of(earlier, self._here(earlier), known)
        new = describe(night, self._here(night), held.files, self._settings, baseline)
        what = judge(old, new, self._config)
        if what == "done" and redo:
            what = "changed"
        if what in ("done", "kept"):
            return Result(night.day, what, old)
        before: dict[str, Rib] = {}
        if earlier is not None and baseline is not None:
            before, _ = self._tables(earlier)
        tables, problems = self._tables(night)
        parts = None
        if (scale := self._config.scale) is not None:
            spool = None
            if scale.spool is not None:
                spool = self._config.located(scale.spool)
                Path(spool).mkdir(parents=True, exist_ok=True)
            parts, lost = measure_parts(scale, spool, self._here(night))
            problems = problems + lost
            self._carried = night.day, tables, problems
        if not tables and parts is None:
            self._failed.add(night.day)
            return Result(night.day, "failed", None)
        # What was fetched only now may be another version.
        new["inputs"] = describe(night, self._here(night), [], {}, None)["inputs"]
        problems = problems + [f.problem for f in held.files if f.problem is not None]
        absent = list(self._plan.problems) if night is self._plan.nights[-1] else []
        made = Made(night, self._here(night), tables, parts, before, held, problems, absent, new)
        return Result(night.day, what, make_night(self._config, self._layout, made))

    def failed_inputs(self, night: Night) -> list[Problem]:
        """Give what failed of a night's dumps and registries in this run."""
        day, _, problems = self._carried
        fetched = [f.problem for f in self._fetched.get(night.day, []) if f.problem is not None]
        judged = [f.problem for f in self._registries(night).files if f.problem is not None]
        return list(dict.fromkeys(fetched + (problems if day == night.day else []) + judged))


def run(
    config: Config,
    *,
    now: datetime,
    first: date | None = None,
    last: date | None = None,
    redo: bool = False,
    log: Log | None = None,
    bar: Bar | None = None,
) -> Outcome:
    """Make the nights of a config that are not finished.

    Parameters
    ----------
    config : Config
        Sources, own views, registries and what must hold.
    now : datetime
        With a time zone: for the dates of URLs and the age of the newest dump. No output depends on it.
    first, last : date, optional
        Days to look at. Default: the newest ``nights.last`` that have dumps.
    redo : bool, default False
        Make finished nights again, too, as long as what they were made from is here.
    log, bar : optional
        Where events go, and what shows progress.

    Returns
    -------
    Outcome
        A result per night, oldest first.

    Raises
    ------
    ConfigError
        The folder is not ours, or another run is at work in it; ``notify`` without Apprise.
    OSError
        An output cannot be written. What was finished stays.
    """
    log = log or Log()
    layout = Layout(config.located(config.output))
    check_urls(config.notify.urls)
    lock = locked(layout)
    try:
        layout.make()
        for day in recover(layout):
            log("recovered", f"{day}: published what an earlier run had ready", night=day)
        with ExitStack() as stack:
            return _run(config, layout, stack, now, (first, last), redo, log, bar or _no_bar)
    finally:
        lock.release()


def _no_bar(what: str) -> AbstractContextManager[Progress | None]:
    del what
    return nullcontext()


def _run(
    config: Config,
    layout: Layout,
    stack: ExitStack,
    now: datetime,
    days: tuple[date | None, date | None],
    redo: bool,
    log: Log,
    bar: Bar,
) -> Outcome:
    found = plan(config, now, first=days[0], last=days[1])
    outcome = Outcome(problems=list(found.problems))
    for problem in found.problems:
        log("source", f"{problem.what}: {problem.text}", "error", source=problem.what)
    work = _Run(config, layout, found, log, bar, stack)
    newest = max([night.day for night in found.nights[-1:]] + layout.finished()[-1:], default=None)
    for night in found.nights:
        if newest is not None and is_expired(night.day, newest, config.retention.history_days):
            continue
        try:
            result = work.one(night, redo=redo)
        except (RibError, ValueError, MemoryError) as error:
            text = str(error) or type(error).__name__
            outcome.problems.append(Problem(f"night {night.day}", text, False))
            log("night", f"night {night.day}: {text}", "error", night=str(night.day))
            result = Result(night.day, "failed", None)
        outcome.results.append(result)
        if result.what in ("failed", "kept"):
            outcome.problems += work.failed_inputs(night)
        _say(log, config, layout, result, work.failed_inputs(night))
    outcome.expired = expire(layout, config.retention.history_days, config.retention.report_days)
    for day in outcome.expired:
        log("expired", f"{day}: deleted, older than is kept", night=day)
    finished = layout.finished()
    if finished and not point_latest(layout, finished[-1]):
        log("latest", f"{layout.root}: its file system has no links, so no latest", "warning")
    _check_age(config, now, finished, outcome, log)
    return outcome


def _say(log: Log, config: Config, layout: Layout, result: Result, problems: list[Problem]) -> None:
    """Log a night, and send its words where the config asks for them."""
    day = result.day.isoformat()
    for problem in problems:
        log("input", f"{problem.what}: {problem.text}", "error", night=day, file=problem.what)
    if result.facts is None:
        log("night", f"{day}: failed, nothing was written", "error", night=day, state=result.what)
        return
    verdict = result.facts["verdict"]
    words = {"new": "made", "changed": "made again", "done": "finished before", "kept": "kept"}
    text = f"{day}: {words[result.what]}: {headline(result.facts)}"
    log("night", text, night=day, state=result.what, verdict=verdict)
    notify = config.notify
    is_made = result.what in ("new", "changed")
    if is_made and notify.urls and (notify.when == "always" or verdict["findings"]):
        words_of_night = (layout.night(result.day) / "night.md").read_text(encoding="utf-8")
        if not send(notify.urls, f"Night of {day}: {headline(result.facts)}", words_of_night):
            log("notify", f"{day}: not every address of [notify] took it", "warning", night=day)


def _check_age(
    config: Config, now: datetime, finished: list[date], outcome: Outcome, log: Log
) -> None:
    allowed = config.nights.max_age_days
    if allowed is None:
        return
    age = (now.date() - finished[-1]).days if finished else None
    if age is None or age > allowed:
        text = (
            "there is none"
            if age is None
            else f"is of {finished[-1]}, {age} days ago; expected at most {allowed}"
        )
        outcome.problems.append(Problem("the newest night", text, True))
        log("age", f"the newest night {text}", "error")
