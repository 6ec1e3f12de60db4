"""A peer: one BGP session that says what it is told, byte for byte (RFC 4271)."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Sequence
from typing import NamedTuple, Self

from internet import mrt_writer as mrt

from .lab import ROUTER4, ROUTER6, Lab

__all__ = ["AS_TRANS", "Neighbour", "Speaker"]

AS_TRANS = 23456
HOLD_TIME = 90
_AFI = {4: mrt.IPV4, 6: mrt.IPV6}


class Neighbour(NamedTuple):
    """A peer of the router, and its capabilities.

    Without `four_octets` it knows 2-octet AS numbers only (RFC 6793); with `add_path` it sends
    several paths (RFC 7911), with `extended_next_hop` IPv6 next hops of IPv4 routes (RFC 8950).
    """

    name: str
    asn: int
    ip: str
    bgp_id: str
    families: tuple[int, ...] = (4, 6)
    four_octets: bool = True
    add_path: bool = False
    extended_next_hop: bool = False

    def open(self) -> bytes:
        """Give the OPEN message."""
        found = [struct.pack("!BBHBB", 1, 4, _AFI[f], 0, mrt.UNICAST) for f in self.families]
        if self.four_octets:
            found.append(struct.pack("!BBI", 65, 4, self.asn))
        if self.add_path:
            able = b"".join(struct.pack("!HBB", _AFI[f], mrt.UNICAST, 2) for f in self.families)
            found.append(bytes([69, len(able)]) + able)
        if self.extended_next_hop:
            found.append(struct.pack("!BBHHH", 5, 6, mrt.IPV4, mrt.UNICAST, mrt.IPV6))
        capabilities = b"".join(found)
        asn = self.asn if self.asn < 0x10000 else AS_TRANS
        head = struct.pack("!BHH", 4, asn, HOLD_TIME) + mrt.address(self.bgp_id)
        parameter = bytes([2, len(capabilities)]) + capabilities
        return mrt.bgp_message(mrt.OPEN, head + bytes([len(parameter)]) + parameter)


class Speaker:
    """One session of a neighbour with the router; a thread answers the router's keepalives."""

    def __init__(self, lab: Lab, neighbour: Neighbour, deadline: float) -> None:
        self.neighbour = neighbour
        self._said: str | None = None
        # A router that is still starting may refuse, hang up, or say nothing.
        while not self._open(lab):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{neighbour.name}: no session; the router said {self._said}")
            time.sleep(0.1)

    def _open(self, lab: Lab) -> bool:
        self._socket = lab.bound_socket(self.neighbour.ip)
        self._socket.settimeout(3)
        try:
            self._socket.connect((ROUTER6 if ":" in self.neighbour.ip else ROUTER4, 179))
            self._socket.sendall(self.neighbour.open())
        except OSError as error:
            self._said = str(error)
            self._socket.close()
            return False
        self._socket.settimeout(None)
        self._answered = threading.Event()
        self._is_up = False
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        self._answered.wait(3)
        if not self._is_up:
            self.close()
        return self._is_up

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, messages: Sequence[bytes]) -> None:
        """Send messages."""
        try:
            self._socket.sendall(b"".join(messages))
        except OSError as error:
            raise ConnectionError(f"{self.neighbour.name}: {error}; {self._said}") from error

    def close(self) -> None:
        """Hang up without a word."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)

    def check(self) -> None:
        """Complain if the router has hung up."""
        if not self._thread.is_alive():
            raise ConnectionError(f"{self.neighbour.name}: the router hung up; {self._said}")

    def _listen(self) -> None:
        try:
            self._answer()
        except OSError as error:
            self._said = self._said or str(error)
        finally:
            self._answered.set()

    def _answer(self) -> None:
        with self._socket.makefile("rb") as stream:
            while len(head := stream.read(19)) == 19:
                length, kind = struct.unpack("!HB", head[16:])
                body = stream.read(length - 19)
                if kind == mrt.OPEN:
                    self._socket.sendall(mrt.bgp_message(mrt.KEEPALIVE))
                elif kind == mrt.KEEPALIVE:
                    self._is_up = True
                    self._answered.set()
                    self._socket.sendall(mrt.bgp_message(mrt.KEEPALIVE))
                elif kind == mrt.NOTIFICATION:
                    self._said = f"NOTIFICATION {body[0]}/{body[1]} {body[2:].hex()}"
                    return
