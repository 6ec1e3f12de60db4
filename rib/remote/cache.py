"""Copies of what was fetched, by URL: kept on disk, asked about before each use.

``RIB_CACHE`` names the folder (default: the platform's, such as ``~/.cache/rib``) or is ``off``: then
nothing is kept. A copy lies at ``<host>/<digest of the URL>/<file name>`` beside a note of its version; the
folder may be deleted at any time. Processes and threads that want the same URL wait for each other,
and only one of them downloads.
"""

import hashlib
import inspect
import json
import os
import re
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from urllib.parse import unquote, urlsplit

from rib.remote.download import Patience, Progress, download
from rib.remote.partial import Version

__all__ = ["PATIENCE", "is_url", "local_copy"]

PATIENCE = Patience()
#: Packages whose lines a warning does not name.
_OWN = ("rib", "contextlib")


def is_url(path: object) -> bool:
    """Whether a path is an http(s) URL."""
    return isinstance(path, str) and path.lower().startswith(("http://", "https://"))


@contextmanager
def local_copy(path: str | os.PathLike[str], progress: Progress | None = None) -> Iterator[Path]:
    """Give a path as it is, and a URL as the path of a copy.

    Parameters
    ----------
    path : str or path
        A path or an http(s) URL.
    progress : callable, optional
        Called with (bytes done, total or 0) while a URL is fetched.

    Yields
    ------
    Path
        To be read within the context: without a cache, the copy is deleted at its end.

    Raises
    ------
    FileNotFoundError, PermissionError, TimeoutError, ConnectionError, WebPageError, ValueError
        As `download`. A server that cannot be reached is a RuntimeWarning where there is a copy.
    """
    if not isinstance(path, str) or not is_url(path):
        yield Path(path)
        return
    _check(path)
    root = _root()
    if root is None:
        with tempfile.TemporaryDirectory(prefix="rib-") as folder:
            copy = Path(folder) / _file_name(path)
            download(path, copy, patience=PATIENCE, progress=progress)
            yield copy
    else:
        yield _kept(path, root, progress)


def _check(url: str) -> None:
    try:
        urlsplit(url)
    except ValueError as error:  # which does not say of what
        raise ValueError(f"{url!r}: expected an http(s) address: {error}") from None


def _root() -> Path | None:
    named = os.environ.get("RIB_CACHE", "")
    if named.lower() == "off":
        return None
    if named:
        return Path(named).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("rib", appauthor=False)


def _file_name(url: str) -> str:
    """Give the last part of the URL's path, as a name that every file system takes."""
    last = unquote(urlsplit(url).path).rpartition("/")[2]
    return re.sub(r"[^A-Za-z0-9._-]", "_", last)[-100:].lstrip(".") or "index"


def _kept(url: str, root: Path, progress: Progress | None) -> Path:
    from filelock import FileLock

    host = re.sub(r"[^a-z0-9.-]", "_", (urlsplit(url).hostname or "").lower())
    folder = root / (host or "_") / hashlib.sha256(url.encode()).hexdigest()[:24]
    folder.mkdir(parents=True, exist_ok=True)
    # No file of a URL has a name that begins with a dot.
    copy, note = folder / _file_name(url), folder / ".version.json"
    with FileLock(folder / ".lock"):
        known = _known(copy, note)
        try:
            new = download(url, copy, known=known, patience=PATIENCE, progress=progress)
        except (ConnectionError, TimeoutError) as error:
            if known is None:
                raise
            warnings.warn(
                f"{url}: {error.strerror}: the copy in the cache is read, whatever changed since",
                RuntimeWarning,
                stacklevel=_caller(),
            )
            return copy
        if new is not None:
            _remember(note, new, copy.stat().st_size, url)
    return copy


def _caller() -> int:
    """Give the ``stacklevel``, seen from who asks, of the first frame outside of this package."""
    frame, level = inspect.currentframe(), 0
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] in _OWN:
        frame, level = frame.f_back, level + 1
    return level


def _known(copy: Path, note: Path) -> Version | None:
    """Give the version of a copy that is whole; None where there is none."""
    try:
        noted = json.loads(note.read_text())
        version = Version(noted["etag"], noted["last_modified"], noted["size"])
        return version if copy.stat().st_size == version.size else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _remember(note: Path, version: Version, size: int, url: str) -> None:
    fresh = note.with_name(note.name + ".new")
    fresh.write_text(json.dumps({**asdict(version), "size": size, "url": url}, indent=1))
    fresh.replace(note)
