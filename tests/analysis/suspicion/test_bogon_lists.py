"""Bogon lists given to `hijack_suspects`: what they accuse, and what they leave to other rules."""

import datetime as dt

import pytest
from internet import mrt_writer as mrt

import rib
from rib.registry.bogons import Bogons

NOON = dt.datetime(2025, 1, 21, 12, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def table():
    """Give a table with listed, half-listed, special-purpose and ordinary space."""
    when = int(NOON.timestamp())
    block = mrt.origin() + mrt.as_path(mrt.sequence(8, 666)) + mrt.next_hop("192.0.2.1")
    head = mrt.peer_index_table([mrt.Peer(8, "192.0.2.1")], timestamp=when)
    prefixes = ("50.0.0.0/14", "50.2.7.0/24", "60.0.0.0/16", "192.0.2.0/24")
    entry = mrt.rib_entry(0, block)
    return rib.read_mrt(head + b"".join(mrt.rib(p, [entry], timestamp=when) for p in prefixes))


@pytest.fixture
def bogons(tmp_path):
    """Give a function from the day of a list to that list."""

    def read(day: str) -> Bogons:
        path = tmp_path / "fullbogons-ipv4.txt"
        path.write_text(f"# {day}\n192.0.2.0/24\n50.2.0.0/16\n")
        return rib.read_bogons(path)

    return read


def test_listed_space_is_a_suspect_that_names_list_and_day(table, bogons):
    """Space inside a listed block is a bogon; what only contains one is not."""
    events = rib.hijack_suspects(table, bogons=bogons("2025-01-20"))
    found = {e["prefixes"][0]: e for e in events.to_dict("records")}
    assert {"50.2.7.0/24", "192.0.2.0/24"} == set(found)
    event = found["50.2.7.0/24"]
    [row] = event["evidence"]
    assert ("bogon", 60) == (event["kind"], event["score"])
    assert ("bogon_list", 60) == (row["rule"], row["weight"])
    assert ("fullbogons-ipv4.txt", "2025-01-20") == (row["source"], row["date"])
    assert "bogon-list" in event["tags"]
    assert ["a newer bogon list without 50.2.7.0/24"] == list(event["would_clear"])
    assert [] == events.attrs["warnings"]


def test_one_fact_counts_once(table, bogons, tmp_path):
    """Lists repeat special-purpose and unallocated space; the rules of those say it already."""
    path = tmp_path / "delegated"
    path.write_text("arin||ipv4|50.2.0.0|65536||available|\n")
    events = rib.hijack_suspects(
        table, bogons=bogons("2025-01-20"), delegations=rib.read_delegations(path)
    )
    applied = {
        e["prefixes"][0]: [r["rule"] for r in e["evidence"]] for e in events.to_dict("records")
    }
    assert {"50.2.7.0/24": ["unallocated"], "192.0.2.0/24": ["bogon"]} == applied


def test_known_before_is_no_suspect(table, bogons):
    """A bogon that the baseline has is old news."""
    events = rib.hijack_suspects(table, baseline=table, bogons=bogons("2025-01-20"))
    [event] = [e for e in events.to_dict("records") if "50.2.7.0/24" in list(e["prefixes"])]
    assert event["score"] < 50
    assert "known before" in event["explained_by"]


def test_an_old_list_warns(table, bogons):
    """Space given out since is not bogon any more."""
    [text] = rib.hijack_suspects(table, bogons=bogons("2024-11-01")).attrs["warnings"]
    assert "bogons of 2024-11-01" in text
    assert "more than 30 days" in text


def test_a_path_is_no_list(table):
    """What was not read is refused, with how to read it."""
    with pytest.raises(TypeError, match="read_bogons"):
        rib.hijack_suspects(table, bogons="fullbogons-ipv4.txt")
