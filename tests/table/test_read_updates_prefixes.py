"""Tests of `read_updates` on the prefixes of an UPDATE: host bits, path ids, repeated attributes."""

import pytest
from internet import mrt_writer as mrt

import rib

SESSION = mrt.Session(64500, 64510, "192.0.2.1", "192.0.2.2")
PATH = mrt.origin() + mrt.as_path(mrt.sequence(64500, 64501)) + mrt.next_hop("192.0.2.9")
DEFAULT = mrt.nlri("0.0.0.0/0")


def load(**fields):
    """Read one UPDATE of these fields."""
    updates = rib.read_updates(mrt.message(SESSION, mrt.bgp_update(**fields)))
    assert updates.receipt.ok
    return updates


def rows(updates, *names):
    return [tuple(row[name] for name in names) for row in updates.to_arrow().to_pylist()]


def test_read_updates_masks_host_bits():
    """Host bits of prefixes are masked and counted, wherever in a message they stand."""
    four, six = b"\x14\x0a\xff\xff", b"\x21\x20\x01\x0d\xb8\xff"
    reach = mrt.mp_reach(mrt.IPV6, mrt.UNICAST, ["2001:db8::9"], six)
    unreach = mrt.mp_unreach(mrt.IPV6, mrt.UNICAST, six)
    updates = load(withdrawn=four, attributes=PATH + reach + unreach, announced=four)
    assert [
        ("withdraw", "10.255.240.0/20"),
        ("withdraw", "2001:db8:8000::/33"),
        ("announce", "10.255.240.0/20"),
        ("announce", "2001:db8:8000::/33"),
    ] == rows(updates, "kind", "prefix")
    assert {"nlri_host_bits": 4} == updates.receipt.quirks


def test_read_updates_finds_path_ids_that_the_record_does_not_announce():
    """A field that closes with path ids and not without is read so, and counted."""
    field = mrt.nlri("172.17.0.0/24", path_id=2) + mrt.nlri("172.17.1.0/24", path_id=3)
    updates = load(attributes=PATH, announced=field)
    assert [("172.17.0.0/24", 2), ("172.17.1.0/24", 3)] == rows(updates, "prefix", "add_path_id")
    assert {"add_path_unmarked": 1} == updates.receipt.quirks


@pytest.mark.parametrize("bit", [5, 6, 7])
def test_read_updates_takes_no_damage_for_path_ids(bit):
    """A length over 32 is damage, although the field may close with path ids: they would be large."""
    field = bytearray(b"".join(mrt.nlri(f"10.0.{i}.0/24") for i in range(6)))
    field[0] ^= 1 << bit
    message = mrt.message(SESSION, mrt.bgp_update(attributes=PATH, announced=bytes(field)))
    receipt = rib.read_updates(message).receipt
    assert ({}, 0, 1) == (receipt.quirks, receipt.changes_kept, receipt.changes_lost)
    assert ["malformed_message"] == receipt.issues.column("kind").to_pylist()


@pytest.mark.parametrize(
    ("field", "prefixes"),
    [
        (DEFAULT, ["0.0.0.0/0"]),
        (DEFAULT + mrt.nlri("10.0.0.0/8"), ["0.0.0.0/0", "10.0.0.0/8"]),
        (mrt.nlri("10.0.0.0/8") + DEFAULT, ["10.0.0.0/8", "0.0.0.0/0"]),
        # Five octets of 0: as well one default route with path id 0.
        (DEFAULT * 5, ["0.0.0.0/0"] * 5),
    ],
)
def test_read_updates_takes_a_default_route_for_no_path_id(field, prefixes):
    """A length of 0, or a repeated prefix, is no sign of path ids where the field closes without."""
    updates = load(withdrawn=field, attributes=PATH, announced=field)
    expected = [(kind, p, None) for kind in ("withdraw", "announce") for p in prefixes]
    assert expected == rows(updates, "kind", "prefix", "add_path_id")
    assert {} == updates.receipt.quirks


def test_read_updates_reads_every_mp_reach():
    """RFC 7606 has a router end such a session; here each attribute's prefixes have its next hop."""
    both = [
        mrt.mp_reach(mrt.IPV6, mrt.UNICAST, [f"2001:db8::{i}"], mrt.nlri(f"2001:db8:{i}::/48"))
        + mrt.mp_unreach(mrt.IPV6, mrt.UNICAST, mrt.nlri(f"3fff:{i}::/32"))
        for i in (1, 2)
    ]
    updates = load(attributes=PATH + b"".join(both))
    assert [
        ("withdraw", "3fff:1::/32", None),
        ("withdraw", "3fff:2::/32", None),
        ("announce", "2001:db8:1::/48", "2001:db8::1"),
        ("announce", "2001:db8:2::/48", "2001:db8::2"),
    ] == rows(updates, "kind", "prefix", "next_hop")


def test_read_updates_first_of_duplicate_paths_wins():
    """RFC 7606: all but the first AS_PATH are dropped, and counted."""
    announced = mrt.nlri("10.0.0.0/8")
    updates = load(attributes=PATH + mrt.as_path(mrt.sequence(7)), announced=announced)
    assert [("64500 64501",)] == rows(updates, "as_path")
    assert {"duplicate_attribute": 1} == updates.receipt.quirks
