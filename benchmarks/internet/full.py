"""Write a full table as uncompressed TABLE_DUMP_V2, of any size, the same bytes every time.

    python -m internet.full benchmarks/.cache/full.mrt --peers 4 --scale 1.0

At scale 1 there are about 1,000,000 IPv4 and 218,000 IPv6 prefixes. Up to four peers send all of them
(4.9 million routes); with more, some send everything and the others a part, so that on average a peer
sends the share ``--coverage`` (default: as many routes as four full feeds). Beside the dump goes a JSON
file of what is in it: `Expected`.

The table is synthetic: prefix lengths, path lengths, how many prefixes share a path and how many
attribute sets there are resemble a full feed, nothing else does.
"""

import argparse
import errno
import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TypedDict, cast

import numpy as np
import numpy.typing as npt

from internet import mrt_writer as mrt
from internet.bulk import Ints, below, copy_pieces, draw, render, starts_of
from internet.bulk_prefixes import N_IPV4, N_IPV6, Prefixes, full_prefixes
from internet.bulk_routes import (
    VARIANTS,
    Atoms,
    AttributeSets,
    atoms_of,
    attribute_sets,
    peer_as,
    routes_of,
)

__all__ = ["CACHE", "Expected", "cached_full_table", "write_full_table"]

CACHE = Path(__file__).parents[1] / ".cache"
TIMESTAMP = 1_737_460_800  # 2025-01-21 12:00 UTC
_VERSION = 1  # of the bytes: raise it when they change
_PARTIAL = 0.2  # share of the table a partial feed aims at
_ROUTES_PER_CHUNK = 80_000
_BYTES_PER_ROUTE = 80  # a little more than they take


class Expected(TypedDict):
    """What a generated table holds."""

    version: int
    seed: int
    scale: float
    n_peers: int
    bytes: int
    sha256: str
    n_routes: int
    n_prefixes4: int
    n_prefixes6: int
    n_as_paths: int
    n_attribute_sets: int  # AS path included
    n_attributes: int  # AS path apart
    n_origins: int
    n_hops: int  # over all routes, prepends included
    origin_as_sum: int  # over all routes
    routes_by_peer: list[int]


def feed_shares(n_peers: int, coverage: float) -> list[float]:
    """Share of the table that each peer sends: first full feeds, then partial ones."""
    if coverage >= 1:
        return [1.0] * n_peers
    n_full = int(max(0.0, (coverage - _PARTIAL) * n_peers / (1 - _PARTIAL)) + 1e-9)
    partial = (coverage * n_peers - n_full) / (n_peers - n_full)
    return [1.0] * n_full + [partial] * (n_peers - n_full)


def _chunk_slices(atoms: Atoms) -> Iterator[slice]:
    step = max(1, _ROUTES_PER_CHUNK // atoms.n_peers)
    for start in range(0, len(atoms.of_prefix), step):
        yield slice(start, min(start + step, len(atoms.of_prefix)))


class _Chunk(NamedTuple):
    """Routes of some prefixes: parallel columns, sorted by prefix, then peer."""

    rows: slice  # of the prefixes
    row: Ints  # prefix, counted from the start of `rows`
    peer: Ints
    number: Ints  # of the attribute set


def _records(
    prefixes: Prefixes, chunk: _Chunk, attributes: AttributeSets, first: int, *, seed: int
) -> bytes:
    """Render the records of some prefixes, numbered from `first`; one without routes gets none."""
    rows, row, peer, number = chunk
    count = np.bincount(row, minlength=rows.stop - rows.start)
    entry_size = 8 + attributes.length[number]
    entries_size = np.bincount(row, entry_size, minlength=len(count)).astype(np.int64)
    n_octets = prefixes.n_octets[rows]
    # timestamp(4) type(2) subtype(2) length(4) | sequence(4) prefix length(1) prefix | count(2)
    head = render(
        [
            (np.full(len(count), TIMESTAMP), 4),
            (np.full(len(count), mrt.TABLE_DUMP_V2), 2),
            (np.full(len(count), 2 if prefixes.family == 4 else 4), 2),
            (7 + n_octets + entries_size, 4),
            (first + np.cumsum(count > 0) - 1, 4),
            (prefixes.length[rows], 1),
        ]
    )
    network = Prefixes(prefixes.family, *(a[rows] for a in prefixes[1:])).octets()
    matrix = np.concatenate([head, network, render([(count, 2)])], axis=1)
    keep = np.ones(matrix.shape, dtype=bool)
    keep[:, 17:25] = np.arange(8)[None, :] < n_octets[:, None]
    keep[count == 0] = False
    head_size = np.where(count > 0, 19 + n_octets, 0)

    record_at = starts_of(head_size + np.where(count > 0, entries_size, 0))
    out = np.empty(record_at[-1], dtype=np.uint8)
    copy_pieces(out, record_at[:-1], matrix[keep], starts_of(head_size)[:-1], head_size)
    before = starts_of(entry_size)[:-1]
    first_entry = starts_of(count)[:-1]
    entry_at = before - before[first_entry[row]] + (record_at[:-1] + head_size)[row]
    # peer(2) originated(4) attribute length(2)
    age = below(draw("age", seed, row + rows.start, peer), 30 * 86400)
    entry = render([(peer, 2), (TIMESTAMP - age, 4), (attributes.length[number], 2)])
    out[entry_at[:, None] + np.arange(8)] = entry
    start, length = attributes.start[number], attributes.length[number]
    copy_pieces(out, entry_at + 8, attributes.heap, start, length)
    return out.tobytes()


def _peer_table(n_peers: int) -> bytes:
    asns = peer_as(np.arange(n_peers)).tolist()
    peers = [
        mrt.Peer(asn, f"192.0.2.{i}", bgp_id=f"192.0.2.{i}") for i, asn in enumerate(asns, start=1)
    ]
    return mrt.peer_index_table(
        peers, collector_id="198.51.100.1", view="synthetic", timestamp=TIMESTAMP
    )


def _used(atoms: Atoms, seed: int) -> npt.NDArray[np.bool_]:
    """Tell which attribute sets some route has."""
    used = np.zeros(len(atoms.origin) * atoms.n_peers * VARIANTS, dtype=bool)
    for rows in _chunk_slices(atoms):
        used[routes_of(atoms, seed, rows)[2]] = True
    return used


def write_full_table(
    path: Path, *, peers: int = 4, scale: float = 1.0, coverage: float | None = None, seed: int = 1
) -> Expected:
    """Write a full table and, beside it, what it holds (``path`` with ``.json`` added).

    Parameters
    ----------
    path : Path
        File to write; its folder is made.
    peers : int
        Peers, 1 to 250.
    scale : float
        Prefixes as a share of a full table of 2024, over 0.
    coverage : float, optional
        Mean share of the table that a peer sends, over 0 to 1. Default: that of four full feeds.
    seed : int
        Another seed gives another table.
    """
    if not 1 <= peers <= 250 or scale <= 0:
        raise ValueError(f"peers={peers}, scale={scale}: expected 1 to 250 peers, a scale over 0")
    shares = feed_shares(peers, min(1.0, 4 / peers) if coverage is None else coverage)
    path.parent.mkdir(parents=True, exist_ok=True)
    _check_room(path.parent, sum(shares) * scale * (N_IPV4 + N_IPV6) * _BYTES_PER_ROUTE)
    by_peer = np.zeros(peers, dtype=np.int64)
    n_prefixes: list[int] = []
    n_hops = origin_sum = 0
    paths, rests, origins = [], [], []
    digest = hashlib.sha256()
    unfinished = path.with_name(path.name + ".part")
    with unfinished.open("wb") as file:
        table = _peer_table(peers)
        digest.update(table)
        file.write(table)
        for prefixes in full_prefixes(scale, seed):
            atoms = atoms_of(prefixes, shares, scale, seed)
            sets = attribute_sets(atoms, _used(atoms, seed), seed)
            written = 0
            for rows in _chunk_slices(atoms):
                row, peer, key = routes_of(atoms, seed, rows)
                number = sets.of_key[key]
                chunk = _Chunk(rows, row, peer, number)
                octets = _records(prefixes, chunk, sets, sum(n_prefixes) + written, seed=seed)
                digest.update(octets)
                file.write(octets)
                written += len(np.unique(row))
                by_peer += np.bincount(peer, minlength=peers)
                n_hops += int(sets.n_hops[number].sum())
                origin_sum += int(sets.origin[number].sum())
            n_prefixes.append(written)
            paths.append(sets.path_digest)
            rests.append(sets.rest_digest)
            origins.append(sets.origin)
        size = file.tell()
    path_digest, rest_digest = np.concatenate(paths), np.concatenate(rests)
    expected = Expected(
        version=_VERSION,
        seed=seed,
        scale=scale,
        n_peers=peers,
        bytes=size,
        sha256=digest.hexdigest(),
        n_routes=int(by_peer.sum()),
        n_prefixes4=n_prefixes[0],
        n_prefixes6=n_prefixes[1],
        n_as_paths=len(np.unique(path_digest)),
        n_attribute_sets=len(np.unique(draw("set", 0, path_digest, rest_digest))),
        n_attributes=len(np.unique(rest_digest)),
        n_origins=len(np.unique(np.concatenate(origins))),
        n_hops=n_hops,
        origin_as_sum=origin_sum,
        routes_by_peer=by_peer.tolist(),
    )
    unfinished.replace(path)
    expected_path(path).write_text(json.dumps(expected, indent=1) + "\n")
    return expected


def _check_room(folder: Path, n_bytes: float) -> None:
    free = shutil.disk_usage(folder).free
    if free < n_bytes:
        raise OSError(
            errno.ENOSPC, f"expected {n_bytes:,.0f} bytes of room, found {free:,}", str(folder)
        )


def expected_path(path: Path) -> Path:
    """Where the account of a dump is."""
    return path.with_name(path.name + ".json")


def cached_full_table(
    *, peers: int = 4, scale: float = 1.0, coverage: float | None = None
) -> tuple[Path, Expected]:
    """Give a table of `CACHE`, written first where it is not there yet."""
    part = "" if coverage is None else f".coverage{coverage:g}"
    path = CACHE / f"full.v{_VERSION}.peers{peers}{part}.scale{scale:g}.mrt"
    if not path.exists() or not expected_path(path).exists():
        return path, write_full_table(path, peers=peers, scale=scale, coverage=coverage)
    return path, cast("Expected", json.loads(expected_path(path).read_text()))


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Write a synthetic full table as TABLE_DUMP_V2.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--peers", type=int, default=4)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--coverage", type=float, help="mean share of the table a peer sends")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    expected = write_full_table(
        given.out, peers=given.peers, scale=given.scale, coverage=given.coverage, seed=given.seed
    )
    print(json.dumps(expected, indent=1))


if __name__ == "__main__":
    main()
