"""What may fail in an own view, and which of its routes go with it."""

from collections.abc import Iterable
from numbers import Integral
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from rib.table.arrays import column
from rib.table.candidates import Candidates

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["Failing", "failing_elements", "without"]

_Mask = npt.NDArray[np.bool_]


class Failing(NamedTuple):
    """One element that may fail: its name, and the peers and AS paths whose routes go with it."""

    name: int | str | tuple[int, int]
    peers: _Mask
    as_paths: _Mask | None = None


def failing_elements(
    view: "Rib", among: Candidates, unit: str, fail: Iterable[Any] | None
) -> list[Failing]:
    """Give the elements that may fail: those named, else every transit AS or session with a candidate."""
    peer_as = column(view.peers, "peer_as")
    if fail is not None:
        return _named(view, peer_as, fail)
    used = np.flatnonzero(np.bincount(among.peer_id, minlength=len(peer_as)))
    if unit == "session":
        names = view.peers.column("peer_ip").to_pylist()
        numbers = np.arange(len(peer_as))
        return [Failing(names[peer], numbers == peer) for peer in used]
    return [Failing(int(asn), peer_as == asn) for asn in np.unique(peer_as[used])]


def without(among: Candidates, failed: Iterable[Failing]) -> _Mask:
    """Mark the candidates that do not go with any of the elements."""
    alive = np.ones(len(among.route), bool)
    for element in failed:
        alive &= ~element.peers[among.peer_id]
        if element.as_paths is not None:
            alive &= ~element.as_paths[among.as_path_id]
    return alive


def _named(view: "Rib", peer_as: npt.NDArray[np.uint32], fail: Iterable[Any]) -> list[Failing]:
    if isinstance(fail, str | bytes) or not isinstance(fail, Iterable):
        raise TypeError(f"fail={fail!r}: expected a list of AS numbers and pairs of them")
    elements = list(dict.fromkeys(_checked(element) for element in fail))
    found = []
    for element in elements:
        if len(element) == 1:
            (asn,) = element
            found.append(Failing(asn, peer_as == asn, _with_as(view, asn)))
        else:
            one, other = element
            nobody = np.zeros(len(peer_as), bool)
            found.append(Failing((one, other), nobody, _with_link(view, one, other)))
    return found


def _checked(element: Any) -> tuple[int, ...]:
    """Give an AS, or the two of a link."""
    numbers = tuple(element) if isinstance(element, tuple | list) else (element,)
    if len(numbers) not in (1, 2) or not all(map(_is_asn, numbers)):
        raise ValueError(f"fail holds {element!r}: expected an AS number, or a pair of two")
    return tuple(map(int, numbers))


def _is_asn(given: Any) -> bool:
    is_number = isinstance(given, Integral) and not isinstance(given, bool)
    return is_number and 0 <= int(given) <= 0xFFFFFFFF


def _with_as(view: "Rib", asn: int) -> _Mask:
    """Mark the AS paths with an AS."""
    hops = view.path_features.column("hops").combine_chunks()
    places = np.flatnonzero(hops.values.to_numpy() == np.uint32(asn))
    return _paths_at(hops.offsets.to_numpy(), places)


def _with_link(view: "Rib", one: int, other: int) -> _Mask:
    """Mark the AS paths without an AS_SET in which two ASes are neighbours."""
    features = view.path_features
    hops = features.column("hops").combine_chunks()
    values, offsets = hops.values.to_numpy(), hops.offsets.to_numpy()
    near, far = values[:-1], values[1:]
    linked = (near == np.uint32(one)) & (far == np.uint32(other))
    linked |= (near == np.uint32(other)) & (far == np.uint32(one))
    # The last AS of one path and the first of the next are no neighbours.
    first = np.zeros(len(values) + 1, bool)
    first[offsets[:-1]] = True
    linked &= ~first[1 : len(values)]
    marked = _paths_at(offsets, np.flatnonzero(linked))
    marked &= ~column(features, "has_set")
    return marked


def _paths_at(offsets: npt.NDArray[Any], places: npt.NDArray[np.intp]) -> _Mask:
    """Mark the paths that some hops are of."""
    marked = np.zeros(len(offsets) - 1, bool)
    marked[np.searchsorted(offsets, places, side="right") - 1] = True
    return marked
