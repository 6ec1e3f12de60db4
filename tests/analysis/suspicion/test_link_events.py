"""Links in question: forged origins, new edges, leaks, and what explains each."""

import itertools

import pytest
from scene import BEFORE, FORGED, LINKS, events, only, rules

from rib.analysis.suspects import hijack_suspects


def test_forged_origin_over_an_unknown_link(judge):
    """The right origin behind a neighbour nobody knows is a forged origin."""
    event = only(judge(FORGED, relationships=LINKS))
    assert ("forged_origin", [100], [666], 55, [9]) == tuple(
        event[k] for k in ("kind", "incumbents", "newcomers", "score", "vp_ases")
    )
    assert "E|1" in event["tags"]


def test_forged_origin_of_a_more_specific_that_the_rpki_lets_pass(judge):
    """A loose maximum length makes the forged more-specific valid; the link still tells."""
    now = BEFORE | {"20.0.7.0/24": [[9, 666, 100]]}
    event = only(judge(now, relationships=LINKS, vrps="AS100,20.0.0.0/16,24,t\n"))
    assert ("forged_origin", 60) == (event["kind"], event["score"])
    assert "S|1" in event["tags"]


AUT_NUM = "aut-num: AS100\nimport: from AS{} accept ANY\nsource: RIPE\n\n"


def test_forged_origin_against_the_aut_num(table_of, registry):
    """An aut-num that names the neighbour explains the link; one that names others adds to it.

    What the neighbour itself declares hardly counts: who forges a path may declare it as well.
    """

    def score(neighbour, more=""):
        irr = registry("irr", AUT_NUM.format(neighbour) + more)
        links = registry("relationships", LINKS)
        return only(
            hijack_suspects(
                table_of(FORGED), baseline=table_of(BEFORE), irr=irr, relationships=links
            )
        )

    assert (0, ["declared link"]) == (score(666)["score"], score(666)["explained_by"])
    assert 60 == score(8)["score"]
    forger = "aut-num: AS666\nexport: to AS100 announce ANY\nsource: RADB\n\n"
    assert (50, True) == (
        score(8, forger)["score"],
        "declared_by_newcomer" in rules(score(8, forger)),
    )


def test_forged_origin_is_explained_by_siblings(judge):
    """Two ASes of one organisation may be linked any day."""
    event = only(judge(FORGED, relationships=LINKS, organisations="100,Alpha\n666,alpha\n"))
    assert ["siblings"] == event["explained_by"]


def test_forged_origin_is_explained_where_the_origin_is_new(judge):
    """All links of an AS that has just joined are new."""
    now = BEFORE | {"70.0.0.0/16": [[8, 666, 101]]}
    event = only(judge(now, relationships=LINKS))
    assert ("forged_origin", ["new AS"]) == (event["kind"], event["explained_by"])


@pytest.mark.parametrize("known", [{"relationships": LINKS + "9|666|-1\n666|100|-1\n"}, {}])
def test_known_link_is_no_event(judge, known):
    """A link of the relationship file or of the baseline is no news."""
    before = BEFORE if known else BEFORE | {"80.0.0.0/16": [[9, 666, 100]]}
    assert "forged_origin" not in set(judge(before | FORGED, before, **known)["kind"])


@pytest.mark.parametrize(("n", "of", "explained"), [(3, 5, True), (3, 7, False), (2, 2, False)])
def test_new_link_for_most_prefixes_is_a_new_upstream(judge, n, of, explained):
    """A provider carries all that its customer has; a forger takes a prefix or two."""
    before = BEFORE | {f"20.{i}.0.0/16": [[8, 100], [9, 100]] for i in range(of)}
    now = before | {f"20.{i}.0.0/16": [[8, 100], [9, 666, 100]] for i in range(n)}
    event = only(judge(now, before, relationships=LINKS))
    assert (["new upstream"] if explained else []) == event["explained_by"]
    assert n == len(event["prefixes"])


@pytest.mark.parametrize(("hop", "score"), [(1, 55), (2, 35), (3, 25), (4, 20), (5, 20)])
def test_new_edge_weighs_less_the_further_from_the_origin(judge, hop, score):
    """The tag says how far before the origin the new link is."""
    chain = [*range(1001, 1000 + hop), 100]
    links = "".join(f"{a}|{b}|-1\n" for a, b in itertools.pairwise(chain))
    before = BEFORE | {"60.0.0.0/16": [[9, 1, *chain]]}
    now = before | {"60.0.0.0/16": [[9, 1, *chain], [8, 666, *chain]]}
    event = only(judge(now, before, relationships=LINKS + links + f"1|{chain[0]}|-1\n9|1|-1\n"))
    assert ("forged_origin" if hop == 1 else "new_edge", [chain[0]], [666], score) == tuple(
        event[k] for k in ("kind", "incumbents", "newcomers", "score")
    )
    assert f"E|{hop}" in event["tags"]


def test_two_links_of_one_newcomer_are_two_events(judge):
    """Events that would share an id are numbered."""
    before = BEFORE | {"20.0.0.0/16": [[8, 100], [9, 200]]}
    now = before | {"20.0.0.0/16": [[8, 666, 100], [9, 666, 200]]}
    ids = sorted(
        e["event_id"] for e in events(judge(now, before, relationships=LINKS)) if e["score"] >= 50
    )
    assert ["forged_origin:20.0.0.0/16:666", "forged_origin:20.0.0.0/16:666~2"] == ids


def test_new_edge_away_from_the_origin(judge):
    """An unknown link deeper in the path is listed, below the threshold."""
    now = BEFORE | {"20.0.0.0/16": [[8, 100], [9, 666, 8, 100]]}
    before = BEFORE | {"90.0.0.0/16": [[9, 666]]}
    links = LINKS.replace("8|666|-1\n", "")
    now["40.0.0.0/16"] = before["40.0.0.0/16"] = [[9, 666]]
    event = only(judge(now | {"90.0.0.0/16": [[9, 666]]}, before, relationships=links))
    assert ("new_edge", [8], [666]) == (event["kind"], event["incumbents"], event["newcomers"])
    assert event["score"] < 50


def test_leak_is_listed_by_leaker_below_the_threshold(judge):
    """A leak moves right routes: route_leaks judges it, here it is listed as explained."""
    before = {"20.0.0.0/16": [[8, 100]], "30.0.0.0/16": [[8, 101]]}
    now = {"20.0.0.0/16": [[8, 5, 9, 100]], "30.0.0.0/16": [[8, 5, 9, 101]]}
    links = "8|5|-1\n9|5|-1\n9|100|-1\n9|101|-1\n8|100|-1\n8|101|-1\n"
    event = only(judge(now, before, relationships=links))
    assert ("leak", ["20.0.0.0/16", "30.0.0.0/16"], [9], [5], ["route leak"]) == tuple(
        event[k] for k in ("kind", "prefixes", "incumbents", "newcomers", "explained_by")
    )
    assert event["score"] < 50


def test_links_through_a_route_server_are_known_from_the_baseline(table_of, registry):
    """A table against itself has no new link, also where a route server stands between two ASes."""
    paths = {"20.0.0.0/16": [[8, 55, 100], [9, 100]], "40.0.0.0/16": [[8, 55, 666], [9, 666]]}
    links = registry("relationships", "# IXP ASes: 55\n9|100|-1\n9|666|-1\n8|9|0\n")
    assert (55,) == links.ixps
    assert [] == events(
        hijack_suspects(table_of(paths), baseline=table_of(paths), relationships=links)
    )
    moved = paths | {"40.0.0.0/16": [[8, 55, 667, 666], [9, 666]]}
    event = only(hijack_suspects(table_of(moved), baseline=table_of(paths), relationships=links))
    assert ("forged_origin", [667]) == (event["kind"], event["newcomers"])
