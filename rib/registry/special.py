"""Special-purpose address blocks and reserved AS numbers, from dated data beside this file."""

import csv
import datetime as dt
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rib.registry.files import date_in_name

if TYPE_CHECKING:
    from rib._backend import core

__all__ = ["SpecialBlock", "SpecialPurpose", "read_special"]

_FILE = "special-purpose.csv"


@dataclass(frozen=True)
class SpecialBlock:
    """One block: a prefix, or AS numbers ``first-last``. ``reachable``: no, yes, deprecated."""

    block: str
    name: str
    reference: str
    reachable: str


@dataclass(frozen=True)
class SpecialPurpose:
    """The IANA special-purpose registries as of ``date``.

    Attributes
    ----------
    prefixes, asns : tuple of SpecialBlock
        Address blocks, shorter ones first; ranges of AS numbers, ascending.
    date : datetime.date
        State of the registries.
    source : str
        Name of the data file.
    """

    prefixes: tuple[SpecialBlock, ...]
    asns: tuple[SpecialBlock, ...]
    date: dt.date
    source: str = _FILE

    def find_prefixes(self, index: "core.PrefixIndex", n: int) -> npt.NDArray[np.int64]:
        """Give, for each of the ``n`` prefixes of an index, the longest block that covers it.

        Positions in `prefixes`, -1 where none covers. The prefixes of an index are sorted, so that
        what a block covers is one slice: O(blocks · log n).
        """
        found = np.full(n, -1, np.int64)
        for number, block in enumerate(self.prefixes):
            start, stop = index.more_specifics(block.block)
            found[start:stop] = number
            exact = index.get(block.block)
            if exact >= 0:
                found[exact] = number
        return found

    def find_asns(self, asns: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        """Give the position in `asns` of the range that holds each AS number, -1 where none does."""
        ends = np.array([b.block.split("-") for b in self.asns], dtype=np.int64)
        value = np.asarray(asns).astype(np.int64)
        at = np.searchsorted(ends[:, 0], value, side="right") - 1
        result: npt.NDArray[np.int64] = np.where((at >= 0) & (value <= ends[at, 1]), at, -1)
        return result


def read_special() -> SpecialPurpose:
    """Read the special-purpose registries that come with rib."""
    text = (files("rib.registry") / _FILE).read_text("utf-8")
    lines = text.splitlines()
    date = next(
        d for line in lines if line.startswith("# date:") and (d := date_in_name(line[7:18]))
    )
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    blocks: dict[str, list[SpecialBlock]] = {"prefix": [], "asn": []}
    for row in rows:
        blocks[row.pop("kind")].append(SpecialBlock(**row))
    blocks["prefix"].sort(key=lambda b: int(b.block.rsplit("/", 1)[1]))
    return SpecialPurpose(tuple(blocks["prefix"]), tuple(blocks["asn"]), date)
