"""``bgpctl -j show rib detail`` of OpenBGPD."""

import re
from typing import Any

from rib.fallback.views.fields import (
    Prefix,
    address4,
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

__all__ = ["read_openbgpd_json"]

_EXTENDED = re.compile(r"(rt|soo|ro) (\S+):(\d+)")
_RAW = re.compile(r"\[\d+\] 0x([0-9a-fA-F]{16})")


def read_openbgpd_json(text: bytes) -> tuple[bytes, dict[str, Any]]:
    """Read a whole document into RIB records and an account."""
    found = Found(text)
    routes = document(text).get("rib")
    for number, route in enumerate(routes if isinstance(routes, list) else ()):
        shown = route if isinstance(route, dict) else {"prefix": route}
        where = str(shown.get("prefix", f"route {number}"))
        found.route(where, lambda shown=shown: _route(found, shown))  # type: ignore[misc]
    return found.view.result()


def _route(found: Found, route: dict[str, Any]) -> tuple[Prefix, Speaker, Attributes, int | None]:
    key, path = route.get("prefix"), route.get("aspath", "")
    where = prefix(key) if isinstance(key, str) else None
    if where is None:
        raise RefusedError("a prefix without host bits", key)
    value = as_path(path) if isinstance(path, str) else None
    if value is None:
        raise RefusedError("an AS path", path)
    name = route.get("origin")
    code = origin(name) if isinstance(name, str) else None
    if name is not None and code is None:
        found.left_out("origin", name)
    given = route.get("neighbor")
    neighbor = given if isinstance(given, dict) else {}
    attributes = Attributes(
        origin=code,
        as_path=value,
        next_hop=known_address(route.get("exit_nexthop")),
        # A MED that is absent is shown as 0.
        med=number_of(route.get("metric")) or None,
        local_pref=number_of(route.get("localpref")),
        communities=read_list(found, route.get("communities"), _community, "communities"),
        large_communities=read_list(
            found, route.get("large_communities"), _large, "large_communities"
        ),
        extended_communities=read_list(
            found, route.get("extended_communities"), _extended, "extended_communities"
        ),
    )
    _add_rare(attributes, route)
    return where, _peer(neighbor, len(where[2])), attributes, number_of(route.get("path_id"))


def _add_rare(attributes: Attributes, route: dict[str, Any]) -> None:
    listed = route.get("attributes")
    for one in listed if isinstance(listed, list) else ():
        if not isinstance(one, dict):
            continue
        match one.get("type"):
            case "Aggregator":
                who, ip = number_of(one.get("AS")), _address4(one.get("router_id"))
                attributes.aggregator = None if who is None or ip is None else (who, ip)
            case "Atomic Aggregate":
                attributes.atomic_aggregate = True
            case "Originator Id":
                attributes.originator_id = _address4(one.get("originator"))
            case "Cluster Id List":
                read = map(_address4, one.get("cluster_list") or ())
                attributes.cluster_list = [each for each in read if each is not None]
            case "OTC":
                attributes.otc = number_of(one.get("as"))


def _address4(value: object) -> bytes | None:
    return address4(value) if isinstance(value, str) else None


def _peer(neighbor: dict[str, Any], size: int) -> Speaker:
    ip, bgp_id = known_address(neighbor.get("remote_addr")), known_address(neighbor.get("bgp_id"))
    name = neighbor.get("description")
    if ip is None or not any(ip) or name == "LOCAL":
        return Speaker(b"", None, bytes(size))
    asn = number_of(neighbor.get("remote_as"))
    return Speaker(
        name.encode("utf-8", "backslashreplace") if isinstance(name, str) else b"",
        asn or None,
        ip,
        bgp_id if bgp_id is not None and len(bgp_id) == 4 else None,
    )


def _community(text: str) -> int | None:
    return community({"NO_EXPORT": "no-export", "NO_ADVERTISE": "no-advertise"}.get(text, text))


def _large(text: str) -> tuple[int, ...] | None:
    return large(text.split(":"))


def _extended(text: str) -> int | None:
    if raw := _RAW.fullmatch(text):
        return int(raw[1], 16)
    if known := _EXTENDED.fullmatch(text):
        return extended(*known.groups())
    return None
