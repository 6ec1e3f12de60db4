"""The decision process of RFC 4271 §9.1.2.2 over the candidate routes of every prefix."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = ["decide_routes"]

_Rows = npt.NDArray[np.int64]

#: Columns to compare, in order, and the number of the step; a lower value is better.
_BEFORE = (("local_pref", 0), ("length", 1), ("origin", 2))
_MED = 3
_AFTER = (("internal", 4), ("igp_cost", 5), ("age", 6), ("router_id", 7), ("peer", 8))
_PEER_ADDRESS, _ONLY, _AMBIGUOUS = 8, 9, 10


class _Routes:
    """The columns of all routes, local preference turned so that lower is better."""

    def __init__(self, table: pa.Table, *, always_compare_med: bool) -> None:
        names = ["prefix", "neighbour", "med", *(name for name, _ in _BEFORE + _AFTER)]
        self._of: dict[str, npt.NDArray[Any]] = {
            name: table.column(name).to_numpy().astype(np.int64) for name in names
        }
        self._of["local_pref"] *= -1
        if always_compare_med:
            self._of["neighbour"][:] = 0
        if (np.diff(self["prefix"]) < 0).any():
            raise ValueError("column prefix: expected ascending ids")

    def __getitem__(self, name: str) -> _Rows:
        return self._of[name]

    def best(self, rows: _Rows) -> _Rows:
        """Give the best row of each prefix among some, by ascending prefix."""
        before = [self[name][rows] for name, _ in _BEFORE]
        after = [self[name][rows] for name, _ in _AFTER]
        prefix, neighbour, med = (self[n][rows] for n in ("prefix", "neighbour", "med"))
        order = np.lexsort((rows, *reversed(after), med, neighbour, *reversed(before), prefix))
        prefix, neighbour = prefix[order], neighbour[order]
        leads = _first_of_run(prefix)
        # Routes as good as the first of their prefix before MED; of each neighbour the first.
        lead = np.flatnonzero(leads)[np.cumsum(leads) - 1]
        left = np.ones(len(rows), bool)
        for values in before:
            left &= values[order] == values[order][lead]
        left &= leads | _first_of_run(neighbour)
        rows = rows[order[left]]
        after = [self[name][rows] for name, _ in _AFTER]
        prefix = self["prefix"][rows]
        order = np.lexsort((rows, *reversed(after), prefix))
        return rows[order[_first_of_run(prefix[order])]]

    def versus(self, mine: _Rows, yours: _Rows) -> tuple[npt.NDArray[np.uint8], Any]:
        """Give the first step at which two rows differ, and whether the first is better there."""
        step = np.full(len(mine), _PEER_ADDRESS, np.uint8)
        better = mine < yours
        same = self["neighbour"][mine] == self["neighbour"][yours]
        # From the last step to the first, so that the first that differs stays.
        for name, number in reversed((*_BEFORE, ("med", _MED), *_AFTER)):
            one, other = self[name][mine], self[name][yours]
            differs = (one != other) & (same | (number != _MED))
            step[differs] = number
            better = np.where(differs, one < other, better)
        return step, better


def _first_of_run(sorted_values: _Rows) -> npt.NDArray[np.bool_]:
    first = np.ones(len(sorted_values), bool)
    np.not_equal(sorted_values[1:], sorted_values[:-1], out=first[1:])
    return first


def decide_routes(
    routes: pa.Table, n_prefixes: int, *, always_compare_med: bool, deterministic_med: bool
) -> pa.Table:
    """Decide for each prefix (the stub says what)."""
    of = _Routes(routes, always_compare_med=always_compare_med)
    prefix = of["prefix"]
    if len(prefix) and prefix[-1] >= n_prefixes:
        raise ValueError(f"column prefix: {prefix[-1]}: expected less than {n_prefixes}")
    alive = np.flatnonzero(routes.column("alive").to_numpy())
    winner = np.full(n_prefixes, -1)
    won = of.best(alive)
    winner[prefix[won]] = won
    others = alive[winner[prefix[alive]] != alive]
    runner_up = np.full(n_prefixes, -1)
    second = of.best(others)
    runner_up[prefix[second]] = second
    step = np.full(n_prefixes, _ONLY, np.uint8)
    step[prefix[second]] = of.versus(winner[prefix[second]], second)[0]
    n_candidates = np.bincount(prefix[alive], minlength=n_prefixes).astype(np.uint32)
    if not deterministic_med:
        # In pairs, a route wins whatever the order if and only if it beats each of the others.
        beaten = ~of.versus(winner[prefix[others]], others)[1]
        unsure = prefix[others[beaten]]
        step[unsure] = _AMBIGUOUS
        winner[unsure] = runner_up[unsure] = -1
    return pa.table(
        {
            "winner": _nullable(winner, pa.uint32(), winner < 0),
            "runner_up": _nullable(runner_up, pa.uint32(), runner_up < 0),
            "step": _nullable(step, pa.uint8(), n_candidates == 0),
            "n_candidates": n_candidates,
        },
        schema=_DECISIONS,
    )


_DECISIONS = pa.schema(
    [
        pa.field("winner", pa.uint32()),
        pa.field("runner_up", pa.uint32()),
        pa.field("step", pa.uint8()),
        pa.field("n_candidates", pa.uint32(), nullable=False),
    ]
)


def _nullable(values: npt.NDArray[Any], kind: pa.DataType, null: npt.NDArray[Any]) -> pa.Array:
    return pa.array(np.where(null, 0, values).astype(kind.to_pandas_dtype()), kind, mask=null)
