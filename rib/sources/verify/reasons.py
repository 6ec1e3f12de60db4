"""Differences that are known, and why ours is right."""

import re

from rib.fallback.attributes import AS_TRANS
from rib.sources.verify.route import Route

__all__ = ["reason"]

#: bgpdump prints into buffers of fixed size.
_BGPDUMP_PATH, _BGPDUMP_COMMUNITIES = 7900, 8191
_FOUR_OCTETS, _MAX_TWO_OCTETS = re.compile(r"\d{5,}"), 0xFFFF
_PLAIN = str.maketrans("[]", "{}", "()")


def reason(oracle: str, field: str, ours: Route | None, theirs: Route | None) -> str:
    """Say why ours is right; empty where it is not known."""
    if ours is None or theirs is None:
        return ""
    if oracle == "bgpdump":
        return _bgpdump(field, ours, theirs)
    if oracle == "pybgpkit-parser":
        return _bgpkit(field, ours, theirs)
    if oracle == "mrtparse":
        return _mrtparse(field, ours, theirs)
    return ""


def _bgpkit(field: str, ours: Route, theirs: Route) -> str:
    """Know confederations, a full MP_REACH_NLRI in ADD-PATH dumps, and one beside a NEXT_HOP."""
    if field == "as_path" and theirs.as_path == _as_plain_segments(ours.as_path):
        return "pybgpkit-parser writes confederation segments (RFC 5065) as if they were plain ones"
    if field == "next_hop" and ours.time is not None and _is_of_the_other_family(ours, theirs):
        return (
            "pybgpkit-parser gives what MP_REACH_NLRI announces the NEXT_HOP that stands beside it"
        )
    if field == "next_hop" and theirs.next_hop is None and ours.path_id is not None:
        return (
            "pybgpkit-parser expects a path id in the NLRI of a full MP_REACH_NLRI, which has none, "
            "and drops the attribute"
        )
    return ""


def _is_of_the_other_family(ours: Route, theirs: Route) -> bool:
    """Whether an IPv6 prefix has an IPv4 next hop in theirs alone, as no update can say it."""
    hops = ours.next_hop, theirs.next_hop
    return ":" in ours.prefix and [hop is not None and ":" in hop for hop in hops] == [True, False]


def _as_plain_segments(as_path: str) -> str:
    """Write an AS_CONFED_SEQUENCE as an AS_SEQUENCE, and an AS_CONFED_SET as an AS_SET."""
    return as_path.translate(_PLAIN)


def _mrtparse(field: str, ours: Route, theirs: Route) -> str:
    """Know paths of which AS4_PATH has the ASes of four octets."""
    if field == "as_path" and theirs.as_path == _FOUR_OCTETS.sub(_as_trans, ours.as_path):
        return "mrtparse gives AS_PATH as it is, without the ASes of AS4_PATH (RFC 6793 §4.2.3)"
    return ""


def _as_trans(asn: re.Match[str]) -> str:
    return str(AS_TRANS) if int(asn[0]) > _MAX_TWO_OCTETS else asn[0]


def _bgpdump(field: str, ours: Route, theirs: Route) -> str:
    if field == "as_path" and len(ours.as_path) >= _BGPDUMP_PATH:
        if ours.as_path.startswith(theirs.as_path[:-20]):
            return f"bgpdump cuts paths of about {_BGPDUMP_PATH} characters"
    elif field == "communities" and len(ours.communities) > len(theirs.communities):
        n = len(theirs.communities)
        if (
            n * 4 > _BGPDUMP_COMMUNITIES // 4
            and ours.communities[: n - 1] == theirs.communities[:-1]
        ):
            return f"bgpdump cuts communities at {_BGPDUMP_COMMUNITIES} characters"
    return ""
