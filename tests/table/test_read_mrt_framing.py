"""Tests of `read_mrt` where framing is lost: what is found again, and the account of what is not."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from internet import mrt_writer as mrt

from rib import fallback
from rib._backend import core
from rib.exceptions import MrtError
from rib.table.receipt import LoadReceipt

try:
    from rib import _core as native
except ImportError:
    native = None

TABLE = mrt.peer_index_table([mrt.Peer(64500, "192.0.2.1", "10.0.0.1")])
PATH = mrt.origin() + mrt.as_path(mrt.sequence(64500, 64510)) + mrt.next_hop("192.0.2.1")
ENTRY = mrt.rib_entry(0, PATH)


def routes(first, n):
    return [mrt.rib(f"10.0.{i}.0/24", [ENTRY]) for i in range(first, first + n)]


def load(content, back_end=core):
    tables, receipt = back_end.read_mrt([("dump", None, content)], "collect", None)
    receipt = LoadReceipt.from_dict(receipt)
    assert all(f.reconciled for f in receipt.files)
    return tables["prefixes"].column("text").to_pylist(), receipt


def issues(receipt):
    return [(i["kind"], i["offset"], i["record"]) for i in receipt.issues.to_pylist()]


def prefixes(*numbers):
    return [f"10.0.{i}.0/24" for i in numbers]


BEFORE, AFTER = TABLE + b"".join(routes(0, 2)), b"".join(routes(2, 3))


@pytest.mark.parametrize(
    "garbage",
    [
        mrt.record(13, 2, b"", length=2**30),
        mrt.record(999, 2, b"", length=500) + bytes(20),
        bytes(77),
        b"\xff" * 5000,
        b"not MRT at all",
    ],
    ids=["too long", "no such type", "zeros", "ones", "text"],
)
def test_read_mrt_goes_on_behind_garbage(garbage):
    """Bytes that are no records are skipped up to the next chain of records, and reported."""
    texts, receipt = load(BEFORE + garbage + AFTER)
    assert prefixes(0, 1, 2, 3, 4) == texts
    assert [("framing", len(BEFORE), 3)] == issues(receipt)
    assert f"{len(garbage)} bytes skipped" in receipt.issues.column("detail")[0].as_py()
    skipped = [(s.offset, s.length, s.reason) for s in receipt.skipped]
    assert [(len(BEFORE), len(garbage), "framing")] == skipped
    assert not receipt.ok


def test_read_mrt_skips_the_rest_where_no_records_follow():
    """Without a chain of records up to the end, the rest is skipped and reported."""
    texts, receipt = load(BEFORE + b"\xee" * 99)
    assert prefixes(0, 1) == texts
    assert [("framing", len(BEFORE), 3)] == issues(receipt)
    assert "the rest of the file is skipped" in receipt.issues.column("detail")[0].as_py()
    assert [(len(BEFORE), 99)] == [(s.offset, s.length) for s in receipt.skipped]


@pytest.mark.parametrize("too_long", [1, 11, 30, 71, 142, 200])
def test_read_mrt_finds_the_records_inside_one_that_is_too_long(too_long):
    """A length that reaches into or over the next records costs no route, and is reported."""
    record = bytearray(routes(2, 1)[0])
    record[8:12] = (len(record) - 12 + too_long).to_bytes(4, "big")
    texts, receipt = load(BEFORE + record + b"".join(routes(3, 4)))
    assert prefixes(0, 1, 2, 3, 4, 5, 6) == texts
    # A piece of the next record that is no zero is also told as what it is here: no routes.
    kinds = ["entry_count", "record_length"] if 1 < too_long < 142 else ["record_length"]
    assert [(kind, len(BEFORE), 3) for kind in kinds] == issues(receipt)
    assert 0 == receipt.routes_lost
    assert () == receipt.skipped


@pytest.mark.parametrize("too_short", [1, 10, 40])
def test_read_mrt_goes_on_behind_a_record_that_is_too_short(too_short):
    """A length that ends inside its record costs that record alone."""
    record = bytearray(routes(2, 1)[0])
    record[8:12] = (len(record) - 12 - too_short).to_bytes(4, "big")
    texts, receipt = load(BEFORE + record + b"".join(routes(3, 4)))
    assert prefixes(0, 1, 3, 4, 5, 6) == texts
    end = len(BEFORE) + len(record) - too_short
    assert [("malformed_record", len(BEFORE), 3), ("framing", end, 4)] == issues(receipt)
    assert [(end, too_short)] == [(s.offset, s.length) for s in receipt.skipped]


def test_read_mrt_reads_on_where_a_record_is_said_to_go_on_past_the_end():
    """A length beyond the end of the file hides the records that follow: they are found."""
    record = bytearray(routes(2, 1)[0])
    record[8:12] = (1 << 20).to_bytes(4, "big")
    texts, receipt = load(BEFORE + record + b"".join(routes(3, 4)))
    assert prefixes(0, 1, 3, 4, 5, 6) == texts
    assert [("framing", len(BEFORE), 3)] == issues(receipt)
    assert [(len(BEFORE), len(record))] == [(s.offset, s.length) for s in receipt.skipped]


def test_read_mrt_counts_types_that_are_not_known_between_records():
    """A type of no RFC is counted and skipped by name, where known types follow it or nothing."""
    other = mrt.record(77, 3, b"abcdef")
    texts, receipt = load(BEFORE + other + AFTER + other)
    assert prefixes(0, 1, 2, 3, 4) == texts
    assert receipt.ok
    assert 2 == receipt.records["TYPE_77/3"]


def test_read_mrt_counts_types_that_are_not_known_in_a_row():
    """Records of types of no RFC may follow one another, where their times are those around them."""
    others = [mrt.record(77, 3, b"ab"), mrt.record(13, 99, b""), mrt.record(77, 4, b"abc")]
    texts, receipt = load(BEFORE + b"".join(others) + AFTER)
    assert prefixes(0, 1, 2, 3, 4) == texts
    assert receipt.ok
    assert 3 == sum(n for name, n in receipt.records.items() if name[-2:] in ("/3", "/4", "99"))


def test_read_mrt_takes_no_far_time_for_a_record():
    """A type of no RFC whose time is far from its neighbours' is damage, not a record."""
    other = mrt.record(77, 3, b"ab", timestamp=1 << 30)
    texts, receipt = load(BEFORE + 2 * other + AFTER)
    assert prefixes(0, 1, 2, 3, 4) == texts
    assert [("framing", len(BEFORE), 3)] == issues(receipt)


def test_read_mrt_raises_where_framing_is_lost():
    """With on_error="raise" lost framing is an error with its place."""
    with pytest.raises(MrtError, match="expected a record header") as raised:
        core.read_mrt([("dump", None, BEFORE + b"\xff" * 50 + AFTER)], "raise", None)
    assert (len(BEFORE), 3) == (raised.value.offset, raised.value.record)


CHANGES = st.tuples(
    st.integers(0, 10**6),
    st.sampled_from(["flip", "cut", "insert", "length", "repeat", "swap"]),
    st.integers(1, 90),
    st.binary(min_size=1, max_size=40),
)


def change(content, at, how, n, new):
    at %= len(content)
    if how == "flip":
        content[at] ^= 1 << n % 8
    elif how == "cut":
        del content[at : at + n]
    elif how == "insert":
        content[at:at] = new
    elif how == "length":
        content[at : at + 4] = (n * 7).to_bytes(4, "big")
    elif how == "repeat":
        content[at:at] = content[at : at + n]
    else:
        content[at : at + 2 * n] = content[at + n : at + 2 * n] + content[at : at + n]
    return content or bytearray(b"x")


@pytest.mark.skipif(native is None, reason="needs both back ends")
# A damaged route, then a damaged table of peers: told in the order of the file.
@example([(17, "cut", 67, b"\0"), (590, "cut", 68, b"\0")])
# Octets behind the entries that end inside a third one.
@example([(0, "repeat", 60, b"\0")])
@given(st.lists(CHANGES, min_size=1, max_size=4))
@settings(deadline=None, max_examples=400)
def test_read_mrt_gives_the_same_account_of_any_damage(changes):
    """Both back ends keep the same routes and give the same receipt, or the same error."""
    content = bytearray(BEFORE + AFTER + b"".join(routes(5, 20)) + mrt.record(77, 3, b"abcdef"))
    for one in changes:
        content = change(content, *one)
    answers = []
    for back_end in (native, fallback):
        try:
            texts, receipt = load(bytes(content), back_end)
            answers.append((texts, receipt.to_dict()))
        except MrtError as error:
            answers.append((str(error), error.offset, error.record))
    assert answers[0] == answers[1]
