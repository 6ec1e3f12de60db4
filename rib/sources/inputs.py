"""What a caller names as source, resolved to the inputs that a back end reads.

Directories and globs are spelled out, URLs fetched, and every input gets the collector that its path
or URL stands for.
"""

import codecs
import errno
import glob
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TypeAlias

from rib.exceptions import MrtError, UnsupportedMrtError
from rib.remote.cache import is_url, local_copy
from rib.remote.download import WebPageError
from rib.sources.archive import collector_of
from rib.sources.bar import progress_bar

__all__ = [
    "MAX_BYTES",
    "RIB_FILES",
    "UPDATE_FILES",
    "VIEW_FILES",
    "Files",
    "Inputs",
    "Progress",
    "Source",
    "byte_limit",
    "printable",
    "resolved",
    "shown",
]

#: One input: a path, a glob, a directory, a URL, the bytes themselves, or an open binary file.
Source: TypeAlias = str | os.PathLike[str] | bytes | IO[bytes]
Progress: TypeAlias = Callable[[int, int], object]


@dataclass(frozen=True)
class Files:
    """Which files of a directory are read: what they are, and the words their names may hold."""

    what: str
    words: frozenset[str]
    example: str
    is_text: bool = False


RIB_FILES = Files("MRT dumps", frozenset({"rib", "ribs", "bview"}), "*.mrt, rib.*, bview.*")
UPDATE_FILES = Files("MRT updates", frozenset({"update", "updates"}), "*.mrt, updates.*")
VIEW_FILES = Files("text views", frozenset({"view", "views"}), "*.view, view.*", is_text=True)

#: Uncompressed bytes of an input: far above any dump, and an end to a bomb.
MAX_BYTES = 64 << 30

_COMPRESSED = (".gz", ".bz2", ".xz", ".zst", ".lz4")


@dataclass
class Inputs:
    """What is read: (name, collector, path or bytes) each, and what lay beside it and is not."""

    given: list[tuple[str, str | None, str | bytes]] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)


@contextmanager
def resolved(
    source: Source | Iterable[Source],
    *kinds: Files,
    collector: str | None = None,
    progress: Progress | None = None,
    again: bool = False,
) -> Iterator[Inputs]:
    """Give the inputs of a source, URLs as local copies for as long as the context lasts.

    Parameters
    ----------
    source : str, path, bytes, binary file, or iterable of these
        As `rib.read_mrt` documents it.
    *kinds : Files
        Which files of a directory are meant: the first kind that every directory has files of.
    collector : str, optional
        Given by the caller for every input; otherwise the one that a path or URL stands for.
    progress : callable, optional
        Called with (bytes done, total) of each download.
    again : bool, default False
        Whether the inputs must stand more than one reading: what a pipe gives is gone once it is
        read, so it is copied.
    """
    if collector is not None and not isinstance(collector, str):
        raise TypeError(f"collector={collector!r}: expected text, the name of a collector")
    with ExitStack() as stack:
        named, passed_over = _chosen(source, kinds)
        inputs = Inputs(passed_over=[printable(path) for path in passed_over])
        for name, found in named:
            of = collector if collector is not None else collector_of(name)
            local = found
            if is_url(found):
                local = _copy(stack, found, progress, is_text=kinds[0].is_text)
            elif again and isinstance(found, str) and _is_stream(found):
                local = _kept(stack, found)
            inputs.given.append((printable(name), of, local))
        yield inputs


def printable(name: str | bytes) -> str:
    r"""Give a file's name as text that can be encoded: octets that are not UTF-8 as ``\xe9``."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _chosen(
    source: Source | Iterable[Source], kinds: tuple[Files, ...]
) -> tuple[list[tuple[str, str | bytes]], list[str]]:
    """Give the inputs of the first kind that all directories have, and what is passed over."""
    if isinstance(source, Iterator) and not hasattr(source, "read"):  # given once only
        source = list(source)
    first: MrtError | None = None
    for files in kinds:
        passed_over: list[str] = []
        try:
            return list(_named(source, files, passed_over)), passed_over
        except MrtError as error:
            first = first or error
    raise first or ValueError("kinds=(): expected at least one kind of files")


def _copy(stack: ExitStack, url: str | bytes, progress: Progress | None, *, is_text: bool) -> str:
    try:
        copy = stack.enter_context(local_copy(str(url), progress))
    except WebPageError as error:
        raise UnsupportedMrtError(str(error), str(url), 0, 0) from error
    except ValueError as error:
        raise ValueError(f"source={error}") from error
    if not is_text and (text := _text_of(copy)):
        message = f"{url!s}: expected MRT records, found text: {text!r}"
        raise UnsupportedMrtError(message, str(url), 0, 0)
    return os.fspath(copy)


def _text_of(path: Path) -> str:
    """Give the first line of a file that is text, as errors of servers are; empty for any other.

    A header of MRT has an octet of 0, and compressed data has octets that are no text; those of bzip2
    begin with ten that are.
    """
    with path.open("rb") as file:
        start = file.read(512)
    if start.startswith(b"BZh"):
        return ""
    try:
        # One by one, since the last character may be cut.
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(start)
    except UnicodeDecodeError:
        return ""
    if not all(c.isprintable() or c in "\t\r\n" for c in text):
        return ""
    return text.strip().partition("\n")[0].strip()[:80]


def _is_stream(path: str) -> bool:
    """Whether a path is there and no file: a pipe, a terminal, a socket."""
    return Path(path).exists() and not Path(path).is_file()


def _kept(stack: ExitStack, path: str) -> str:
    """Copy what a stream gives, as it is."""
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="rib-"))
    copy = Path(folder) / "stream"
    with Path(path).open("rb") as stream, copy.open("wb") as out:
        shutil.copyfileobj(stream, out, 1 << 20)
    return os.fspath(copy)


def _named(
    source: Source | Iterable[Source], files: Files, passed_over: list[str]
) -> Iterator[tuple[str, str | bytes]]:
    """Give the name and the path, URL or bytes of every input."""
    if isinstance(source, bytes | bytearray | memoryview):
        yield "<bytes>", bytes(source)
    elif isinstance(source, str | os.PathLike):
        for path in _paths(os.fsdecode(source), files, passed_over):
            yield path, path
    elif hasattr(source, "read"):
        content = source.read()
        if not isinstance(content, bytes | bytearray | memoryview):
            raise TypeError(f"source={source!r}: expected a file opened in binary mode")
        name = getattr(source, "name", "<file>")
        yield os.fsdecode(name) if isinstance(name, str | bytes) else str(name), bytes(content)
    elif isinstance(source, Iterable):
        several = list(source)
        if not several:
            raise ValueError("source=[]: expected at least one dump")
        for each in several:
            yield from _named(each, files, passed_over)
    else:
        raise TypeError(
            f"source={source!r}: expected a path, glob, directory, http(s) URL, bytes, binary file or "
            "a list of these"
        )


def _paths(path: str, files: Files, passed_over: list[str]) -> list[str]:
    if not path:
        raise FileNotFoundError(errno.ENOENT, "expected a path, found an empty text", path)
    if "\0" in path:
        raise ValueError(f"source={path!r}: expected a path, found one with a NUL character")
    if is_url(path):
        return [path]
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", path):
        raise ValueError(f"source={path!r}: expected a path or an http(s) URL")
    if Path(path).is_dir():
        return _in_directory(path, files, passed_over)
    if glob.has_magic(path) and not Path(path).exists():
        # pathlib globs below a folder only; users give absolute and relative patterns alike.
        matched = sorted(p for p in glob.glob(path, recursive=True) if Path(p).is_file())  # noqa: PTH207
        if not matched:
            raise FileNotFoundError(errno.ENOENT, "no file matches", path)
        return matched
    return [path]


def _in_directory(path: str, files: Files, passed_over: list[str]) -> list[str]:
    """Give the files at any depth that look like what is wanted, and note all that do not."""
    entries = _below(path)
    wanted = [p for p in entries if p.is_file() and _looks_wanted(p.name, files)]
    if not wanted:
        raise MrtError(
            f"{printable(path)}: expected a directory with {files.what} ({files.example}), found "
            f"{len(entries)} entries and none that looks like one",
            path=path,
        )
    read = set(wanted)
    passed_over += [os.fspath(p) + (os.sep if p.is_dir() else "") for p in entries if p not in read]
    return [os.fspath(p) for p in wanted]


def _below(path: str) -> list[Path]:
    """Give what lies below a directory in order of path: files, and directories not looked into.

    Those are hidden ones, where programs keep their own, and links, which could lead in circles.
    """

    def refuse(error: OSError) -> None:
        raise error

    entries: list[Path] = []
    for name, folders, names in os.walk(path, onerror=refuse):
        folder = Path(name)
        closed = [f for f in folders if f.startswith(".") or (folder / f).is_symlink()]
        entries += [folder / each for each in (*names, *closed)]
        folders[:] = [f for f in folders if f not in closed]
    return sorted(entries)


def _looks_wanted(name: str, files: Files) -> bool:
    """Tell by its name whether a file is one of those meant: by a word of it, or as *.mrt.

    Hidden ones are not: rsync and others give such names to files that are still arriving.
    """
    if name.startswith("."):
        return False
    stem = name.lower()
    for suffix in _COMPRESSED:
        stem = stem.removesuffix(suffix)
    words = set(re.split(r"[^a-z0-9]+", stem))
    if words & files.words:
        return True
    if files.is_text:
        return False
    others = (RIB_FILES.words | UPDATE_FILES.words) - files.words
    return stem.endswith(".mrt") and not words & others


@contextmanager
def shown(progress: bool | Progress | None) -> Iterator[Progress | None]:
    """Give a callback that shows progress as asked: True is a bar on a terminal's standard error."""
    if not (progress is None or isinstance(progress, bool) or callable(progress)):
        raise TypeError(f"progress={progress!r}: expected True, False or a callable")
    if callable(progress):
        yield progress
    elif progress:
        with progress_bar("reading") as show:
            yield show
    else:
        yield None


def byte_limit(max_bytes: object) -> int | None:
    """Give the argument ``max_bytes`` as a back end takes it."""
    if max_bytes is None:
        return None
    if not isinstance(max_bytes, int) or isinstance(max_bytes, bool) or max_bytes < 1:
        raise ValueError(f"max_bytes={max_bytes!r}: expected a positive whole number or None")
    return min(max_bytes, 2**63)  # what the native module can count
