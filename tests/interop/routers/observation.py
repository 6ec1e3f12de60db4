"""One run of one daemon, from an empty lab to its dumps and what it showed."""

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from . import feed
from .daemon import Daemon, until
from .feed import Route
from .lab import Lab
from .speaker import Neighbour, Speaker

__all__ = ["Observation", "observe"]


class Observation(NamedTuple):
    """What is left of a run.

    `shown` is what the daemon showed when it wrote `rib`, and `views` the same as text. All of it was sent before `complete`, a
    second since 1970. After that some routes were withdrawn and a peer hung up, and the daemon showed
    `left`. `messages` are all UPDATEs sent, by peer.
    """

    daemon: Daemon
    shown: list[Route]
    views: dict[str, list[bytes]]
    complete: int
    left: list[Route]
    rib: Path
    other_dumps: dict[str, Path]
    updates: Path
    messages: Counter[tuple[str, bytes]]


def observe(kind: type[Daemon], folder: Path) -> Observation:
    """Run a daemon, feed it, have it dump, and end it."""
    # The daemon ends before the peers do, so that its log ends with the one peer that hung up.
    with ExitStack() as hang_up, Lab(folder, [n.ip for n in kind.neighbours]) as lab:
        daemon = kind(lab)
        try:
            return _observe(daemon, lab, hang_up)
        except Exception as error:
            error.add_note(f"{daemon.package} said:\n{daemon.logs()}")
            raise


def _observe(daemon: Daemon, lab: Lab, hang_up: ExitStack) -> Observation:
    daemon.start()
    deadline = time.monotonic() + 20
    speakers = {n: hang_up.enter_context(Speaker(lab, n, deadline)) for n in daemon.neighbours}
    sent = feed.routes(daemon.neighbours)
    messages = _send(speakers, [(s.peer, feed.update(s)) for s in sent])
    shown = _settled(daemon, list(speakers.values()), len(sent))
    views = daemon.views()
    complete = _next_second()
    rib, others = daemon.dump(), daemon.other_dumps()
    gone = set(feed.withdrawn(daemon.neighbours))
    messages += _send(speakers, [(s.peer, feed.withdrawal(s)) for s in gone])
    speakers[feed.NARROW].close()
    last = [s for s in sent if s.peer is not feed.NARROW and s not in gone]
    staying = [s for n, s in speakers.items() if n is not feed.NARROW]
    left = _settled(daemon, staying, len(last))
    return Observation(daemon, shown, views, complete, left, rib, others, daemon.updates, messages)


def _next_second() -> int:
    """Wait until the second is over, and give the one that begins: most logs tell whole seconds."""
    begun = int(time.time()) + 1
    time.sleep(begun - time.time())
    return begun


def _send(
    speakers: dict[Neighbour, Speaker], messages: list[tuple[Neighbour, bytes]]
) -> Counter[tuple[str, bytes]]:
    for neighbour, speaker in speakers.items():
        speaker.send([message for to, message in messages if to is neighbour])
    return Counter((to.ip, message) for to, message in messages)


def _settled(daemon: Daemon, speakers: Sequence[Speaker], n_routes: int) -> list[Route]:
    """Wait until the daemon shows so many routes of its peers."""
    shown: list[Route] = []

    def all_there() -> bool:
        for speaker in speakers:
            speaker.check()
        shown[:] = daemon.show()
        return n_routes == sum(r.peer is not None for r in shown)

    try:
        until(f"{n_routes} routes", all_there, 20)
    except TimeoutError as error:
        raise TimeoutError(f"{error}: {len(shown)} shown") from error
    return shown
