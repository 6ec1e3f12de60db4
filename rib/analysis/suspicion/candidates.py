"""Candidates: (prefix, newcomer) rows with their incumbents and the rules that apply to each."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from rib.analysis.suspicion.rules import bit
from rib.table.hops import expand_ranges

__all__ = ["KINDS", "Candidates"]

#: Kinds of events, in the order in which equal scores are listed.
KINDS = (
    "moas", "submoas", "forged_origin", "new_edge", "squat", "bogon", "reserved_asn", "leak",
    "path_anomaly",
)  # fmt: skip


@dataclass
class Candidates:
    """Rows of one kind of finding, as parallel arrays.

    ``kind`` is a position in `KINDS`; ``rules`` a bit set (`rib.analysis.suspicion.rules.bit`);
    incumbents and VP ASes are lists: row ``i`` has ``old[old_start[i]:old_start[i + 1]]``. ``hop`` counts
    the ASes from the origin to the newcomer (0: it is the origin) where that matters.
    """

    kind: npt.NDArray[np.int64]
    prefix_id: npt.NDArray[np.int64]
    newcomer: npt.NDArray[np.uint32]
    old_start: npt.NDArray[np.int64]
    old: npt.NDArray[np.uint32]
    vp_start: npt.NDArray[np.int64]
    vp: npt.NDArray[np.uint32]
    rules: npt.NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, np.uint64))
    hop: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))

    def __post_init__(self) -> None:
        if len(self.rules) != len(self.kind):
            self.rules = np.zeros(len(self.kind), np.uint64)
        if len(self.hop) != len(self.kind):
            self.hop = np.zeros(len(self.kind), np.int64)

    def __len__(self) -> int:
        return len(self.kind)

    def mark(self, rule: str, where: npt.NDArray[np.bool_]) -> None:
        """Say that a rule applies to these rows."""
        self.rules[where] |= np.uint64(1) << np.uint64(bit(rule))

    def unmark(self, rule: str, where: npt.NDArray[np.bool_]) -> None:
        """Say that a rule does not count for these rows."""
        self.rules[where] &= ~(np.uint64(1) << np.uint64(bit(rule)))

    def has(self, rule: str) -> npt.NDArray[np.bool_]:
        """Say to which rows a rule applies."""
        marks: npt.NDArray[np.bool_] = self.rules >> np.uint64(bit(rule)) & np.uint64(1) > 0
        return marks

    def any_old(self, relate: Any) -> npt.NDArray[np.bool_]:
        """Say which rows have an incumbent to which ``relate(newcomers, incumbents)`` is true."""
        which, at = expand_ranges(self.old_start[:-1], self.old_start[1:])
        result = np.zeros(len(self), bool)
        result[which[relate(self.newcomer[which], self.old[at])]] = True
        return result
