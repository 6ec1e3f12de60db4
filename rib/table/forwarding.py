"""Where traffic to each prefix leaves: the winner's session, or why there is none."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from rib.table.arrays import column
from rib.table.candidates import candidates
from rib.table.decision import decide
from rib.table.policy import Policy

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["OUTCOMES", "Forwarding", "forward", "taken_by"]

#: What becomes of traffic; position is the code.
OUTCOMES = ("exit", "ambiguous", "local", "no_route")
_EXIT, _AMBIGUOUS, _LOCAL, _NO_ROUTE = range(len(OUTCOMES))


class Forwarding(NamedTuple):
    """Where traffic whose longest match is a prefix leaves, one element per row of `Rib.prefixes`."""

    outcome: npt.NDArray[np.int8]
    peer_id: npt.NDArray[np.int64]  # -1 where it is no exit
    as_path_id: npt.NDArray[np.int64]  # of the winner; -1 likewise
    by: npt.NDArray[np.int64]  # the prefix whose route is taken: itself, or one that covers it


def forward(view: "Rib", policy: Policy) -> Forwarding:
    """Decide every prefix, and send traffic for those without a candidate by their covering prefix.

    A prefix whose routes the policy rejects is not in the router's table: the longest covering one that
    is takes the traffic. A prefix with a router's own routes only (peer AS 0) stays inside.
    """
    among = candidates(view, policy)
    decided = decide(among)
    won = decided.winner >= 0
    # No winner is row -1: the one put behind the last.
    peer_id = np.append(among.peer_id.astype(np.int64), -1)[decided.winner]
    path_id = np.append(among.as_path_id.astype(np.int64), -1)[decided.winner]
    outcome = np.full(view.n_prefixes, _NO_ROUTE, np.int8)
    is_own = column(view.peers, "peer_as")[column(view.routes, "peer_id")] == 0
    outcome[column(view.routes, "prefix_id")[is_own]] = _LOCAL
    outcome[decided.n_candidates > 0] = _AMBIGUOUS
    outcome[won] = _EXIT
    by = taken_by(view, outcome == _NO_ROUTE)
    return Forwarding(outcome[by], peer_id[by], path_id[by], by)


def taken_by(view: "Rib", absent: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Give the row that takes the traffic of each prefix: of those absent, the longest cover that is not.

    Where there is none, the prefix itself.
    """
    by = np.arange(len(absent))
    if not absent.any():
        return by
    parents = view.index.parents().astype(np.int64)
    open_ = np.flatnonzero(absent)
    while len(open_):  # once for each level of nesting
        parent = parents[by[open_]]
        up = parent >= 0
        open_, parent = open_[up], parent[up]
        by[open_] = parent
        open_ = open_[absent[parent]]
    return by
