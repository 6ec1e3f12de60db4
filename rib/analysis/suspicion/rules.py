"""The rules: what each piece of evidence says, weighs, and, where it explains, is called.

Weights add up; 50 makes a suspect. They were chosen by reasoning about which single facts may decide
and checked on generated data with known incidents (docs/methods.md, "Suspects"); they are heuristics.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from rib.table.evidence import clamp

__all__ = ["RULES", "SUSPECT_SCORE", "Rule", "Verdict", "bit", "verdict"]

#: Events with this score or more are suspects.
SUSPECT_SCORE = 50


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes
    ----------
    name : str
        As in the column ``evidence``.
    weight : int
        What it adds to the score; negative for what speaks against an incident.
    source : str
        Which input it is from: ``table``, ``baseline``, ``vrps``, ``irr``, ``organisations``,
        ``relationships``, ``delegations``, ``bogons``, ``special``, ``scrubbers``, ``own``.
    meaning : str
        When it applies, in words.
    explains : str or None
        What an event below the threshold is explained by if the rule applied.
    clears : str or None
        What would clear a suspect to which the rule applied. ``{new}``, ``{old}`` and ``{prefix}``
        stand for the newcomers, the incumbents and the first prefix.
    """

    name: str
    weight: int
    source: str
    meaning: str
    explains: str | None = None
    clears: str | None = None


_RULES = (
    # -- what happened ------------------------------------------------------------------------------
    Rule("moas", 25, "table", "several ASes originate the prefix, or another one than before"),
    Rule("submoas", 25, "table", "the closest covering prefix has other origins"),
    Rule("squat", 25, "delegations", "nobody announced it, and the origin is not its holder",
         clears="the address holder lets {new} announce {prefix} (ROA or route object)"),
    Rule("newcomer", 25, "baseline", "the baseline has no route to the prefix with this origin",
         clears="a baseline that already has {prefix} from {new}"),
    Rule("bogon", 70, "special", "special-purpose space that must not be announced",
         clears="nothing: {prefix} is not for use on the public Internet"),
    Rule("unallocated", 60, "delegations", "the registry lists the space as available or reserved",
         clears="a newer delegation file that lists {prefix} as allocated"),
    Rule("bogon_list", 60, "bogons", "a bogon list that was given has the space",
         clears="a newer bogon list without {prefix}"),
    Rule("reserved_origin", 55, "special", "the origin AS number is reserved or private",
         clears="the neighbour of {new} removes private AS numbers"),
    Rule("unallocated_origin", 30, "delegations", "no registry has delegated the origin AS number",
         clears="a newer delegation file that lists {new}"),
    Rule("link_not_in_relationships", 30, "relationships", "the link is in no relationship file",
         clears="a relationship file that has the link {new}-{old}"),
    Rule("link_not_in_baseline", 25, "baseline", "no path of the baseline has the link",
         clears="a baseline that has the link {new}-{old}"),
    Rule("link_undeclared", 5, "irr", "the aut-num of the origin imports from others, not from it",
         clears="an import line for {new} in the aut-num of {old}"),
    Rule("link_not_at_origin", -20, "table", "the new link is not the origin's own"),
    Rule("link_three_up", -10, "table", "the new link is three ASes or more away from the origin"),
    Rule("link_four_up", -5, "table", "the new link is four ASes or more away from the origin"),
    Rule("new_more_specific", 5, "baseline", "the baseline has only a less-specific of the prefix"),
    Rule("leak", 50, "relationships", "the path is not valley-free"),
    Rule("path_poisoned", 10, "table", "the origin AS is on the path twice, others between"),
    Rule("path_loop", 5, "table", "another AS is on the path twice, others between"),
    Rule("path_clique", 10, "relationships", "another AS stands between two ASes of the clique"),
    Rule("path_reserved", 5, "special", "a reserved AS number stands before the origin"),
    Rule("path_as_trans", 5, "table", "AS_TRANS (23456) stands before the origin"),
    Rule("path_prepends", 3, "table", "an AS is prepended ten times or more"),
    Rule("path_long", 5, "table", "the path is longer than 50"),
    Rule("path_set", 5, "table", "the path ends in an AS_SET (RFC 9774)"),
    Rule("own_origin", 60, "own",
         "own space, or all of it while its owner announces nothing, with an origin not declared",
         clears="{new} among the declared origins"),
    Rule("own_upstream", 60, "own", "an own origin behind a neighbour not declared",
         clears="{new} among the declared upstreams"),
    # -- what the registries say --------------------------------------------------------------------
    Rule("rov_invalid_as", 40, "vrps", "payloads cover the prefix, none with this AS (RFC 6811)",
         clears="a ROA for {prefix} with {new}"),
    Rule("rov_invalid_length", 10, "vrps", "payloads have this AS, but a shorter maximum length",
         clears="a ROA for {prefix} with a longer maximum length"),
    Rule("rov_not_found", 0, "vrps", "no payload covers the prefix",
         clears="a ROA for {prefix} with {new}"),
    Rule("irr_other_origin", 10, "irr", "route objects cover the prefix, none with this origin",
         clears="a route object for {prefix} with {new} in the registry of its RIR"),
    Rule("irr_not_found", 0, "irr", "no route object covers the prefix",
         clears="a route object for {prefix} with {new} in the registry of its RIR"),
    Rule("irr_fresh_unchecked", 0, "irr",
         "the only matching route object is recent and in a registry that checks nothing",
         clears="a route object for {prefix} with {new} in the registry of its RIR"),
    # -- what explains ------------------------------------------------------------------------------
    Rule("rpki_valid", -70, "vrps", "a payload matches the newcomer (RFC 6811)",
         explains="authorised in the RPKI"),
    Rule("irr_authoritative", -45, "irr", "a route object of an RIR registry has this origin",
         explains="registered multi-origin"),
    Rule("irr_established", -30, "irr", "a route object older than 30 days has this origin",
         explains="registered multi-origin"),
    Rule("sibling", -60, "organisations", "newcomer and incumbent belong to one organisation",
         explains="siblings"),
    Rule("customer_provider", -55, "relationships", "one is the other's provider",
         explains="customer and provider"),
    Rule("neighbour", -30, "baseline",
         "the baseline has a link between newcomer and incumbent that is not known for peering",
         explains="neighbours"),
    Rule("peers", -10, "baseline", "the baseline has a link between them that is known for peering",
         explains="peers"),
    Rule("incumbent_passes_on", -35, "table", "every path has an incumbent next to the newcomer",
         explains="customer and provider"),
    Rule("slip", -20, "table",
         "so it is, and the numbers differ by one digit, or the newcomer's is 25 at most",
         explains="typo or prepend slip"),
    Rule("private_leaked", -30, "table",
         "every path has, before the reserved number, an AS that may originate the prefix",
         explains="private AS number leaked"),
    Rule("anycast_pattern", -30, "table", "three or more others originate the prefix already",
         explains="anycast pattern"),
    Rule("scrubber", -30, "scrubbers",
         "a DDoS mitigation service is the newcomer, and a third of the VP ASes see it",
         explains="DDoS scrubber"),
    Rule("ixp", -40, "relationships", "newcomer or incumbent is an exchange point",
         explains="IXP"),
    Rule("too_short", -25, "table", "shorter than /8 (IPv4) or /16 (IPv6): parts of a default route",
         explains="default route leak"),
    Rule("holder", -55, "delegations", "prefix and newcomer were delegated to the same holder",
         explains="address holder"),
    Rule("covering_origin", -40, "baseline", "the newcomer originates a less-specific as well",
         explains="origin of a covering prefix"),
    Rule("block_in_use", -25, "delegations",
         "others than the holder already originate parts of the same delegation",
         explains="part of a delegation with several users"),
    Rule("block_user", -40, "delegations",
         "the newcomer already originates another part of the same delegation",
         explains="part of a delegation it uses"),
    Rule("same_region", -5, "delegations",
         "space and AS number were delegated in one country (in one registry where it is unknown)",
         explains="same region"),
    Rule("registered_transfer", -10, "irr",
         "RIR registries list several origins for the prefix, the newcomer's for 90 days at most",
         explains="registered multi-origin, transfer in progress"),
    Rule("stable", -60, "baseline", "the baseline has it already", explains="known before"),
    Rule("new_upstream", -15, "table",
         "the new link is the origin's own, and carries half or more of its prefixes, three at least",
         explains="new upstream"),
    Rule("declared_link", -60, "irr", "the aut-num on the side of the origin names the neighbour",
         explains="declared link"),
    Rule("declared_by_newcomer", -10, "irr", "only the newcomer's own aut-num names the neighbour",
         explains="declared link"),
    Rule("new_as", -40, "baseline", "the origin had no known link at all: it has just joined",
         explains="new AS"),
    Rule("origin_kept", -60, "table", "origin and link are right: the route took a detour only",
         explains="route leak"),
)  # fmt: skip

RULES: dict[str, Rule] = {rule.name: rule for rule in _RULES}
_BITS = {rule.name: number for number, rule in enumerate(_RULES)}


def bit(name: str) -> int:
    """Position of a rule in the bit set that says which rules applied."""
    return _BITS[name]


class Verdict(NamedTuple):
    """What evidence comes to."""

    score: int
    suspect: bool
    explained_by: list[str]


def verdict(evidence: Iterable[Mapping[str, Any]]) -> Verdict:
    """Judge evidence rows, as those of an event: nothing else goes into its score.

    Parameters
    ----------
    evidence : iterable of mapping
        Rows with ``rule`` and ``weight``, in any order.

    Returns
    -------
    Verdict
        ``score``: sum of the weights, cut to 0 to 100. ``suspect``: whether it reaches `SUSPECT_SCORE`.
        ``explained_by``: empty for a suspect, else what the rules that explain say, in the order of
        `RULES`, or that there is not enough evidence.
    """
    rows = list(evidence)
    score = clamp(rows)
    if score >= SUSPECT_SCORE:
        return Verdict(score, True, [])
    applied = {row["rule"] for row in rows}
    texts = [r.explains for r in RULES.values() if r.name in applied and r.explains]
    return Verdict(score, False, list(dict.fromkeys(texts)) or ["not enough evidence"])
