"""A full table's prefixes: as many of each length as the Internet has, in runs, sorted."""

from typing import NamedTuple

import numpy as np

from internet.bulk import Bytes, Ints, below, draw, render

__all__ = ["N_IPV4", "N_IPV6", "Prefixes", "full_prefixes"]

N_IPV4, N_IPV6 = 1_000_000, 220_000

# Share of each prefix length, close to what a full feed of 2024 holds.
_SHARES4 = {
    8: 0.00002, 9: 0.00002, 10: 0.00004, 11: 0.0001, 12: 0.0003, 13: 0.0006, 14: 0.0012,
    15: 0.002, 16: 0.0145, 17: 0.0085, 18: 0.0145, 19: 0.026, 20: 0.046, 21: 0.053, 22: 0.115,
    23: 0.105, 24: 0.61, 25: 0.0004, 26: 0.0003, 28: 0.0001, 30: 0.0001, 32: 0.0002,
}  # fmt: skip
_SHARES6 = {
    20: 0.0002, 24: 0.0006, 28: 0.002, 29: 0.034, 30: 0.006, 31: 0.004, 32: 0.13, 33: 0.02,
    34: 0.014, 35: 0.012, 36: 0.045, 38: 0.012, 40: 0.085, 42: 0.022, 44: 0.09, 45: 0.02,
    46: 0.03, 47: 0.028, 48: 0.44, 56: 0.002, 64: 0.0008,
}  # fmt: skip
_RUN = 4  # neighbouring prefixes of one length: a deaggregated block


class Prefixes(NamedTuple):
    """Prefixes of one family, sorted by network, then length."""

    family: int
    high: Ints  # the first 32 bits of the network
    low: Ints  # the next 32 bits, 0 for IPv4
    length: Ints

    @property
    def n_octets(self) -> Ints:
        """Octets of the network that MRT writes."""
        return (self.length + 7) >> 3

    def octets(self) -> Bytes:
        """Networks as rows of 8 octets."""
        return render([(self.high, 4), (self.low, 4)])


def _first_octets4() -> Ints:
    """First octets of public unicast space, the special-purpose /8s left out."""
    return np.array([o for o in range(1, 224) if o not in {10, 100, 127, 169, 172, 192, 198, 203}])


def _candidates(family: int, length: int, n: int, seed: int) -> tuple[Ints, Ints]:
    """Draw networks of one length in runs, more than asked for, since some repeat."""
    row = np.arange(n + n // 4 + 64)
    run, step = row // _RUN, row % _RUN
    bits = draw(f"net{family}/{length}", seed, run)
    if family == 4:
        octets = _first_octets4()
        octet = octets[below(draw(f"oct4/{length}", seed, run), len(octets))]
        slots = 1 << (length - 8)
        slot = (below(bits, slots) + step) % slots
        return octet << 24 | slot << (32 - length), np.zeros_like(octet)
    # Allocations are /32s within 2100::/8 to 2c00::/8; 40,000 of them are in use.
    block = below(bits, 40_000) if length > 32 else run
    allocation = (0x21 + below(draw("rir6", seed, block), 12)) << 24 | below(
        draw("lir6", seed, block), 1 << 24
    )
    if length <= 32:
        return (allocation >> (32 - length)) + step << (32 - length), np.zeros_like(allocation)
    slots = 1 << (length - 32)
    slot = (below(draw(f"slot6/{length}", seed, run), slots) + step) % slots
    return allocation, slot << (64 - length)


def _family(family: int, n: int, shares: dict[int, float], seed: int) -> Prefixes:
    """Draw the prefixes of one family; short lengths may run out of distinct ones."""
    parts, lengths = [], []
    for length, share in shares.items():
        wanted = round(n * share / sum(shares.values()))
        high, low = _candidates(family, length, wanted, seed)
        distinct = np.unique(high.astype(np.uint64) << np.uint64(32) | low.astype(np.uint64))
        # Of the distinct ones, those with the smallest lots: an even sample, not the lowest.
        lot = draw("lot", seed + length, distinct)
        parts.append(distinct[np.argsort(lot, kind="stable")[:wanted]])
        lengths.append(np.full(len(parts[-1]), length))
    network, bits = np.concatenate(parts), np.concatenate(lengths)
    order = np.lexsort((bits, network))
    network = network[order]
    high = (network >> np.uint64(32)).astype(np.int64)
    low = (network & np.uint64(0xFFFFFFFF)).astype(np.int64)
    return Prefixes(family, high, low, bits[order])


def full_prefixes(scale: float, seed: int) -> tuple[Prefixes, Prefixes]:
    """Give the prefixes of a full table at a scale, IPv4 and IPv6."""
    return (
        _family(4, round(N_IPV4 * scale), _SHARES4, seed),
        _family(6, round(N_IPV6 * scale), _SHARES6, seed),
    )
