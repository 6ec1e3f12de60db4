"""The decision process over candidate routes, or over those that are left of them."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rib._backend import core
from rib.table.arrays import column
from rib.table.candidates import Candidates

__all__ = ["STEPS", "Decisions", "decide"]

#: What decides, in order: position is the number that both back ends give.
STEPS = (
    "local_pref",
    "as_path_length",
    "origin",
    "med",
    "ebgp",
    "igp_cost",
    "age",
    "router_id",
    "peer_address",
    "only",
    "ambiguous",
)

_Rows = npt.NDArray[np.int64]


class Decisions(NamedTuple):
    """Outcome for every prefix of a view: rows of the candidates, -1 for none; step -1 without any."""

    winner: _Rows
    runner_up: _Rows
    step: npt.NDArray[np.int8]
    n_candidates: npt.NDArray[np.uint32]

    def of(self, prefixes: npt.NDArray[Any]) -> "Decisions":
        """Give the outcome for some prefixes."""
        winner, runner_up, step, n_candidates = self
        return Decisions(
            winner[prefixes], runner_up[prefixes], step[prefixes], n_candidates[prefixes]
        )


def decide(
    among: Candidates,
    alive: npt.NDArray[np.bool_] | None = None,
    *,
    deterministic_med: bool | None = None,
) -> Decisions:
    """Choose the best and the second-best route of every prefix.

    Parameters
    ----------
    among : Candidates
        Routes as a policy has them.
    alive : array of bool, optional
        Which of them take part. Default: all.
    deterministic_med : bool, optional
        In place of what the policy says.
    """
    policy = among.policy
    if deterministic_med is None:
        deterministic_med = policy.deterministic_med
    if alive is None:
        alive = np.ones(len(among.route), bool)
    decided = core.decide_routes(
        pa.table({**among.columns, "alive": alive}),
        among.n_prefixes,
        always_compare_med=policy.always_compare_med,
        deterministic_med=deterministic_med,
    )
    return Decisions(
        _rows(decided, "winner"),
        _rows(decided, "runner_up"),
        _numbers(decided.column("step"), pa.int8()),
        column(decided, "n_candidates"),
    )


def _rows(decided: pa.Table, name: str) -> _Rows:
    return _numbers(decided.column(name), pa.int64())


def _numbers(values: pa.ChunkedArray, kind: pa.DataType) -> npt.NDArray[Any]:
    numbers: npt.NDArray[Any] = values.combine_chunks().cast(kind).fill_null(-1).to_numpy()
    return numbers
