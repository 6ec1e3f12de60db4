"""Prefixes to index and addresses to look up, with the answers found the slow way.

The prefixes are those of a real full table where the project's real data is at hand, and of the
generated one elsewhere; `Addresses.expected` does not come from any index.
"""

import gzip
import os
import socket
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from datasets import N_CHECKED, Addresses, expected_ids, prefix_texts, random_ipv4
from internet.bulk import Ints, draw

__all__ = ["Addresses", "indexed_prefixes", "routed_ipv6", "uniform_ipv4"]

_SEED = 1
_REAL = (
    Path(__file__).resolve().parents[1]
    / os.environ.get("RIB_SHARED_DATA", "../shared/data")
    / "fulltable/prefixes.2024.txt.gz"
)


@cache
def indexed_prefixes(scale: float) -> list[str]:
    """Give a full table's prefixes as text; ids are positions."""
    if scale == 1 and _REAL.is_file():
        return gzip.decompress(_REAL.read_bytes()).decode().split()
    return prefix_texts(scale)


class _Family(NamedTuple):
    """Prefixes of one family of at most 64 bits: their first 64 bits, lengths and ids."""

    network: npt.NDArray[np.uint64]
    length: Ints
    ids: Ints


@cache
def _family(scale: float, colon: bool) -> _Family:
    kind, width = (socket.AF_INET6, 16) if colon else (socket.AF_INET, 4)
    texts = [(i, text) for i, text in enumerate(indexed_prefixes(scale)) if (":" in text) == colon]
    packed = b"".join(socket.inet_pton(kind, text.partition("/")[0]) for _, text in texts)
    octets = np.zeros((len(texts), 8), dtype=np.uint8)
    octets[:, : min(width, 8)] = np.frombuffer(packed, np.uint8).reshape(-1, width)[:, :8]
    length = np.array([int(text.partition("/")[2]) for _, text in texts])
    keep = length <= 64
    ids = np.array([i for i, _ in texts])
    return _Family(octets.view(">u8").ravel().astype(np.uint64)[keep], length[keep], ids[keep])


def uniform_ipv4(scale: float, n: int) -> Addresses:
    """Give random IPv4 addresses, uniform over all of them."""
    values = random_ipv4(n)
    top = values[:N_CHECKED].astype(np.uint64) << np.uint64(32)
    return Addresses(values, expected_ids(*_family(scale, False), top))


def routed_ipv6(scale: float, n: int) -> Addresses:
    """Give IPv6 addresses inside random prefixes, as rows of 16 octets.

    The lower 64 bits are random, so that none lies in a prefix longer than /64 but by a chance of
    less than one in 2^48.
    """
    family = _family(scale, True)
    row = draw("query6", _SEED, np.arange(n)) % np.uint64(len(family.network))
    values = np.empty((n, 16), dtype=np.uint8)
    top = family.network[row.astype(np.int64)]
    values[:, :8] = top.astype(">u8").view(np.uint8).reshape(n, 8)
    values[:, 8:] = draw("host6", _SEED, np.arange(n)).astype(">u8").view(np.uint8).reshape(n, 8)
    return Addresses(values, expected_ids(*family, top[:N_CHECKED]))
