"""Dumps that oracles of `rib verify` read, which of them are installed, and one that is rib itself."""

import importlib.util
import shutil

from internet import mrt_writer as mrt

import rib
from rib.sources.verify.own import own_changes, own_routes
from rib.sources.verify.route import Oracle

__all__ = [
    "BLOCK",
    "HEAD",
    "INSTALLED",
    "OLD_BLOCK",
    "PATH",
    "SESSION",
    "Twin",
    "dump",
    "plain",
    "states",
]

PATH = mrt.as_path(mrt.sequence(64500, 64501), mrt.as_set(3, 1, 2))
PEERS = [mrt.Peer(64500, "192.0.2.1", "10.0.0.1"), mrt.Peer(64501, "2001:db8::1", "10.0.0.2")]
SESSION = mrt.Session(64500, 64501, "192.0.2.1", "192.0.2.2")
BLOCK = mrt.origin() + PATH + mrt.next_hop("192.0.2.9")
#: Of a record whose ASes have two octets.
OLD_BLOCK = mrt.origin() + mrt.as_path(mrt.sequence(64500), asn_bytes=2)
HEAD = mrt.peer_index_table(PEERS, timestamp=1)
INSTALLED = {
    "bgpdump": shutil.which("bgpdump") is not None,
    "pybgpkit-parser": importlib.util.find_spec("pybgpkit_parser") is not None,
    "mrtparse": importlib.util.find_spec("mrtparse") is not None,
}


def dump(tmp_path, *records):
    path = tmp_path / "dump.mrt"
    path.write_bytes(HEAD + b"".join(records))
    return path


def plain(tmp_path, n=6):
    """Write a dump of ``n`` prefixes with two routes each."""
    block = mrt.origin() + PATH + mrt.next_hop("192.0.2.9") + mrt.med(7) + mrt.communities([(1, 2)])
    entries = [mrt.rib_entry(0, block), mrt.rib_entry(1, block)]
    return dump(tmp_path, *(mrt.rib(f"10.{i}.0.0/16", entries) for i in range(n)))


def states(found):
    """Give the state of every oracle that is installed."""
    return {c.name: (c.state, c.differences) for c in found.comparisons if INSTALLED[c.name]}


class Twin(Oracle):
    """An oracle that reads with rib itself and changes what a test tells it to."""

    name = "twin"

    def change(self, routes):
        """Leave them as they are."""
        return routes

    def version(self):
        """Give a version."""
        return "1"

    def routes(self, path):
        """Give the changed routes."""
        try:
            routes = own_routes(rib.read_mrt(path))
        except rib.UnsupportedMrtError:
            routes = own_changes(rib.read_updates(path))
        yield from self.change(list(routes))
