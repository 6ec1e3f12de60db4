"""Origins that look like hijacks, with the evidence, the score, and what would clear them."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rib.analysis.suspicion.context import Baseline, Context, Own
from rib.analysis.suspicion.events import build_events
from rib.analysis.suspicion.link_events import leak_candidates, link_candidates
from rib.analysis.suspicion.origin_events import origin_candidates
from rib.analysis.suspicion.rules import bit
from rib.analysis.suspicion.transfer_events import transfer_candidates
from rib.registry.arguments import check_given, check_required
from rib.registry.freshness import registry_warnings
from rib.table.arrays import to_frame
from rib.table.keys import distinct, pack

if TYPE_CHECKING:
    from rib.registry.delegations import Delegations
    from rib.registry.irr import Irr
    from rib.registry.organisations import Organisations
    from rib.registry.relationships import Relationships
    from rib.registry.vrps import Vrps
    from rib.table.rib import Rib

__all__ = ["hijack_suspects"]


def hijack_suspects(
    table: "Rib",
    *,
    vrps: "Vrps | None" = None,
    irr: "Irr | None" = None,
    organisations: "Organisations | None" = None,
    relationships: "Relationships | None" = None,
    delegations: "Delegations | None" = None,
    baseline: "Rib | None" = None,
    own: "dict[str, Any] | None" = None,
) -> pd.DataFrame:
    """List origins and links that may be hijacks, and what explains those that are not.

    Each event carries facts, never a bare verdict: its score is the sum of the weights of its
    evidence rows, cut to 0 to 100. 50 or more makes a suspect. All weights and rules are heuristics,
    listed in docs/methods.md.

    Parameters
    ----------
    table : Rib
        Routes to judge; default routes take no part.
    vrps : Vrps, optional
        RPKI payloads: invalid speaks against a newcomer, valid for it.
    irr : Irr, optional
        Route objects (registered origins) and aut-nums (declared neighbours).
    organisations : Organisations, optional
        Siblings.
    relationships : Relationships, optional
        Customers and providers, links that exist, route leaks.
    delegations : Delegations, optional
        Space that no registry has given out, and holders of dormant space.
    baseline : Rib, optional
        An earlier table of the same vantage points: what it has is not new.
    own : dict, optional
        ``{"prefixes": […], "origins": […], "upstreams": […]}`` of the user (upstreams may be left
        out): any other origin of that space, or neighbour of those origins, is a finding that
        nothing explains.

    Returns
    -------
    pandas.DataFrame
        One row per event, sorted by score (highest first), kind, first prefix, newcomers:

        ============ ============ =============================================================
        column       dtype        meaning
        ============ ============ =============================================================
        event_id     str          kind, first prefix, newcomers
        kind         str          moas, submoas, forged_origin (unknown link next to the origin),
                                  new_edge (further away), squat, bogon, reserved_asn, leak
        prefixes     list[str]    all prefixes of one cause, sorted
        incumbents   list[uint32] ASes that were there before, or that the registries support
        newcomers    list[uint32] ASes in question
        n_vps        uint32       VP ASes that see it
        score        uint8        0 to 100
        confidence   uint8        0 to 99: how much there was to judge by
        tags         list[str]    ARTEMIS code (``E|0`` …), local (one VP), origin-changed …
        explained_by list[str]    why the score is below 50; empty for a suspect
        would_clear  list[str]    what would clear a suspect; empty for the others
        evidence     list[struct] rule, value, weight, source, date; the weights sum to the score
        vp_ases      list[uint32] the VP ASes, ascending
        ============ ============ =============================================================

    Raises
    ------
    ValueError
        ``own`` is not of the form above.
    TypeError
        An argument is something else, a path for instance.

    Notes
    -----
    Works with any subset of the inputs; what is not given neither accuses nor explains. Without a
    baseline, MOAS prefixes and RPKI-invalid more-specifics are judged, and squats cannot be told. A
    ``leak`` is listed with score below 50, because its origin and links are right: `route_leaks`
    judges it. Routes with an AS_SET origin take no part. 7M routes against a baseline of 7M and all
    registries: some 10 s.

    References
    ----------
    RFC 6811; RFC 7908; P. Sermpezis et al., "ARTEMIS: Neutralizing BGP Hijacking within a Minute",
    2018 (event codes); X. Zhao et al., IMW 2001 (MOAS).

    Examples
    --------
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> before = rib.read_mrt("data/sample-mrt/collector.20250117.0000.mrt.bz2")
    >>> vrps = rib.read_vrps("data/sample-mrt/vrps.json.gz")
    >>> events = rib.hijack_suspects(table, vrps=vrps, baseline=before)
    >>> hijack = events.set_index("event_id").loc["moas:182.3.0.0/23:19601"]
    >>> int(hijack["score"]), list(hijack["explained_by"])
    (90, [])
    """
    check_required(table=table)
    check_given(
        vrps=vrps,
        irr=irr,
        organisations=organisations,
        relationships=relationships,
        delegations=delegations,
        baseline=baseline,
    )
    ctx = Context(
        table,
        vrps,
        irr,
        organisations,
        relationships,
        delegations,
        None if baseline is None else Baseline(table, baseline),
        Own.parse(own),
    )
    origins = origin_candidates(ctx)
    doubted = origins.rules & (
        np.uint64(1) << np.uint64(bit("newcomer")) | np.uint64(1) << np.uint64(bit("own_origin"))
    )
    rows = doubted > 0
    taken = distinct(pack(origins.prefix_id[rows], origins.newcomer[rows]))
    candidates = [
        origins,
        transfer_candidates(ctx, origins),
        link_candidates(ctx, taken),
        leak_candidates(ctx),
    ]
    frame = to_frame(build_events(ctx, [c for c in candidates if c is not None]))
    frame.attrs["warnings"] = registry_warnings(
        table, vrps=vrps, relationships=relationships, organisations=organisations
    )
    return frame
