"""How well `rib.infer_relationships` agrees with a file: `relationships.py TRUTH DUMP [DUMP…]`.

TRUTH is serial-1 or serial-2, best of the time of the dumps; each dump is judged by itself. The table
says, for the links that both know:

- ``equal``: share of the same kind, the same provider included
- ``c2p right``, ``p2p right``: share of those inferred so that the file has so
- ``c2p found``, ``p2p found``: share of those that the file has so that are inferred so

CAIDA's files are themselves inferred, by more vantage points and more days; agreement with them is not
truth. A peering is what no step decides, hence ``p2p right`` is low where vantage points are few.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

import rib
from rib.registry.relationships import CUSTOMER, PEER, PROVIDER, Relationships

__all__ = ["agreement", "main"]

_SHARES = ("equal", "c2p right", "p2p right", "c2p found", "p2p found")
_HEAD = ("dump", "VP ASes", "paths", "s", "clique, shared", "links", "common", *_SHARES)


def agreement(found: Relationships, truth: Relationships) -> dict[str, float]:
    """Compare the links that both know; shares are NaN where there is none to share."""
    left, right, given = (found.table.column(i).to_numpy() for i in range(3))
    ours = np.where(given == -1, PROVIDER, PEER)
    theirs = truth.between(left, right)
    known = np.isin(theirs, (PROVIDER, CUSTOMER, PEER))
    ours, theirs = ours[known], theirs[known]
    equal = ours == theirs
    is_peer, was_peer = ours == PEER, theirs == PEER
    parts = (equal, equal[~is_peer], equal[is_peer], equal[~was_peer], equal[was_peer])
    shares = dict(zip(_SHARES, map(_share, parts), strict=True))
    return {"links": len(found), "common": int(known.sum()), **shares}


def _share(marks: np.ndarray) -> float:
    return float(marks.mean()) if len(marks) else float("nan")


def main(arguments: list[str] | None = None) -> int:
    """Print one row per dump."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("truth")
    parser.add_argument("dumps", nargs="+")
    given = parser.parse_args(arguments)
    truth = rib.read_relationships(given.truth)
    print(f"| {' | '.join(_HEAD)} |\n|---|{'---:|' * (len(_HEAD) - 1)}")
    for dump in given.dumps:
        table = rib.read_mrt(dump)
        n_paths = table.path_features.num_rows
        begin = time.perf_counter()
        found = rib.infer_relationships(table)
        took = time.perf_counter() - begin
        row = agreement(found, truth)
        shared = len({*found.clique} & {*truth.clique})
        vps = len(set(table.peers.column("peer_as").to_pylist()))
        cells = [
            Path(dump).name,
            f"{vps:,}",
            f"{n_paths:,}",
            f"{took:.1f}",
            f"{len(found.clique)}, {shared}",
            *(f"{v:.3f}" if name in _SHARES else f"{v:,}" for name, v in row.items()),
        ]
        print(f"| {' | '.join(cells)} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
