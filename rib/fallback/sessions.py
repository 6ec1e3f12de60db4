"""Whose session each change of state is of.

OpenBGPD writes peer and router the other way round in changes of state, unlike in messages, so that each
names the router for its peer. A change whose ends are those of a session swapped is of that session,
unless messages come from both ends: a log of both routers is not touched. Before it has the OPEN, OpenBGPD
does not know the AS of the peer and writes 0.
"""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rib.fallback.changes import UpdatesLoad

__all__ = ["Session", "Sessions"]


class Session(NamedTuple):
    """AS and address of the far end and of the near end, as a record names them."""

    peer: tuple[int, str]
    local: tuple[int, str]

    def swapped(self) -> "Session":
        """Give the session as the other end names it."""
        return Session(self.local, self.peer)


class Sessions:
    """The sessions of one input.

    Parameters
    ----------
    load : UpdatesLoad
        Where its changes go.
    """

    def __init__(self, load: "UpdatesLoad") -> None:
        self._load = load
        self._first_row, self._first_peer = len(load), len(load.peers)
        self._seen = set[Session]()
        #: Addresses of their far and near ends.
        self._addresses = set[tuple[str, str]]()
        #: ASes of the far end by its address and the near end.
        self._ases: dict[tuple[str, tuple[int, str]], set[int]] = {}
        self._speaking = set[int]()
        self._states: list[tuple[int, Session | None]] = []

    def saw(self, session: Session | None) -> None:
        """Note a message."""
        if session is None or session in self._seen:
            return
        self._seen.add(session)
        (asn, address), local = session
        self._addresses.add((address, local[1]))
        if asn:
            self._ases.setdefault((address, local), set()).add(asn)

    def speaks(self, peer: int) -> None:
        """Note an UPDATE."""
        self._speaking.add(peer)

    def changed(self, session: Session | None) -> None:
        """Note a change of state, the next row of the load."""
        self._states.append((len(self._load), session))

    def _peer_of_swapped(self, named: Session) -> tuple[int, str] | None:
        """Give the peer of a change of state that names both ends the wrong way round."""
        if (named.peer[1], named.local[1]) in self._addresses:
            return None
        (asn, address), local = named.swapped()
        ases = self._ases.get((address, local), set())
        if not asn and len(ases) == 1:
            return min(ases), address
        return (asn, address) if named.swapped() in self._seen else None

    def correct(self) -> None:
        """Give the changes that name both ends the wrong way round to their peers.

        Peers that nothing else named are left out.
        """
        load, ghosts = self._load, set[int]()
        for row, session in self._states:
            found = session and self._peer_of_swapped(session)
            if session is None or found is None:
                continue
            named = load.peer_of(row)
            load.move_state(row, load.peers.like(named, *found), session.peer)
            ghosts.add(named)
        ghosts -= self._speaking
        ghosts.difference_update(load.peer_of(row) for row, _ in self._states)
        ghosts = {peer for peer in ghosts if peer >= self._first_peer}
        if ghosts:
            load.drop_peers(ghosts, self._first_row)
