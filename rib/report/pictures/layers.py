"""Where to draw the ASes of a neighbourhood and the links between: nothing runs into a label.

Lengths are inches at the size at which labels are `FONT` points high; nothing here draws.
"""

from itertools import pairwise
from typing import NamedTuple

import networkx as nx

__all__ = ["FONT", "Layout", "lay_out"]

#: Height of labels, points.
FONT = 9.0
#: Between labels one above the other, a label and a link that passes it, and two such links.
ROW, CLEAR, LANE = 0.31, 0.19, 0.1
#: Between labels side by side in a layer, and between layers, where links part.
GAP, LAYER_GAP = 0.16, 1.0
#: A layer with more ASes has two columns, of which the rows alternate.
ROWS = 16
#: Widest digit or letter of the fonts that matplotlib brings, and the padding of a box, both in
#: units of the font size.
_CHARACTER, _PADDING = 0.68, 0.9
_SWEEPS = 4

#: An AS, or a layer that links pass on their way to an AS.
Item = int | tuple[int, int]
Point = tuple[float, float]


class Layout(NamedTuple):
    """Middle of each AS's label, the course of each link, and what all take; y is around 0."""

    place: dict[int, Point]
    course: dict[tuple[int, int], list[Point]]
    width: float
    height: float


def lay_out(graph: "nx.DiGraph[int]", asn: int, core: tuple[int, ...]) -> Layout:
    """Give each AS a place: the core in the first layer, the AS in the last, links from left to right.

    The other ASes stand by the number of links of the longest way to the AS. Only links within a
    cycle stay in a layer.

    Notes
    -----
    Links over several layers have a lane in those between, which links to the same AS share. Layers are ordered by the mean
    place of neighbours (the barycentre heuristic of Sugiyama et al., IEEE Trans. SMC 11, 1981), a
    few sweeps to and fro; ties by ASN.
    """
    layer = _layers(graph, asn, core)
    chains = {(a, b): _chain(a, b, layer) for a, b in graph.edges}
    order = _ordered(layer, chains)
    place: dict[Item, Point] = {}
    sides: list[tuple[float, float]] = []
    left = 0.0
    for items in order:
        ases = [item for item in items if isinstance(item, int)]
        n_columns = 1 if len(ases) <= ROWS else 2
        wide = max((_label_width(a) for a in ases), default=0.0)
        right = left + n_columns * (wide + GAP) - GAP
        number = 0
        for item, y in zip(items, _heights(items, ROW / n_columns), strict=True):
            place[item] = (left + wide / 2 + number % n_columns * (wide + GAP), y)
            number += isinstance(item, int)
        sides.append((left, right))
        left = right + LAYER_GAP
    course = {link: _course(chain, place, layer, sides) for link, chain in chains.items()}
    height = 2 * max(abs(y) for _, y in place.values()) + ROW
    ases_only = {item: at for item, at in place.items() if isinstance(item, int)}
    return Layout(ases_only, course, left - LAYER_GAP, height)


def _label_width(asn: int) -> float:
    return (_CHARACTER * len(f"AS{asn}") + _PADDING) * FONT / 72


def _layers(graph: "nx.DiGraph[int]", asn: int, core: tuple[int, ...]) -> dict[int, int]:
    """Give the layer of each AS, from 0 without gaps; the ASes of a cycle share one."""
    groups = nx.condensation(graph)
    longest: dict[int, int] = {}
    for group in reversed(list(nx.topological_sort(groups))):
        longest[group] = max((longest[to] + 1 for to in groups.successors(group)), default=0)
    ways = {a: longest[group] for a, group in groups.graph["mapping"].items()}
    farthest = max((n for a, n in ways.items() if a not in core), default=0)
    raw = {a: 0 if a in core else farthest + 1 - n for a, n in ways.items()}
    raw[asn] = farthest + 1
    rank = {n: i for i, n in enumerate(sorted(set(raw.values())))}
    return {a: rank[n] for a, n in sorted(raw.items())}


def _chain(a: int, b: int, layer: dict[int, int]) -> list[Item]:
    """Give what a link consists of from left to right: its ASes, and its lanes in between."""
    return [a, *((b, number) for number in range(layer[a] + 1, layer[b])), b]


def _ordered(layer: dict[int, int], chains: dict[tuple[int, int], list[Item]]) -> list[list[Item]]:
    """Give the ASes and lanes of each layer from top to bottom."""
    order: list[list[Item]] = [[] for _ in range(max(layer.values()) + 1)]
    for asn, number in layer.items():
        order[number].append(asn)
    beside: dict[bool, dict[Item, list[Item]]] = {False: {}, True: {}}
    lanes = {item for chain in chains.values() for item in chain if isinstance(item, tuple)}
    for lane in sorted(lanes):
        order[lane[1]].append(lane)
    for one, other in sorted({pair for c in chains.values() for pair in pairwise(c)}, key=_ties):
        beside[True].setdefault(one, []).append(other)
        beside[False].setdefault(other, []).append(one)
    at = {item: rank for items in order for item, rank in _ranks(items).items()}
    for sweep in range(_SWEEPS):
        to_core = sweep % 2 == 0
        for items in order[::-1] if to_core else order:
            mean = dict(at)
            for item in items:
                near = [at[other] for other in beside[to_core].get(item, ())]
                mean[item] = sum(near) / len(near) if near else at[item]
            items.sort(key=lambda item, mean=mean: (mean[item], _tie(item)))  # type: ignore[misc]
            at |= _ranks(items)
    return order


def _ties(pair: tuple[Item, Item]) -> tuple[tuple[int, ...], ...]:
    return _tie(pair[0]), _tie(pair[1])


def _tie(item: Item) -> tuple[int, ...]:
    return (item,) if isinstance(item, int) else item


def _ranks(items: list[Item]) -> dict[Item, float]:
    """Give ranks around 0, so that layers of different sizes compare."""
    return {item: rank - (len(items) - 1) / 2 for rank, item in enumerate(items)}


def _heights(items: list[Item], row: float) -> list[float]:
    """Give the y of each item, from top to bottom around 0."""
    down = [0.0]
    for one, other in pairwise(items):
        lanes = isinstance(one, tuple) + isinstance(other, tuple)
        down.append(down[-1] + (row, CLEAR, LANE)[lanes])
    return [down[-1] / 2 - y for y in down[: len(items)]]


def _course(
    chain: list[Item],
    place: dict[Item, Point],
    layer: dict[int, int],
    sides: list[tuple[float, float]],
) -> list[Point]:
    """Give the corners of a link: level within layers, where labels are, and aslant between them."""
    a, b = chain[0], chain[-1]
    assert isinstance(a, int)
    assert isinstance(b, int)
    if layer[a] == layer[b]:
        return [place[a], place[b]]
    points = [place[a], (sides[layer[a]][1], place[a][1])]
    for lane in chain[1:-1]:
        if isinstance(lane, tuple):
            points += [(side, place[lane][1]) for side in sides[lane[1]]]
    return [*points, (sides[layer[b]][0], place[b][1]), place[b]]
