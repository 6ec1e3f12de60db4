"""Numbers behind the charts."""

from collections import defaultdict

import pandas as pd
import pytest

from rib.report import summaries
from rib.table.rib import Rib


def test_path_length_counts_are_shares_of_a_family(made_table: Rib):
    """Shares of each family and measure sum to 1, and prepends only ever lengthen paths."""
    counts = summaries.path_length_counts(made_table)
    assert [1.0] * 4 == pytest.approx(list(counts.groupby(["family", "measure"])["share"].sum()))
    mean = (
        counts.assign(total=counts["length"] * counts["share"])
        .groupby(["family", "measure"])["total"]
        .sum()
    )
    assert 18 / 7 == pytest.approx(mean[(4, "with prepends")])
    assert 16 / 7 == pytest.approx(mean[(4, "without prepends")])


def _naive_transits(table: Rib) -> dict[tuple[int, str], dict[int, int]]:
    """Shortest length by (family, prefix) and transit AS, route by route."""
    found: dict[tuple[int, str], dict[int, int]] = defaultdict(dict)
    prefixes, peers = table.prefixes.to_pylist(), table.peers.to_pylist()
    paths = table.as_paths.to_pylist()
    for route in table.routes.to_pylist():
        prefix = prefixes[route["prefix_id"]]
        transit = peers[route["peer_id"]]["peer_as"]
        by_transit = found[(prefix["family"], prefix["text"])]
        length = paths[route["as_path_id"]]["length"]
        by_transit[transit] = min(length, by_transit.get(transit, length))
    return found


def test_transit_shares_equal_a_naive_count(made_table: Rib):
    """What each transit offers, wins and offers alone agrees with counting route by route."""
    naive = _naive_transits(made_table)
    for share in summaries.transit_shares(made_table):
        of_family = [v for (family, _), v in naive.items() if family == share.family]
        offered = [v for v in of_family if share.transit_as in v]
        best = [v for v in offered if v[share.transit_as] == min(v.values())]
        alone = [v for v in best if list(v.values()).count(min(v.values())) == 1]
        only = [v for v in offered if len(v) == 1]
        n = len(of_family)
        assert len(offered) == share.n_prefixes
        expected = [len(x) / n for x in (offered, best, alone, only)]
        actual = [share.offered, share.shortest, share.shortest_alone, share.only]
        assert expected == pytest.approx(actual)


def test_transits_per_prefix_counts_distinct_transits(made_table: Rib):
    """One row per prefix with the number of transit ASes that offer it."""
    per = summaries.transits_per_prefix(made_table)
    expected = [len(v) for v in _naive_transits(made_table).values()]
    assert expected == list(per["n_transits"])
    assert [4, 4, 4, 6] == list(per["family"])


def test_binned_counts_between_edges():
    """Values fall into the last edge at or below them; null values count nowhere."""
    values = pd.Series([1.0, 1.0, 2.0, 9.0, None])
    rows = summaries.binned(values, pd.Series([4] * 5), [1, 2, 3], ["1", "2", "3+"])
    assert [("IPv4", "1", 2), ("IPv4", "2", 1), ("IPv4", "3+", 1)] == [
        (r["family"], r["bin"], r["count"]) for r in rows
    ]
    assert 1.0 == sum(r["share"] for r in rows)


def test_watched_origins_are_ours_or_the_largest():
    """Own ASes are watched as given, else the origins with the most prefixes over both families."""
    frame = pd.DataFrame({"origin_as": [10, 10, 20, 30, 40], "n_prefixes": [2, 2, 3, 3, 1]})
    assert [7] == summaries.watched_origins(frame, [7], 3)
    assert [10, 20, 30] == summaries.watched_origins(frame, [], 3)


def test_time_span_is_in_utc(made_table: Rib):
    """First and last record time are written in UTC."""
    assert ("2025-01-21 12:00:00 UTC",) * 2 == summaries.time_span(made_table)


def test_peer_counts_are_sorted_by_prefixes(made_table: Rib):
    """Peers with routes come with the most prefixes first, ties by AS number."""
    assert [3257, 29075, 3356, 43424] == [p.peer_as for p in summaries.peer_counts(made_table)]


def test_state_counts_keep_order_and_unknown_states():
    """Known states come in the order given, others after, nulls nowhere."""
    states = pd.Series(["b", "a", None, "z", "b"])
    assert [("a", 1), ("b", 2), ("z", 1)] == summaries.state_counts(states, ["a", "b"])
