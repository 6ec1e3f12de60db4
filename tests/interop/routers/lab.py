"""Two network namespaces joined by a cable: the router under test in one, its peers in the other.

Everything runs below one process that is the first of a process namespace of its own, and that
ends by itself: when it goes, the kernel ends every daemon with it and takes the networks, the
addresses and the private /run along, however the test ended.
"""

import ctypes
import os
import socket
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

__all__ = ["INSIDE", "LIFETIME", "ROUTER4", "ROUTER6", "Lab", "LabError"]

#: Seconds after which the kernel ends whatever is left of a lab.
LIFETIME = 150

ROUTER4, ROUTER6 = "192.0.2.1", "2001:db8::1"
_CLONE_NEWNET = 0x40000000

_UNSHARE = ("unshare", "--net", "--pid", "--fork", "--kill-child=KILL", "--mount", "--mount-proc")
#: Where a daemon finds the lab's folder: below no folder that its own user may not enter.
INSIDE = "/run/lab"

#: Arguments: the lab's folder, addresses of the peers. /run and /var/tmp of the machine, where its
#: own daemons have their sockets and logs, are out of sight.
_BUILD = f"""
set -e
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs tmpfs /var/tmp
mkdir {INSIDE}
mount --bind "$1" {INSIDE}
shift
unshare --net sleep {LIFETIME} &
peers=$!
while [ "$(readlink /proc/$peers/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.02; done
ip link set lo up
ip link add r0 type veth peer name p0
ip link set p0 netns $peers
ip addr add {ROUTER4}/24 dev r0
ip addr add {ROUTER6}/64 dev r0 nodad
ip link set r0 up
peer() {{ nsenter --target $peers --net "$@"; }}
peer ip link set lo up
for address in "$@"; do
  case $address in *:*) peer ip addr add $address/64 dev p0 nodad;; *) peer ip addr add $address/24 dev p0;; esac
done
peer ip link set p0 up
echo $peers
exec sleep {LIFETIME}
"""


class LabError(Exception):
    """A lab cannot be built on this machine."""


class Lab:
    """One router's world; a context manager.

    `folder`, empty and open to all users, is `INSIDE` to the router.
    """

    def __init__(self, folder: Path, peers: Sequence[str]) -> None:
        folder.chmod(0o777)
        self.folder = folder
        self._holder = subprocess.Popen(
            [*_UNSHARE, "sh", "-c", _BUILD, "lab", folder, *peers],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._holder.stdout is not None
        assert self._holder.stderr is not None
        self._started: list[subprocess.Popen[bytes]] = []
        peers_inside = self._holder.stdout.readline().strip()
        if not peers_inside:
            reason = self._holder.stderr.read().strip()
            self.close()
            raise LabError(reason)
        (self._first,) = _children(self._holder.pid)
        self._peers = next(p for p in _children(self._first) if _inner_pid(p) == peers_inside)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the first process, and with it all others."""
        self._holder.kill()
        for process in (self._holder, *self._started):
            process.wait(10)
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()

    def _inside(self, command: Sequence[str | os.PathLike[str]]) -> list[str]:
        """Spell a command that runs where the router is."""
        enter = ["nsenter", "--target", self._first, "--net", "--pid", "--mount"]
        return [*enter, *map(os.fspath, command)]

    def start(self, command: Sequence[str | os.PathLike[str]], log: Path) -> None:
        """Run a daemon in the foreground; what it says goes to `log`."""
        with log.open("wb") as output:
            started = subprocess.Popen(
                self._inside(command), stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        self._started.append(started)

    def run(self, command: Sequence[str | os.PathLike[str]], timeout: float = 10) -> str:
        """Run a command to its end and give what it printed."""
        done = subprocess.run(
            self._inside(command), capture_output=True, text=True, timeout=timeout, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{command}: exit {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def bound_socket(self, address: str) -> socket.socket:
        """Give a TCP socket of the peers' namespace, bound to one of their addresses."""
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(self._bound_socket, address).result()

    def _bound_socket(self, address: str) -> socket.socket:
        # A namespace is entered by a thread, and a socket stays in the one it was made in.
        libc = ctypes.CDLL(None, use_errno=True)
        with Path(f"/proc/{self._peers}/ns/net").open() as namespace:
            if libc.setns(namespace.fileno(), _CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
        made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        made.bind((address, 0))
        return made


def _children(pid: int | str) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def _inner_pid(pid: str) -> str:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(line.split()[-1] for line in status.splitlines() if line.startswith("NSpid:"))
