"""What is read in the JSON of OpenBGPD, and what is refused."""

import json

import pytest
from view_rows import C1, EXTENDED, NO_EXPORT, rows
from views import OPENBGPD

import rib


def test_openbgpd():
    """A MED of 0 may stand for none, so it is null; own routes have their own peer."""
    assert rows(OPENBGPD)["192.0.2.0/24", "198.51.100.1"] == {
        "origin": "IGP",
        "next_hop": "198.51.100.1",
        "local_pref": 100,
        "communities": [C1, NO_EXPORT],
        "large_communities": [[64500, 1, 2]],
        "extended_communities": [EXTENDED[0], 1 << 63],
        "atomic_aggregate": True,
        "aggregator_as": 64501,
        "aggregator_ip": "203.0.113.1",
        "otc": 64500,
        "path": "64500 64501 {64502,64503}",
        "id": None,
    }
    peers = rib.read_view(OPENBGPD, peers={"edge1": 1}).peers
    assert peers["peer_as"].to_pylist() == [1, 0]
    assert peers["is_local"].to_pylist() == [False, True]


@pytest.mark.parametrize("change", [{"prefix": "10.0.0.1/8"}, {"prefix": None}, {"aspath": [1]}])
def test_openbgpd_damage(change):
    """A route without prefix or path is lost, with an issue."""
    document = json.loads(OPENBGPD)
    document["rib"][0] |= change
    table = rib.read_view(json.dumps(document).encode())
    assert table.receipt.issues.column("kind").to_pylist() == ["malformed_route"]
    assert table.n_routes == 1
