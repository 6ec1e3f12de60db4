"""``show bgp … json`` of FRR, with ``detail`` or without, of one or of all VRFs."""

from typing import Any

from rib.fallback.views.fields import (
    Prefix,
    address4,
    as_number,
    as_path,
    community,
    extended,
    large,
    origin,
    prefix,
)
from rib.fallback.views.records import Attributes, Speaker
from rib.sources.views.documents import (
    Found,
    RefusedError,
    document,
    known_address,
    number_of,
    read_list,
)

__all__ = ["read_frr_json"]


def read_frr_json(text: bytes) -> tuple[bytes, dict[str, Any]]:
    """Read a whole document into RIB records and an account."""
    found = Found(text)
    for key, paths in _routes(document(text), found):
        # A summary that another key holds, as of FRR's totals, is no route.
        for path in paths:
            if isinstance(path, dict):
                found.route(key, lambda path=path, key=key: _route(found, key, path))  # type: ignore[misc]
            else:
                found.route(key, lambda path=path: _refuse(path))  # type: ignore[misc]
    return found.view.result()


def _refuse(path: object) -> Any:
    raise RefusedError("an object", path)


def _routes(tables: dict[str, Any], found: Found) -> list[tuple[str, list[Any]]]:
    """Give the paths of each prefix of the default VRF, or of the only one."""
    if "routes" not in tables and "paths" not in tables:
        several = {
            name: each
            for name, each in tables.items()
            if isinstance(each, dict) and "routes" in each
        }
        chosen = "default" if "default" in several else next(iter(several), "")
        for name, each in several.items():
            for _ in each["routes"] if name != chosen else ():
                found.view.other(f"VRF {name}", 0)
        tables = several.get(chosen, {})
    if "paths" in tables and "routes" not in tables:
        tables = {"routes": {str(tables.get("prefix")): tables}}
    routes = tables.get("routes")
    given = routes.items() if isinstance(routes, dict) else ()
    listed = []
    for key, value in given:
        paths = value.get("paths") if isinstance(value, dict) else value
        listed.append((key, paths if isinstance(paths, list) else [paths]))
    return listed


def _route(
    found: Found, key: str, path: dict[str, Any]
) -> tuple[Prefix, Speaker, Attributes, int | None]:
    where = prefix(key)
    if where is None:
        raise RefusedError("a prefix without host bits", key)
    shown = path.get("aspath")
    # The path of the router's own routes is shown as "Local".
    text = path.get("path", "")
    if isinstance(shown, dict):
        text = shown.get("string", "") if shown.get("segments") or shown.get("length") else ""
    value = as_path(text) if isinstance(text, str) else None
    if value is None:
        raise RefusedError("an AS path", text)
    attributes = _attributes(found, path)
    attributes.as_path = value
    _next_hops(attributes, path)
    return where, _peer(path, len(where[2])), attributes, number_of(path.get("addpathRxId"))


def _peer(path: dict[str, Any], size: int) -> Speaker:
    given = path.get("peer")
    peer = given if isinstance(given, dict) else {}
    ip = known_address(path.get("peerId", peer.get("peerId")))
    bgp_id = known_address(peer.get("routerId"))
    name = peer.get("hostname")
    if ip is None or not any(ip):
        # Without its peer, as in FRR's older tables, a route of others must not pass for the router's own.
        return Speaker(b"unknown" if path.get("pathFrom") == "external" else b"", None, bytes(size))
    return Speaker(
        name.encode("utf-8", "backslashreplace") if isinstance(name, str) else b"",
        None,
        ip,
        bgp_id if bgp_id is not None and len(bgp_id) == 4 else None,
    )


def _next_hops(attributes: Attributes, path: dict[str, Any]) -> None:
    hops = path.get("nexthops")
    for hop in hops if isinstance(hops, list) else ():
        ip = known_address(hop.get("ip")) if isinstance(hop, dict) else None
        if ip is None:
            continue
        if hop.get("scope") == "link-local" and len(ip) == 16:
            attributes.link_local = attributes.link_local or ip
        else:
            attributes.next_hop = attributes.next_hop or ip
    if attributes.next_hop is None and attributes.link_local is not None:
        attributes.next_hop, attributes.link_local = attributes.link_local, None


def _attributes(found: Found, path: dict[str, Any]) -> Attributes:
    def listed(key: str, read: Any) -> list[Any]:
        given = path.get(key)
        if isinstance(given, dict):
            given = given.get("list", given.get("string"))
        return read_list(found, given, read, key)

    name = path.get("origin")
    code = origin(name) if isinstance(name, str) else None
    if name is not None and code is None:
        found.left_out("origin", name)
    aggregator = number_of(path.get("aggregatorAs")), known_address(path.get("aggregatorId"))
    who, ip = aggregator
    originator = known_address(path.get("originatorId"))
    return Attributes(
        origin=code,
        med=number_of(path.get("metric", path.get("med"))),
        local_pref=number_of(path.get("locPrf", path.get("localPref"))),
        atomic_aggregate=path.get("atomicAggregate") is True,
        aggregator=None if who is None or ip is None or len(ip) != 4 else (who, ip),
        communities=listed("community", _community),
        originator_id=originator if originator is not None and len(originator) == 4 else None,
        cluster_list=listed("clusterList", address4),
        extended_communities=listed("extendedCommunity", _extended),
        large_communities=listed("largeCommunity", lambda c: large(c.split(":"))),
        otc=number_of(path.get("otc")),
    )


#: FRR's names in JSON beside those of IANA.
_NAMES = {"noExport": "no-export", "noAdvertise": "no-advertise", "localAs": "local-as"}
_NAMES |= {"noPeer": "no-peer", "gracefulShutdown": "graceful-shutdown"}
_NAMES |= {"acceptOwn": "accept-own", "llgrStale": "llgr-stale", "noLlgr": "no-llgr"}
_NAMES |= {"routeFilterTranslatedV4": "route-filter-translated-v4"}
_NAMES |= {"routeFilterTranslatedV6": "route-filter-translated-v6"}
_NAMES |= {"routeFilterV4": "route-filter-v4", "routeFilterV6": "route-filter-v6"}
_NAMES |= {"acceptOwnNexthop": "accept-own-nexthop"}


def _community(text: str) -> int | None:
    return community(_NAMES.get(text, text))


def _extended(text: str) -> int | None:
    kind, _, rest = text.partition(":")
    key, _, value = rest.partition(":")
    dotted = as_number(key)
    who = str(dotted) if dotted is not None else key
    return extended({"rt": "rt", "soo": "soo"}.get(kind.lower(), kind), who, value)
