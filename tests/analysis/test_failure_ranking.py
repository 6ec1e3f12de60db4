"""`rib.failure_ranking` against each AS that fails by itself, prefix by prefix."""

import ipaddress
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from internet import mrt_writer as mrt
from own_view import SESSIONS, Offer, view
from path_routes import rows

import rib

OUTCOMES = ("rerouted_exact", "rerouted_cover", "default_only", "lost")
COLUMNS = [
    "asn", "family", "n_prefixes", "addresses", *OUTCOMES, *(f"{o}_addresses" for o in OUTCOMES),
]  # fmt: skip
PREFIXES = [
    "0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.1.0/24", "192.0.2.0/24",
    "::/0", "2001:db8::/32", "2001:db8:1::/48",
]  # fmt: skip

HOP = st.sampled_from([7, 8, 9, 64501, frozenset({8, 10})])
OFFER = st.tuples(st.integers(0, 3), st.lists(HOP, max_size=4)).map(
    lambda drawn: Offer(drawn[0], tuple(drawn[1]))
)
OFFERS = st.dictionaries(
    st.sampled_from(PREFIXES),
    st.lists(OFFER, min_size=1, max_size=4, unique_by=lambda o: o.session),
    min_size=1,
)


def passes(offer):
    """Give the ASes of an offer's path, members of sets too, and of its session."""
    members = (hop if isinstance(hop, frozenset) else {hop} for hop in offer.path)
    return set().union({SESSIONS[offer.session].asn}, *members)


def origin(offer):
    last = offer.path[-1] if offer.path else None
    return last if isinstance(last, int) else None


def naive(offers):
    """Count outcomes by AS and family: who passes a winner, and what is left without it."""
    found = rib.exit_preference(view(offers)).routes
    sessions = {peer.ip: i for i, peer in enumerate(SESSIONS)}
    counts = Counter()
    for prefix, peer in zip(found["prefix"], found["winner_peer"], strict=True):
        winner = next(o for o in offers[prefix] if o.session == sessions[peer])
        own = ipaddress.ip_network(prefix)
        nets = [ipaddress.ip_network(p) for p in offers]
        covers = [n for n in nets if n.version == own.version and own.subnet_of(n)]
        for asn in passes(winner) - {origin(winner)}:
            left = [n for n in covers if any(asn not in passes(o) for o in offers[str(n)])]
            held = max(left, key=lambda n: n.prefixlen, default=None)
            if held is None:
                outcome = "lost"
            elif held == own:
                outcome = "rerouted_exact"
            else:
                outcome = "rerouted_cover" if held.prefixlen else "default_only"
            counts[asn, own.version, outcome] += 1
    return counts


@settings(max_examples=150, deadline=None)
@given(OFFERS)
def test_each_as_fails_by_itself(offers):
    """For every AS on a winning path the outcomes are those of the prefixes without it."""
    found = rows(rib.failure_ranking(view(offers)))
    counts = {(r["asn"], r["family"], o): r[o] for r in found for o in OUTCOMES if r[o]}
    assert naive(offers) == counts
    assert all(r["n_prefixes"] == sum(r[o] for o in OUTCOMES) for r in found)
    assert all(r["addresses"] == sum(r[f"{o}_addresses"] for o in OUTCOMES) for r in found)


def test_ranking_is_what_transit_failures_says_but_for_own_prefixes(sample):
    """An AS by itself does what `transit_failures` says, the prefixes that it originates apart."""
    table = rib.read_mrt(sample / "own.20250121.1200.mrt.gz")
    ranking, exits = rib.failure_ranking(table), rib.exit_preference(table).routes
    paths = table.routes.column("as_path_id").take(exits["winner_route"].to_list())
    origins = table.as_paths.column("origin_as").take(paths).to_pylist()
    own = Counter(zip(origins, exits["family"], strict=True))
    for asn in ranking["asn"].head(5):
        found = rib.transit_failures(table, fail=[int(asn)])
        whole = found.set_index(["family", "outcome"])["n_prefixes"].to_dict()
        for row in rows(ranking[ranking["asn"] == asn]):
            assert all(row[o] <= whole[row["family"], o] for o in OUTCOMES)
            affected = sum(whole[row["family"], o] for o in OUTCOMES)
            assert affected == row["n_prefixes"] + own[asn, row["family"]]


def test_worst_come_first_and_origins_do_not_count():
    """Lost addresses go before all others; an AS does not rank for what it originates."""
    given = {
        "10.0.0.0/8": [Offer(0, (64501, 5, 9)), Offer(1, (64502, 9))],
        "192.0.2.0/24": [Offer(0, (64501, 7, 6))],
        "2001:db8::/32": [Offer(0, (64501, 9))],
    }
    ranking = rib.failure_ranking(view(given))
    assert COLUMNS == list(ranking.columns)
    found = [(r["asn"], r["family"], r["n_prefixes"], r["lost"]) for r in rows(ranking)]
    # The winner of 10.0.0.0/8 is the shorter path.
    assert [(7, 4, 1, 1), (64501, 4, 1, 1), (64502, 4, 1, 0), (64501, 6, 1, 1)] == found
    assert 256.0 == ranking["lost_addresses"][0]


def test_an_as_counts_once_for_a_route():
    """A loop, and a session whose AS is on its paths or not, are one passage."""
    given = {"10.0.0.0/8": [Offer(0, (64501, 7, 8, 7, 9)), Offer(1, (7, 9))]}
    found = {
        r["asn"]: (r["rerouted_exact"], r["lost"]) for r in rows(rib.failure_ranking(view(given)))
    }
    assert {7: (0, 1), 64502: (1, 0)} == found


def test_empty_view_gives_the_columns():
    """A table without routes has no rows, and every column."""
    ranking = rib.failure_ranking(rib.read_mrt(mrt.peer_index_table([])))
    assert (COLUMNS, 0) == (list(ranking.columns), len(ranking))


def test_wrong_arguments_are_named():
    """What is no table or policy is named with what was expected."""
    with pytest.raises(TypeError, match="view=None: expected Rib"):
        rib.failure_ranking(None)
    with pytest.raises(TypeError, match="policy=1: expected Policy"):
        rib.failure_ranking(view({"10.0.0.0/8": [Offer(0)]}), 1)


@settings(max_examples=100, deadline=None)
@given(OFFERS)
def test_each_link_fails_by_itself(offers):
    """For every link on a winning path the outcomes are those that `transit_failures` gives for it."""
    own = view(offers)
    found = rows(rib.failure_ranking(own, by="link"))
    links = sorted({(r["as_a"], r["as_b"]) for r in found})
    failures = rib.transit_failures(own, fail=links) if links else None
    for row in found:
        link = row["as_a"], row["as_b"]
        assert row["as_a"] < row["as_b"]
        of = failures[failures["failed"].map(lambda f, link=link: f == (link,))]
        of = of[of["family"] == row["family"]].set_index("outcome")
        for outcome in OUTCOMES[1:]:
            assert row[outcome] == of.loc[outcome, "n_prefixes"]
            assert row[f"{outcome}_addresses"] == of.loc[outcome, "addresses"]
        # MED may make another route win though the winner does not pass the link.
        assert row["rerouted_exact"] <= of.loc["rerouted_exact", "n_prefixes"]


def test_ranking_of_links_has_the_worst_first(sample):
    table = rib.read_mrt(sample / "own.20250121.1200.mrt.gz")
    ranking = rib.failure_ranking(table, by="link")
    assert ["as_a", "as_b", *COLUMNS[1:]] == list(ranking.columns)
    order = ["family", "lost_addresses", "default_only_addresses", "rerouted_cover_addresses"]
    again = ranking.sort_values(order, ascending=[True, False, False, False], kind="stable")
    assert ranking.equals(again)
    with pytest.raises(ValueError, match="by='peer': expected 'as' or 'link'"):
        rib.failure_ranking(table, by="peer")
