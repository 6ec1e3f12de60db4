"""What the benchmarks run on: made once into ``.cache/``, the same bytes on every machine.

`run` makes what is missing in a process of its own, for its memory not to count as an engine's:

    python datasets.py SCALE CASE [CASE…]
"""

import bz2
import gzip
import json
import shutil
import socket
import struct
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from definitions import CASES, GROWTH, PROOFS, SLICES, Case
from internet.bulk import Ints, draw
from internet.bulk_prefixes import Prefixes, full_prefixes
from internet.bulk_routes import atoms_of
from internet.full import CACHE, Expected, cached_full_table

__all__ = [
    "N_CHECKED",
    "Addresses",
    "Dump",
    "addresses4",
    "dump",
    "dump_slice",
    "expected_ids",
    "make",
    "origins_of",
    "prefix_texts",
    "random_ipv4",
    "vrps",
]

_SEED = 1
_BLOCK = 1 << 20


class _Input(NamedTuple):
    """Which full table a case reads, and how it is stored."""

    peers: int
    coverage: float | None = None  # mean share of the table that a peer sends
    suffix: str = ""


_FOUR_FEEDS = _Input(peers=4)
#: What the cases read that do not read four full feeds. Eight peers send as many routes as they.
_INPUTS = {
    "ready": _Input(peers=8),
    "memory": _Input(peers=8),
    "match_single": _Input(peers=8),
    "lookup_many": _Input(peers=8),
    "load_gzip": _Input(peers=8, suffix=".gz"),
    "load_bzip2": _Input(peers=8, suffix=".bz2"),
    "load_40_peers": _Input(peers=40, coverage=0.6156),
    "path_diversity_prefix": _Input(peers=8),
    "path_diversity_origin": _Input(peers=8),
    "path_diversity_growth": _Input(peers=8),
    "diversity_1pct_prefix": _Input(peers=8),
    "diversity_1pct_origin": _Input(peers=8),
    "as_hegemony": _Input(peers=40, coverage=0.6156),
    "upstream_preference_40_peers": _Input(peers=40, coverage=0.6156),
    "hijack_suspects_40_peers": _Input(peers=40, coverage=0.6156),
}


class Dump(NamedTuple):
    """A dump and what every reader of it must find."""

    path: Path
    n_routes: int
    origin_as_sum: int
    whole: Expected


def dump(case: str, scale: float) -> Dump:
    """Give the dump that a case reads, whole."""
    of_case = _INPUTS.get(case, _FOUR_FEEDS)
    path, expected = cached_full_table(peers=of_case.peers, scale=scale, coverage=of_case.coverage)
    path = _stored(path, of_case.suffix)
    return Dump(path, expected["n_routes"], expected["origin_as_sum"], expected)


def _stored(path: Path, suffix: str) -> Path:
    """Give a dump compressed as archives do it: RIS in gzip at 6, RouteViews in bzip2 at 9."""
    if not suffix:
        return path
    packed = path.with_name(path.name + suffix)
    if packed.exists():
        return packed
    unfinished = packed.with_name(packed.name + ".part")
    with path.open("rb") as source, unfinished.open("wb") as file:
        stream = (
            gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=file, mtime=0)
            if suffix == ".gz"
            else bz2.BZ2File(file, "wb", compresslevel=9)
        )
        with stream:
            shutil.copyfileobj(source, stream, _BLOCK)
    unfinished.replace(packed)
    return packed


def dump_slice(case: str, scale: float, n_routes: int) -> Dump:
    """Give the first records of a case's dump, uncompressed, that hold at least so many routes."""
    whole = dump(case, scale)
    if whole.n_routes <= n_routes:
        return whole
    path = whole.path.with_suffix(f".first{n_routes}.mrt")
    account = path.with_name(path.name + ".json")
    if not account.exists():
        routes, origins, size = _walk(whole.path, n_routes)
        with whole.path.open("rb") as source:
            path.write_bytes(source.read(size))
        account.write_text(json.dumps([routes, origins]))
    routes, origins = json.loads(account.read_text())
    return Dump(path, routes, origins, whole.whole)


def make(scale: float, cases: list[Case]) -> dict[str, Expected]:
    """Write what cases read and the cache lacks; give the account of every table by file name."""
    tables = {}
    for case in cases:
        for share in GROWTH if case.name == "path_diversity_growth" else ():
            dump(case.name, scale * share)
        if case.name == "read_irr":
            from routing_registry import registry_dump

            registry_dump(scale)
            continue
        whole = dump(case.name, scale)
        tables[whole.path.name.partition(".mrt")[0]] = whole.whole
        for part in (SLICES, PROOFS):
            for engine in part.keys() & set(case.engines):
                dump_slice(case.name, scale, part[engine])
    vrps(scale)
    return tables


def _walk(path: Path, n_routes: int) -> tuple[int, int, int]:
    """Count routes, and sum origin ASes, up to the record that reaches `n_routes`; and its end.

    Reads only what `internet.full` writes: ORIGIN in 4 octets, then AS_PATH in one segment.
    """
    routes = origins = end = 0
    with path.open("rb") as file:
        while routes < n_routes:
            head = file.read(12)
            size = int.from_bytes(head[8:], "big")
            body = file.read(size)
            end += 12 + size
            if head[6:8] == b"\0\1":
                continue
            at = 5 + (body[4] + 7) // 8
            (count,) = struct.unpack_from("!H", body, at)
            at += 2
            for _ in range(count):
                last_asn = at + 8 + 4 + 5 + 4 * (body[at + 8 + 8] - 1)
                origins += int.from_bytes(body[last_asn : last_asn + 4], "big")
                at += 8 + int.from_bytes(body[at + 6 : at + 8], "big")
            routes += count
    return routes, origins, end


def prefix_texts(scale: float) -> list[str]:
    """Give the prefixes of the full table as text, in the order of `Rib.prefixes`."""
    texts: list[str] = []
    for prefixes in full_prefixes(scale, _SEED):
        octets = prefixes.octets()
        if prefixes.family == 4:
            packed = [row.tobytes() for row in octets[:, :4]]
            family = socket.AF_INET
        else:
            packed = [row.tobytes() + bytes(8) for row in octets]
            family = socket.AF_INET6
        texts += [
            f"{socket.inet_ntop(family, network)}/{length}"
            for network, length in zip(packed, prefixes.length.tolist(), strict=True)
        ]
    return texts


def vrps(scale: float) -> tuple[Path, int]:
    """Give a VRP file in CSV with an exact VRP for every other prefix, and how many it holds."""
    path = CACHE / f"vrps.scale{scale:g}.csv"
    texts = prefix_texts(scale)
    origin = origins_of(scale)
    if not path.exists():
        rows = [
            f"AS{asn},{prefix},{prefix.rpartition('/')[2]},synthetic"
            for prefix, asn in zip(texts[::2], origin[::2].tolist(), strict=True)
        ]
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(["ASN,IP Prefix,Max Length,Trust Anchor", *rows]) + "\n")
    return path, len(texts[::2])


def origins_of(scale: float) -> Ints:
    """Give the origin AS of each of `prefix_texts`."""
    return np.concatenate([_origins(p, scale) for p in full_prefixes(scale, _SEED)])


def _origins(prefixes: Prefixes, scale: float) -> Ints:
    atoms = atoms_of(prefixes, [1.0], scale, _SEED)
    return atoms.origin[atoms.of_prefix]


# -- lookups -------------------------------------------------------------------------------------


class Addresses(NamedTuple):
    """Addresses to look up, and the prefix ids of the first `len(expected)` of them."""

    values: npt.NDArray[np.uint32] | npt.NDArray[np.uint8]
    expected: Ints


#: Addresses whose answers are known.
N_CHECKED = 50_000


def random_ipv4(n: int) -> npt.NDArray[np.uint32]:
    """Give random IPv4 addresses, uniform over all of them."""
    return (draw("query4", _SEED, np.arange(n)) >> np.uint64(32)).astype(np.uint32)


def addresses4(scale: float, n: int) -> Addresses:
    """Give random IPv4 addresses, uniform over all of them, and what the generated table has for them."""
    values = random_ipv4(n)
    prefixes, _ = full_prefixes(scale, _SEED)
    network = prefixes.high.astype(np.uint64) << np.uint64(32) | prefixes.low.astype(np.uint64)
    top = values[:N_CHECKED].astype(np.uint64) << np.uint64(32)
    return Addresses(values, expected_ids(network, prefixes.length, np.arange(len(network)), top))


def expected_ids(
    network: npt.NDArray[np.uint64], length: Ints, ids: Ints, top: npt.NDArray[np.uint64]
) -> Ints:
    """Look addresses up the slow way: one exact search per prefix length, longest last.

    `network` and `top` hold the first 64 bits of prefixes and addresses, which suffices: no prefix
    is longer.
    """
    found = np.full(len(top), -1, dtype=np.int64)
    for bits in np.unique(length).tolist():
        rows = np.flatnonzero(length == bits)
        rows = rows[np.argsort(network[rows], kind="stable")]
        shift = np.uint64(64 - bits)
        wanted = top >> shift << shift if bits else np.zeros_like(top)
        at = np.searchsorted(network[rows], wanted, side="right") - 1
        hit = network[rows[at]] == wanted
        found[hit] = ids[rows[at[hit]]]
    return found


def main() -> None:
    """Run the command line."""
    scale, *names = sys.argv[1:]
    print(json.dumps(make(float(scale), [case for case in CASES if case.name in names])))


if __name__ == "__main__":
    main()
