"""Business relationships between ASes, inferred from the paths of a table."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rib.registry.arguments import check_required
from rib.registry.asrank import infer
from rib.table.selection import as_numbers

if TYPE_CHECKING:
    from rib.registry.relationships import Relationships
    from rib.table.rib import Rib

__all__ = ["infer_relationships"]


def infer_relationships(table: "Rib", *, ixps: Iterable[int] = ()) -> "Relationships":
    """Infer which links of a table are provider to customer, and which are peerings.

    The steps of Luckie et al. (IMC 2013), in their order: a clique is sought at the top; providers are
    inferred from it downwards, from the neighbours to which an AS hands the routes of another; what
    no step decides is a peering. docs/methods.md states each step.

    Parameters
    ----------
    table : Rib
        Routes of a collector view; default routes take no part.
    ixps : iterable of int, optional
        AS numbers of route servers, which are looked through. Default: none.

    Returns
    -------
    Relationships
        One row per link, as `rib.read_relationships` gives: ``source`` is ``inferred``, ``date`` the
        day of the table, ``clique`` what was found. `Relationships.write` saves them as serial-1.

    Raises
    ------
    TypeError, ValueError
        ``table`` is no table, ``ixps`` holds something other than AS numbers.

    Notes
    -----
    Each distinct unprepended path counts once. Paths with an AS_SET, a confederation segment, a loop
    or a reserved ASN take no part, nor those that leave the clique and come back to it. Both families
    count: where they differ, infer from ``table.select(family=4)``. The inference sees only links on
    best paths, and is only as good as the vantage points: with a few of them most peerings are out of
    sight, and the clique may be wrong. No AS is its own provider over others. Cost: O(hops log hops);
    1.1M paths: some 4 s, 1 GB with the table.

    References
    ----------
    M. Luckie et al., "AS Relationships, Customer Cones, and Validation", IMC 2013.

    Examples
    --------
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> relationships = rib.infer_relationships(table)
    >>> relationships.source, relationships.date.isoformat(), len(relationships) > 1000
    ('inferred', '2025-01-21', True)
    """
    check_required(table=table)
    return infer(table, as_numbers("ixps", ixps))
