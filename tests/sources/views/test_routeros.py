"""What is read in RouterOS's `/routing/route/print detail`, and what is refused."""

import pytest
from view_rows import C1, EXTENDED, NO_EXPORT, issues, rows
from views import ROUTEROS

import rib


def test_routeros_fields():
    """Fields are read across wrapped lines, quotes and groups."""
    found = rows(ROUTEROS)
    assert found["192.0.2.0/24", "198.51.100.1"] == {
        "origin": "EGP",
        "next_hop": "198.51.100.1",
        "med": 5,
        "local_pref": 100,
        "communities": [C1, NO_EXPORT],
        "large_communities": [[64500, 1, 2], [64500, 3, 4]],
        "extended_communities": EXTENDED[:2],
        "atomic_aggregate": True,
        "aggregator_as": 64501,
        "aggregator_ip": "203.0.113.1",
        "originator_id": "203.0.113.7",
        "cluster_list": [0xCB007108, 0xCB007109],
        "path": "64500 64501 {64502,64503}",
        "id": None,
    }
    assert found["2001:db8::/32", "2001:db8:ffff::1"]["path"] == "64510 64501"
    assert found["192.0.2.0/24", "198.51.100.2"]["path"] == "64510 64501"
    records = rib.read_view(ROUTEROS).receipt.records
    assert [records[f"routeros/{kind}"] for kind in ("best", "route", "filtered")] == [1, 1, 1]


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (b"dst-address=192.0.2.0/24", b"dst-address=192.0.2.1/24", "malformed_route"),
        (b'"64500,64501', b'"64500,x', "malformed_route"),
        (b" .med=5", b" what .med=5", "malformed_route"),
        (b".med=5", b".med=x", "unreadable_attribute"),
        (b"64500:1,no-export", b"64500:1,what", "unreadable_attribute"),
        (b".origin=egp", b".origin=x", "unreadable_attribute"),
        (b"aggregate=yes", b"aggregate=si", "unreadable_attribute"),
        (b".local-pref=100", b".colour=blue", "unreadable_attribute"),
        (b"bgp.session=edge1 ", b"bgX.session=edge1 ", "unknown_field"),
        (b"bgp.session=edge1 ", b"bgp-session=edge1 ", "unknown_field"),
    ],
)
def test_routeros_damage(old, new, kind):
    """A prefix, path or field that is none costs the route, an attribute costs itself."""
    text = ROUTEROS.replace(old, new, 1)
    assert (4, kind) in issues(text)
    assert rib.read_view(text).n_routes == (2 if kind == "malformed_route" else 3)


def test_routeros_6():
    """The routes of RouterOS 6 have a number, and names with a hyphen."""
    text = b"""\
Flags: X - disabled, A - active, D - dynamic, b - bgp
 0 ADb  dst-address=192.0.2.0/24 gateway=198.51.100.1 distance=20 scope=40
        bgp-as-path="64500,64501" bgp-origin=igp received-from=edge1

 1 A S  dst-address=0.0.0.0/0 gateway=10.0.0.1 distance=1
"""
    table = rib.read_view(text, peers={"edge1": 64500})
    assert table.to_pandas()[["prefix", "as_path"]].values.tolist() == [
        ["192.0.2.0/24", "64500 64501"]
    ]
    assert table.receipt.ok
