"""Damaged dumps: seeded changes to whole ones, so that a finding can be made again from its number.

Cuts, bit flips, bytes added and taken out, lengths and counts that lie, records duplicated and out of order;
some inputs are compressed afterwards, some damaged after that.
"""

import bz2
import gzip
import random
import struct
from collections.abc import Callable
from pathlib import Path

__all__ = ["KINDS", "mutated", "records_of", "sample_records"]

_HEADER = struct.Struct("!IHHI")
_LIES = (0, 1, 2, 0x7F, 0xFF, 0x100, 0x7FFF, 0xFFFF, 1 << 26, 0x7FFFFFFF, 0xFFFFFFFF)


def records_of(dump: bytes) -> list[bytes]:
    """Cut a whole dump into its records."""
    records, at = [], 0
    while at < len(dump):
        end = at + _HEADER.size + _HEADER.unpack_from(dump, at)[3]
        records.append(dump[at:end])
        at = end
    return records


def sample_records(folder: Path, size: int) -> list[list[bytes]]:
    """Give the first records of every sample dump, up to so many bytes of each."""
    seeds = []
    for path in sorted(folder.glob("*.mrt.*")):
        records: list[bytes] = []
        with (gzip if path.suffix == ".gz" else bz2).open(path, "rb") as dump:
            while sum(map(len, records)) < size and (header := dump.read(_HEADER.size)):
                records.append(header + dump.read(_HEADER.unpack(header)[3]))
        seeds.append(records)
    return seeds


def _cut(content: bytearray, dice: random.Random) -> None:
    del content[dice.randrange(1, len(content) + 1) :]


def _flip(content: bytearray, dice: random.Random) -> None:
    for _ in range(dice.choice((1, 3, 30))):
        content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)


def _take_out(content: bytearray, dice: random.Random) -> None:
    at = dice.randrange(len(content))
    del content[at : at + dice.randrange(1, 50)]


def _put_in(content: bytearray, dice: random.Random) -> None:
    at = dice.randrange(len(content))
    content[at:at] = dice.randbytes(dice.randrange(1, 50))


def _overwrite(content: bytearray, dice: random.Random) -> None:
    at, size = dice.randrange(len(content)), dice.choice((1, 2, 4))
    content[at : at + size] = (dice.choice(_LIES) & (1 << 8 * size) - 1).to_bytes(size, "big")


def _lie(records: list[bytes], dice: random.Random) -> None:
    """Change the length that a record announces, or a number near its start, where counts are."""
    at = dice.randrange(len(records))
    record = bytearray(records[at])
    time, kind, subtype, length = _HEADER.unpack_from(record)
    if dice.random() < 0.5:
        length = dice.choice((*_LIES, max(0, length + dice.randrange(-20, 20))))
        _HEADER.pack_into(record, 0, time, kind, subtype, length)
    else:
        start = min(_HEADER.size + dice.randrange(24), len(record) - 1)
        record[start : start + 2] = struct.pack("!H", dice.choice(_LIES) & 0xFFFF)
    records[at] = bytes(record)


def _duplicate(records: list[bytes], dice: random.Random) -> None:
    for _ in range(dice.choice((1, 5))):
        records.insert(dice.randrange(len(records) + 1), dice.choice(records))


def _reorder(records: list[bytes], dice: random.Random) -> None:
    dice.shuffle(records)


_OF_BYTES: dict[str, Callable[[bytearray, random.Random], None]] = {
    "cut": _cut,
    "flip": _flip,
    "take out": _take_out,
    "put in": _put_in,
    "overwrite": _overwrite,
}
_OF_RECORDS: dict[str, Callable[[list[bytes], random.Random], None]] = {
    "lie": _lie,
    "duplicate": _duplicate,
    "reorder": _reorder,
}
#: What can be done to a dump.
KINDS = (*_OF_BYTES, *_OF_RECORDS)


def mutated(seeds: list[list[bytes]], number: int) -> tuple[str, bytes]:
    """Give what was done, and the damaged dump of this number, always the same.

    Parameters
    ----------
    seeds : list of list of bytes
        Records of whole dumps.
    number : int
        Which damage.
    """
    dice = random.Random(number)
    records = list(dice.choice(seeds))
    kind = KINDS[number % len(KINDS)]
    if kind in _OF_RECORDS:
        _OF_RECORDS[kind](records, dice)
    content = bytearray(b"".join(records))
    pack = dice.choice((None, None, None, gzip.compress, bz2.compress))
    is_late = pack is not None and dice.random() < 0.5
    if pack is not None and is_late:
        content = bytearray(pack(content))
    if kind in _OF_BYTES:
        _OF_BYTES[kind](content, dice)
    if pack is not None and not is_late:
        content = bytearray(pack(content))
    return f"{kind} {'of compressed' if is_late else ''}".strip(), bytes(content)
