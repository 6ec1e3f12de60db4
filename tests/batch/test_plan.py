"""Which nights there are."""

from datetime import UTC, date, datetime

import pytest

from rib.batch.config import parse_config
from rib.batch.names import series_of, time_in_name
from rib.batch.plan import plan

NOW = datetime(2025, 1, 20, 12, tzinfo=UTC)


def config(folder, text):
    return parse_config('output = "o"\n' + text, str(folder / "n.toml"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rib.20250121.1200.bz2", datetime(2025, 1, 21, 12, tzinfo=UTC)),
        ("x/20240101/bview.20250121.0800.gz", datetime(2025, 1, 21, 8, tzinfo=UTC)),
        ("a-2025-01-21.mrt", datetime(2025, 1, 21, tzinfo=UTC)),
        ("rib_20250121T1215.mrt", datetime(2025, 1, 21, 12, 15, tzinfo=UTC)),
        (
            "route-collector.ams.pch.net-ipv4_bgp_routes.2025.01.21.gz",
            datetime(2025, 1, 21, tzinfo=UTC),
        ),
        ("rib.20251321.0000.gz", None),
        ("latest-bview.gz", None),
        ("20250230.20250121.gz", datetime(2025, 1, 21, tzinfo=UTC)),
    ],
)
def test_time_in_name(name, expected):
    """The date that a name carries, if it is one."""
    assert expected == time_in_name(name)


def test_series_are_names_without_dates():
    """Folders by month, too."""
    a = series_of("rrc00/2025.01/bview.20250121.0800.gz")
    assert a == series_of("rrc00/2024.12/bview.20241231.0000.gz")
    assert a != series_of("rrc01/2025.01/bview.20250121.0800.gz")


def test_a_night_is_a_day_and_the_latest_dump_of_a_series_counts(tmp_path):
    """Of every collector one dump a day, and the night before is the one before in the list."""
    for name in ("a.20250101.0000", "a.20250101.0800", "b.20250101.0200", "a.20250105.0000"):
        (tmp_path / f"{name}.mrt").write_bytes(b"x")
    found = plan(config(tmp_path, '[[source]]\nname = "s"\npaths = ["*.mrt"]'), NOW)
    names = [[dump.label for dump in night.dumps] for night in found.nights]
    assert [["a.20250101.0800.mrt", "b.20250101.0200.mrt"], ["a.20250105.0000.mrt"]] == names
    assert date(2025, 1, 1) == found.before[date(2025, 1, 5)].day


def test_only_the_newest_nights_are_looked_at_unless_asked(tmp_path):
    """`nights.last`, or the days that are named."""
    for day in range(1, 10):
        (tmp_path / f"rib.2025010{day}.mrt").write_bytes(b"x")
    given = config(
        tmp_path, '[nights]\nlast = 2\n[[source]]\nname = "s"\npaths = ["rib.%Y%m%d.mrt"]'
    )
    assert [8, 9] == [night.day.day for night in plan(given, NOW).nights]
    asked = plan(given, NOW, first=date(2025, 1, 3), last=date(2025, 1, 4))
    assert [3, 4] == [night.day.day for night in asked.nights]
    assert 2 == asked.before[date(2025, 1, 3)].day.day


def test_urls_are_built_up_to_the_clock_and_not_asked(tmp_path):
    """A dump of an hour from now is not asked for; percent escapes are no dates."""
    text = """
[nights]
last = 2
[[source]]
name = "ris"
archive = "rrc00"
at = "16:00"
[[source]]
name = "other"
paths = ["https://dumps.example/%20x/%Y.%m/rib.%Y%m%d.0000.bz2"]
"""
    found = plan(config(tmp_path, text), NOW)
    labels = [[dump.label for dump in night.dumps] for night in found.nights]
    ris = "https://data.ris.ripe.net/rrc00/2025.01/bview.202501{}.1600.gz"
    other = "https://dumps.example/%20x/2025.01/rib.202501{}.0000.bz2"
    assert [[ris.format(19), other.format(19)], [other.format(20)]] == labels
    assert () == found.problems


@pytest.mark.parametrize(
    "clock", [datetime(1970, 1, 3, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)]
)
def test_files_need_no_clock(tmp_path, clock):
    """A clock that is wrong changes nothing about files."""
    (tmp_path / "rib.20250101.mrt").write_bytes(b"x")
    given = config(tmp_path, '[[source]]\nname = "s"\npaths = ["*.mrt"]')
    assert plan(given, NOW) == plan(given, clock)


def test_what_is_not_found_is_a_problem_and_the_rest_is_planned(tmp_path):
    """A glob that matches nothing, and a file that does not say from when it is."""
    (tmp_path / "rib.20250101.mrt").write_bytes(b"x")
    (tmp_path / "undated.mrt").write_bytes(b"TABLE_DUMP2|1")
    text = '[[source]]\nname = "s"\npaths = ["rib*.mrt", "undated.mrt", "none.*"]'
    found = plan(config(tmp_path, text), NOW)
    assert 1 == len(found.nights)
    assert [("undated.mrt", False), ("none.*", True)] == [
        (p.what, p.missing) for p in found.problems
    ]


@pytest.mark.parametrize("ending", ["", ".gz", ".bz2", ".xz"])
def test_a_dump_without_a_date_in_its_name_is_from_when_its_first_record_is(tmp_path, ending):
    """Compressed ones, too."""
    import bz2
    import gzip
    import lzma

    pack = {"": bytes, ".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}[ending]
    (tmp_path / f"rib{ending}").write_bytes(pack((1_736_812_800).to_bytes(4, "big") + b"\0\x0d"))
    found = plan(config(tmp_path, f'[[source]]\nname = "s"\npaths = ["rib{ending}"]'), NOW)
    assert [date(2025, 1, 14)] == [night.day for night in found.nights]


def test_a_source_without_a_dump_of_the_newest_night_is_a_problem(tmp_path):
    """It has not arrived yet, or not at all; older nights may lack one."""
    for name in ("a.20250101", "b.20250102", "a.20250103", "c.20250103"):
        (tmp_path / f"{name}.mrt").write_bytes(b"x")
    text = "".join(f'[[source]]\nname = "{n}"\npaths = ["{n}.*"]\n' for n in "ab")
    text += '[[own_view]]\nname = "c"\npaths = ["c.*"]\n'
    found = plan(config(tmp_path, text), NOW)
    assert [("b", "no dump of 2025-01-03", True)] == [
        (p.what, p.text, p.missing) for p in found.problems
    ]
