"""The zip archive that a ``.rib`` file is: members stored as they are, each at a multiple of 64 octets.

Everything in such a file that is not content of a member follows from the members' names, sizes and
CRC-32s. `frame` says what it is: the writer writes it, and the reader compares, so that no octet of it
can change unseen. Any zip program reads the file.
"""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, NamedTuple, Protocol

__all__ = ["ContainerError", "Member", "MemberFile", "Writer", "check_frame", "frame", "members_of"]

#: Where content begins: a multiple of this, as Arrow asks of its buffers.
_ALIGNMENT = 64
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_EXTRA = struct.Struct("<2H")
#: Header ID under which zipalign pads; what follows it is zeros.
_PADDING_ID = 0xD935
_ZIP64_ID = 1
_ZIP64_EXTRA = 20  # in a local header
_MAX32 = 0xFFFFFFFF
#: 1980-01-01 00:00, the first moment zip knows: the same table gives the same file.
_DOS_DATE = 0x0021
_UNIX = 3 << 8
_PLAIN_FILE = 0o100644 << 16


class ContainerError(Exception):
    """The bytes are no such archive, or one that was changed; the text says where."""


class Member(NamedTuple):
    """One file of the archive: where its content is, and what the CRC-32 of it is."""

    name: str
    offset: int
    size: int
    crc: int


class Content(Protocol):
    """What is written of a member: told of each piece as it goes by."""

    def add(self, piece: memoryview, /) -> None: ...


class MemberFile:
    """The content of one member while it is written, as a binary file that only grows."""

    closed = False

    def __init__(self, stream: BinaryIO, seen: Content | None) -> None:
        self._stream = stream
        self._seen = seen
        self.size = 0
        self.crc = 0

    def write(self, data: bytes) -> int:
        """Write, and count."""
        piece = memoryview(data).cast("B")
        self._stream.write(piece)
        self.size += len(piece)
        self.crc = zlib.crc32(piece, self.crc)
        if self._seen is not None:
            self._seen.add(piece)
        return len(piece)

    def tell(self) -> int:
        """Give the number of octets written."""
        return self.size

    def flush(self) -> None:
        """Do nothing: the file itself is flushed once, at its end."""


class Writer:
    """Writes the members of an archive one after the other, and what is around them at the end."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._members: list[Member] = []
        self._at = 0

    @contextmanager
    def member(self, name: str, seen: Content | None = None) -> Iterator[MemberFile]:
        """Give a file to write a member's content to; ``seen`` is told of every piece."""
        offset = _content_offset(self._at, name)
        self._stream.seek(offset)
        file = MemberFile(self._stream, seen)
        yield file
        self._members.append(Member(name, offset, file.size, file.crc))
        self._at = offset + file.size

    def finish(self) -> None:
        """Write headers and directory; without them the file is not one."""
        for offset, octets in frame(self._members):
            self._stream.seek(offset)
            self._stream.write(octets)


def _content_offset(end: int, name: str) -> int:
    """Give where content begins whose header follows ``end``, with room for every extra field."""
    least = end + _LOCAL.size + len(name) + _ZIP64_EXTRA + _EXTRA.size
    return -(-least // _ALIGNMENT) * _ALIGNMENT


def frame(members: list[Member]) -> list[tuple[int, bytes]]:
    """Give all octets of the file that are not content, as (offset, octets)."""
    pieces = []
    directory = b""
    end = 0
    for member in members:
        pieces.append((end, _local_header(member, member.offset - end)))
        directory += _central_header(member, end)
        end = member.offset + member.size
    pieces.append((end, directory + _end_records(len(members), end, len(directory))))
    return pieces


def _local_header(member: Member, room: int) -> bytes:
    name = member.name.encode("ascii")
    large = member.size >= _MAX32
    extra = _EXTRA.pack(_ZIP64_ID, 16) + struct.pack("<2Q", member.size, member.size)
    extra = extra if large else b""
    padding = room - _LOCAL.size - len(name) - len(extra) - _EXTRA.size
    if padding < 0:
        raise ContainerError(f"member {member.name} is at byte {member.offset}, in its own header")
    extra += _EXTRA.pack(_PADDING_ID, padding) + bytes(padding)
    size = _MAX32 if large else member.size
    fixed = (45 if large else 20, 0, 0, 0, _DOS_DATE, member.crc, size, size, len(name), len(extra))
    return _LOCAL.pack(b"PK\3\4", *fixed) + name + extra


def _central_header(member: Member, header_at: int) -> bytes:
    name = member.name.encode("ascii")
    large = [n for n in (member.size, member.size, header_at) if n >= _MAX32]
    extra = _EXTRA.pack(_ZIP64_ID, 8 * len(large)) + struct.pack(f"<{len(large)}Q", *large)
    extra = extra if large else b""
    size, version = min(member.size, _MAX32), 45 if large else 20
    fixed = (_UNIX | version, version, 0, 0, 0, _DOS_DATE, member.crc, size, size)
    rest = (len(name), len(extra), 0, 0, 0, _PLAIN_FILE, min(header_at, _MAX32))
    return _CENTRAL.pack(b"PK\1\2", *fixed, *rest) + name + extra


def _end_records(n: int, at: int, size: int) -> bytes:
    end = _END.pack(b"PK\5\6", 0, 0, n, n, size, min(at, _MAX32), 0)
    if at < _MAX32:
        return end
    end64 = _END64.pack(b"PK\6\6", 44, _UNIX | 45, 45, 0, 0, n, n, size, at)
    return end64 + _LOCATOR.pack(b"PK\6\7", 0, at + size, 1) + end


# -- reading --------------------------------------------------------------------------------------


def members_of(data: memoryview) -> list[Member]:
    """List the members by the directory at the end of the file.

    Raises
    ------
    ContainerError
        There is no directory where it must be, or it points outside the file.
    """
    if bytes(data[:4]) != b"PK\3\4":
        raise ContainerError("it does not begin as a .rib file does")
    if len(data) < _END.size or bytes(data[-_END.size :][:4]) != b"PK\5\6":
        raise ContainerError("it does not end as a .rib file does: it was cut, or changed")
    try:
        return _listed(data)
    except (struct.error, IndexError, ValueError) as error:
        raise ContainerError(f"its directory cannot be read ({error})") from None


def _listed(data: memoryview) -> list[Member]:
    _, _, _, _, n, _, at, _ = _END.unpack(data[-_END.size :])
    if at == _MAX32:
        before = len(data) - _END.size - _LOCATOR.size - _END64.size
        at = _END64.unpack_from(data, before)[-1]
    members = []
    for _ in range(n):
        sign, *_, crc, size, _, n_name, n_extra, _, _, _, _, header_at = _CENTRAL.unpack_from(
            data, at
        )
        if sign != b"PK\1\2":
            raise ContainerError(f"its directory has no entry at byte {at}")
        at += _CENTRAL.size
        name = bytes(data[at : at + n_name]).decode("ascii")
        extra = data[at + n_name + _EXTRA.size : at + n_name + n_extra]
        at += n_name + n_extra
        large = [int(v) for (v,) in struct.iter_unpack("<Q", extra)]
        if size == _MAX32:
            size, large = large[0], large[2:]
        if header_at == _MAX32:
            header_at = large[0]
        _, *_, n_local, n_local_extra = _LOCAL.unpack_from(data, header_at)
        offset = header_at + _LOCAL.size + n_local + n_local_extra
        if offset + size > len(data):
            raise ContainerError(f"member {name} ends after the file: it was cut")
        members.append(Member(name, offset, size, crc))
    return members


def check_frame(data: memoryview, members: list[Member]) -> None:
    """Compare everything around the members with what it must be.

    Raises
    ------
    ContainerError
        An octet differs, or there are more or fewer than there must be.
    """
    end = 0
    for offset, octets in frame(members):
        end = offset + len(octets)
        if bytes(data[offset:end]) != octets:
            raise ContainerError(f"a header between bytes {offset} and {end} was changed")
    if end != len(data):
        raise ContainerError(f"it has {len(data)} bytes, expected {end}")
