"""Where the public archives keep their dumps: URLs from names and times, and names from URLs.

Nothing here touches the network. Layouts::

    RIS         https://data.ris.ripe.net/rrc00/2026.05/bview.20260504.0000.gz
    RouteViews  https://archive.routeviews.org/amsix.ams/bgpdata/2026.05/RIBS/rib.20260504.0000.bz2
                route-views2 lies at /bgpdata/, without its name
    PCH         https://downloads.pch.net/files/Routing_Data/IPv4_daily_snapshots/2026/05/
                route-collector.ams.pch.net/route-collector.ams.pch.net-ipv4_bgp_routes.2026.05.04.gz
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Literal, NamedTuple, TypeAlias
from urllib.parse import unquote, urlsplit

__all__ = ["Time", "collector_of", "urls"]

#: A moment: ISO 8601 text, a datetime or date (UTC where it names no zone), or seconds since 1970.
Time: TypeAlias = str | datetime | date | int

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


class _Archive(NamedTuple):
    """Cadences in seconds and URL patterns of one project, by kind; `{site}` is the collector."""

    names: re.Pattern[str]
    cadence: dict[str, int]
    url: dict[str, str]


_ROUTE_VIEWS = "https://archive.routeviews.org/{site}bgpdata/%Y.%m/"
_PCH = "https://downloads.pch.net/files/Routing_Data/IPv4_daily_snapshots/%Y/%m/"
_ARCHIVES = (
    _Archive(
        re.compile(r"rrc\d{2}"),
        {"rib": 8 * _HOUR, "updates": 5 * _MINUTE},
        {
            "rib": "https://data.ris.ripe.net/{site}/%Y.%m/bview.%Y%m%d.%H%M.gz",
            "updates": "https://data.ris.ripe.net/{site}/%Y.%m/updates.%Y%m%d.%H%M.gz",
        },
    ),
    _Archive(
        re.compile(r"route-collector\.[a-z0-9-]+\.pch\.net"),
        {"rib": _DAY},
        {"rib": _PCH + "{site}/{site}-ipv4_bgp_routes.%Y.%m.%d.gz"},
    ),
    _Archive(
        # The oldest end in a number or in a place after "route-views", the newest are IXP.city.
        re.compile(r"route-views[2-9]|route-views[2-9]?\.[a-z0-9-]+|(?!rrc\d)[a-z0-9-]+\.[a-z]{3}"),
        {"rib": 2 * _HOUR, "updates": 15 * _MINUTE},
        {
            "rib": _ROUTE_VIEWS + "RIBS/rib.%Y%m%d.%H%M.bz2",
            "updates": _ROUTE_VIEWS + "UPDATES/updates.%Y%m%d.%H%M.bz2",
        },
    ),
)
_EXPECTED = (
    "expected a RIS collector ('rrc00'), a RouteViews collector ('route-views2', "
    "'route-views.sydney', 'amsix.ams') or a PCH one ('route-collector.ams.pch.net')"
)


def urls(
    collector: str,
    time: Time | tuple[Time, Time],
    *,
    kind: Literal["rib", "updates"] = "rib",
) -> list[str]:
    """Build the URLs of a collector's dumps, without asking anybody.

    Parameters
    ----------
    collector : str
        ``"rrc00"`` … (RIS); ``"route-views2"``, ``"route-views.sydney"``, ``"amsix.ams"`` …
        (RouteViews); ``"route-collector.ams.pch.net"`` … (PCH, whose dumps are text).
    time : str, datetime, date, int, or a pair of these
        ISO 8601 text, datetime (UTC where no zone is named) or seconds since 1970. One moment gives
        the latest dump at or before it. A pair is the half-open range [start, end): it gives the
        latest dump at or before ``start`` and all after it that begin before ``end``, so that the
        updates of a range are all there.
    kind : {"rib", "updates"}, default "rib"
        RIS writes RIBs every 8 hours and updates every 5 minutes, RouteViews every 2 hours and every
        15 minutes, PCH one RIB a day.

    Returns
    -------
    list of str
        In order of time; at least one.

    Raises
    ------
    ValueError
        Another collector, kind or time; an end before the start.

    Notes
    -----
    A dump may be missing in the archive: reading its URL raises FileNotFoundError.

    Examples
    --------
    >>> import rib
    >>> rib.archive.urls("route-views2", "2026-05-04T01:30Z")
    ['https://archive.routeviews.org/bgpdata/2026.05/RIBS/rib.20260504.0000.bz2']
    >>> day = ("2026-05-04", "2026-05-05")
    >>> len(rib.archive.urls("rrc00", day)), len(rib.archive.urls("rrc00", day, kind="updates"))
    (3, 288)
    """
    archive = next((a for a in _ARCHIVES if a.names.fullmatch(str(collector))), None)
    if archive is None:
        raise ValueError(f"collector={collector!r}: {_EXPECTED}")
    if kind not in list(archive.cadence):  # a list: what is asked for may be no text at all
        expected = " or ".join(repr(k) for k in archive.cadence)
        raise ValueError(f"kind={kind!r}: expected {expected} for {collector}")
    step = archive.cadence[kind]
    start, end = _range(time)
    site = collector
    if archive.url[kind].startswith(_ROUTE_VIEWS):
        site = "" if collector == "route-views2" else f"{collector}/"
    pattern = archive.url[kind].replace("{site}", site)
    return [
        datetime.fromtimestamp(moment, UTC).strftime(pattern)
        for moment in range(start - start % step, max(end, start + 1), step)
    ]


def _range(time: Time | tuple[Time, Time]) -> tuple[int, int]:
    if not isinstance(time, tuple | list):
        moment = _seconds(time)
        return moment, moment + 1
    if len(time) != 2:
        raise ValueError(f"time={time!r}: expected one time or a pair (start, end)")
    start, end = (_seconds(each) for each in time)
    if end < start:
        raise ValueError(f"time={time!r}: expected an end at or after the start")
    return start, end


def _seconds(time: Time) -> int:
    try:
        if isinstance(time, str):
            time = datetime.fromisoformat(time.strip())
        if isinstance(time, datetime):
            whole = time if time.tzinfo else time.replace(tzinfo=UTC)
            seconds = int(whole.timestamp())
        elif isinstance(time, date):
            seconds = int(datetime(time.year, time.month, time.day, tzinfo=UTC).timestamp())
        elif isinstance(time, bool) or not hasattr(time, "__index__"):
            raise TypeError(
                f"time={time!r}: expected ISO 8601 text, a datetime or seconds since 1970"
            )
        else:
            seconds = time.__index__()
        datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        seconds = -1
    if seconds < 0:
        raise ValueError(
            f"time={time!r}: expected a time like '2026-05-04T00:00Z', from 1970 to 9999"
        )
    return seconds


# -- the inverse ----------------------------------------------------------------------------------

_HOSTS = ("archive.routeviews.org", "routeviews.org", "www.routeviews.org")
_FOLDER = re.compile(
    r"rrc\d{2}|route-views[2-9]|route-views[2-9]?\.[a-z0-9-]+|route-collector\.[a-z0-9-]+\.pch\.net"
)
_BESIDE_BGPDATA = re.compile(r"[a-z0-9-]+\.[a-z]{3}")
#: As one word of a file name: rib.20140530.2200.route-views.jinx.bz2, ris.rrc06.ribs.1427846400.gz.
_IN_NAME = re.compile(
    r"(?<![a-z0-9])(?:rrc\d{2}"
    r"|route-views[2-9]?\.(?!(?:ribs?|bview|updates?|gz|bz2|xz|zst|lz4|mrt)(?![a-z0-9]))[a-z][a-z0-9-]*"
    r"|route-views[2-9]|route-collector\.[a-z0-9-]+\.pch\.net)(?![a-z0-9])"
)


def collector_of(path: str) -> str | None:
    """Name the collector that a path or URL of an archive's layout stands for.

    What is nearest to the file counts first: a word of its name
    (``rib.20140530.2200.route-views.jinx.bz2``), then its folders (``…/rrc06/…``,
    ``…/route-views.jinx/bgpdata/…``, and RouteViews' ``/bgpdata/`` alone, which is route-views2).

    Parameters
    ----------
    path : str
        Path or http(s) URL.

    Returns
    -------
    str or None
        None where nothing in the path is an archive's collector.

    Examples
    --------
    >>> import rib
    >>> rib.archive.collector_of("https://data.ris.ripe.net/rrc06/latest-bview.gz")
    'rrc06'
    >>> rib.archive.collector_of("rib.20140530.2200.route-views.jinx.bz2")
    'route-views.jinx'
    """
    if path.lower().startswith(("http://", "https://")):
        try:
            parts = urlsplit(path)
        except ValueError:  # no URL: whoever fetches it says so
            return None
        path = f"{parts.hostname}/{unquote(parts.path)}"
    *folders, name = [part for part in re.split(r"[/\\]+", path) if part] or [""]
    if found := _IN_NAME.search(name):
        return found.group()
    for above, folder in _upwards(folders):
        if _FOLDER.fullmatch(folder):
            return folder
        if folder == "bgpdata":
            if above in _HOSTS:
                return "route-views2"
            if _BESIDE_BGPDATA.fullmatch(above):
                return above
    return None


def _upwards(folders: list[str]) -> Iterator[tuple[str, str]]:
    """Give (folder above, folder) from the file up to the root."""
    for at in range(len(folders) - 1, -1, -1):
        yield folders[at - 1] if at else "", folders[at]
