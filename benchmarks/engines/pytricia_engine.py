"""pytricia: two Patricia tries, one per family, looked up with octets, its quickest form of key."""

import ipaddress
import socket
from importlib import metadata

from definitions import Sizes
from lookups import Addresses, indexed_prefixes, routed_ipv6, uniform_ipv4
from pytricia import PyTricia

from engines import Job

__all__ = ["JOBS", "version"]

_N_LOOKUPS = 500_000  # enough for a steady rate


def version() -> str:
    """Version of the package."""
    return metadata.version("pytricia")


def _build(texts: list[str]) -> tuple[PyTricia, PyTricia]:
    four, six = PyTricia(32), PyTricia(128, socket.AF_INET6)
    for number, prefix in enumerate(texts):
        (six if ":" in prefix else four)[prefix] = number
    return four, six


def _index(sizes: Sizes) -> Job:
    texts = indexed_prefixes(sizes.scale)

    def check(tries: tuple[PyTricia, PyTricia]) -> None:
        assert len(texts) == len(tries[0]) + len(tries[1])

    return Job(lambda: _build(texts), check, len(texts))


def _lookups(trie: PyTricia, keys: list[bytes] | list[str], asked: Addresses) -> Job:
    def run() -> list[int]:
        get = trie.get
        return [get(key, -1) for key in keys]

    def check(ids: list[int]) -> None:
        n = min(len(asked.expected), len(ids))
        assert asked.expected[:n].tolist() == ids[:n]

    return Job(run, check, len(keys))


def _v4(sizes: Sizes) -> Job:
    asked = uniform_ipv4(sizes.scale, min(sizes.n_lookups, _N_LOOKUPS))
    keys = [row.tobytes() for row in asked.values.astype(">u4").view("u1").reshape(-1, 4)]
    return _lookups(_build(indexed_prefixes(sizes.scale))[0], keys, asked)


def _v6(sizes: Sizes) -> Job:
    asked = routed_ipv6(sizes.scale, min(sizes.n_lookups, _N_LOOKUPS))
    keys = [row.tobytes() for row in asked.values]
    return _lookups(_build(indexed_prefixes(sizes.scale))[1], keys, asked)


def _text4(sizes: Sizes) -> Job:
    asked = uniform_ipv4(sizes.scale, min(sizes.n_lookups, _N_LOOKUPS))
    keys = [str(ipaddress.IPv4Address(int(value))) for value in asked.values]
    return _lookups(_build(indexed_prefixes(sizes.scale))[0], keys, asked)


def _text6(sizes: Sizes) -> Job:
    asked = routed_ipv6(sizes.scale, min(sizes.n_lookups, _N_LOOKUPS))
    keys = [str(ipaddress.IPv6Address(row.tobytes())) for row in asked.values]
    return _lookups(_build(indexed_prefixes(sizes.scale))[1], keys, asked)


JOBS = {
    "index": _index,
    "lookup_v4": _v4,
    "lookup_v6": _v6,
    "lookup_text4": _text4,
    "lookup_text6": _text6,
    "lookup_single": _text4,
}
