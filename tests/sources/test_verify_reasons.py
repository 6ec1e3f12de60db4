"""Tests of the differences that are known to be errors of the other reader."""

import pytest
from internet import mrt_writer as mrt
from oracles import INSTALLED, dump, plain, states

import rib
from rib.sources.verify.own import own_routes
from rib.sources.verify.reasons import reason
from rib.sources.verify.verification import verify_mrt


def test_bgpdump_s_cut_fields_are_explained(tmp_path):
    """Cuts of long paths and communities are those of bgpdump; anything else is not explained."""
    path = plain(tmp_path, 1)
    route = next(own_routes(rib.read_mrt(path)))
    long = route._replace(as_path=" ".join(["64500"] * 2000), communities=tuple(range(3000)))
    cut = long._replace(as_path=long.as_path[:7900], communities=long.communities[:700])
    assert "bgpdump cuts" in reason("bgpdump", "as_path", long, cut)
    assert "bgpdump cuts" in reason("bgpdump", "communities", long, cut)
    assert "" == reason("bgpdump", "as_path", route, route._replace(as_path="1"))
    assert "" == reason("bgpdump", "communities", route, route._replace(communities=()))
    assert "" == reason("mrtparse", "as_path", long, cut)


def test_pybgpkit_s_lost_next_hops_are_explained(tmp_path):
    """A next hop that pybgpkit-parser drops beside a path id is its own error, without one it is not."""
    route = next(own_routes(rib.read_mrt(plain(tmp_path, 1))))
    lost = route._replace(next_hop=None)
    with_id = route._replace(path_id=1)
    assert "expects a path id" in reason("pybgpkit-parser", "next_hop", with_id, lost)
    assert "" == reason("pybgpkit-parser", "next_hop", route, lost)
    assert "" == reason("pybgpkit-parser", "med", with_id, lost)


def test_pybgpkit_s_next_hops_beside_mp_reach_are_explained(tmp_path):
    """An IPv4 next hop of an IPv6 prefix in an update is NEXT_HOP; in a RIB it is a difference."""
    route = next(own_routes(rib.read_mrt(plain(tmp_path, 1))))
    ours = route._replace(prefix="2001:db8::/32", next_hop="2001:db8::9", time=1)
    theirs = ours._replace(next_hop="192.0.2.9")
    assert "NEXT_HOP" in reason("pybgpkit-parser", "next_hop", ours, theirs)
    for mine, other in (
        (ours._replace(time=None), theirs),
        (ours._replace(prefix="10.0.0.0/8"), theirs),
        (ours, ours._replace(next_hop="2001:db8::8")),
    ):
        assert "" == reason("pybgpkit-parser", "next_hop", mine, other)


@pytest.mark.skipif(not INSTALLED["pybgpkit-parser"], reason="no pybgpkit-parser here")
def test_confederations_that_pybgpkit_writes_as_plain_segments_are_explained(tmp_path):
    """A confederation is known to lose its brackets; another path is still a difference."""
    confed = [mrt.Segment(3, (64500, 1)), mrt.Segment(4, (65002, 65001)), mrt.sequence(64500, 2)]
    block = mrt.origin() + mrt.as_path(*confed) + mrt.next_hop("192.0.2.9")
    found = verify_mrt(dump(tmp_path, mrt.rib("10.0.0.0/8", [mrt.rib_entry(0, block)])))
    assert {"bgpdump": "agrees", "pybgpkit-parser": "explained", "mrtparse": "agrees"}.items() >= {
        name: state for name, (state, _) in states(found).items()
    }.items()
    route = next(own_routes(found.table))
    for as_path in ("64500 1 65001,65002 64500 2", "64500 1 {65001,65002} 64500", "64500 2"):
        assert "" == reason("pybgpkit-parser", "as_path", route, route._replace(as_path=as_path))
    plain_path = route._replace(as_path="64500 1 {65001,65002} 64500 2")
    assert "RFC 5065" in reason("pybgpkit-parser", "as_path", route, plain_path)
    assert "" == reason("mrtparse", "as_path", route, plain_path)


def test_as_trans_of_mrtparse_is_explained(tmp_path):
    """AS_TRANS in the place of four-octet ASes is AS_PATH without AS4_PATH; nothing else is."""
    route = next(own_routes(rib.read_mrt(plain(tmp_path, 1))))._replace(as_path="1 262807 65535")
    assert "AS4_PATH" in reason(
        "mrtparse", "as_path", route, route._replace(as_path="1 23456 65535")
    )
    for other in ("1 23456 23456", "23456 262807 65535", "1 65535"):
        assert "" == reason("mrtparse", "as_path", route, route._replace(as_path=other))
