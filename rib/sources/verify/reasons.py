"""Differences that are known, and why ours is right."""

from rib.sources.verify.route import Route

__all__ = ["reason"]

#: bgpdump prints into buffers of fixed size.
_BGPDUMP_PATH, _BGPDUMP_COMMUNITIES = 7900, 8191


def reason(oracle: str, field: str, ours: Route | None, theirs: Route | None) -> str:
    """Say why ours is right; empty where it is not known."""
    if ours is None or theirs is None:
        return ""
    if oracle == "bgpdump":
        return _bgpdump(field, ours, theirs)
    if oracle == "pybgpkit-parser":
        return _bgpkit(field, ours, theirs)
    return ""


def _bgpkit(field: str, ours: Route, theirs: Route) -> str:
    """Know the ADD-PATH dumps of FRR and GoBGP, whose MP_REACH_NLRI is written in full."""
    if field == "next_hop" and theirs.next_hop is None and ours.path_id is not None:
        return (
            "pybgpkit-parser expects a path id in the NLRI of a full MP_REACH_NLRI, which has none, "
            "and drops the attribute"
        )
    return ""


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
