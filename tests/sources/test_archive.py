"""URLs of the archives from names and times, and names from URLs."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rib.sources.archive import collector_of, urls

RIS, RV = "https://data.ris.ripe.net", "https://archive.routeviews.org"
PCH = "https://downloads.pch.net/files/Routing_Data/IPv4_daily_snapshots"
SITE = "route-collector.ams.pch.net"


@pytest.mark.parametrize(
    ("collector", "kind", "expected"),
    [
        ("rrc00", "rib", f"{RIS}/rrc00/2026.05/bview.20260504.0800.gz"),
        ("rrc26", "updates", f"{RIS}/rrc26/2026.05/updates.20260504.1355.gz"),
        ("route-views2", "rib", f"{RV}/bgpdata/2026.05/RIBS/rib.20260504.1200.bz2"),
        ("route-views2", "updates", f"{RV}/bgpdata/2026.05/UPDATES/updates.20260504.1345.bz2"),
        ("route-views3", "rib", f"{RV}/route-views3/bgpdata/2026.05/RIBS/rib.20260504.1200.bz2"),
        (
            "route-views.sydney",
            "updates",
            f"{RV}/route-views.sydney/bgpdata/2026.05/UPDATES/updates.20260504.1345.bz2",
        ),
        ("amsix.ams", "rib", f"{RV}/amsix.ams/bgpdata/2026.05/RIBS/rib.20260504.1200.bz2"),
        ("decix.fra", "rib", f"{RV}/decix.fra/bgpdata/2026.05/RIBS/rib.20260504.1200.bz2"),
        ("iraq-ixp.bgw", "rib", f"{RV}/iraq-ixp.bgw/bgpdata/2026.05/RIBS/rib.20260504.1200.bz2"),
        (
            SITE,
            "rib",
            f"{PCH}/2026/05/{SITE}/{SITE}-ipv4_bgp_routes.2026.05.04.gz",
        ),
    ],
)
def test_urls_of_each_archive(collector, kind, expected):
    """The layouts of the archives, at the latest dump at or before the moment."""
    assert [expected] == urls(collector, "2026-05-04T13:59:59Z", kind=kind)
    assert collector == collector_of(expected)


@pytest.mark.parametrize(
    "time",
    [
        "2026-05-04T00:00Z",
        "2026-05-04T02:00+02:00",
        "2026-05-04",
        " 20260504T000000Z ",
        1777852800,
        datetime(2026, 5, 4),  # noqa: DTZ001
        datetime(2026, 5, 4, 2, tzinfo=timezone(timedelta(hours=2))),
        date(2026, 5, 4),
        pd.Timestamp("2026-05-04T00:00Z"),
    ],
    ids=repr,
)
def test_urls_takes_times_of_every_form(time):
    """The same moment in every form gives the same dump."""
    assert [f"{RIS}/rrc00/2026.05/bview.20260504.0000.gz"] == urls("rrc00", time)


@pytest.mark.parametrize(
    ("collector", "kind", "n"),
    [
        ("rrc00", "rib", 3),
        ("rrc00", "updates", 288),
        ("route-views2", "rib", 12),
        ("route-views2", "updates", 96),
        ("route-collector.ams.pch.net", "rib", 1),
    ],
)
def test_urls_of_a_day(collector, kind, n):
    """A half-open day has the dumps of its cadence, distinct and in order."""
    found = urls(collector, ("2026-12-31", "2027-01-01"), kind=kind)
    assert n == len(found) == len(set(found))
    assert sorted(found) == found


def _moment(url):
    month, stamp = re.fullmatch(rf"{RIS}/rrc00/(.*)/updates\.(.*)\.gz", url).groups()
    moment = datetime.strptime(stamp, "%Y%m%d.%H%M").replace(tzinfo=UTC)
    assert f"{moment:%Y.%m}" == month
    return moment


@given(st.integers(0, 4_000_000_000), st.integers(0, 100_000))
def test_urls_of_a_range_cover_it(start, length):
    """The first dump begins at or before the start, the last before the end, none is left out."""
    found = urls("rrc00", (start, start + length), kind="updates")
    times = [int(_moment(url).timestamp()) for url in found]
    assert times[0] <= start < times[0] + 300
    assert times[-1] < max(start + length, start + 1) <= times[-1] + 300
    assert {300} >= {b - a for a, b in pairwise(times)}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("rrc0", 0), r"collector='rrc0': expected a RIS collector"),
        (("rrc000", 0), "collector"),
        (("RRC00", 0), "collector"),
        (("", 0), "collector"),
        (("route-views", 0), "collector"),
        (("../etc.abc", 0), "collector"),
        (("rrc00", "yesterday"), "time='yesterday': expected a time like"),
        (("rrc00", -1), "time=-1"),
        (("rrc00", 10**15), "time"),
        (("rrc00", (1, 2, 3)), "pair"),
        (("rrc00", (2, 1)), "an end at or after"),
    ],
)
def test_urls_refuses(arguments, message):
    """What is no collector or time raises and says what was expected."""
    with pytest.raises(ValueError, match=message):
        urls(*arguments)


@pytest.mark.parametrize(
    ("collector", "kind"), [("rrc00", "ribs"), ("route-collector.ams.pch.net", "updates")]
)
def test_urls_refuses_kinds(collector, kind):
    """Another kind, or one the archive has not, is named."""
    with pytest.raises(ValueError, match=f"kind='{kind}': expected 'rib'"):
        urls(collector, 0, kind=kind)


@pytest.mark.parametrize("time", [None, 1.5, True, [None, None]])
def test_urls_refuses_types(time):
    """What cannot be a time is a TypeError."""
    with pytest.raises(TypeError, match="time="):
        urls("rrc00", time)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("https://data.ris.ripe.net/rrc06/latest-bview.gz", "rrc06"),
        ("/data/rrc06/2014.05/updates.20140530.2215.gz", "rrc06"),
        ("rrc06/bview.gz", "rrc06"),
        ("C:\\dumps\\rrc06\\bview.gz", "rrc06"),
        ("updates.20140530.2215.rrc06.gz", "rrc06"),
        ("ris.rrc06.ribs.1438416600.120.gz", "rrc06"),
        ("rrc06_bview_20240101.gz", "rrc06"),
        ("http://routeviews.org/bgpdata/2014.05/RIBS/rib.20140530.2200.bz2", "route-views2"),
        ("mirror/archive.routeviews.org/bgpdata/2014.05/RIBS/rib.x.bz2", "route-views2"),
        ("/d/route-views.jinx/bgpdata/2014.05/RIBS/rib.20140530.2200.bz2", "route-views.jinx"),
        ("/d/route-views4/rib.20140530.2200.bz2", "route-views4"),
        ("rib.20140530.2200.route-views.jinx.bz2", "route-views.jinx"),
        ("rib.20140530.2200.route-views2.saopaulo.bz2", "route-views2.saopaulo"),
        ("/d/route-views2.saopaulo/bgpdata/2026.05/RIBS/rib.bz2", "route-views2.saopaulo"),
        ("route-views.jinx.rib.20140530.2200.bz2", "route-views.jinx"),
        ("rib.20140530.2200.route-views2.bz2", "route-views2"),
        ("https://archive.routeviews.org/amsix.ams/bgpdata/2026.05/RIBS/rib.x.bz2", "amsix.ams"),
        ("/rrc00/rib.20140530.2200.route-views.jinx.bz2", "route-views.jinx"),
        ("/rrc00/old/rrc01/x.gz", "rrc01"),
        ("data/bgpdata/rib.bz2", None),
        ("bgpdata/2014.05/RIBS/rib.bz2", None),
        ("route-views.rib.20140530.bz2", None),
        ("xrrc06.gz", None),
        ("rrc061.gz", None),
        ("amsix.ams/rib.bz2", None),
        ("own.20250121.1200.mrt.gz", None),
        ("<bytes>", None),
        ("", None),
        ("/", None),
    ],
)
def test_collector_of_paths(path, expected):
    """Names of archives are found in folders and file names, and nothing else is taken for one."""
    assert expected == collector_of(path)


@given(st.text())
def test_collector_of_anything(path):
    """No text raises."""
    collector_of(path)


def test_collector_of_what_is_no_url():
    """Text that only begins like a URL stands for no collector."""
    assert None is collector_of("http://[::1/rrc06/bview.gz")


def test_urls_refuses_a_kind_that_is_no_text():
    """A list of kinds is refused as another kind is."""
    with pytest.raises(ValueError, match=r"kind=\['rib'\]: expected 'rib' or 'updates'"):
        urls("rrc00", "2026-05-04", kind=["rib"])
