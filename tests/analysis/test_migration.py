"""`migration`: where a move of origin stands, what to do next, and what breaks if done now."""

import json

import pytest

import rib
from rib.exceptions import PrefixError

SAMPLE = ("20250114.0000", "20250115.1200", "20250117.0000", "20250121.1200")
BOTH = "registered multi-origin, transfer in progress"
P = "20.0.0.0/16"
OLD, NEW = [[8, 7, 100], [9, 100]], [[8, 200], [9, 6, 200]]


@pytest.fixture
def move(table_of, registry, route_objects):
    """Give a function that follows P from AS100 to AS200 over snapshots given as paths of P."""

    def run(*snapshots, irr=None, vrps=None, more="", inside=None):
        tables = [
            table_of({"30.0.0.0/16": [[8, 1], [9, 1]], **({P: paths} if paths else {}), **(inside or {})}, 10**9 + n)
            for n, paths in enumerate(snapshots)
        ]  # fmt: skip
        objects = None
        if irr is not None:
            rows = [(P, asn, "RIPE", f"202{n}-01-01") for n, asn in enumerate(irr)]
            objects = route_objects(*rows, more=more or "as-set: AS-X\nsource: RIPE\n")
        payloads = None
        if vrps is not None:
            rows = [*vrps, (9, "90.0.0.0/16")]  # an empty file is an error
            payloads = registry("vrps", "".join(f"AS{a},{p},{p[-2:]},x\n" for a, p in rows))
        return rib.migration(P, 100, 200, tables, irr=objects, vrps=payloads)

    return run


def states(found):
    return dict(zip(found.steps["step"], found.steps["state"], strict=True))


def broken(found):
    return [
        tuple(row) for row in found.breaks[["step", "breaks", "origin_as"]].itertuples(index=False)
    ]


# -- stages --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("snapshots", "irr", "vrps", "stage", "status"),
    [
        ([OLD], [100], [], "not started", "registered for the old origin only"),
        ([OLD], [], [], "not started", "not registered"),
        ([OLD], [100, 200], [], "registered", BOTH),
        ([OLD], [200], [], "registered", "registered for the new origin only"),
        ([OLD], None, [(200, P)], "registered", None),
        ([OLD], None, None, "not started", None),
        ([OLD[:1] + NEW[1:]], [100, 200], [], "in progress", BOTH),
        ([OLD, NEW[1:]], [100, 200], [], "single transit", BOTH),
        ([OLD, NEW], [100, 200], [], "cleanup", BOTH),
        ([OLD, NEW], [200], [(100, P)], "cleanup", "registered for the new origin only"),
        ([OLD, NEW], [200], [(200, P)], "done", "registered for the new origin only"),
        ([OLD, NEW], None, None, "done", None),
        ([OLD, None], [100, 200], [], "withdrawn", BOTH),
        ([None], [100, 200], [], "registered", BOTH),
    ],
)
def test_migration_stages(move, snapshots, irr, vrps, stage, status):
    """Every stage, by what is announced, through how many upstreams, and what is left behind."""
    found = move(*snapshots, irr=irr, vrps=vrps)
    assert (stage, status) == (found.stage, found.status)


def test_migration_columns_of_both_origins(move):
    """Shares, upstreams, dates and other origins of one snapshot, counted by hand."""
    found = move([[8, 7, 100], [9, 6, 200], [5, 77], [4, 9, 100]], irr=[100, 200], vrps=[(200, P)])
    row = found.snapshots.iloc[0]
    assert [0.5, 0.25, 4, 2, 1] == [
        row[n] for n in ("from_share", "to_share", "n_vps", "from_n_vps", "to_n_vps")
    ]
    assert ([7, 9], [6], [77]) == tuple(
        list(row[n]) for n in ("from_upstreams", "to_upstreams", "other_origins")
    )
    assert ("2020-01-01", "2021-01-01") == (str(row["from_created"]), str(row["to_created"]))
    assert ("rir", "invalid", "valid") == (row["to_source_class"], row["from_rov"], row["to_rov"])


def test_migration_without_registries_has_nulls(move):
    """What was not asked is null, never false; steps that depend on it are unknown."""
    found = move(OLD)
    judged = [c for c in found.snapshots.columns if c.endswith(("registered", "created", "mnt_by", "class", "rov"))]  # fmt: skip
    assert 10 == len(judged)
    assert found.snapshots[judged].isna().all(axis=None)
    unknown = {step for step, state in states(found).items() if state == "unknown"}
    assert {"roa-old", "roa-new", "route-new", "as-set-new", "as-set-old", "remove-route-old", "remove-roa-old"} == unknown  # fmt: skip
    assert ["announce-new", "withdraw-old", "transits-new"] == found.missing


# -- steps and what breaks -----------------------------------------------------------------------

SETS = """\
aut-num: AS200
export: to AS6 announce AS-NEW
source: RIPE

aut-num: AS100
export: to AS7 announce AS-OLD
source: RIPE

as-set: AS-NEW
members: {new}
source: RIPE

as-set: AS-OLD
members: AS100
source: RIPE
"""


def test_migration_steps_come_in_a_safe_order(move):
    """Nothing done: ROA of the old origin first, announcements behind registrations, removal last."""
    found = move(OLD, irr=[100], vrps=[], more=SETS.format(new="AS1"))
    assert {
        "roa-old": "to do",
        "roa-new": "blocked",
        "route-new": "to do",
        "as-set-new": "to do",
        "as-set-old": "to do",
        "announce-new": "blocked",
        "withdraw-old": "blocked",
        "transits-new": "blocked",
        "remove-route-old": "blocked",
        "remove-roa-old": "not needed",
    } == states(found)
    order = list(states(found))
    for step, waits in zip(found.steps["step"], found.steps["waits_for"], strict=True):
        assert all(order.index(name) < order.index(step) for name in waits)
    assert [
        ("roa-new", "invalid", 100),
        ("announce-new", "filtered", 200),
        ("announce-new", "filtered", 200),
        ("announce-new", "filtered", 200),
        ("withdraw-old", "unreachable", 100),
        ("remove-route-old", "filtered", 100),
    ] == broken(found)
    assert [2, 2] == found.breaks[found.breaks["breaks"] != "filtered"]["n_vps"].tolist()
    assert found.breaks[found.breaks["step"] == "announce-new"]["n_vps"].isna().all()


def test_migration_knows_what_a_roa_would_break(move):
    """Covered by a ROA of the old origin: the new one is invalid; removing it breaks nobody else."""
    found = move(OLD, irr=[100, 200], vrps=[(100, P)])
    assert {"roa-old": "done", "roa-new": "to do"}.items() <= states(found).items()
    assert ("announce-new", "invalid", 200) in broken(found)
    assert not [row for row in broken(found) if row[0] in ("roa-new", "roa-old", "remove-roa-old")]
    found = move(OLD, irr=[100, 200], vrps=[(100, P), (200, P)])
    assert ("remove-roa-old", "invalid", 100) in broken(found)
    assert "announce-new" not in [row[0] for row in broken(found)]


def test_migration_finds_more_specifics_that_a_roa_breaks(move):
    """The first payload that covers them makes them invalid, whoever originates them."""
    inside = {"20.0.1.0/24": [[8, 100], [9, 300]], "20.1.0.0/16": [[8, 100]]}
    found = move(NEW, irr=[200], vrps=[], inside=inside)
    rows = found.breaks[found.breaks["step"] == "roa-new"]
    assert [("20.0.1.0/24", 100, 1), ("20.0.1.0/24", 300, 1)] == [
        tuple(row) for row in rows[["prefix", "origin_as", "n_vps"]].itertuples(index=False)
    ]


def test_migration_warns_of_the_last_transit(move):
    """Behind the old origin alone, the end of that transit takes the prefix away."""
    found = move(OLD, [[8, 100, 200], [9, 100, 200]], irr=[100, 200], vrps=[(200, P)])
    assert "single transit" == found.stage
    assert [("end-transit-old", "unreachable", 200)] == broken(found)
    assert ["transits-new", "remove-route-old"] == found.missing


def test_migration_says_since_when_a_step_is_done(move):
    """A step that was undone meanwhile counts from the last time on."""
    found = move(NEW, OLD, NEW, NEW, irr=[200], vrps=[(200, P)])
    since = found.steps.set_index("step")["done_at"]
    times = found.snapshots["time"]
    assert times[2] == since["announce-new"] == since["withdraw-old"] == since["transits-new"]
    assert times[0] == since["roa-new"]


def test_migration_when_done_breaks_nothing(move):
    """Moved and tidied: nothing is left to do, nothing breaks."""
    found = move(OLD, NEW, irr=[200], vrps=[(200, P)], more=SETS.format(new="AS200"))
    assert ("done", [], 0) == (found.stage, found.missing, len(found.breaks))
    assert "  nothing" in repr(found)


# -- the sample ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def registries(sample):
    """Give the registries of the sample: the IRR before and after, VRPs and the rest."""
    before, after = (rib.read_irr(sample / f"irr.202501{day}.db.gz") for day in (14, 21))
    return {
        "before": before,
        "irr": after,
        "vrps": rib.read_vrps(sample / "vrps.json.gz"),
        "organisations": rib.read_organisations(sample / "as-org2info.txt.gz"),
        "relationships": rib.read_relationships(sample / "as-rel.txt.bz2"),
        "delegations": rib.read_delegations(sample / "delegated-extended.txt.gz"),
    }


def test_migration_of_the_sample(read_sample, registries):
    """The published move of 91.208.207.0/24, snapshot by snapshot."""
    tables = [read_sample(day) for day in SAMPLE]
    irrs = [registries["before"], *[registries["irr"]] * 3]
    found = rib.migration("91.208.207.0/24", 43424, 213394, tables, irrs, registries["vrps"])
    rows = found.snapshots
    assert ["not started", "registered", "single transit", "cleanup"] == rows["stage"].tolist()
    assert ["registered for the old origin only", BOTH, BOTH, BOTH] == rows["status"].tolist()
    assert [[], [], [43424], [3257, 3356, 29075, 43424]] == [list(u) for u in rows["to_upstreams"]]
    assert [1, 1, 0, 0] == rows["from_share"].tolist()
    assert [0, 0, 1, 1] == rows["to_share"].tolist()
    assert ["not-found"] * 4 == rows["to_rov"].tolist()
    assert {"2020-02-13"} == set(rows["from_created"].astype(str))
    assert "2025-01-15" == str(rows["to_created"].iloc[-1])
    assert ["MNT-AS213394"] == list(rows["to_mnt_by"].iloc[-1])
    assert ["roa-new", "remove-route-old"] == found.missing
    assert [("roa-old", "invalid", 213394)] == broken(found)


def test_migration_of_the_sample_with_one_irr(read_sample, registries):
    """With today's registry, both origins are registered at each of the four snapshots."""
    tables = [read_sample(day) for day in SAMPLE]
    for n in range(4):
        found = rib.migration("91.208.207.0/24", 43424, 213394, tables[n], irr=registries["irr"])
        assert BOTH == found.status


def test_migration_of_the_ipv6_prefix(read_sample, registries):
    """2a0f:d0c0::/29 is new with AS213394: nothing to withdraw, nothing to remove."""
    tables = [read_sample(day) for day in SAMPLE]
    irrs = [registries["before"], *[registries["irr"]] * 3]
    found = rib.migration("2a0f:d0c0::/29", 43424, 213394, tables, irrs, registries["vrps"])
    rows = found.snapshots
    assert ["not started", "registered", "single transit", "done"] == rows["stage"].tolist()
    assert [0, 0, 7, 7] == rows["n_vps"].tolist()
    assert [True, True, False, False] == rows["to_share"].isna().tolist()
    assert ["roa-new"] == found.missing


@pytest.mark.parametrize("day", range(4))
@pytest.mark.parametrize("with_baseline", [False, True])
def test_the_migration_is_never_a_suspect(read_sample, registries, day, with_baseline):
    """At no snapshot does an event of 50 or more touch the prefixes that move, however little is given."""
    table = read_sample(SAMPLE[day])
    baseline = read_sample(SAMPLE[day - 1]) if with_baseline and day else None
    irr = registries["irr" if day else "before"]
    given = {name: registries[name] for name in ("vrps", "organisations", "relationships", "delegations")}  # fmt: skip
    for more in ({}, given):
        events = rib.hijack_suspects(table, irr=irr, baseline=baseline, **more)
        ours = [
            event["score"]
            for event in events.to_dict("records")
            if {"91.208.207.0/24", "2a0f:d0c0::/29"} & set(event["prefixes"])
        ]
        assert all(score < 50 for score in ours)
        assert ours or baseline is None, "the change is seen, and explained"


def naive(routes, prefix, asn):
    """Give (VP ASes, upstreams) of one origin from the text of the routes, one by one."""
    vps, upstreams = set(), set()
    for row in routes.itertuples():
        path = [int(hop) for hop in str(row.as_path).split()]
        if row.prefix == prefix and path[-1] == asn:
            vps.add(row.peer_as)
            others = [hop for hop in path if hop != asn]
            if row.peer_as != asn:
                upstreams.add(others[-1] if others else row.peer_as)
    return vps, upstreams


def test_migration_counts_as_a_naive_reader_does(read_sample):
    """Of the MOAS prefixes of the sample: VPs, shares and upstreams of two origins, and the others."""
    table = read_sample(SAMPLE[3])
    for row in rib.moas(table).head(6).itertuples():
        old, new = (int(asn) for asn in row.origins[:2])
        part = table.select(prefixes=[row.prefix]).to_pandas()
        found = rib.migration(row.prefix, old, new, table).snapshots.iloc[0]
        seen = {asn: naive(part, row.prefix, asn) for asn in (old, new)}
        total = len(set(part[part["prefix"] == row.prefix]["peer_as"]))
        for side, asn in (("from", old), ("to", new)):
            vps, upstreams = seen[asn]
            assert (len(vps), len(vps) / total) == (found[f"{side}_n_vps"], found[f"{side}_share"])
            assert sorted(upstreams) == list(found[f"{side}_upstreams"])
        assert (total, "in progress") == (found["n_vps"], found["stage"])
        assert sorted(int(a) for a in row.origins[2:]) == list(found["other_origins"])


# -- forms and arguments -------------------------------------------------------------------------


def test_migration_shows_itself(move):
    """Text, HTML and JSON have the stage, the steps and what breaks."""
    found = move(OLD, [OLD[0], [9, 6, 200], [5, 77]], irr=[100, 200], vrps=[(100, P), (200, P)])
    text = repr(found)
    assert text.startswith(f"{P}, AS100 to AS200: in progress ({BOTH})")
    assert "AS100 1 of 3 VP ASes through AS7; AS200 1 of 3 VP ASes through AS6; also AS77" in text
    assert "remove-roa-old    20.0.0.0/16 of AS100 invalid at 1 VP ASes" in text
    page = found._repr_html_()
    assert 3 == page.count("<table")
    assert BOTH in page
    given = json.loads(json.dumps(found.to_dict()))
    assert ("in progress", 2) == (given["stage"], len(given["snapshots"]))
    assert "2001-09-09T01:46:40+00:00" == given["snapshots"][0]["time"]
    assert found.missing == given["missing"]


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"prefix": "20.0.0.1/16"}, rib.PrefixError, "20.0.0.1/16"),
        ({"prefix": 20}, TypeError, "prefix=20: expected a prefix as text"),
        ({"prefix": "20.0.0.1/8"}, PrefixError, "prefix='20.0.0.1/8': .*has host bits set"),
        ({"from_as": "AS1"}, TypeError, "from_as='AS1': expected an AS number"),
        ({"to_as": -1}, ValueError, "to_as=-1: expected 0 to 4294967295"),
        ({"to_as": 100}, ValueError, "to_as=100: expected another AS than from_as"),
        ({"snapshots": []}, ValueError, "expected at least one Rib"),
        ({"snapshots": "x.mrt"}, TypeError, "table='x.mrt': expected Rib"),
        ({"irr": "x.db"}, TypeError, "irr='x.db': expected Irr"),
        ({"vrps": [None, None]}, ValueError, "vrps holds 2: expected one, or one per snapshot"),
    ],
)
def test_migration_names_a_bad_argument(table_of, given, error, message):
    """What is wrong is said by its name."""
    arguments = {"prefix": P, "from_as": 100, "to_as": 200, "snapshots": [table_of({P: OLD})]}
    with pytest.raises(error, match=message):
        rib.migration(**arguments | given)


def test_migration_needs_order_of_time(table_of):
    """Snapshots that go back in time would tell another story."""
    tables = [table_of({P: OLD}, 2000), table_of({P: OLD}, 1000)]
    with pytest.raises(ValueError, match="expected order of time"):
        rib.migration(P, 100, 200, tables)


def test_migration_of_a_table_without_routes(table_of):
    """An empty table has no time and nobody who sees the prefix."""
    found = rib.migration(P, 100, 200, table_of({P: OLD}).select(origin_as=[5]))
    row = found.snapshots.iloc[0]
    assert (0, "not started", True) == (
        row["n_vps"],
        row["stage"],
        found.snapshots["time"].isna()[0],
    )
    assert "time not told" in repr(found)
