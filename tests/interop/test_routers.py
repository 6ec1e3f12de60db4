"""Dumps that BIRD, FRR, OpenBGPD and GoBGP write, against what they show and what they were sent.

Five peers of ours tell each daemon the same few hundred routes (routers/feed.py). Nothing here is
about how a daemon chooses routes: every route that it holds must be in its dump, and in the `Rib`.
"""

import ipaddress
from collections import Counter

import pytest
from routers.daemon import LOCAL4, LOCAL6
from routers.feed import routes
from routers.frr import Frr
from routers.loaded import loaded
from routers.message_log import records, update_messages
from routers.openbgpd import OpenBgpd

from rib.exceptions import UnsupportedMrtError

pytestmark = [pytest.mark.interop, pytest.mark.timeout(120)]


def _own(table, observation):
    """Give the routes of a table, the router's own told apart."""
    return loaded(table, observation.daemon.local_peer[0])


def test_dump_holds_what_the_daemon_shows(observation, read):
    """The routes of the dump are those of `show`, in every column that `show` tells."""
    daemon = observation.daemon
    unknown = daemon.hidden | daemon.lost
    dumped = filter(None, map(daemon.dumped, observation.shown))
    shown = Counter(r.canonical(unknown) for r in dumped)
    found = Counter(r.canonical(unknown) for r in _own(read(observation.rib), observation))
    assert (Counter(), Counter()) == (shown - found, found - shown)


def test_dump_holds_what_the_peers_sent(observation, read):
    """The routes of the peers are those they sent, in every column, but for what the daemon changes."""
    daemon = observation.daemon
    held = map(daemon.held, routes(daemon.neighbours))
    sent = Counter(daemon.dumped(r).canonical(daemon.lost) for r in held)
    rows = _own(read(observation.rib), observation)
    found = Counter(r.canonical(daemon.lost) for r in rows if r.peer is not None)
    assert (Counter(), Counter()) == (sent - found, found - sent)


@pytest.mark.parametrize("observation", [Frr], indirect=True)
def test_frr_path_ids_are_those_sent_or_none(observation, read):
    """The records that FRR writes with path ids have those received, and 0 where there was none."""
    sent = {(s.prefix, s.peer.ip): set() for s in routes(Frr.neighbours)}
    for s in routes(Frr.neighbours):
        sent[s.prefix, s.peer.ip].add(s.path_id or 0)
    found = [r for r in _own(read(observation.rib), observation) if r.peer is not None]
    with_id = [r for r in found if r.path_id is not None]
    assert [] == [r for r in with_id if r.path_id not in sent[r.prefix, r.peer]]
    assert any(r.path_id for r in with_id)


def test_dump_lists_the_peers(observation, read):
    """The peers have the AS and BGP identifier of their OPEN, and the router's own routes a peer."""
    columns = ("peer_ip", "peer_as", "bgp_id")
    peers = {tuple(row[c] for c in columns) for row in read(observation.rib).peers.to_pylist()}
    ours = {(n.ip, n.asn, n.bgp_id) for n in observation.daemon.neighbours}
    assert ours == {p for p in peers if p in ours}
    assert {observation.daemon.local_peer} == {p[:2] for p in peers - ours}


def test_dump_has_the_expected_receipt(observation, read):
    """The receipt names exactly the deviations that docs/routers.md lists for the daemon."""
    daemon, table = observation.daemon, read(observation.rib)
    receipt = table.receipt
    rows = _own(table, observation)
    repeated = len(rows) - len({(r.prefix, r.peer, r.path_id) for r in rows})
    assert daemon.quirks | ({"duplicate_route": repeated} if repeated else {}) == receipt.quirks
    assert not repeated or "path_id" in daemon.lost
    assert daemon.issues == Counter(receipt.issues.column("kind").to_pylist())
    assert receipt.ok == (not daemon.issues)
    assert all(f.reconciled for f in receipt.files)


def test_update_log_is_whole(observation):
    """The log of messages holds every UPDATE that the peers sent, byte for byte."""
    logged = update_messages(observation.updates)
    assert (Counter(), Counter()) == (observation.messages - logged, logged - observation.messages)


def test_update_log_is_no_rib(observation, read):
    """A log of messages is refused as a RIB, and beside one is counted and changes nothing."""
    with pytest.raises(UnsupportedMrtError, match="found BGP updates"):
        read(observation.updates)
    alone, beside = read(observation.rib), read(observation.rib, observation.updates)
    assert loaded(alone, "") == loaded(beside, "")
    log = beside.receipt.files[1]
    assert log.reconciled
    assert sum(1 for _ in records(observation.updates)) == sum(log.records.values())


@pytest.mark.parametrize("observation", [OpenBgpd], indirect=True)
def test_openbgpd_table_holds_the_same_routes(observation, read):
    """Its TABLE_DUMP holds the same routes; ADD-PATH ids and peers of the other family are lost."""
    table = read(observation.other_dumps["table"])
    bare = {"path_id": None, "peer": None}
    held = map(OpenBgpd.held, routes(OpenBgpd.neighbours))
    sent = Counter(OpenBgpd.dumped(r)._replace(**bare).canonical() for r in held)
    found = loaded(table, "")
    local = {LOCAL4, LOCAL6}
    assert sent == Counter(r._replace(**bare).canonical() for r in found if r.prefix not in local)
    assert local == local & {r.prefix for r in found}
    peers = {(":" in r.prefix, r.peer) for r in found}
    expected = {(f == 6, _cut(n.ip, wide=f == 6)) for n in OpenBgpd.neighbours for f in n.families}
    assert expected | {(True, "::"), (False, "0.0.0.0")} == peers
    assert table.receipt.ok


def _cut(address, *, wide):
    """Give the address as OpenBGPD writes it into a field of the prefix's family."""
    octets = ipaddress.ip_address(address).packed
    return str(ipaddress.ip_address(octets.ljust(16, b"\0") if wide else octets[:4]))


@pytest.mark.parametrize("observation", [OpenBgpd], indirect=True)
def test_openbgpd_table_mp_holds_the_same_routes(observation, read):
    """Its `table-mp` of BGP4MP_ENTRY records, which RFC 6396 dropped, lacks the ADD-PATH ids alone."""
    table = read(observation.other_dumps["table-mp"])
    expected = Counter(r._replace(path_id=None) for r in _own(read(observation.rib), observation))
    found = (r._replace(peer=r.peer if r.peer != "::" else None) for r in _own(table, observation))
    assert expected == Counter(found)
    assert table.receipt.ok
