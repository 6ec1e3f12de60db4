"""The layout of a neighbourhood: layers in order, and nothing on top of a label."""

from itertools import combinations, pairwise

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rib.report.pictures.layers import FONT, ROWS, lay_out

#: Width and height of a label's box in inches: digits of 0.64 em, padding of 0.3 em on all sides.
HEIGHT = (1.2 + 0.6) * FONT / 72


def width(asn):
    return (0.66 * len(f"AS{asn}") + 0.6) * FONT / 72


def crosses(course, box):
    """Whether a link runs through a box, by many points of it."""
    left, right, low, high = box
    for (x0, y0), (x1, y1) in pairwise(course):
        for step in range(101):
            x, y = x0 + (x1 - x0) * step / 100, y0 + (y1 - y0) * step / 100
            if left < x < right and low < y < high:
                return True
    return False


def boxes(plan):
    return {
        asn: (
            x - width(asn) / 2,
            x + width(asn) / 2,
            y - HEIGHT / 2,
            y + HEIGHT / 2,
        )
        for asn, (x, y) in plan.place.items()
    }


def check(graph, asn, core):
    """Labels are clear of each other, inside of the plan, and of all links but their own."""
    plan = lay_out(graph, asn, core)
    assert set(graph) == set(plan.place)
    found = boxes(plan)
    for one, other in combinations(found.values(), 2):
        assert one[1] < other[0] or other[1] < one[0] or one[3] < other[2] or other[3] < one[2]
    for left, right, low, high in found.values():
        assert left > -0.01
        assert right < plan.width + 0.01
        assert max(-low, high) <= plan.height / 2
    for (a, b), course in plan.course.items():
        assert (plan.place[a], plan.place[b]) == (course[0], course[-1])
        if plan.place[a][0] == plan.place[b][0]:
            continue  # an arc
        for other, box in found.items():
            assert other in (a, b) or not crosses(course, box)
    return plan


def leading_to(asn, links):
    """Give the part of a graph from which an AS is reached; nothing leaves the AS."""
    graph = nx.DiGraph([(a, b) for a, b in links if a != asn])
    graph.add_node(asn)
    return graph.subgraph({asn} | nx.ancestors(graph, asn))


def test_lay_out_puts_the_core_first_and_the_as_last():
    """Others stand by the longest way to the AS, so that every link leads to the right."""
    graph = leading_to(9, [(1, 9), (1, 5), (2, 5), (5, 6), (6, 9), (5, 9), (7, 9)])
    plan = check(graph, 9, (1, 2))
    x = {asn: round(at[0], 6) for asn, at in plan.place.items()}
    assert x[1] == x[2] < x[5] < x[6] == x[7] < x[9]


def test_lay_out_of_one_as_is_its_label():
    """No core, no neighbour."""
    plan = check(leading_to(9, []), 9, ())
    assert {} == plan.course
    assert {9} == set(plan.place)


def test_lay_out_keeps_a_cycle_in_one_layer():
    """Two ASes seen before each other are side by side."""
    plan = check(leading_to(9, [(1, 5), (5, 6), (6, 5), (5, 9), (6, 9)]), 9, (1,))
    assert plan.place[5][0] == plan.place[6][0]


@pytest.mark.parametrize("n", [ROWS, ROWS + 1, 58])
def test_lay_out_splits_layers_that_are_too_tall(n):
    """Up to so many ASes stand in one column, more in two."""
    asns = range(4200000000, 4200000000 + n)
    graph = leading_to(9, [*((1, a) for a in asns), *((a, 9) for a in asns), (1, 9)])
    plan = check(graph, 9, (1,))
    assert (1 if n <= ROWS else 2) == len({plan.place[a][0] for a in asns})


LINKS = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), max_size=90).map(
    lambda links: [(a, b) for a, b in links if a != b]
)


@settings(deadline=None)
@given(LINKS, st.sets(st.integers(1, 40), max_size=5))
def test_lay_out_of_any_graph_is_clear(links, core):
    """Whatever leads to whom; the core takes no links, as in a neighbourhood."""
    links = [(a * 9973, b * 9973) for a, b in links if b not in core]
    core = tuple(sorted(a * 9973 for a in core if a != 9))
    graph = leading_to(9 * 9973, links)
    check(graph, 9 * 9973, core)
    assert lay_out(graph, 9 * 9973, core) == lay_out(graph, 9 * 9973, core)
