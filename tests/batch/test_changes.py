"""Two nights of a history compared: with a slow oracle, and where one of them lacks something."""

import datetime as dt
import json

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kept_nights import kept

import rib
from rib.batch.layout import Layout
from rib.exceptions import StorageError

DAYS = (dt.date(2025, 1, 14), dt.date(2025, 1, 21))
READ = {"view": "collectors", "source": "rrc", "routes_kept": 9}


def both(folder, before, after, **options):
    """Give the rows of two nights that differ, as dicts."""
    for day, tables in zip(DAYS, (before, after), strict=True):
        kept(folder, day, **{"receipts": [READ]} | tables)
    return rows(rib.history_diff(folder, *DAYS, **options))


def rows(frame):
    """Give rows without what is null."""
    listed = pa.Table.from_pandas(frame, preserve_index=False).to_pylist()
    return [{k: v for k, v in row.items() if v is not None} for row in listed]


# -- the oracle ------------------------------------------------------------------------------------

asns = st.integers(1, 4)
origin_rows = st.dictionaries(
    st.tuples(asns, st.sampled_from([4, 6])), st.sets(st.integers(10, 14)), max_size=6
)
exit_rows = st.dictionaries(
    st.sampled_from(["10.0.0.0/8", "11.0.0.0/8", "2001:db8::/32"]), st.none() | asns, max_size=3
)
suspect_rows = st.dictionaries(
    st.sampled_from("abc"), st.tuples(st.integers(1, 3), st.frozensets(asns)), max_size=3
)
nights = st.tuples(origin_rows, exit_rows, suspect_rows)


def family(prefix):
    return 6 if ":" in prefix else 4


def tables(night):
    """Give a night in the columns of the history; origins double as prefixes of their name."""
    origins, exits, suspects = night
    diversity = [
        {
            "view": "collectors",
            "origin_as": asn,
            "prefix": f"10.{asn}.0.0/16" if of == 4 else f"2001:db8:{asn}::/48",
            "family": of,
            "n_upstreams": len(upstreams),
            "n_vps": asn,
            "single_homed": len(upstreams) == 1 if upstreams else None,
        }
        for (asn, of), upstreams in sorted(origins.items())
    ]
    return {
        "receipts": [READ, READ | {"view": "edge", "source": "edge"}],
        "diversity_origin": [{k: v for k, v in r.items() if k != "prefix"} for r in diversity],
        "diversity_prefix": [{k: v for k, v in r.items() if k != "origin_as"} for r in diversity],
        "upstreams": [
            {"view": "collectors", "origin_as": asn, "family": of, "upstream_as": upstream}
            for (asn, of), upstreams in sorted(origins.items())
            for upstream in sorted(upstreams, reverse=True)
        ],
        "exits": [
            {"view": "edge", "prefix": p, "family": family(p), "winner_as": asn, "n_candidates": 2}
            for p, asn in exits.items()
        ],
        "suspects": [
            {"view": "collectors", "event_id": name, "score": score, "newcomers": sorted(new)}
            for name, (score, new) in suspects.items()
        ],
    }


def state(key, before, after):
    return "appeared" if key not in before else "gone" if key not in after else "changed"


def expected(before, after):
    """Give (about, subject, family, state, gained, lost, newly, no longer) by the definition."""
    found = []
    for key in before[0].keys() | after[0].keys():
        was, now = before[0].get(key, set()), after[0].get(key, set())
        here = state(key, before[0], after[0])
        known = all(side[key] for side in (before[0], after[0]) if key in side)
        gained, lost = (sorted(now - was), sorted(was - now)) if known else (None, None)
        compared = known and here == "changed"
        newly = len(was) > 1 == len(now) if compared else None
        longer = len(now) > 1 == len(was) if compared else None
        if here != "changed" or gained or lost:
            found.append(("origin", f"AS{key[0]}", key[1], here, gained, lost, newly, longer))
        if here != "changed" or (compared and len(was) != len(now)):
            name = f"10.{key[0]}.0.0/16" if key[1] == 4 else f"2001:db8:{key[0]}::/48"
            found.append(("prefix", name, key[1], here, None, None, newly, longer))
    for key in before[1].keys() | after[1].keys():
        was, now = before[1].get(key), after[1].get(key)
        here = state(key, before[1], after[1])
        if here != "changed" or (was and now and was != now):
            listed = [[asn] if asn else [] for asn in (now, was)]
            found.append(("exit", key, family(key), here, *listed, None, None))
    for key in before[2].keys() | after[2].keys():
        was, now = before[2].get(key, (0, set())), after[2].get(key, (0, set()))
        if was != now:
            gained, lost = sorted(now[1] - was[1]), sorted(was[1] - now[1])
            here = state(key, before[2], after[2])
            found.append(("suspect", key, None, here, gained, lost, None, None))
    return found


@settings(max_examples=25, deadline=None)
@given(before=nights, after=nights)
def test_what_differs_is_what_the_oracle_finds(tmp_path_factory, before, after):
    """In every kind of row; there and back; and a night does not differ from itself."""
    folder = tmp_path_factory.mktemp("history")
    for day, night in zip(DAYS, (before, after), strict=True):
        kept(folder, day, **tables(night))
    names = ["about", "subject", "family", "state", "gained", "lost"]
    names += ["newly_single_homed", "no_longer_single_homed"]
    for days, sides in ((DAYS, (before, after)), (DAYS[::-1], (after, before))):
        frame = rib.history_diff(folder, *days)
        found = pa.Table.from_pandas(frame[names], preserve_index=False).to_pylist()
        assert sorted(map(repr, expected(*sides))) == sorted(repr(tuple(r.values())) for r in found)
    assert rib.history_diff(folder, DAYS[0], DAYS[0]).empty


# -- by hand ---------------------------------------------------------------------------------------


def diversity(origin_as, n_upstreams, n_vps=5, **more):
    return {
        "view": "collectors",
        "origin_as": origin_as,
        "family": 4,
        "n_upstreams": n_upstreams,
        "n_vps": n_vps,
        "single_homed": n_upstreams == 1,
    } | more


def upstreams(origin_as, *asns):
    return [
        {"view": "collectors", "origin_as": origin_as, "family": 4, "upstream_as": asn}
        for asn in asns
    ]


def test_homes_that_were_lost_come_first(tmp_path):
    """Then those of before in their order, then those that appeared."""
    found = both(
        tmp_path,
        {
            "diversity_origin": [diversity(1, 1), diversity(2, 1), diversity(3, 2)],
            "upstreams": [*upstreams(1, 8), *upstreams(2, 8), *upstreams(3, 8, 9)],
        },
        {
            "diversity_origin": [diversity(0, 1), diversity(1, 2), diversity(3, 1, n_vps=4)],
            "upstreams": [*upstreams(0, 9), *upstreams(1, 7, 8), *upstreams(3, 9)],
        },
    )
    assert [("AS3", "changed"), ("AS1", "changed"), ("AS2", "gone"), ("AS0", "appeared")] == [
        (row["subject"], row["state"]) for row in found
    ]
    assert {
        "about": "origin",
        "view": "collectors",
        "subject": "AS3",
        "family": 4,
        "state": "changed",
        "gained": [],
        "lost": [8],
        "newly_single_homed": True,
        "no_longer_single_homed": False,
        "value_before": 2,
        "value_after": 1,
        "n_vps_before": 5,
        "n_vps_after": 4,
    } == found[0]
    assert [9] == found[3]["gained"]


def test_a_view_that_was_not_read_is_not_compared(tmp_path):
    """A dump that is missing is no prefix that is gone; a source of several is said."""
    for day in DAYS:
        receipts = [READ, READ | {"source": "rv", "routes_kept": 5 if day == DAYS[1] else None}]
        exits = []
        if day == DAYS[0]:
            receipts.append(READ | {"view": "edge", "source": "edge"})
            exits = [{"view": "edge", "prefix": "10.0.0.0/8", "family": 4, "winner_as": 8}]
        kept(tmp_path, day, receipts=receipts, exits=exits)
    frame = rib.history_diff(tmp_path, *DAYS)
    assert frame.empty
    assert [
        "collectors: no dump of rv on 2025-01-14; what its peers see differs for that",
        "edge: nothing was read on 2025-01-21, so it is not compared",
    ] == frame.attrs["warnings"]


def test_one_kind_reads_no_other_table(tmp_path):
    """A damaged table of another kind does not matter."""
    suspect = {"view": "collectors", "event_id": "moas:a", "score": 70, "newcomers": [9, 7]}
    found = both(tmp_path, {}, {"suspects": [suspect]}, about="suspect")
    assert [("moas:a", [7, 9], 70)] == [
        (row["subject"], row["gained"], row["value_after"]) for row in found
    ]
    path = Layout(tmp_path).part("diversity_origin", DAYS[0])
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x")
    assert 1 == len(rib.history_diff(tmp_path, *DAYS, about="suspect"))
    with pytest.raises(StorageError, match=r"part\.parquet: damaged"):
        rib.history_diff(tmp_path, *DAYS)


def test_a_night_that_is_not_there_says_which_are(tmp_path):
    """Nights that follow each other as one span; of many spans the first and the last."""
    empty = tmp_path / "empty"
    Layout(empty).make()
    with pytest.raises(FileNotFoundError, match=r"before=2025-01-01: no such night; there is none"):
        rib.history_diff(empty, "2025-01-01", "2025-01-02")
    first = dt.date(2025, 1, 1)
    for number in (0, 1, 2, 4):
        kept(tmp_path / "few", first + dt.timedelta(number))
    with pytest.raises(
        FileNotFoundError, match=r"after=2025-01-04: .* has 2025-01-01 to 2025-01-03, 2025-01-05$"
    ):
        rib.history_diff(tmp_path / "few", first, "2025-01-04")
    for number in range(0, 40, 2):
        kept(tmp_path / "many", first + dt.timedelta(number))
    with pytest.raises(FileNotFoundError, match="2025-01-07, 12 more spans, 2025-02-02"):
        rib.history_diff(tmp_path / "many", first, "2025-01-04")


def test_wrong_arguments_are_named(tmp_path):
    """With what was expected; before anything is read."""
    with pytest.raises(ValueError, match="about='exits': expected one of origin, prefix, exit"):
        rib.history_diff(tmp_path, *DAYS, about="exits")
    for day in ("yesterday", 20250114, None):
        with pytest.raises(ValueError, match=f"before={day!r}: expected a day"):
            rib.history_diff(tmp_path, day, DAYS[1])
    with pytest.raises(StorageError, match="expected the output folder of rib nightly"):
        rib.history_diff(tmp_path, *DAYS)


def test_nights_that_were_made_are_compared(made):
    """AS 100 lost an upstream between two nights, and what the analysis of dumps says agrees."""
    frame = rib.history_diff(made / "out", "2025-01-14", "2025-01-15", about="origin")
    change = rib.read_history(made / "out", "diversity_change", last="2025-01-15")
    names = {"gained": "gained_upstreams", "lost": "lost_upstreams"}
    assert ["AS100"] == frame["subject"].tolist()
    for name, other in names.items():
        assert json.dumps([[int(a) for a in of] for of in frame[name]]) == json.dumps(
            [[int(a) for a in of] for of in change[other]]
        )
    assert [True] == frame["newly_single_homed"].tolist()
    assert isinstance(frame.index, pd.RangeIndex)
