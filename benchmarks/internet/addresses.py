"""Prefixes as numbers, and a pool that hands out aligned blocks of ordinary address space."""

import ipaddress
from typing import NamedTuple

from internet.dice import Dice

BITS = {4: 32, 6: 128}


class Prefix(NamedTuple):
    """A prefix; sorting goes by family, address, length."""

    family: int
    network: int
    length: int

    def __str__(self) -> str:
        """Return the usual text form."""
        address = ipaddress.IPv4Address if self.family == 4 else ipaddress.IPv6Address
        return f"{address(self.network)}/{self.length}"

    @property
    def size(self) -> int:
        """Return the number of addresses."""
        return 1 << (BITS[self.family] - self.length)

    def covering(self, length: int) -> "Prefix":
        """Return the prefix of this shorter length that covers this one."""
        shift = BITS[self.family] - length
        return Prefix(self.family, self.network >> shift << shift, length)

    def part(self, length: int, number: int) -> "Prefix":
        """Return the more-specific of this length with this number, counted from the left."""
        return Prefix(self.family, self.network + (number << (BITS[self.family] - length)), length)


def parse(text: str) -> Prefix:
    """Return the prefix written in this text."""
    network = ipaddress.ip_network(text)
    return Prefix(network.version, int(network.network_address), network.prefixlen)


# First octets without special-purpose blocks; 4, 5, 8, 12, 38 and 91 are left to the named networks.
_OCTETS = {
    "ripencc": (2, 31, 37, 46, 62, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 92, 93, 94, 95, 109, 176,
                178, 185, 188, 193, 194, 195, 212, 213, 217),
    "arin": (23, 24, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 96, 97, 98, 99, 104, 107, 108, 173, 174,
             184, 199, 204, 205, 206, 207, 208, 209, 216),
    "apnic": (1, 14, 27, 36, 39, 42, 43, 49, 58, 59, 60, 61, 101, 103, 106, 110, 111, 112, 113, 114, 115, 116, 117,
              118, 119, 120, 121, 122, 123, 124, 125, 126, 175, 180, 182, 183, 202, 210, 211, 218, 219, 220, 221),
    "lacnic": (177, 179, 181, 186, 187, 189, 190, 191, 200, 201),
    "afrinic": (41, 102, 105, 154, 196, 197),
}  # fmt: skip
_V6_BLOCKS = {  # the /16s that hold ordinary allocations, and a /32 of provider-independent /48s
    "ripencc": ((0x2A00, 0x2A01, 0x2A02, 0x2A03, 0x2A04, 0x2A05, 0x2A06, 0x2A07, 0x2A09, 0x2A0A, 0x2A0B, 0x2A0C,
                 0x2A0D, 0x2A0E, 0x2A10, 0x2A12), 0x2001067C),
    "arin": ((0x2600, 0x2601, 0x2602, 0x2604, 0x2605, 0x2606, 0x2607, 0x2610), 0x26200000),
    "apnic": ((0x2400, 0x2401, 0x2402, 0x2403, 0x2404, 0x2405, 0x2406, 0x2407), 0x24010000 + 0xDF0),
    "lacnic": ((0x2800, 0x2801, 0x2803, 0x2804, 0x2806), 0x28010000 + 0x80),
    "afrinic": ((0x2C0F,), 0x2C0F0000 + 0xF200),
}  # fmt: skip


class AddressPool:
    """Hands out blocks that never overlap, spread over the registry's space."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self._cursor: dict[Prefix, int] = {}

    def ipv4(self, registry: str, length: int) -> Prefix:
        """Return an unused IPv4 block."""
        for _ in range(64):
            octet = self._dice.pick(_OCTETS[registry])
            block = self._take(Prefix(4, octet << 24, 8), length)
            if block is not None:
                return block
        raise RuntimeError(f"no /{length} left in {registry}")

    def ipv6(self, registry: str, length: int) -> Prefix:
        """Return an unused IPv6 block; /48s come from provider-independent space."""
        blocks, independent = _V6_BLOCKS[registry]
        if length >= 48:
            root = Prefix(6, independent << 96, 32)
        else:
            root = Prefix(6, self._dice.pick(blocks) << 112, 16)
        block = self._take(root, length)
        if block is None:
            raise RuntimeError(f"no /{length} left in {root}")
        return block

    def _take(self, root: Prefix, length: int) -> Prefix | None:
        size = 1 << (BITS[root.family] - length)
        gap = self._dice.below(3) * size
        start = self._cursor.get(root, root.network + size) + gap
        start = -(-start // size) * size  # aligned upwards
        if start + size > root.network + root.size:
            return None
        self._cursor[root] = start + size
        return Prefix(root.family, start, length)
