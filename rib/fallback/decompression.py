"""Decoders of one compressed stream each: the standard library's, and the `fallback` extra's.

Every decoder gives what it decodes in bounded pieces, so that a small input that grows without end
can be stopped. A call of a decoder that fails throws away what it decoded before the damage;
`Decoder.feed` can therefore be told to be careful, and then no call does more than one byte.
"""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Protocol

__all__ = ["DamagedStreamError", "Decoder", "compression_of", "missing_package", "new_decoder"]

#: Compressions by magic bytes. A file of zstd may begin with a skippable frame.
_MAGIC = {
    b"\x1f\x8b": "gzip",
    **{b"BZh%d" % level: "bzip2" for level in range(1, 10)},
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    **{bytes([first]) + b"\x2a\x4d\x18": "zstd" for first in range(0x50, 0x60)},
    b"\x04\x22\x4d\x18": "lz4",
}
#: Uncompressed bytes of one call.
_PIECE = 1 << 20
#: A block of bzip2 is longer than this when compressed, so no call finishes two.
_LESS_THAN_A_BLOCK = 16


def compression_of(head: bytes, before: str = "plain") -> str:
    """Name the compression by the first bytes, for LZ4 also by what came before them."""
    found = next((name for magic, name in _MAGIC.items() if head.startswith(magic)), "plain")
    is_skippable = found == "zstd" and head[1:4] == b"\x2a\x4d\x18"
    return "lz4" if is_skippable and before == "lz4" else found


class DamagedStreamError(Exception):
    """The compressed data is not what its format demands."""


class Decoder(Protocol):
    """Decodes one stream."""

    @property
    def eof(self) -> bool:
        """Whether the stream has ended."""

    @property
    def unused_data(self) -> bytes:
        """What was fed after the end of the stream."""

    def feed(self, piece: bytes, *, careful: bool = False) -> Iterator[bytes]:
        """Decode a piece of the stream; DamagedStreamError where that fails."""


class _Library(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes | None: ...
    @property
    def needs_input(self) -> bool: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Zlib:
    """`zlib.decompressobj` with the methods that the other libraries have."""

    def __init__(self) -> None:
        self._decoder = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._decoder.eof

    @property
    def unused_data(self) -> bytes:
        return self._decoder.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        out = self._decoder.decompress(self._decoder.unconsumed_tail + data, max_length)
        self.needs_input = not self._decoder.unconsumed_tail and len(out) < max_length
        return out


class _Streaming:
    """A decoder whose output is good up to its damage: gzip, xz, zstd, LZ4."""

    def __init__(self, library: _Library, damage: type[Exception]) -> None:
        self._library = library
        self._damage = damage
        self._after = b""

    @property
    def eof(self) -> bool:
        return self._library.eof

    @property
    def unused_data(self) -> bytes:
        return (self._library.unused_data or b"") + self._after

    def feed(self, piece: bytes, *, careful: bool = False) -> Iterator[bytes]:
        step, most = (1, 1) if careful else (len(piece), _PIECE)
        for at in range(0, len(piece), step):
            data = piece[at : at + step]
            while True:
                try:
                    out = self._library.decompress(data, most)
                except self._damage as error:
                    raise DamagedStreamError from error
                if out:
                    yield out
                # A full call may have left some behind, whatever the library says it needs.
                if self.eof or (self._library.needs_input and len(out) < most):
                    break
                data = b""
            if self.eof:
                self._after = piece[at + step :]
                return


class _Bzip2:
    """Blocks whose checksum is right; damage anywhere in a block scrambles all of it."""

    def __init__(self) -> None:
        self._decoder = bz2.BZ2Decompressor()
        self._after = b""

    @property
    def eof(self) -> bool:
        return self._decoder.eof

    @property
    def unused_data(self) -> bytes:
        return self._decoder.unused_data + self._after

    def feed(self, piece: bytes, *, careful: bool = False) -> Iterator[bytes]:
        step = 1 if careful else _LESS_THAN_A_BLOCK
        for at in range(0, len(piece), step):
            if block := self._block(piece[at : at + step]):
                yield block
            if self.eof:
                self._after = piece[at + step :]
                return

    def _block(self, data: bytes) -> bytes:
        try:
            parts = [self._decoder.decompress(data)]
            # The checksum is looked at once all of the block has come out.
            while parts[-1] and not self.eof:
                parts.append(self._decoder.decompress(b""))
        except OSError as error:
            raise DamagedStreamError from error
        return b"".join(parts)


def _zstd() -> Decoder:
    try:
        zstd = import_module("compression.zstd")
    except ImportError:  # before Python 3.14
        zstd = import_module("backports.zstd")
    # The window of `zstd --long=31`, the largest there is.
    options = {zstd.DecompressionParameter.window_log_max: 31}
    return _Streaming(zstd.ZstdDecompressor(options=options), zstd.ZstdError)


def _lz4() -> Decoder:
    frame = import_module("lz4.frame")
    return _Streaming(frame.LZ4FrameDecompressor(), RuntimeError)


_DECODERS: dict[str, Callable[[], Decoder]] = {
    "gzip": lambda: _Streaming(_Zlib(), zlib.error),
    "bzip2": _Bzip2,
    "xz": lambda: _Streaming(lzma.LZMADecompressor(lzma.FORMAT_XZ), lzma.LZMAError),
    "zstd": _zstd,
    "lz4": _lz4,
}


def missing_package(compression: str) -> str:
    """Say what to install where `new_decoder` fails."""
    return (
        f"reading {compression} in Python needs a package that is missing: "
        'pip install "rib[fallback]"'
    )


def new_decoder(compression: str) -> Decoder:
    """Prepare to decode one stream; ImportError where a package of the extra is missing."""
    return _DECODERS[compression]()
