"""A route as every reader can say it, and what a reader is."""

import ipaddress
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import ClassVar, NamedTuple

__all__ = [
    "FIELDS",
    "AbsentError",
    "Oracle",
    "Route",
    "address",
    "communities",
    "path_text",
    "prefix",
]


class Route(NamedTuple):
    """One route, or what an update says of one; an AS_SET has its members in ascending order.

    Absent is None: so is the time of a route of a RIB, and all but the id of a withdrawn one.
    """

    prefix: str
    peer_ip: str
    peer_as: int
    path_id: int | None
    as_path: str
    origin: str | None
    next_hop: str | None
    med: int | None
    local_pref: int | None
    communities: tuple[int, ...]
    kind: str = "announce"
    #: Seconds since 1970.
    time: int | None = None

    @classmethod
    def withdrawn(
        cls, prefix: str, peer_ip: str, peer_as: int, path_id: int | None, time: int
    ) -> "Route":
        """Give a withdrawal."""
        return cls(
            prefix, peer_ip, peer_as, path_id, "", None, None, None, None, (), "withdraw", time
        )


#: What is compared of a route that both readers have.
FIELDS = Route._fields[3:]


class AbsentError(Exception):
    """The program is not installed."""


class Oracle(ABC):
    """An independent reader.

    Attributes
    ----------
    name : str
    absent : dict of str to value
        What it prints for an attribute that a route does not have, where that is not None.
    unsaid : frozenset of str
        Fields it says nothing about.
    limits : dict of (str, str) to str
        Why it has no "routes" or "changes" of a SAFI, where it has none.
    """

    name: ClassVar[str]
    absent: ClassVar[dict[str, int | str]] = {}
    unsaid: ClassVar[frozenset[str]] = frozenset()
    limits: ClassVar[dict[tuple[str, str], str]] = {}

    @abstractmethod
    def version(self) -> str:
        """Give the version; `AbsentError` where the program is not installed."""

    @abstractmethod
    def routes(self, path: Path) -> Iterator[Route]:
        """Read the routes of a plain file, or the announcements and withdrawals."""

    def n_records(self) -> int | None:
        """Count the records of the last file; None where the program does not tell."""
        return None


@lru_cache(maxsize=65536)
def address(text: str) -> str:
    """Write an address as `ipaddress` does."""
    return str(ipaddress.ip_address(text))


@lru_cache(maxsize=1024)
def prefix(text: str) -> str:
    """Write a prefix as `ipaddress` does, host bits cleared."""
    return str(ipaddress.ip_network(text, strict=False))


_NAMED = {
    "no-export": 0xFFFFFF01,
    "no-advertise": 0xFFFFFF02,
    "local-as": 0xFFFFFF03,
    "no-export-subconfed": 0xFFFFFF03,
    "no-export-sub-confed": 0xFFFFFF03,
    "no-peer": 0xFFFFFF04,
    "nopeer": 0xFFFFFF04,
    "blackhole": 0xFFFF029A,
}
_PLAIN = re.compile(r"(\d+):(\d+)")


def communities(words: Iterable[str]) -> tuple[int, ...]:
    """Read communities of RFC 1997; large and extended ones are passed over."""
    found = []
    for word in words:
        plain = _PLAIN.fullmatch(word)
        if plain:
            found.append(int(plain[1]) << 16 | int(plain[2]))
        elif word.lower().replace("_", "-") in _NAMED:
            found.append(_NAMED[word.lower().replace("_", "-")])
    return tuple(found)


_SET = re.compile(r"([{\[])([0-9, ]*)([}\]])")


def path_text(text: str) -> str:
    """Write a path with the members of its sets in ascending order."""

    def in_order(found: re.Match[str]) -> str:
        members = sorted(map(int, re.findall(r"\d+", found[2])))
        return found[1] + ",".join(map(str, members)) + found[3]

    return _SET.sub(in_order, text) if "{" in text or "[" in text else text
