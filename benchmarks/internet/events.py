"""What is planted on top of the normal table: one record per incident or benign look-alike."""

from dataclasses import dataclass, field
from typing import NamedTuple

from internet import cast
from internet.addresses import Prefix
from internet.routing import Announcement


class Roa(NamedTuple):
    """One validated ROA payload that an event needs in the registry."""

    asn: int
    prefix: Prefix
    max_length: int


class RouteObject(NamedTuple):
    """One IRR object that an event needs; `since` is the first IRR file that has it."""

    prefix: Prefix
    asn: int
    created: str
    since: str = cast.SNAPSHOTS[0]


@dataclass
class Event:
    """One planted thing. `kind` uses the names of the analyses; `label` says what the story is."""

    kind: str
    label: str
    announced: dict[Prefix, Announcement]
    incumbents: tuple[int, ...]
    newcomers: tuple[int, ...]
    note: str
    incident: bool = True
    snapshots: tuple[str, ...] = (cast.LAST,)
    link: tuple[
        int, ...
    ] = ()  # neighbouring ASes that mark a path as part of the event (forged origin, leak)
    pins: dict[tuple[int, Prefix], tuple[int, ...]] = field(
        default_factory=dict
    )  # (VP AS, prefix): path
    roas: list[Roa] = field(default_factory=list)
    route_objects: list[RouteObject] = field(default_factory=list)
    details: dict[str, object] = field(default_factory=dict)

    def marks(self, path: tuple[int, ...]) -> bool:
        """Return whether this path shows the newcomer's side of the event."""
        if self.link:
            n = len(self.link)
            return any(path[i : i + n] == self.link for i in range(len(path)))
        return path[-1] in self.newcomers
