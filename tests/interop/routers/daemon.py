"""What every routing daemon of the tests can do, and how its routes are put side by side."""

import shutil
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from .feed import NARROW, NEIGHBOURS, Route, Sent
from .lab import INSIDE, Lab
from .speaker import Neighbour

__all__ = ["LOCAL4", "LOCAL6", "Daemon", "until", "until_written"]

#: The prefixes that the router itself announces.
LOCAL4, LOCAL6 = "198.51.100.0/24", "3fff:fff::/48"


def until(what: str, test: Callable[[], object], seconds: float) -> None:
    """Wait until a test holds."""
    deadline = time.monotonic() + seconds
    while not (found := test()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds} s (last: {found!r})")
        time.sleep(0.1)


def until_written(path: Path, beyond: int = 0, seconds: float = 20) -> None:
    """Wait until a file is longer than `beyond` and has not grown for half a second."""
    sizes = [0] * 5

    def at_rest() -> bool:
        sizes.append(path.stat().st_size if path.exists() else 0)
        return sizes[-1] > beyond and len(set(sizes[-5:])) == 1

    until(f"{path.name} is written", at_rest, seconds)


class Daemon(ABC):
    """A router in a lab: how it is configured, started, asked, and made to dump."""

    #: Debian's package and the programs of it that are needed.
    package: ClassVar[str]
    programs: ClassVar[tuple[str, ...]]
    #: Its peers; left out are those that need what it does not know.
    neighbours: ClassVar[tuple[Neighbour, ...]] = NEIGHBOURS
    #: Columns that its `show` does not tell, and those that its dump keeps or loses by chance.
    hidden: ClassVar[frozenset[str]] = frozenset()
    lost: ClassVar[frozenset[str]] = frozenset()
    #: The receipt of its dump: deviations understood, and issues by kind.
    quirks: ClassVar[dict[str, int]] = {}
    issues: ClassVar[dict[str, int]] = {}
    #: Address and AS of the entry of its own routes in the PEER_INDEX_TABLE.
    local_peer: ClassVar[tuple[str, int]]
    #: Address and AS that its log gives when the peer NARROW hangs up; None where it does not say so.
    hung_up: ClassVar[tuple[str, int] | None] = (NARROW.ip, NARROW.asn)

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.folder = lab.folder

    @classmethod
    def missing(cls) -> list[str]:
        """Name the programs that are not here."""
        return [p for p in cls.programs if shutil.which(p) is None]

    def start(self) -> None:
        """Write the configuration and run the daemon; it may not listen yet."""
        self.configure()
        for command in self.commands():
            self._launch(command)

    def configure(self) -> None:
        """Write the configuration files."""
        for name, text in self.files().items():
            (self.folder / name).write_text(text)

    def _launch(self, command: Sequence[str]) -> None:
        self.lab.start(command, self.folder / f"{Path(command[0]).name}.log")

    def logs(self) -> str:
        """Give the end of what the daemon has said."""
        return "\n".join(p.read_text()[-2000:] for p in sorted(self.folder.glob("*.log")))

    def inside(self, path: Path) -> str:
        """Spell a path in the lab's folder as the daemon sees it."""
        return f"{INSIDE}/{path.relative_to(self.folder)}"

    @abstractmethod
    def files(self) -> dict[str, str]:
        """Give the configuration files, by name."""

    @abstractmethod
    def commands(self) -> list[list[str]]:
        """Give the programs to run, in the foreground."""

    @abstractmethod
    def show(self) -> list[Route]:
        """Give the routes the daemon shows."""

    @abstractmethod
    def dump(self) -> Path:
        """Have the daemon write its RIB, and wait until it is written."""

    def other_dumps(self) -> dict[str, Path]:
        """Have it write the same routes in its other forms, by name."""
        return {}

    def views(self) -> dict[str, list[bytes]]:
        """Give what it shows as text that `rib.read_view` reads, by format."""
        return {}

    @property
    def updates(self) -> Path:
        """The file of the messages received since the start."""
        return self.folder / "updates.mrt"

    @classmethod
    def tells_who_hung_up(cls) -> bool:
        """Say whether one can know from its log whose session ended."""
        return cls.hung_up is not None and cls.hung_up[1] == NARROW.asn

    @classmethod
    def held(cls, sent: Sent) -> Route:
        """Give the route that the daemon holds, and shows, of one that a peer sent."""
        return sent.route(sent.attributes)

    @classmethod
    def dumped(cls, route: Route) -> Route | None:
        """Give what can be read from its dump of a route that it holds."""
        return route
