"""Small nights for the tests of the nightly job: dumps of a few routes, and a config that reads them."""

from pathlib import Path

from internet import mrt_writer as mrt
from path_routes import segments

__all__ = ["CONFIG", "FIRST", "SECOND", "THIRD", "VPS", "contents", "dump"]

VPS = (64501, 64502, 64503)
#: Prefix to the paths of each VP; AS 100 loses an upstream on the second night.
FIRST = {
    "20.0.0.0/16": [[8, 100], [9, 100], [9, 100]],
    "40.0.0.0/16": [[8, 666], [9, 666], [8, 666]],
    "2001:db8:1::/48": [[8, 100], [8, 100], [9, 100]],
}
SECOND = FIRST | {"20.0.0.0/16": [[8, 100], [8, 100], [8, 100]]}
THIRD = SECOND | {"20.0.7.0/24": [[8, 666], [9, 666], [9, 666]]}


def dump(routes, seconds=1_736_812_800):
    """Give a dump of {prefix: a path for each VP} of a moment."""
    peers = [mrt.Peer(vp, f"192.0.2.{i + 1}") for i, vp in enumerate(VPS)]
    records = [mrt.peer_index_table(peers, timestamp=seconds)]
    for prefix, paths in routes.items():
        hop = (
            mrt.mp_reach_abbreviated("2001:db8::1") if ":" in prefix else mrt.next_hop("192.0.2.1")
        )
        entries = [
            mrt.rib_entry(i, mrt.origin() + mrt.as_path(*segments([VPS[i], *path])) + hop)
            for i, path in enumerate(paths)
        ]
        records.append(mrt.rib(prefix, entries, timestamp=seconds))
    return b"".join(records)


CONFIG = """
output = "out"

[[source]]
name = "rrc"
paths = ["dumps/rib.*.mrt"]

[[own_view]]
name = "edge"
paths = ["dumps/own.*.mrt"]

[watch]
origins = [100]
prefixes = ["20.0.0.0/16"]

[[assert]]
check = "upstreams"
origin_as = 100
at_least = 2
"""


def contents(folder: Path) -> dict[str, bytes]:
    """Give every file of a folder by name, links as what they stand for."""
    return {
        str(path.relative_to(folder)): b"-> " + str(path.readlink()).encode()
        if path.is_symlink()
        else path.read_bytes()
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }
