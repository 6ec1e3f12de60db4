"""What is read in the JSON of FRR, and what is refused."""

import json

import pytest
from view_rows import C1, EXTENDED, NO_EXPORT, rows
from views import FRR_DETAIL, FRR_TABLE

import rib


def test_frr_tables_and_details():
    """A table has no communities; details have everything, the router's own routes their own peer."""
    assert rows(FRR_TABLE)["192.0.2.0/24", "198.51.100.1"] == {
        "origin": "IGP",
        "next_hop": "198.51.100.1",
        "med": 5,
        "local_pref": 100,
        "path": "64500 64501 {64502,64503}",
        "id": None,
    }
    own = rib.read_view(FRR_TABLE).peers.to_pylist()[1]
    assert (own["is_local"], own["peer_as"]) == (True, 0)
    assert rows(FRR_DETAIL)["2001:db8::/32", "2001:db8::1"] == {
        "origin": "EGP",
        "next_hop": "2001:db8::1",
        "next_hop_link_local": "fe80::1",
        "local_pref": 90,
        "communities": [C1, NO_EXPORT],
        "large_communities": [[64500, 1, 2]],
        "extended_communities": EXTENDED[:2],
        "atomic_aggregate": True,
        "aggregator_as": 64501,
        "aggregator_ip": "203.0.113.1",
        "originator_id": "203.0.113.7",
        "cluster_list": [0xCB007108],
        "otc": 64500,
        "path": "64500 64501",
        "id": 3,
    }
    assert rib.read_view(FRR_DETAIL, peers={"r2": 64500}).peers["bgp_id"].to_pylist() == [
        "203.0.113.50"
    ]


def test_frr_other_forms():
    """One prefix, several VRFs and a route without its peer are read too."""
    path = json.loads(FRR_TABLE)["routes"]["192.0.2.0/24"][0]
    one = {"prefix": "192.0.2.0/24", "paths": [path]}
    vrfs = {"default": {"routes": {"192.0.2.0/24": one}}, "red": {"routes": {"10.0.0.0/8": [path]}}}
    assert rib.read_view(json.dumps(one).encode(), "frr-json").n_routes == 1
    table = rib.read_view(json.dumps(vrfs).encode())
    assert table.receipt.other_families == {"VRF red": 1}
    assert table.prefixes["text"].to_pylist() == ["192.0.2.0/24"]
    del path["peerId"]
    (peer,) = rib.read_view(json.dumps(one).encode(), "frr-json").peers.to_pylist()
    assert (peer["peer_as"], peer["is_local"], peer["peer_ip"]) == (64500, False, "0.0.0.0")


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"path": 5}, "malformed_route"),
        ({"path": "64500 x"}, "malformed_route"),
        ({"origin": "what"}, "unreadable_attribute"),
        ({"community": {"list": ["what"]}}, "unreadable_attribute"),
        ({"community": 5}, "unreadable_attribute"),
    ],
)
def test_frr_damage(change, kind):
    """A path that is none costs the route, an attribute itself; issues name the prefix."""
    document = json.loads(FRR_TABLE)
    document["routes"]["192.0.2.0/24"][0] |= change
    table = rib.read_view(json.dumps(document).encode())
    (row,) = table.receipt.issues.to_pylist()
    assert (row["kind"], row["record"]) == (kind, None)
    assert "192.0.2.0/24" in row["detail"]
    assert table.n_routes == (1 if kind == "malformed_route" else 2)
    assert table.receipt.files[0].reconciled
