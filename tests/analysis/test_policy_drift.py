"""`policy_drift`: what an aut-num declares beside what paths show."""

from itertools import pairwise

import pytest

import rib

POLICY = """\
aut-num: AS100
import: from AS8 accept ANY
import: from AS9 action pref=10; from AS7 accept ANY
export: to AS8 announce AS-MINE
mp-export: afi any.unicast to AS9 announce AS-MINE
export: to AS50 announce ANY
last-modified: 2024-01-02T00:00:00Z
source: RIPE

as-set: AS-MINE
members: AS100, AS51, AS52, AS-LOST
source: RIPE
"""
ROUTES = {
    "20.0.0.0/16": [[8, 100], [9, 100]],
    "21.0.0.0/16": [[8, 100, 51], [9, 100, 100, 51]],
    "22.0.0.0/16": [[8, 100, 53]],
    "23.0.0.0/16": [[50, 100, 8, 77]],
    "24.0.0.0/16": [[8, 100, 60, {1, 2}]],
    "0.0.0.0/0": [[8, 100, 99]],
}


def rows(frame, kind):
    """Give state by AS."""
    part = frame[frame["kind"] == kind]
    return dict(zip(part["asn"].tolist(), part["state"].tolist(), strict=True))


def test_policy_drift_compares_neighbours_and_origins(table_of, registry):
    """Every state, for neighbours of both directions and for origins of the as-set."""
    drift = rib.policy_drift(table_of(ROUTES), registry("irr", POLICY), asn=100)
    assert {
        7: "declared, not seen",
        8: "declared and seen",
        9: "declared and seen",
        50: "declared and seen",
        51: "seen, not declared",
        53: "seen, not declared",
    } == rows(drift, "neighbour")
    assert {
        51: "declared and seen",
        52: "declared, not seen",
        53: "seen, not declared",
        100: "declared and seen",
    } == rows(drift, "origin")
    warnings = ["sets that nobody registered: AS-LOST"]
    assert {"limited": [8, 9], "missing": ["AS-LOST"], "warnings": warnings} == drift.attrs
    eight = drift.set_index("asn").loc[8]
    assert ["import: from AS8 accept ANY", "export: to AS8 announce AS-MINE"] == list(
        eight["lines"]
    )
    assert [2, 4] == list(eight["line_numbers"])
    counts = ("n_vps", "n_prefixes", "n_prefixes_in", "n_prefixes_out")
    assert [2, 4, 1, 3] == [int(eight[name]) for name in counts]
    assert (True, True) == (eight["declares_import"], eight["declares_export"])
    assert ("RIPE", "2024-01-02") == (eight["source"], str(eight["last_modified"]))
    origin = drift[(drift["kind"] == "origin") & (drift["asn"] == 51)].iloc[0]
    assert ["AS-MINE"] == list(origin["as_sets"])
    assert origin[["n_prefixes_in", "n_prefixes_out", "declares_import"]].isna().all()


def test_policy_drift_resolves_sets_of_peers(table_of, registry):
    """Peers named through a set count, but those that EXCEPT takes away; AS-ANY names nobody."""
    text = "aut-num: AS100\nimport: from AS-P EXCEPT (AS9 OR AS-Q) accept ANY\n"
    text += "export: to AS-ANY announce AS100\nsource: RIPE\n\n"
    text += "as-set: AS-P\nmembers: AS8, AS9, AS10\nsource: RIPE\n\n"
    text += "as-set: AS-Q\nmembers: AS10\nsource: RIPE\n"
    drift = rib.policy_drift(table_of(ROUTES), registry("irr", text), asn=100)
    found = rows(drift, "neighbour")
    assert ("declared and seen", "seen, not declared") == (found[8], found[9])
    assert 10 not in found
    assert ["AS-P"] == sorted({s for sets in drift["as_sets"] for s in sets})


def test_policy_drift_takes_the_best_source(table_of, registry):
    """An aut-num of a registry that checks goes before one that does not."""
    text = "aut-num: AS100\nimport: from AS{} accept ANY\nsource: {}\n\n"
    irr = registry("irr", text.format(9, "RADB") + text.format(8, "RIPE"))
    found = rows(rib.policy_drift(table_of(ROUTES), irr, asn=100), "neighbour")
    assert ("declared and seen", "seen, not declared") == (found[8], found[9])


def test_policy_drift_without_an_aut_num(table_of, registry):
    """What is seen is not declared, and has no source; an unknown AS gives an empty result."""
    irr = registry("irr", POLICY)
    drift = rib.policy_drift(table_of(ROUTES), irr, asn=51)
    assert {100: "seen, not declared"} == rows(drift, "neighbour")
    assert drift[["source", "last_modified"]].isna().all(axis=None)
    empty = rib.policy_drift(table_of(ROUTES), irr, asn=4200000000)
    assert (0, list(drift.columns)) == (len(empty), list(empty.columns))
    assert drift.dtypes.to_dict() == empty.dtypes.to_dict()


def naive(table, asn):
    """Give {(neighbour, outwards): (VP ASes, prefixes)} of the routes' text, path by path."""
    found = {}
    for row in table.to_pandas().itertuples():
        hops = str(row.as_path).split()
        path = [int(hop) for hop, before in zip(hops, [None, *hops], strict=False) if hop != before]
        for left, right in pairwise(path):
            if asn in (left, right):
                key = (right, False) if left == asn else (left, True)
                vps, prefixes = found.setdefault(key, (set(), set()))
                vps.add(row.peer_as)
                prefixes.add(row.prefix)
    return found


def test_policy_drift_equals_a_naive_count(read_sample, sample):
    """Of a transit of the sample: neighbours, VPs and prefixes as a walk over all paths has them."""
    irr = rib.read_irr(sample / "irr.20250121.db.gz")
    table = read_sample("20250117.0000").select(origin_as=[213394, 43424])
    text = table.to_pandas()["as_path"].astype(str)
    assert not text.str.contains("[{(\\[]", regex=True).any(), "no sets to parse"
    for asn in (43424, 29075):
        drift = rib.policy_drift(table, irr, asn=asn)
        seen = drift[(drift["kind"] == "neighbour") & (drift["n_vps"] > 0)].set_index("asn")
        expected = naive(table, asn)
        assert {n for n, _ in expected} == set(seen.index)
        for (neighbour, outwards), (_, prefixes) in expected.items():
            name = "n_prefixes_out" if outwards else "n_prefixes_in"
            assert len(prefixes) == seen.loc[neighbour, name]
        for neighbour in seen.index:
            sides = [expected.get((neighbour, way), (set(), set())) for way in (True, False)]
            union = [len(a | b) for a, b in zip(*sides, strict=True)]
            assert union == [int(seen.loc[neighbour, n]) for n in ("n_vps", "n_prefixes")]


@pytest.mark.parametrize(
    ("day", "unseen"), [("20250117.0000", {3257, 3356, 29075}), ("20250121.1200", set())]
)
def test_policy_drift_follows_the_migration(read_sample, sample, day, unseen):
    """AS213394 declares four transits: one is seen on 17 January, all on the 21st."""
    irr = rib.read_irr(sample / "irr.20250121.db.gz")
    drift = rib.policy_drift(read_sample(day), irr, asn=213394)
    found = rows(drift, "neighbour")
    assert {3257, 3356, 29075, 43424} == set(found)
    assert unseen == {asn for asn, state in found.items() if state == "declared, not seen"}
    assert {213394: "declared and seen"} == rows(drift, "origin")
    assert drift["declares_import"].dropna().all()


def test_policy_drift_sees_the_peers_of_an_own_view(table_of, registry):
    """Sessions of ours are neighbours seen, declared or not, and are counted apart."""
    view = table_of(
        {"30.0.0.0/16": [[7, 1], [66, 1]], "31.0.0.0/16": [[7, 2]], "0.0.0.0/0": [[7, 1]]}
    )
    irr = registry("irr", POLICY)
    drift = rib.policy_drift(table_of(ROUTES), irr, asn=100, view=view)
    found = drift[drift["kind"] == "neighbour"].set_index("asn")
    assert ("declared and seen", 2, 0) == tuple(found.loc[7, ["state", "n_prefixes_view", "n_vps"]])
    assert ("seen, not declared", 1, 0) == tuple(
        found.loc[66, ["state", "n_prefixes_view", "n_vps"]]
    )
    assert 0 == found.loc[8, "n_prefixes_view"]
    assert drift[drift["kind"] == "origin"]["n_prefixes_view"].isna().all()
    without = rib.policy_drift(table_of(ROUTES), irr, asn=100)
    assert without["n_prefixes_view"].isna().all()


def test_policy_drift_of_the_sample_own_view(read_sample, sample):
    """AS213394 imports from each of its four declared transits, whichever announces its prefixes."""
    irr = rib.read_irr(sample / "irr.20250121.db.gz")
    view = rib.read_mrt(sample / "own.20250121.1200.mrt.gz")
    drift = rib.policy_drift(read_sample("20250117.0000"), irr, asn=213394, view=view)
    part = drift[drift["kind"] == "neighbour"]
    assert {"declared and seen"} == set(part["state"])
    assert (part["n_prefixes_view"] > 19_000).all()


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"asn": "AS1"}, TypeError, "asn='AS1': expected an AS number"),
        ({"asn": 2**32}, ValueError, "asn=4294967296: expected 0 to 4294967295"),
        ({"irr": "x.db"}, TypeError, "irr='x.db': expected Irr, as read_irr returns"),
        ({"view": "own.mrt"}, TypeError, "view='own.mrt': expected Rib, as read_mrt returns"),
        ({"table": None}, TypeError, "table=None: expected Rib"),
    ],
)
def test_policy_drift_names_a_bad_argument(table_of, registry, given, error, message):
    """What is wrong is said by its name."""
    arguments = {"table": table_of(ROUTES), "irr": registry("irr", POLICY), "asn": 1} | given
    with pytest.raises(error, match=message):
        rib.policy_drift(**arguments)
