"""Elems of updates, one by one: what is malformed, states, next hops, peers and order."""

from collections import Counter
from types import SimpleNamespace

import pytest
from stream_elems import counts, elem, issues, rows

import rib
from rib.sources.elem_changes import ChangeSpool

MALFORMED = [
    ("A", {"prefix": None}),
    ("A", {"prefix": "10.0.0.0/33"}),
    ("A", {"prefix": 5}),
    ("A", {"as-path": None}),
    ("A", {"as-path": "1 x"}),
    ("A", {"as-path": "{1"}),
    ("A", {"as-path": " ".join(["1"] * 16_400)}),
    ("A", {"next-hop": "here"}),
    ("A", {"communities": {"1:65536"}}),
    ("A", {"peer_asn": -1}),
    ("A", {"peer_asn": None}),
    ("A", {"peer_address": ""}),
    ("A", {"time": None}),
    ("A", {"time": -1.0}),
    ("A", {"time": float("nan")}),
    ("A", {"time": 2.0**32}),
    ("W", {"prefix": None}),
    ("W", {"prefix": "10.0.0.0"}),
    ("W", {"peer_address": None}),
    ("S", {"old-state": None}),
    ("S", {"new-state": None}),
    ("S", {"new-state": "BROKEN"}),
    ("S", {"old-state": 6}),
    ("S", {"peer_asn": 2**32}),
    ("", {}),
]


@pytest.mark.parametrize(
    ("kind", "change"),
    MALFORMED,
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_malformed_elems_cost_themselves(kind, change):
    """An elem with a field that is not as documented is lost and named; the others stay."""
    given = [elem(), elem(kind, **change), elem("W")]
    table = rib.read_bgpstream(given)
    (file,) = table.receipt.files
    assert ((3, 2, 1), ["malformed_elem"]) == (counts(file), issues(table))
    assert 1 == table.receipt.issues.column("record")[0].as_py()
    assert [0, 2] == table.changes.column("message").to_pylist()
    assert file.reconciled
    assert not table.receipt.ok
    with pytest.raises(rib.MrtError):
        rib.read_bgpstream(given, on_error="raise")


def test_an_elem_that_pybgpstream_cannot_give_is_lost():
    """AS paths of 4096 characters make its fields fail: that is an issue, of RIBs too."""

    class Failing:
        collector, peer_asn, peer_address, time = "rrc00", 64500, "192.0.2.1", 5.0

        def __init__(self, kind):
            self.type = kind

        @property
        def fields(self):
            raise SystemError("returned NULL without setting an exception")

    updates = rib.read_bgpstream([elem(), Failing("A")])
    assert (1, ["malformed_elem"]) == (updates.receipt.changes_lost, issues(updates))
    table = rib.read_bgpstream([Failing("R")])
    assert (1, "malformed_elem") == (table.receipt.routes_lost, issues(table)[0])


# -- what elems say ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("IDLE", 1), ("CONNECT", 2), ("ACTIVE", 3), ("OPENSENT", 4), ("OPENCONFIRM", 5),
        ("ESTABLISHED", 6), ("CLEARING", 7), ("DELETED", 8), ("established", 6), ("Idle", 1),
        ("", None), ("UNKNOWN", None), ("unknown", None),
    ],
)  # fmt: skip
def test_states(text, number):
    """States have the numbers of RFC 4271 and of Quagga; one that is not known is null."""
    given = elem("S", **{"old-state": text, "new-state": "ESTABLISHED"})
    table = rib.read_bgpstream([given, elem("W")])
    assert [number, None] == table.changes.column("old_state").to_pylist()
    assert [6, None] == table.changes.column("new_state").to_pylist()
    assert table.receipt.ok


@pytest.mark.parametrize(
    ("change", "next_hop"),
    [
        ({"next-hop": None}, None),
        ({"next-hop": ""}, None),
        ({"next-hop": "2001:db8::1"}, "2001:db8::1"),
        ({"prefix": "2001:db8::/32"}, "192.0.2.1"),
        ({"prefix": "2001:db8::/32", "next-hop": None}, None),
        ({"prefix": "::/0", "next-hop": "2001:db8::1"}, "2001:db8::1"),
        ({"prefix": "0.0.0.0/0", "communities": None}, "192.0.2.1"),
        ({"communities": {f"64500:{n}" for n in range(1000)}}, "192.0.2.1"),
    ],
    # Not the values: a set is written in another order by each process.
    ids=lambda value: " ".join(value) if isinstance(value, dict) else str(value),
)
def test_next_hops_of_the_other_family(change, next_hop):
    """The next hop's family is its own (RFC 8950); one that is absent is null."""
    table = rib.read_bgpstream([elem(**change)])
    assert [next_hop] == table.attributes.column("next_hop").to_pylist()
    assert [change.get("prefix", "10.0.0.0/8")] == table.prefixes.column("text").to_pylist()
    communities = change.get("communities", {"64500:1"})
    assert [len(communities) if communities else None] == [
        c and len(c) for c in table.attributes.column("communities").to_pylist()
    ]
    assert ([None], True) == (table.attributes.column("unknown").to_pylist(), table.receipt.ok)


def test_nothing_of_the_near_end_shows():
    """A peer is its collector, AS and address, however that is written; no row is of a near end."""
    table = rib.read_bgpstream(
        [
            elem(peer_address="2001:DB8::1"),
            elem(peer_address="2001:db8:0::1"),
            elem(peer_address="::ffff:192.0.2.1", peer_asn=0),
        ]
    )
    assert [
        {
            "collector": "rrc00",
            "peer_as": asn,
            "peer_ip": ip,
            "bgp_id": None,
            "record_type": "BGP4MP_ET",
            "latitude": None,
            "longitude": None,
        }
        for asn, ip in ((64500, "2001:db8::1"), (0, "::ffff:192.0.2.1"))
    ] == table.peers.to_pylist()
    assert [0, 0, 1] == table.changes.column("peer_id").to_pylist()


def test_host_bits_are_cleared_and_counted():
    """A prefix with host bits is the prefix, and a quirk, as in a file."""
    table = rib.read_bgpstream([elem(prefix="10.127.0.0/9"), elem("W", prefix="10.1.0.0/15")])
    assert ["10.0.0.0/9", "10.0.0.0/15"] == table.prefixes.column("text").to_pylist()
    assert {"nlri_host_bits": 2} == table.receipt.quirks


def test_an_update_in_any_order_is_read_in_its_order():
    """A prefix that is announced and then withdrawn is withdrawn, whatever record it stands in."""
    given = [elem("A"), elem("W"), elem("S"), elem("A")]
    record = SimpleNamespace(collector="rrc00", type="update", status="valid", time=1.0)
    for one in given:
        one.record = record
    table = rib.read_bgpstream(given)
    assert ["announce", "withdraw", "state", "announce"] == table.to_arrow().column(
        "kind"
    ).to_pylist()
    assert [0] * 4 == table.changes.column("message").to_pylist()
    assert ({"UPDATE": 1}, {"update/valid": 1}) == (table.receipt.messages, table.receipt.records)


def test_small_batches_and_memories_change_nothing(monkeypatch):
    """Elems are written some at a time, and encoded routes forgotten, without a trace."""
    given = [
        elem("AW"[n % 3 == 0], prefix=f"10.{n % 50}.0.0/16", peer_asn=n % 7 + 1) for n in range(300)
    ]
    for n, one in enumerate(given):
        if one.type == "A":
            one.fields["as-path"] = f"{one.peer_asn} {n % 11}"
    expected = rib.read_bgpstream(given)
    monkeypatch.setattr("rib.sources.elem_changes.BATCH", 500)
    monkeypatch.setattr("rib.sources.elem_changes.KNOWN", 3)
    table = rib.read_bgpstream(given)
    assert rows(expected) == rows(table)
    assert Counter(e.fields.get("as-path") for e in given) == Counter(
        row["as_path"] for row in table.to_arrow().to_pylist()
    )


def test_what_the_core_does_not_keep_is_not_counted_as_kept(monkeypatch):
    """The receipt counts rows of the table: were a record not read, its sums would not agree."""
    write = ChangeSpool._add
    damaged = iter([False, True, False])

    def add(self, at, record):
        write(self, at, record[:-4] + b"\xff" * 4 if next(damaged) else record)

    monkeypatch.setattr(ChangeSpool, "_add", add)
    table = rib.read_bgpstream([elem(), elem(), elem("W")])
    (file,) = table.receipt.files
    assert (3, 2, False) == (file.changes_read, file.changes_kept, file.reconciled)
    assert [("malformed_message", 1)] == [
        (i["kind"], i["record"]) for i in table.receipt.issues.to_pylist()
    ]
    assert not table.receipt.ok


def test_too_many_peers_are_refused():
    """Ids of peers have 16 bits."""
    with pytest.raises(rib.MrtError, match="at most 65535 peers"):
        rib.read_bgpstream(elem("W", peer_asn=n) for n in range(65_537))
