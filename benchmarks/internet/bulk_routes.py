"""A full table's routes: which peers see which prefix, by which AS path, with which attributes.

Prefixes of an origin that are announced alike form an *atom*; a peer has one AS path per atom and up to
three attribute sets for it (`VARIANTS`). A route is a prefix, a peer, and one of these sets.

Invented AS numbers: peers 400-, tier 1 1000-, regional 10000-, upstream 14000-, origins 20000-59999 and
200000-.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from internet.bulk import Bytes, Ints, below, draw, render, starts_of, weighted
from internet.bulk_prefixes import Prefixes

__all__ = [
    "VARIANTS",
    "Atoms",
    "AttributeSets",
    "atoms_of",
    "attribute_sets",
    "peer_as",
    "routes_of",
]

VARIANTS = 3
_ATOMS = {4: 99_000, 6: 22_000}
_ORIGINS = {4: 76_000, 6: 20_000}
_TIER1, _REGIONAL, _UPSTREAMS = 16, 1500, 4000
_MAX_HOPS, _MAX_COMMUNITIES, _MAX_LARGE = 10, 12, 2
_CHUNK = 200_000


class Atoms(NamedTuple):
    """Atoms of one family, and the atom of each prefix."""

    family: int
    n_peers: int
    of_prefix: Ints
    origin: Ints  # AS number by atom
    seen: npt.NDArray[np.bool_]  # (atom, peer)


class AttributeSets(NamedTuple):
    """Rendered attribute sets by number, and 64-bit digests by which to count distinct ones."""

    heap: Bytes
    start: Ints
    length: Ints
    n_hops: Ints
    origin: Ints
    path_digest: npt.NDArray[np.uint64]
    rest_digest: npt.NDArray[np.uint64]
    of_key: Ints  # number by (atom, peer, variant) key


def peer_as(peer: Ints) -> Ints:
    """AS number of a peer."""
    return 400 + 10 * peer


def atoms_of(prefixes: Prefixes, shares: list[float], scale: float, seed: int) -> Atoms:
    """Divide prefixes into atoms; peer i sees the share ``shares[i]`` of them."""
    family = prefixes.family
    n_atoms, n_origins = (max(1, round(d[family] * scale)) for d in (_ATOMS, _ORIGINS))
    row = np.arange(len(prefixes.high))
    # A run of neighbouring prefixes is of one atom; every atom gets a run, large ones many.
    run = np.cumsum(below(draw(f"run{family}", seed, row), 5) < 2)
    runs = np.arange(run[-1] + 1)
    rank = np.argsort(np.argsort(draw(f"rank{family}", seed, runs), kind="stable"))
    fraction = below(draw(f"size{family}", seed, runs), 1 << 30) / (1 << 30)
    atom = np.where(
        rank < n_atoms, rank, (n_atoms * fraction * fraction * fraction).astype(np.int64)
    )
    atoms = np.arange(n_atoms)
    # The first atoms go to one origin each, the rest to the large origins.
    large = below(draw(f"large{family}", seed, atoms), 1 << 30) / (1 << 30)
    origin = np.where(
        atoms < n_origins, atoms, (n_origins * large * large * large).astype(np.int64)
    )
    peers = np.arange(len(shares))[None, :]
    lot = below(draw(f"seen{family}", seed, atoms[:, None], peers), 1 << 30)
    asn = np.where(origin < 40_000, 20_000 + origin, 160_000 + origin)
    seen = lot < (np.array(shares) * (1 << 30))[None, :]
    return Atoms(family, len(shares), atom[run], asn, seen)


def routes_of(atoms: Atoms, seed: int, rows: slice) -> tuple[Ints, Ints, Ints]:
    """Give the routes of some prefixes, sorted: prefix row (from 0), peer, attribute-set key."""
    atom = atoms.of_prefix[rows]
    row, peer = np.nonzero(atoms.seen[atom])
    of_atom = atom[row]
    n_variants = 1 + weighted(draw("variants", seed, of_atom, peer), [0.62, 0.18, 0.2])
    variant = below(draw("variant", seed, row + rows.start, peer), n_variants)
    return row, peer, (of_atom * atoms.n_peers + peer) * VARIANTS + variant


def _hops(atoms: Atoms, atom: Ints, peer: Ints, seed: int) -> Ints:
    """AS paths as rows, 0 where there is no hop: peer, tier 1, regional, upstream, origin and prepends."""
    family = np.full_like(atom, atoms.family)
    origin = atoms.origin[atom]
    pick = draw("pick", seed, family, atom, peer)
    n_upstreams = 1 + weighted(draw("nups", seed, origin), [0.3, 0.35, 0.2, 0.1, 0.05])
    choice = below(pick, n_upstreams)
    popularity = below(draw("ups", seed, origin, choice), 1 << 30) / (1 << 30)
    upstream = (_UPSTREAMS * popularity * popularity).astype(np.int64)
    above = below(draw("above", seed, family, atom, peer), 6)
    regional = below(draw("region", seed, upstream, above % 3), _REGIONAL)
    tier1 = below(draw("tier1", seed, upstream, above % 2, peer), _TIER1)
    has_regional = below(draw("has", seed, upstream, above, peer), 100) < 45
    prepends = weighted(draw("prep", seed, family, atom, choice), [0.86, 0.06, 0.05, 0.02, 0.01])
    hops = np.zeros((len(atom), _MAX_HOPS), dtype=np.int64)
    hops[:, 0] = peer_as(peer)
    hops[:, 1] = 1000 + tier1
    hops[:, 2] = np.where(has_regional, 10_000 + regional, 0)
    hops[:, 3] = 14_000 + upstream
    hops[:, 4] = origin
    for i in range(4):
        hops[:, 5 + i] = np.where(prepends > i, origin, 0)
    return hops


class _Matrix:
    """Rows of octets of which each keeps some: attributes side by side, absent ones left out."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.octets: list[Bytes] = []
        self.kept: list[npt.NDArray[np.bool_]] = []

    def add(self, columns: list[tuple[Ints, int]], keep: npt.NDArray[np.bool_]) -> None:
        """Add integers as octets to the rows that keep them."""
        octets = render([(np.broadcast_to(v, (self.n,)), n) for v, n in columns])
        self.octets.append(octets * keep[:, None])
        self.kept.append(np.repeat(keep[:, None], octets.shape[1], axis=1))

    def digest(self, skip: slice) -> npt.NDArray[np.uint64]:
        """Digest each row, the given blocks left out."""
        blocks = [b for i, b in enumerate(self.octets) if not skip.start <= i < skip.stop]
        octets = np.concatenate(blocks, axis=1)
        padding = np.zeros((self.n, -octets.shape[1] % 8), dtype=np.uint8)
        words = np.ascontiguousarray(np.concatenate([octets, padding], axis=1)).view(np.uint64)
        return draw("digest", 0, *words.T)

    def close(self) -> tuple[Bytes, Ints]:
        """Give the kept octets of all rows in a row, and how many each row keeps."""
        kept = np.concatenate(self.kept, axis=1)
        return np.concatenate(self.octets, axis=1)[kept], kept.sum(axis=1)


def _constant(value: int) -> Ints:
    return np.array([value], dtype=np.int64)


def _render(
    atoms: Atoms, key: Ints, seed: int
) -> tuple[Bytes, Ints, Ints, Ints, npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """Render the attribute sets of some keys."""
    variant, peer = key % VARIANTS, key // VARIANTS % atoms.n_peers
    atom = key // (VARIANTS * atoms.n_peers)
    hops = _hops(atoms, atom, peer, seed)
    n_hops = (hops > 0).sum(axis=1)
    # What a network tags depends on where it learned the route, not on the prefix.
    tag = draw("tag", seed, hops[:, 3], peer, variant, atom % 3)
    always = np.ones(len(key), dtype=bool)
    out = _Matrix(len(key))
    code = weighted(draw("origin", seed, atom), [0.92, 0.003, 0.077])
    out.add([(_constant(0x400101), 3), (code, 1)], always)
    out.add([(_constant(0x4002), 2), (2 + 4 * n_hops, 1), (_constant(2), 1), (n_hops, 1)], always)
    for i in range(_MAX_HOPS):
        out.add([(hops[:, i], 4)], hops[:, i] > 0)
    path_blocks = slice(1, 2 + _MAX_HOPS)
    if atoms.family == 4:
        out.add([(_constant(0x400304), 3), (0xC0000200 + peer, 4)], always)
    med = below(draw("med", seed, tag), 100)
    out.add([(_constant(0x800404), 3), (np.where(med < 8, 0, med * 10), 4)], med < 20)
    aggregated = below(draw("aggr", seed, atom), 100) < 4
    out.add([(_constant(0x400600), 3)], aggregated)
    out.add(
        [(_constant(0xC00708), 3), (atoms.origin[atom], 4), (0xC6336400 + atom % 200, 4)],
        aggregated,
    )
    _add_communities(out, tag, hops)
    if atoms.family == 6:
        address = [(_constant(0x20010DB8), 4), (_constant(0), 8), (1 + peer, 4)]
        out.add([(_constant(0x800E11), 3), (_constant(16), 1), *address], always)
    n_large = weighted(draw("nlarge", seed, tag), [0.85, 0.1, 0.05])
    out.add([(_constant(0xC020), 2), (12 * n_large, 1)], n_large > 0)
    for i in range(_MAX_LARGE):
        local = below(draw(f"large{i}", seed, tag), 500)
        out.add([(hops[:, 3], 4), (_constant(i + 1), 4), (local, 4)], n_large > i)
    heap, length = out.close()
    path_digest = _path_digest(hops)
    return heap, length, n_hops, atoms.origin[atom], path_digest, out.digest(path_blocks)


def _path_digest(hops: Ints) -> npt.NDArray[np.uint64]:
    """Digest each AS path, whichever columns its hops are in."""
    order = np.argsort(hops == 0, axis=1, kind="stable")
    return draw("path", 0, *np.take_along_axis(hops, order, axis=1).T)


def _add_communities(out: _Matrix, tag: npt.NDArray[np.uint64], hops: Ints) -> None:
    """Add COMMUNITIES of the networks on the path, none to `_MAX_COMMUNITIES`."""
    weights = [0.12, 0.06, 0.14, 0.16, 0.14, 0.12, 0.08, 0.06, 0.04, 0.03, 0.02, 0.02, 0.01]
    n = weighted(draw("ncomm", 0, tag), weights)
    out.add([(_constant(0xC008), 2), (4 * n, 1)], n > 0)
    for i in range(_MAX_COMMUNITIES):
        value = below(draw(f"comm{i}", 0, tag), 40) * 10 + 1000 * i
        out.add([(hops[:, (0, 1, 3)[i % 3]], 2), (value, 2)], n > i)


def _chunks(n: int) -> Iterator[slice]:
    for start in range(0, n, _CHUNK):
        yield slice(start, min(start + _CHUNK, n))


def attribute_sets(atoms: Atoms, used: npt.NDArray[np.bool_], seed: int) -> AttributeSets:
    """Render the attribute sets whose keys are used."""
    keys = np.flatnonzero(used)
    parts = [_render(atoms, keys[c], seed) for c in _chunks(len(keys))]
    heap, length, n_hops, origin, path, rest = (np.concatenate(p) for p in zip(*parts, strict=True))
    of_key = np.cumsum(used) - 1
    return AttributeSets(heap, starts_of(length)[:-1], length, n_hops, origin, path, rest, of_key)
