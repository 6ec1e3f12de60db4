"""The clique at the top: ASes that reach everything over peers and customers."""

import networkx as nx
import numpy as np
import numpy.typing as npt

from rib.registry.asrank.paths import Paths, inside_one_path
from rib.registry.asrank.topology import ranking
from rib.table.keys import distinct, pack, unpack

__all__ = ["N_FIRST", "find_clique"]

#: ASes of the highest transit degree among which the first clique is sought.
N_FIRST = 10
#: A triplet of members is evidence that the last is a customer if more ASes follow it than this.
_FOLLOWERS = 5
#: The same where paths end in the triplet too, which poisoned ones do not do.
_FOLLOWERS_OF_AN_END = 2


class _Top:
    """Links, and who is seen as a customer of whom, among the ASes that may be in the clique."""

    def __init__(self, paths: Paths, weight: dict[int, int]) -> None:
        self.weight = weight
        among = np.array(sorted(weight), np.uint32)
        hops = np.searchsorted(among, paths.hops)
        is_among = among[np.minimum(hops, len(among) - 1)] == paths.hops
        linked = inside_one_path(paths)
        both = linked & is_among[:-1] & is_among[1:]
        left, right = hops[:-1][both], hops[1:][both]
        keys = distinct(np.concatenate([pack(left, right), pack(right, left)]))
        a, b = unpack(keys)
        self.links = set(zip(among[a].tolist(), among[b].tolist(), strict=True))
        self.behind = _customers(paths, hops, np.flatnonzero(both[:-1] & both[1:]), among, linked)

    def joined(self, member: int, asn: int, members: list[int]) -> bool:
        """Say whether both are neighbours, and ``asn`` is no customer that ``member`` carries."""
        return (member, asn) in self.links and not any(
            (other, member, asn) in self.behind for other in members
        )

    def heaviest(self, members: list[int]) -> list[int]:
        """Give the clique of the largest sum of transit degrees; ties to the lowest ASNs."""
        graph: nx.Graph[int] = nx.Graph()
        graph.add_nodes_from(members)
        for i, x in enumerate(members):
            for y in members[i + 1 :]:
                if self.joined(x, y, members) and self.joined(y, x, members):
                    graph.add_edge(x, y)
        cliques = [sorted(each) for each in nx.find_cliques(graph)]
        return min(cliques, key=lambda c: (-sum(self.weight[a] for a in c), c), default=[])


def _customers(
    paths: Paths,
    hops: npt.NDArray[np.int64],
    at: npt.NDArray[np.int64],
    among: npt.NDArray[np.uint32],
    linked: npt.NDArray[np.bool_],
) -> set[tuple[int, int, int]]:
    """Give the triplets that begin at ``at`` which show that the last is the second's customer."""
    n = len(among)
    triplet = (hops[at] * n + hops[at + 1]) * n + hops[at + 2]
    goes_on = np.append(linked, False)[at + 2]
    numbers = distinct(triplet)
    number = np.searchsorted(numbers, triplet)
    followers = distinct(pack(number[goes_on], paths.hops[at[goes_on] + 3]))
    n_followers = np.bincount(unpack(followers)[0], minlength=len(numbers))
    is_end = np.bincount(number[~goes_on], minlength=len(numbers)) > 0
    shows = (n_followers > _FOLLOWERS) | (is_end & (n_followers > _FOLLOWERS_OF_AN_END))
    left, rest = np.divmod(numbers[shows], n * n)
    columns = (among[left], among[rest // n], among[rest % n])
    return set(zip(*(c.tolist() for c in columns), strict=True))


def find_clique(paths: Paths) -> npt.NDArray[np.uint32]:
    """Infer the clique: the heaviest among the largest ten, then whoever is joined with all of it.

    Two members are neighbours, and no third one hands over routes of one that it had from the other:
    ``x y z`` with more than five ASes seen behind ``z`` says that ``z`` is a customer of ``y``.

    Notes
    -----
    O(hops), and Bron-Kerbosch on a few dozen ASes.
    """
    none = np.empty(0, np.uint32)
    asns, transit, degree = ranking(paths, none)
    first = np.flatnonzero(transit > 0)[:N_FIRST]
    if not len(first):
        return none
    may_join = np.union1d(asns[first], _neighbours_of_several(paths, asns[first]))
    rows = np.flatnonzero(np.isin(asns, may_join) & (transit > 0))
    top = _Top(paths, dict(zip(asns[rows].tolist(), transit[rows].tolist(), strict=True)))
    members = top.heaviest(asns[first].tolist())
    for row in rows:
        asn = int(asns[row])
        if asn in members or row in first:
            continue
        if degree[row] < len(members):
            break
        if all(top.joined(member, asn, members) for member in members):
            members.append(asn)
    return np.array(sorted(top.heaviest(members)), np.uint32)


def _neighbours_of_several(paths: Paths, first: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Give the ASes next to any of the first: no other can be a neighbour of all members."""
    linked = inside_one_path(paths)
    is_first = np.isin(paths.hops, first)
    after = paths.hops[1:][linked & is_first[:-1]]
    before = paths.hops[:-1][linked & is_first[1:]]
    result: npt.NDArray[np.uint32] = distinct(np.concatenate([before, after]))
    return result
