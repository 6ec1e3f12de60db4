"""`rib nightly --check`: what a run would do, without fetching, loading or writing."""

import os
from datetime import date, datetime

from rib.batch.config import Config
from rib.batch.layout import Layout
from rib.batch.names import dated
from rib.batch.notify import check_urls
from rib.batch.plan import plan
from rib.batch.provenance import read_night
from rib.remote.cache import is_url
from rib.report.wording import clean, size

__all__ = ["would_do"]


def _file(path: str) -> str:
    if is_url(path):
        return "would be asked for"
    try:
        return size(os.stat(path).st_size)  # noqa: PTH116 - a path may be a link
    except OSError as error:
        return f"MISSING: {error.strerror}"


def would_do(
    config: Config, now: datetime, *, first: date | None = None, last: date | None = None
) -> str:
    """Say which nights there are, from which dumps, and what they would be judged against."""
    layout = Layout(config.located(config.output))
    check_urls(config.notify.urls)
    found = plan(config, now, first=first, last=last, fetch=False)
    lines = [f"output: {layout.root} ({'ours' if layout.is_ours else 'new'})"]
    for night in found.nights:
        facts = read_night(layout.night(night.day) / "night.json")
        earlier = found.before.get(night.day)
        state = "new" if facts is None else "finished; made again if its dumps differ"
        against = "nothing" if earlier is None else str(earlier.day)
        lines.append(f"night {night.day}: {state}; compared with {against}")
        lines += [f"  {d.view}: {d.label}: {_file(d.where)}" for d in night.dumps]
    if not found.nights:
        lines.append("no night: no source has a dump of these days")
    lines += [f"MISSING {problem.what}: {problem.text}" for problem in found.problems]
    moment = found.nights[-1].time if found.nights else now
    named = config.registries
    for kind in ("vrps", "slurm", "irr", "organisations", "relationships", "delegations", "bogons"):
        given = getattr(named, kind)
        paths = given if isinstance(given, list) else [given] if given else []
        if not paths:
            lines.append(f"registry {kind}: not given")
        for path in paths:
            name = dated(path, moment)
            lines.append(f"registry {kind}: {name}: {_file(config.located(name))}")
    lines.append(f"assertions: {len(config.rules)}")
    kept = config.retention
    for what, days in (("nights", kept.history_days), ("reports", kept.report_days)):
        lines.append(f"{what} are kept: {'all' if days is None else f'{days} days'}")
    return "".join(clean(line, 1000) + "\n" for line in lines)
