"""Tests of `read_updates` on the prefixes of an UPDATE: host bits, path ids, repeated attributes."""

import pytest
from internet import mrt_writer as mrt

import rib
from rib.exceptions import MrtError

SESSION = mrt.Session(64500, 64510, "192.0.2.1", "192.0.2.2")
PATH = mrt.origin() + mrt.as_path(mrt.sequence(64500, 64501)) + mrt.next_hop("192.0.2.9")
DEFAULT = mrt.nlri("0.0.0.0/0")
SEEK = {"unmarked_add_path": True}
WITH_IDS = mrt.nlri("172.17.0.0/24", path_id=2) + mrt.nlri("172.17.1.0/24", path_id=3)


def load(options=None, **fields):
    """Read one UPDATE of these fields."""
    updates = read(options or {}, **fields)
    assert updates.receipt.ok
    return updates


def read(options, **fields):
    return rib.read_updates(mrt.message(SESSION, mrt.bgp_update(**fields)), **options)


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
    """Where they are looked for, a field that closes with path ids and not without is read so."""
    updates = load(SEEK, attributes=PATH, announced=WITH_IDS)
    assert [("172.17.0.0/24", 2), ("172.17.1.0/24", 3)] == rows(updates, "prefix", "add_path_id")
    assert {"add_path_unmarked": 1} == updates.receipt.quirks


def test_read_updates_does_not_look_for_path_ids_by_default():
    """RFC 4271: the prefixes are damaged. Nothing of them is kept, and the issue says how to read them."""
    others = {"withdrawn": mrt.nlri("10.0.0.0/8"), "attributes": PATH}
    updates = read({}, announced=WITH_IDS, **others)
    assert [("withdraw", "10.0.0.0/8", None)] == rows(updates, "kind", "prefix", "add_path_id")
    receipt = updates.receipt
    assert ({}, 1, 1) == (receipt.quirks, receipt.changes_kept, receipt.changes_lost)
    (issue,) = receipt.issues.to_pylist()
    assert "malformed_message" == issue["kind"]
    assert issue["detail"].endswith("unmarked_add_path=True reads them")
    with pytest.raises(MrtError, match="ADD-PATH"):
        read({"on_error": "raise"}, announced=WITH_IDS, **others)


@pytest.mark.parametrize("family", [4, 6])
def test_read_updates_looks_for_path_ids_in_withdrawals(family):
    """Withdrawals of both families are held to the same."""
    prefix = "172.17.0.0/24" if family == 4 else "fd00:1:2::/48"
    field = mrt.nlri(prefix, path_id=2) * 2
    fields = (
        {"withdrawn": field}
        if family == 4
        else {"attributes": mrt.mp_unreach(mrt.IPV6, mrt.UNICAST, field)}
    )
    assert [(prefix, 2)] * 2 == rows(load(SEEK, **fields), "prefix", "add_path_id")
    updates = read({}, **fields)
    assert ([], 1) == (rows(updates, "prefix"), updates.receipt.changes_lost)


def test_read_updates_refuses_an_unmarked_add_path_that_is_none():
    """The error names the argument and what was expected."""
    with pytest.raises(TypeError, match=r"^unmarked_add_path='yes': expected True or False"):
        read({"unmarked_add_path": "yes"})


@pytest.mark.parametrize("bit", [5, 6, 7])
@pytest.mark.parametrize("options", [{}, {"unmarked_add_path": True}])
def test_read_updates_takes_no_damage_for_path_ids(options, bit):
    """A length over 32 is damage, although the field may close with path ids: they would be large."""
    field = bytearray(b"".join(mrt.nlri(f"10.0.{i}.0/24") for i in range(6)))
    field[0] ^= 1 << bit
    message = mrt.message(SESSION, mrt.bgp_update(attributes=PATH, announced=bytes(field)))
    receipt = rib.read_updates(message, **options).receipt
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
    updates = load(SEEK, withdrawn=field, attributes=PATH, announced=field)
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
