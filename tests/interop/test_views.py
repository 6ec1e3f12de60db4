"""What BIRD, FRR and OpenBGPD show as text, against the dumps they write of the same routes."""

from collections import Counter

import pytest
from routers.bird import Bird
from routers.daemon import LOCAL4, LOCAL6
from routers.frr import Frr
from routers.loaded import loaded
from routers.openbgpd import OpenBgpd

import rib

pytestmark = [pytest.mark.interop, pytest.mark.timeout(120)]

#: BIRD cuts lines of some 500 characters.
_LONG = 400


def of_peers(table):
    """Give the routes of the peers; those of the router itself have peers of their own."""
    own = {p["peer_ip"] for p in table.peers.to_pylist() if p["is_local"]}
    return [route for route in loaded(table, "") if route.peer not in own]


def dumped(observation, read):
    """Give the routes of the peers in the dump."""
    rows = loaded(read(observation.rib), observation.daemon.local_peer[0])
    return [route for route in rows if route.peer is not None]


def is_cut(route):
    return len(route.attributes.path) > _LONG or 13 * len(route.attributes.communities) > _LONG


@pytest.mark.parametrize("observation", [Bird], indirect=True)
def test_bird_shows_what_it_dumps(observation, read):
    """The routes of `show route all` are those of the dump, but for paths that BIRD cuts."""
    table = rib.read_view(observation.views["bird"])
    hidden = Bird.hidden
    rows = dumped(observation, read)
    cut = {(r.prefix, r.peer) for r in rows if is_cut(r)}
    expected = Counter(r.canonical(hidden) for r in rows if (r.prefix, r.peer) not in cut)
    shown = (Bird.dumped(r) for r in of_peers(table))
    found = Counter(r.canonical(hidden) for r in shown if (r.prefix, r.peer) not in cut)
    assert (Counter(), Counter()) == (expected - found, found - expected)
    assert found.total() > 100
    kinds = Counter(table.receipt.issues["kind"].to_pylist())
    assert {"cut_value", "unreadable_attribute"} >= set(kinds)
    assert kinds["cut_value"] == table.receipt.routes_lost
    assert all(file.reconciled for file in table.receipt.files)


@pytest.mark.parametrize("observation", [Bird], indirect=True)
def test_birds_protocols_name_peers(observation, read):
    """The peers are those of the dump, with the AS that the user gives by the name of a protocol."""
    neighbours = observation.daemon.neighbours
    table = rib.read_view(observation.views["bird"], peers={n.name: n.asn for n in neighbours})
    found = {(p["peer_ip"], p["peer_as"]) for p in table.peers.to_pylist()}
    assert {(n.ip, n.asn) for n in neighbours} == found


@pytest.mark.parametrize("observation", [Frr], indirect=True)
def test_frr_shows_what_it_dumps(observation, read):
    """The routes of the detailed JSON are those of the dump, and those of the router itself are apart."""
    table = rib.read_view(observation.views["frr-json"], "frr-json")
    unknown = Frr.hidden | Frr.lost
    expected = Counter(r.canonical(unknown) for r in dumped(observation, read))
    found = Counter(Frr.dumped(r).canonical(unknown) for r in of_peers(table))
    assert (Counter(), Counter()) == (expected - found, found - expected)
    assert found.total() > 100
    assert table.receipt.ok
    own = {r.prefix for r in loaded(table, "")} - {r.prefix for r in of_peers(table)}
    assert {LOCAL4, LOCAL6} == own


@pytest.mark.parametrize("observation", [Frr], indirect=True)
def test_frr_entries_say_what_the_json_does(observation):
    """The text of each prefix has the attributes and ADD-PATH ids of the JSON, and the peers."""
    text, json = (rib.read_view(observation.views[form]) for form in ("frr entries", "frr-json"))
    assert text.receipt.ok
    # What is absent is 0 in the JSON alone.
    shown = [
        Counter(r._replace(path_id=r.path_id or None) for r in of_peers(t)) for t in (text, json)
    ]
    assert shown[0] == shown[1]
    assert shown[0].total() > 100
    ids = [{(p["peer_ip"], p["bgp_id"]) for p in t.peers.to_pylist()} for t in (text, json)]
    assert ids[0] == ids[1]


@pytest.mark.parametrize("form", ["short frr-json", "frr"])
@pytest.mark.parametrize("observation", [Frr], indirect=True)
def test_frr_tables_have_the_same_paths(form, observation, read):
    """The tables, as JSON and as text, show the same prefixes with the same paths, ORIGIN and MED."""

    def short(routes):
        return Counter(
            (r.prefix, r.attributes.path, r.attributes.origin, r.attributes.med) for r in routes
        )

    table = rib.read_view(observation.views[form])
    expected, found = short(dumped(observation, read)), short(of_peers(table))
    assert (Counter(), Counter()) == (expected - found, found - expected)
    assert found.total() > 100
    assert table.receipt.ok


@pytest.mark.parametrize("observation", [OpenBgpd], indirect=True)
def test_openbgpd_shows_what_it_dumps(observation, read):
    """The routes of the JSON are those of the dump, but for unknown attributes, which are hex there."""
    table = rib.read_view(observation.views["openbgpd-json"])
    hidden = OpenBgpd.hidden | {"unknown"}
    expected = Counter(r.canonical(hidden) for r in dumped(observation, read))
    found = Counter(OpenBgpd.dumped(r).canonical(hidden) for r in of_peers(table))
    assert (Counter(), Counter()) == (expected - found, found - expected)
    assert found.total() > 100
    assert table.receipt.ok
