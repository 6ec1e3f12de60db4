"""Two tables cut to the sessions that both have."""

import pytest
from diversity_days import load_sessions

from rib.table.sessions import compare

V4, OTHER, V6 = "20.0.0.0/16", "30.0.0.0/16", "2001:db8::/32"
NAMES = ("yesterday", "today")


def routes(side, compared):
    """Give (prefix, VP AS, changed) of the routes that are compared."""
    text = compared.prefixes.column("text").to_pylist()
    return list(
        zip(
            [text[n] for n in side.prefix],
            side.routes.vp_as.tolist(),
            side.changed.tolist(),
            strict=True,
        )
    )


def test_compare_keeps_what_both_send_by_family():
    """A peer that sends IPv6 on one day only is compared by its IPv4."""
    before = [(V4, (1, 0), (1, 9)), (V4, (2, 0), (2, 9)), (V6, (2, 0), (2, 9))]
    after = [(V4, (1, 0), (1, 7, 9)), (OTHER, (1, 0), (1, 9)), (V6, (2, 0), (2, 9))]
    compared = compare(NAMES, load_sessions(before), load_sessions(after))
    assert [(V4, 1, True), (V6, 2, False)] == routes(compared.before, compared)
    assert [(V4, 1, True), (OTHER, 1, True), (V6, 2, False)] == routes(compared.after, compared)
    assert {"n_peers": {4: 1, 6: 1}, "n_vps": {4: 1, 6: 1}} == compared.counts
    (gone,) = compared.gone
    assert {
        "collector": "",
        "peer_as": 2,
        "peer_ip": "10.0.0.2",
        "family": 4,
        "n_routes": 1,
    } == gone
    assert [] == compared.new


def test_compare_of_equal_tables_marks_nothing():
    """The order in which peers are listed does not matter."""
    day = [(V4, (1, 0), (1, 9)), (V4, (2, 0), (2, 9)), (V6, (2, 1), (2, 9))]
    more = [(OTHER, (0, 0), (9,))]
    compared = compare(NAMES, load_sessions(day), load_sessions([*more, *day]))
    for side in (compared.before, compared.after):
        assert [(V4, 1, False), (V4, 2, False), (V6, 2, False)] == routes(side, compared)


def test_compare_names_collectors_that_do_not_match():
    """Sessions of other collectors are other sessions."""
    day = [(V4, (1, 0), (1, 9))]
    with pytest.raises(ValueError, match="yesterday is of the collectors"):
        compare(NAMES, load_sessions(day, "a"), load_sessions(day, "b"))
