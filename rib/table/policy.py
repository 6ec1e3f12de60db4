"""What a router is told about its routes before it decides: local preference, MED, cost, ties."""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, get_args

from rib.exceptions import ConfigError

__all__ = ["Policy", "PolicyRule", "PrefixRange"]

_Med = Literal["best", "worst"]
_Prefer = Literal["router_id", "oldest"]

_RANGE = re.compile(r"(?P<prefix>\S+)(?: +ge +(?P<ge>\d{1,3}))?(?: +le +(?P<le>\d{1,3}))?")


class PrefixRange(NamedTuple):
    """A line of a prefix list: prefixes in ``network`` with a length from ``least`` to ``most``."""

    network: str
    least: int
    most: int


@dataclass(frozen=True)
class PolicyRule:
    """One rule of a `Policy`: the local preference of the routes it matches, or that they are rejected.

    A route matches if it meets every condition that is given; it meets one if any of its values fits.

    Parameters
    ----------
    local_pref : int, optional
        LOCAL_PREF of the routes that match, 0 to 4294967295.
    reject : bool
        Whether routes that match take no part. Exactly one of the two is given.
    session : tuple of str or int
        Peer addresses, or AS numbers of peers. As all conditions: by default every route.
    community : tuple of str
        Standard (``"64500:1"``) or large communities (``"64500:1:2"``) of which a route has one.
    prefix : tuple of str
        Prefix list: ``"10.0.0.0/8"`` is that prefix, ``"10.0.0.0/8 le 24"`` those in it no longer than 24,
        ``"10.0.0.0/8 ge 16"`` those of 16 and longer; both together.
    origin_as : tuple of int
        Origin ASes. A route without one (AS_SET of several) meets no such condition.

    Raises
    ------
    ConfigError
        A value is not what is expected; key and value are named.

    Examples
    --------
    >>> import rib
    >>> rib.PolicyRule(local_pref=200, session=(3356,)).local_pref
    200
    """

    local_pref: int | None = None
    reject: bool = False
    session: tuple[str | int, ...] = ()
    community: tuple[str, ...] = ()
    prefix: tuple[str, ...] = ()
    origin_as: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Check every value, and keep addresses as they are written in tables."""
        if not isinstance(self.reject, bool):
            raise _wrong("reject", self.reject, "true or false")
        if self.reject == (self.local_pref is not None):
            given = f"local_pref={self.local_pref!r}, reject={self.reject!r}"
            raise ConfigError(f"{given}: expected exactly one of local_pref and reject = true")
        if self.local_pref is not None:
            _number("local_pref", self.local_pref)
        self._set("session", (_session(s) for s in _values("session", self.session)))
        communities = _values("community", self.community)
        self._set("community", (":".join(map(str, community(c))) for c in communities))
        prefixes = _values("prefix", self.prefix)
        for text in prefixes:
            prefix_range(text)
        self._set("prefix", prefixes)
        self._set(
            "origin_as", (_number("origin_as", a) for a in _values("origin_as", self.origin_as))
        )

    def _set(self, name: str, values: Iterable[Any]) -> None:
        object.__setattr__(self, name, tuple(values))


@dataclass(frozen=True)
class Policy:
    """How a router decides: the settings of `rib.exit_preference` and `rib.transit_failures`.

    Parameters
    ----------
    rules : tuple of PolicyRule
        The first that matches a route says its LOCAL_PREF, or rejects it. Default: none.
    default_local_pref : int
        LOCAL_PREF of the routes that no rule matches and that have none. Default 100, as routers have.
    always_compare_med : bool
        Compare MED of routes from different neighbouring ASes too. Default False (RFC 4271).
    deterministic_med : bool
        Compare the routes of each neighbouring AS with one another first, as RFC 4271 does. With False routes
        are compared in pairs in order of arrival, which no dump tells: a prefix whose winner depends on it
        is ``ambiguous``. Default True.
    missing_med : {"best", "worst"}
        A route without MED counts as one with 0 (default), or with 4294967295.
    prefer : {"router_id", "oldest"}
        What decides between routes that are equal up to their interior cost: the lower BGP identifier
        (default), or first the time since when an EBGP route is held.
    own_as : int, optional
        Our AS: sessions with it are IBGP. By default every session is EBGP.
    igp_cost : mapping of str to int
        Interior cost by next hop; of others 0.

    Raises
    ------
    ConfigError
        A value is not what is expected; key and value are named.

    See Also
    --------
    rib.read_policy : a policy from a file

    Notes
    -----
    Routers by default: BIRD 2 is ``Policy(deterministic_med=False)``; FRR the same with
    ``prefer="oldest"``, or without it where ``bgp bestpath compare-routerid`` is set.

    References
    ----------
    RFC 4271 §9.1.2.2 (the decision process), RFC 4456 §9 (reflected routes), RFC 5004 (oldest route).

    Examples
    --------
    >>> import rib
    >>> policy = rib.Policy(rules=(rib.PolicyRule(local_pref=200, session=(3356,)),))
    >>> view = rib.read_mrt("data/sample-mrt/own.20250121.1200.mrt.gz")
    >>> routes = rib.exit_preference(view, policy).routes
    >>> sorted(routes[routes["winner_as"] == 3356]["step"].unique())
    ['local_pref', 'only']
    """

    rules: tuple[PolicyRule, ...] = ()
    default_local_pref: int = 100
    always_compare_med: bool = False
    deterministic_med: bool = True
    missing_med: _Med = "best"
    prefer: _Prefer = "router_id"
    own_as: int | None = None
    igp_cost: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check every value, and keep addresses as they are written in tables."""
        rules = _values("rules", self.rules)
        for rule in rules:
            if not isinstance(rule, PolicyRule):
                raise _wrong("rules", rule, "PolicyRule objects")
        object.__setattr__(self, "rules", rules)
        _number("default_local_pref", self.default_local_pref)
        for name in ("always_compare_med", "deterministic_med"):
            if not isinstance(given := getattr(self, name), bool):
                raise _wrong(name, given, "true or false")
        for name, choices in (("missing_med", get_args(_Med)), ("prefer", get_args(_Prefer))):
            if (given := getattr(self, name)) not in choices:
                raise _wrong(name, given, " or ".join(map(repr, choices)))
        if self.own_as is not None:
            _number("own_as", self.own_as)
        if not isinstance(self.igp_cost, Mapping):
            raise _wrong("igp_cost", self.igp_cost, "costs by next hop")
        costs = {
            _address("igp_cost", hop): _number(f"igp_cost.{hop}", cost)
            for hop, cost in self.igp_cost.items()
        }
        object.__setattr__(self, "igp_cost", costs)


def community(text: Any) -> tuple[int, ...]:
    """Give the two numbers of a standard community, or the three of a large one."""
    parts = text.split(":") if isinstance(text, str) else []
    limit = {2: 0xFFFF, 3: 0xFFFFFFFF}.get(len(parts), -1)
    numbers = tuple(int(p) if p.isascii() and p.isdigit() else -1 for p in parts)
    if not numbers or not all(0 <= n <= limit for n in numbers):
        expected = "a community as '64500:1', or a large one as '64500:1:2'"
        raise _wrong("community", text, expected)
    return numbers


def prefix_range(text: Any) -> PrefixRange:
    """Read a line of a prefix list: ``PREFIX [ge N] [le N]``."""
    expected = "a prefix as '10.0.0.0/8', perhaps with 'ge 16' and 'le 24' behind it"
    found = _RANGE.fullmatch(text.strip()) if isinstance(text, str) else None
    try:
        network = ipaddress.ip_network(found["prefix"] if found else "")
    except ValueError:
        raise _wrong("prefix", text, expected) from None
    assert found is not None
    ge, le = (int(n) if n else None for n in (found["ge"], found["le"]))
    least = network.prefixlen if ge is None else ge
    # Cisco's rule: without `le`, `ge` reaches to the longest; with neither the prefix alone is meant.
    most = (network.prefixlen if ge is None else network.max_prefixlen) if le is None else le
    if not network.prefixlen <= least <= most <= network.max_prefixlen:
        raise _wrong("prefix", text, f"{network.prefixlen} <= ge <= le <= {network.max_prefixlen}")
    return PrefixRange(str(network), least, most)


def _wrong(key: str, value: object, expected: str) -> ConfigError:
    return ConfigError(f"{key}={value!r}: expected {expected}")


def _values(key: str, given: Any) -> tuple[Any, ...]:
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
        raise _wrong(key, given, "a list")
    return tuple(given)


def _number(key: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 0xFFFFFFFF:
        raise _wrong(key, value, "a number from 0 to 4294967295")
    return value


def _address(key: str, value: Any) -> str:
    try:
        return str(ipaddress.ip_address(value if isinstance(value, str) else ""))
    except ValueError:
        raise _wrong(key, value, "an address as '192.0.2.1'") from None


def _session(value: Any) -> str | int:
    if isinstance(value, int) and not isinstance(value, bool):
        return _number("session", value)
    try:
        return _address("session", value)
    except ConfigError:
        raise _wrong("session", value, "a peer address or the AS number of a peer") from None
