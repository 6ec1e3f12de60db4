"""The search for a small set of items to move between exits: no routes here, only loads."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Move", "Problem", "percentile95", "solve"]

Floats = npt.NDArray[np.float64]

_MOST_MOVES = 1000
#: Of a limit: below, rounding decides.
_HAIR = 1e-9


class Problem(NamedTuple):
    """Loads over intervals. Item i has ``part[i, t, u]`` on exit t that goes to u if the item moves to u."""

    part: Floats  # items, exits, exits, intervals
    load: Floats  # exits, intervals: of everything
    limit: Floats  # by exit: most that its 95th percentile may be; infinity for none


class Move(NamedTuple):
    """One item to one exit."""

    item: int
    to: int
    amount: float  # that moves, over all intervals


def percentile95(load: Floats) -> Floats:
    """95th percentile over the last axis, as transits bill it: the top 5% of the samples are cut off."""
    n = load.shape[-1]
    if not n:
        return np.zeros(load.shape[:-1])
    keep = max(-(-95 * n // 100), 1) - 1
    found: Floats = np.partition(load, keep, axis=-1)[..., keep]
    return found


def solve(problem: Problem) -> list[Move]:
    """Move items off the exit that is furthest over its limit, until none is, or none can be helped.

    Of the moves that keep the other exit within its limit: the one with least traffic that brings this one
    within its own, or else the one that lowers it most. Greedy, so that the set is small, not the least there
    is: that is a bin-packing problem. Each item moves once at most.
    """
    load = problem.load.copy()
    limit = problem.limit
    free = np.ones(len(problem.part), bool)
    moves: list[Move] = []
    hopeless = np.zeros(len(limit), bool)
    while len(moves) < _MOST_MOVES:
        level = percentile95(load)
        over = np.where(hopeless | (level <= limit * (1 + _HAIR)), 0.0, level - limit)
        exit_ = int(over.argmax())
        if over[exit_] <= 0:
            break
        move = _best_move(problem, load, free, exit_)
        if move is None:
            hopeless[exit_] = True
            continue
        part = problem.part[move.item, :, move.to]
        load -= part
        load[move.to] += part.sum(axis=0)
        free[move.item] = False
        moves.append(move)
    return moves


def _best_move(
    problem: Problem, load: Floats, free: npt.NDArray[np.bool_], exit_: int
) -> Move | None:
    limit, level = problem.limit, percentile95(load[exit_])
    best: tuple[bool, float, Move] | None = None
    for to in range(len(limit)):
        if to == exit_:
            continue
        items = np.flatnonzero(free & (problem.part[:, exit_, to].sum(axis=-1) > 0))
        if not len(items):
            continue
        part = problem.part[items, :, to]
        fits = percentile95(load[to] + part.sum(axis=1)) <= limit[to] * (1 + _HAIR)
        after = percentile95(load[exit_] - part[:, exit_])
        useful = fits & (after < level * (1 - _HAIR))
        if not useful.any():
            continue
        amount = part.sum(axis=(1, 2))
        enough = useful & (after <= limit[exit_] * (1 + _HAIR))
        done = bool(enough.any())
        at = (
            int(np.where(enough, -amount, -np.inf).argmax())
            if done
            else int(np.where(useful, level - after, -np.inf).argmax())
        )
        # Enough before not enough; then the least that is enough, or the most that helps.
        rank = -float(amount[at]) if done else float(level - after[at])
        if best is None or (done, rank) > best[:2]:
            best = done, rank, Move(int(items[at]), to, float(amount[at]))
    return None if best is None else best[2]
