"""AS sets of the IRR, resolved to AS numbers: nested, hierarchical, circular or partly missing."""

import re
from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rib.registry.irr_sources import source_rank

__all__ = ["AsSetExpansion", "AsSetIndex"]

_ASN = re.compile(r"AS(\d{1,10})$")


@dataclass(frozen=True, eq=False)
class AsSetExpansion:
    """What a set of ASes comes to.

    Attributes
    ----------
    name : str
        The set asked for, in upper case.
    asns : numpy.ndarray of uint32
        Members at any depth, ascending.
    sets : tuple of str
        Sets that were opened, as ``SOURCE::NAME``, in the order of a breadth-first walk.
    missing : tuple of str
        Members that name no object here: sets that are not registered, or no set of ASes; sorted.
    cycles : tuple of str
        Sets that contain themselves, directly or through others, as ``SOURCE::NAME``; sorted.
    depth : int
        Levels of sets: 1 where the set names no other, 0 where it is not registered.
    """

    name: str
    asns: npt.NDArray[np.uint32]
    sets: tuple[str, ...]
    missing: tuple[str, ...]
    cycles: tuple[str, ...]
    depth: int

    def __repr__(self) -> str:
        more = f", {len(self.missing)} missing" if self.missing else ""
        more += f", {len(self.cycles)} in cycles" if self.cycles else ""
        return f"<AsSetExpansion {self.name}: {len(self.asns):,} ASes of {len(self.sets):,} sets{more}>"


class _Set(NamedTuple):
    """One as-set object with what it names."""

    source: str
    name: str
    members: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"{self.source}::{self.name}"


class AsSetIndex:
    """As-sets by name, members by reference included (RFC 2622 §5.1).

    Parameters
    ----------
    as_sets, aut_nums : pyarrow.Table
        As `rib.registry.irr.Irr` has them.
    """

    def __init__(self, as_sets: pa.Table, aut_nums: pa.Table) -> None:
        by_reference = _by_reference(aut_nums)
        self._by_name: dict[str, list[_Set]] = {}
        for row in as_sets.to_pylist():
            trusted = set(row["mbrs_by_ref"])
            more = [
                asn
                for asn, maintainers in by_reference.get((row["name"], row["source"]), ())
                if "ANY" in trusted or not trusted.isdisjoint(maintainers)
            ]
            found = _Set(row["source"], row["name"], (*row["members"], *more))
            self._by_name.setdefault(row["name"], []).append(found)
        for named in self._by_name.values():
            named.sort(key=lambda s: source_rank(s.source))

    def find(self, name: str, near: str | None = None) -> _Set | None:
        """Find the set that a name means to an object of the source ``near``."""
        source, _, bare = name.rpartition("::")
        named = self._by_name.get(bare, [])
        if source:
            return next((s for s in named if s.source == source), None)
        return next((s for s in named if s.source == near), named[0] if named else None)

    def expand(self, name: str) -> AsSetExpansion:
        """Resolve a set to ASes; every set is opened once, so cycles end."""
        name = name.strip().upper()
        start = self.find(name)
        asns: set[int] = set()
        missing: set[str] = {name} if start is None else set()
        opened: dict[str, list[str]] = {}
        depth = 0
        todo = deque([(start, 1)] if start is not None else [])
        while todo:
            current, level = todo.popleft()
            if current.key in opened:
                continue
            depth = max(depth, level)
            inner = opened[current.key] = []
            for member in current.members:
                asn = _ASN.match(member)
                if asn and int(asn[1]) < 2**32:
                    asns.add(int(asn[1]))
                elif (found := self.find(member, current.source)) is None:
                    missing.add(member)
                else:
                    inner.append(found.key)
                    todo.append((found, level + 1))
        return AsSetExpansion(
            name,
            np.array(sorted(asns), np.uint32),
            tuple(opened),
            tuple(sorted(missing)),
            tuple(sorted(_in_cycles(opened))),
            depth,
        )


def _by_reference(aut_nums: pa.Table) -> dict[tuple[str, str], list[tuple[str, list[str]]]]:
    """Give the ASes that say they belong to a set, by name and source of the set."""
    found: dict[tuple[str, str], list[tuple[str, list[str]]]] = {}
    columns = ("asn", "source", "member_of", "mnt_by")
    for row in aut_nums.select(columns).to_pylist():
        for name in row["member_of"]:
            found.setdefault((name, row["source"]), []).append((f"AS{row['asn']}", row["mnt_by"]))
    return found


def _in_cycles(opened: dict[str, list[str]]) -> list[str]:
    """Give the sets that reach themselves: strongly connected components of several, and loops.

    Tarjan's algorithm without recursion, since sets may be nested as deep as anybody likes: O(sets +
    members).
    """
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    waiting: set[str] = set()
    found: list[str] = []
    for root, named in opened.items():
        if root in order:
            continue
        walk = [(root, iter(named))]
        order[root] = low[root] = len(order)
        stack.append(root)
        waiting.add(root)
        while walk:
            node, rest = walk[-1]
            for child in rest:
                if child not in order:
                    order[child] = low[child] = len(order)
                    stack.append(child)
                    waiting.add(child)
                    walk.append((child, iter(opened[child])))
                    break
                if child in waiting:
                    low[node] = min(low[node], order[child])
            else:
                walk.pop()
                if walk:
                    parent = walk[-1][0]
                    low[parent] = min(low[parent], low[node])
                if low[node] == order[node]:
                    at = stack.index(node)
                    group = stack[at:]
                    del stack[at:]
                    waiting.difference_update(group)
                    if len(group) > 1 or node in opened[node]:
                        found += group
    return found
