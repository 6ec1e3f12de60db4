"""bgpkit-parser through its Python binding pybgpkit-parser."""

from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import ClassVar

from rib.sources.verify.route import (
    AbsentError,
    Oracle,
    Route,
    address,
    communities,
    path_text,
    prefix,
)

__all__ = ["Bgpkit"]


class Bgpkit(Oracle):
    """The package pybgpkit-parser, where it is installed."""

    name = "pybgpkit-parser"
    absent: ClassVar = {"med": 0, "local_pref": 0}
    #: Its elements have no ADD-PATH id.
    unsaid = frozenset(("path_id",))

    def version(self) -> str:
        """Give the version of the package."""
        try:
            return metadata.version("pybgpkit-parser")
        except metadata.PackageNotFoundError:
            raise AbsentError("the package pybgpkit-parser is not installed") from None

    def routes(self, path: Path) -> Iterator[Route]:
        """Read the elements one by one."""
        from pybgpkit_parser import Parser

        for elem in Parser(url=str(path)):
            time = int(elem.timestamp)
            if elem.elem_type == "W":
                yield Route.withdrawn(
                    prefix(elem.prefix), address(elem.peer_ip), elem.peer_asn, None, time
                )
                continue
            yield Route(
                prefix(elem.prefix),
                address(elem.peer_ip),
                elem.peer_asn,
                None,
                path_text(elem.as_path or ""),
                elem.origin,
                None if elem.next_hop is None else address(elem.next_hop),
                elem.med,
                elem.local_pref,
                communities(elem.communities or ()),
                time=time,
            )
