"""Logs of messages that BIRD, FRR, OpenBGPD and GoBGP write, replayed with `Rib.apply`.

What a router logs is what its peers sent it, before any policy. Replayed onto a table without routes
it must be exactly that, and replayed onto a dump what the router showed in the end.
"""

from collections import Counter

import pytest
from internet import mrt_writer as mrt
from routers.feed import NARROW, routes, withdrawn
from routers.loaded import loaded
from routers.openbgpd import OpenBgpd

import rib
from rib.table.receipt import LoadReceipt

pytestmark = [pytest.mark.interop, pytest.mark.timeout(120)]

ESTABLISHED = 6
#: BIRD dumps each of its tables as a collector of its own: dump and log need one name.
NAME = "router"


@pytest.fixture
def log(core, observation):
    """Give the log of a daemon, read by either back end."""
    given = [(observation.updates.name, NAME, str(observation.updates))]
    tables, receipt = core.read_updates(given, "collect", None)
    return rib.Updates(tables, LoadReceipt.from_dict(receipt))


def _empty():
    """Give a table without routes."""
    return rib.read_mrt(mrt.peer_index_table([]), collector=NAME)


def _replayed(log, until=None):
    return Counter(r.canonical() for r in loaded(_empty().apply(log, until), ""))


def _sent(observation, *, staying=False):
    """Count the routes that the peers sent, or those of them that the log leaves in the end."""
    daemon = observation.daemon
    sent = routes(daemon.neighbours)
    if staying:
        gone = set(withdrawn(daemon.neighbours))
        left = {n for n in daemon.neighbours if n is not NARROW or not daemon.tells_who_hung_up()}
        sent = [s for s in sent if s not in gone and s.peer in left]
    return Counter(s.route(s.attributes).canonical() for s in sent)


def test_log_has_the_expected_receipt(observation, log):
    """Nothing of a log is lost; AS4_PATH is merged in the routes of the peer that needs it."""
    receipt, neighbours = log.receipt, observation.daemon.neighbours
    assert [] == receipt.issues.to_pylist()
    assert receipt.ok
    assert all(f.reconciled for f in receipt.files)
    quirks = Counter(receipt.quirks)
    # OpenBGPD's name the router for the peer, every one.
    is_swapped = isinstance(observation.daemon, OpenBgpd)
    n_states = log.changes.column("kind").to_pylist().count("state")
    assert (n_states if is_swapped else 0) == quirks.pop("state_change_swapped", 0)
    assert {"as4_path_merged": len(routes((NARROW,)))} == quirks
    assert observation.messages.total() == receipt.messages["UPDATE"]
    kinds = Counter(log.changes.column("kind").to_pylist())
    expected = len(routes(neighbours)), len(withdrawn(neighbours))
    assert expected == (kinds["announce"], kinds["withdraw"])


def test_replay_up_to_a_moment_is_what_the_peers_sent(observation, log):
    """Before anything is taken back, every route of every peer is there, in every column."""
    sent, found = _sent(observation), _replayed(log, observation.complete - 0.001)
    assert (Counter(), Counter()) == (sent - found, found - sent)


def test_replay_withdraws_what_peers_took_back(observation, log):
    """In the end withdrawn routes are gone, and where the log tells it those of the lost session."""
    sent, found = _sent(observation, staying=True), _replayed(log)
    assert (Counter(), Counter()) == (sent - found, found - sent)


def test_replay_onto_the_dump_is_what_the_daemon_shows_later(observation, log, read):
    """The dump and the changes after it are the routes of `show` after them."""
    daemon = observation.daemon
    unknown = daemon.hidden | daemon.lost
    # Without ADD-PATH ids in the dump, nobody knows which route a withdrawal means.
    out = {n.ip for n in daemon.neighbours if n.add_path and "path_id" in daemon.lost}
    out |= set() if daemon.tells_who_hung_up() else {NARROW.ip}
    later = read(observation.rib, collector=NAME).apply(log)
    held = filter(None, map(daemon.dumped, observation.left))
    shown = Counter(r.canonical(unknown) for r in held if r.peer not in out)
    rows = loaded(later, daemon.local_peer[0])
    found = Counter(r.canonical(unknown) for r in rows if r.peer not in out)
    assert (Counter(), Counter()) == (shown - found, found - shown)


def test_replay_lists_the_peers_alone(observation, log):
    """Records without an address make no peer, nor do those of OpenBGPD that name the router."""
    known = {(n.ip, n.asn) for n in observation.daemon.neighbours}
    columns = [_empty().apply(log).peers.column(n).to_pylist() for n in ("peer_ip", "peer_as")]
    assert known == set(zip(*columns, strict=True))


def test_log_says_who_hung_up(observation, log):
    """The one session that ends is logged as the driver says: by peer, or by AS alone."""
    rows = log.to_arrow().to_pylist()
    ended = {(r["peer_ip"], r["peer_as"]) for r in rows if r["old_state"] == ESTABLISHED}
    expected = observation.daemon.hung_up
    assert ended == ({expected} if expected else set())
