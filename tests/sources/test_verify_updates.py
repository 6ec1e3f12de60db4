"""Tests of `verify_mrt` on files of updates: announcements and withdrawals, compared."""

import pytest
from dumps import UPDATES
from internet import mrt_writer as mrt
from oracles import BLOCK, PATH, SESSION, Twin, plain, states

import rib
from rib.sources.verify import verification
from rib.sources.verify.own import own_changes
from rib.sources.verify.verification import verify_mrt


def update(*, announced=(), withdrawn=(), attributes=BLOCK, **how):
    """Give a record with one UPDATE."""
    parts = {
        "announced": b"".join(mrt.nlri(p) for p in announced),
        "withdrawn": b"".join(mrt.nlri(p) for p in withdrawn),
    }
    return mrt.message(SESSION, mrt.bgp_update(attributes=attributes, **parts), **how)


@pytest.fixture
def updates(tmp_path):
    """Give a file of updates: changes of both families, sessions, messages without routes."""
    v6 = mrt.mp_reach(mrt.IPV6, mrt.UNICAST, ["2001:db8::9"], mrt.nlri("2001:db8::/32"))
    gone = mrt.mp_unreach(mrt.IPV6, mrt.UNICAST, mrt.nlri("2001:db8::/32"))
    records = [
        mrt.state_change(SESSION, 5, 6, timestamp=1),
        update(announced=["10.0.0.0/8"], withdrawn=["10.0.0.0/8", "11.0.0.0/8"], timestamp=2),
        update(announced=["12.0.0.0/8"], timestamp=3, microseconds=9),
        update(attributes=mrt.origin() + PATH + v6, timestamp=3),
        update(attributes=gone, timestamp=4),
        update(announced=["10.0.0.0/8"], timestamp=5, local=True),
        mrt.message(SESSION, mrt.bgp_message(4), timestamp=6),
    ]
    path = tmp_path / "updates.mrt"
    path.write_bytes(b"".join(records))
    return path


def test_verify_mrt_agrees_on_updates(updates):
    """Announcements and withdrawals of updates are compared, by field and second."""
    found = verify_mrt(updates)
    assert isinstance(found.table, rib.Updates)
    # RFC 4271 section 4.3: what a message withdraws and announces is both, in this order.
    assert {"records": 7, "changes": 7, "peers": 1, "prefixes": 4} == found.counts
    assert [] == found.left_out
    assert dict.fromkeys(states(found), ("agrees", [])) == states(found)


@pytest.mark.parametrize("name", [*UPDATES, "updates/updates.example.bz2"])
def test_verify_mrt_finds_no_difference_in_real_updates(name, shared_data):
    """Updates of collectors and routers: same changes, or a documented error of the other reader."""
    found = verify_mrt(shared_data / "mrt" / name, records=1000)
    assert found.counts["changes"]
    # mrtparse ends at some of the prefixes without their last octets that were common in 2002.
    assert {"agrees", "explained", "failed"} >= {state for state, _ in states(found).values()}
    assert found.agrees


def test_verify_mrt_leaves_out_updates_of_other_families(updates):
    """Messages that announce multicast routes too, and MRT type 5, are counted with the reason."""
    other = mrt.mp_reach(mrt.IPV4, mrt.MULTICAST, ["192.0.2.9"], mrt.nlri("13.0.0.0/8"))
    more = update(attributes=BLOCK + other) + mrt.legacy(SESSION, 1, mrt.bgp_update()[19:])
    updates.write_bytes(updates.read_bytes() + more)
    found = verify_mrt(updates)
    assert (9, 7) == (found.n_records, found.counts["records"])
    assert ["BGP4MP/BGP4MP_MESSAGE_AS4", "BGP/BGP_UPDATE"] == [n for n, _, _ in found.left_out]
    assert dict.fromkeys(states(found), ("agrees", [])) == states(found)


@pytest.mark.parametrize(
    ("field", "value"), [("time", 9), ("kind", "announce"), ("as_path", "1"), ("path_id", 3)]
)
def test_verify_mrt_finds_one_changed_field_of_updates(field, value, monkeypatch, updates):
    """A wrong second or kind of a single change is found and named."""

    def lie(_, path):
        first, *others = own_changes(rib.read_updates(path))
        yield from [first._replace(**{field: value}), *others]

    liar = type("Liar", (Twin,), {"routes": lie})
    monkeypatch.setattr(verification, "ORACLES", (liar,))
    found = verify_mrt(updates)
    assert not found.agrees
    assert field in {d.field for d in found.comparisons[0].differences}


def test_verify_mrt_of_updates_without_changes_compares_nothing(tmp_path):
    """Changes of state alone are not compared, so nothing is said to agree."""
    path = tmp_path / "states.mrt"
    path.write_bytes(mrt.state_change(SESSION, 5, 6))
    found = verify_mrt(path)
    assert not found.has_answer
    assert {"rib reads no changes in these records"} == {c.detail for c in found.comparisons}


def test_verify_mrt_leaves_out_updates_beside_a_rib(tmp_path, updates):
    """Of a file with both, the RIB is compared."""
    path = plain(tmp_path)
    path.write_bytes(path.read_bytes() + updates.read_bytes())
    found = verify_mrt(path)
    assert (7, 12) == (found.counts["records"], found.counts["routes"])
    assert 7 == sum(n for _, _, n in found.left_out)
    assert dict.fromkeys(states(found), ("agrees", [])) == states(found)
