"""Origins that look like hijacks, with the evidence, the score, and what would clear them."""

from typing import TYPE_CHECKING, Any

import pandas as pd

from rib.analysis.suspicion.context import Baseline, Context, Own
from rib.analysis.suspicion.events import build_events
from rib.analysis.suspicion.link_events import leak_candidates, link_candidates
from rib.analysis.suspicion.origin_events import origin_candidates
from rib.analysis.suspicion.path_events import mark_paths, path_candidates
from rib.analysis.suspicion.sightings import baseline_warnings
from rib.analysis.suspicion.transfer_events import transfer_candidates
from rib.registry.arguments import check_given, check_required
from rib.registry.freshness import registry_warnings
from rib.table.arrays import to_frame
from rib.table.keys import distinct, pack

if TYPE_CHECKING:
    from rib.registry.bogons import Bogons
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
    bogons: "Bogons | None" = None,
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
    bogons : Bogons, optional
        Lists of space that nobody should announce; counts like space that no registry has given out.
    baseline : Rib, optional
        An earlier table of the same vantage points: what it has is not new.
    own : dict, optional
        ``{"prefixes": […], "origins": […], "upstreams": […]}`` of the user (upstreams may be left
        out): any other origin of that space (or, while none of those origins announces it, of what
        covers it), or neighbour of those origins, is a finding that nothing explains.

    Returns
    -------
    pandas.DataFrame
        One row per event, sorted by score (highest first), kind, first prefix, newcomers:

        ============ ============ =============================================================
        column       dtype        meaning
        ============ ============ =============================================================
        event_id     str          kind, first prefix, newcomers; ``~2`` … where that is not unique
        kind         str          moas, submoas, forged_origin (unknown link next to the origin),
                                  new_edge (further away), squat, bogon, reserved_asn, leak,
                                  path_anomaly
        prefixes     list[str]    all prefixes of one cause, sorted
        incumbents   list[uint32] ASes that were there before, or that the registries support
        newcomers    list[uint32] ASes in question
        n_vps        uint32       VP ASes that see it
        score        uint8        0 to 100
        confidence   uint8        0 to 99: how much there was to judge by
        tags         list[str]    ARTEMIS code (``E|0``, ``S|2`` …), local (one VP) …
        explained_by list[str]    why the score is below 50; empty for a suspect
        would_clear  list[str]    what would clear a suspect; empty for the others
        evidence     list[struct] rule, value, weight, source, date; the weights sum to the score
        vp_ases      list[uint32] the VP ASes, ascending
        first_seen   timestamp    UTC; since when, by routes and baseline (docs/methods.md); null
                                  where nobody announces it
        last_seen    timestamp    UTC; latest record of its routes; null as before
        n_colluding  uint32       VP ASes that would have to lie for it: own feeds count 3, and 3
                                  more where signed payloads speak
        ============ ============ =============================================================

        ``attrs["warnings"]`` lists what makes the inputs doubtful: a baseline newer than the table,
        or without any of its VP ASes; registries that are empty or old.

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
    judges it; so is a ``path_anomaly``, because odd paths are common. Routes with an AS_SET origin
    take no other part. O(routes log routes). With a baseline of as many routes and all registries:
    7M routes some 2 s and 1.6 GB in all, 30M routes of 40 peers some 7 s and 4.5 GB.

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
        bogons=bogons,
        baseline=baseline,
    )
    passing = relationships.ixps if relationships is not None else ()
    ctx = Context(
        table,
        vrps,
        irr,
        organisations,
        relationships,
        delegations,
        bogons,
        None if baseline is None else Baseline(table, baseline, passing),
        Own.parse(own),
    )
    origins = origin_candidates(ctx)
    rows = origins.has("newcomer") | origins.has("own_origin")
    taken = distinct(pack(origins.prefix_id[rows], origins.newcomer[rows]))
    links, paths = link_candidates(ctx, taken), path_candidates(ctx)
    mark_paths(paths, origins, origins.newcomer)
    transfers = transfer_candidates(ctx, origins)
    candidates = [origins, transfers, links, leak_candidates(ctx), paths.rows]
    result = to_frame(build_events(ctx, [c for c in candidates if c is not None]))
    result.attrs["warnings"] = baseline_warnings(ctx) + registry_warnings(
        table, vrps=vrps, relationships=relationships, organisations=organisations, bogons=bogons
    )
    return result
