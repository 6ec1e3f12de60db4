"""One URL to one file: an HTTP(S) download that stalls, cuts and restarts cannot spoil.

What has arrived stays when a try fails; the next one, in this call or a later one, asks for the rest
with Range and If-Range (RFC 9110 §13.1.5, §14.2), and a server that answers with the whole, or with
another version, starts it over. Only a body as long as announced becomes the file, by a rename.
"""

import errno
import time
import urllib.request
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

from rib.exceptions import RibError
from rib.remote.partial import Partial, Version

if TYPE_CHECKING:
    import urllib3

__all__ = ["Patience", "Progress", "WebPageError", "download"]

Progress: TypeAlias = Callable[[int, int], object]

_CHUNK = 1 << 16
_GONE, _REFUSED = frozenset({404, 410}), frozenset({401, 403, 407, 451})
#: Answers that may be another a moment later.
_TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
#: How pages begin. An MRT timestamp of 2001 may be ``<!--``, but no type follows it as a blank.
_PAGES = (b"<!doctype", b"<html", b"<head", b"<?xml", b"<!-- ")
_BOMS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


class WebPageError(RibError, ValueError):
    """A web page is served in place of a file."""


@dataclass(frozen=True)
class Patience:
    """How long to wait for a server, in seconds, and how often to ask it.

    A body that brings less than 64 KiB within ``read`` seconds counts as stalled.
    """

    connect: float = 10
    read: float = 30
    tries: int = 5
    backoff: float = 0.5
    longest_wait: float = 60


class _TransientError(Exception):
    """A try that failed in a way that the next may not; ``wait`` is what the server wishes."""

    def __init__(self, reason: str, *, stalled: bool = False, wait: float | None = None) -> None:
        super().__init__(reason)
        self.stalled = stalled
        self.wait = wait


def download(
    url: str,
    path: Path,
    *,
    known: Version | None = None,
    patience: Patience | None = None,
    progress: Progress | None = None,
) -> Version | None:
    """Fetch a URL into a file.

    Parameters
    ----------
    url : str
        http or https; redirects are followed.
    path : Path
        Where the file goes, replaced by a rename; `Partial` files lie beside it until then.
    known : Version, optional
        The version that is already at ``path``.
    patience : Patience, optional
        Timeouts and tries.
    progress : callable, optional
        Called with (bytes done, total or 0), at most every 100 ms.

    Returns
    -------
    Version or None
        Of the new file; None where ``known`` is still what the server has.

    Raises
    ------
    FileNotFoundError, PermissionError, TimeoutError, ConnectionError
        404 and 410; 401, 403, 407 and 451; a server that stalls; one that cannot be reached, cuts
        the body every time or gives another answer. ``filename`` is the URL.
    WebPageError
        A web page is served in place of the file.
    ValueError
        The URL names no host.
    """
    fetch = _Fetch(url, Partial(path), known, patience or Patience(), progress)
    wait = fetch.patience.backoff
    for left in reversed(range(fetch.patience.tries)):
        try:
            return fetch.once()
        except _TransientError as error:
            if not left:
                kind = TimeoutError if error.stalled else ConnectionError
                text = f"{error}, {fetch.patience.tries} times in a row"
                raise kind(errno.ETIMEDOUT, text, url) from error
            pause = wait if error.wait is None else error.wait
        time.sleep(min(pause, fetch.patience.longest_wait))
        wait *= 2
    raise ValueError(f"patience={patience!r}: expected at least one try")


class _Fetch:
    """One download over several tries."""

    def __init__(
        self,
        url: str,
        partial: Partial,
        known: Version | None,
        patience: Patience,
        progress: Progress | None,
    ) -> None:
        self._url = url
        self._partial = partial
        self._known = known
        self.patience = patience
        self._progress = progress
        self._shown = 0.0
        self._pool = _pool(url)

    def once(self) -> Version | None:
        """Ask once, and keep what came before a failure."""
        from urllib3 import exceptions

        try:
            with closing(self._ask()) as response:
                if response.status == 304:
                    return None
                have, version = self._part_of(response)
                if not have:
                    if self._known is not None and version.is_same(self._known):
                        return None
                    self._partial.begin(version)
                self._receive(response, have, version)
        except exceptions.SSLError as error:
            raise self._failure(f"no secure connection: {error}") from error
        except exceptions.NewConnectionError as error:  # a kind of TimeoutError to urllib3
            raise _TransientError(f"no connection: {error}") from error
        except exceptions.TimeoutError as error:
            raise _TransientError("the server stalls", stalled=True) from error
        except exceptions.LocationValueError as error:
            raise ValueError(f"{self._url!r}: expected an http(s) address: {error}") from error
        except exceptions.HTTPError as error:
            raise _TransientError(f"the connection fails: {error}") from error
        self._partial.finish()
        return version

    def _failure(self, text: str) -> ConnectionError:
        return ConnectionError(errno.ECONNABORTED, text, self._url)

    def _headers(self) -> dict[str, str]:
        # The stored bytes are wanted, and a range is one of them, not of a compressed transfer.
        headers = {"Accept-Encoding": "identity", "User-Agent": "rib"}
        have, of = self._partial.state()
        if have:
            return {**headers, "Range": f"bytes={have}-", "If-Range": of.validator}
        if self._known is not None and self._known.etag:
            headers["If-None-Match"] = self._known.etag
        if self._known is not None and self._known.last_modified:
            headers["If-Modified-Since"] = self._known.last_modified
        return headers

    def _ask(self) -> "urllib3.BaseHTTPResponse":
        """Give an answer that has, or refers to, the file; raise for every other."""
        import urllib3

        only_redirects = urllib3.Retry(
            total=None, connect=0, read=0, status=0, other=0, redirect=10, raise_on_status=False
        )
        try:
            response = self._pool.request(
                "GET",
                self._url,
                headers=self._headers(),
                timeout=urllib3.Timeout(connect=self.patience.connect, read=self.patience.read),
                retries=only_redirects,
                preload_content=False,
                decode_content=False,
            )
        except urllib3.exceptions.MaxRetryError as error:
            if isinstance(error.reason, urllib3.exceptions.ResponseError):
                raise self._failure(str(error.reason)) from error
            raise error.reason or error from error
        if response.status in (200, 206) or (response.status == 304 and self._known is not None):
            return response
        with closing(response):
            answer = f"HTTP {response.status} {response.reason or ''}".rstrip()
            if response.status in _GONE:
                raise FileNotFoundError(errno.ENOENT, answer, self._url)
            if response.status in _REFUSED:
                raise PermissionError(errno.EACCES, answer, self._url)
            if response.status == 416:  # what is here is no beginning of what is there
                self._partial.discard()
                raise _TransientError("the server has no such range", wait=0)
            if response.status in _TRANSIENT:
                wait = only_redirects.get_retry_after(response)
                raise _TransientError(f"the server answers {answer}", wait=wait)
            raise self._failure(f"the server answers {answer}")

    def _part_of(self, response: "urllib3.BaseHTTPResponse") -> tuple[int, Version]:
        """Give where in the file the body begins, and the version that it is of."""
        headers = response.headers
        length = headers.get("Content-Length", "")
        size = int(length) if length.isascii() and length.isdigit() else None
        version = Version(headers.get("ETag", ""), headers.get("Last-Modified", ""), size)
        if response.status == 200:
            return 0, version
        have, of = self._partial.state()
        whole = "*" if of.size is None else str(of.size)
        unit, _, found = headers.get("Content-Range", "").partition(" ")
        start = found.partition("-")[0]
        total = found.rpartition("/")[2]
        is_other = version.etag and of.etag and version.etag != of.etag
        if (
            unit != "bytes"
            or start != str(have)
            or total not in (whole, "*")
            or is_other
            or not have
        ):
            self._partial.discard()
            raise _TransientError("the server gives another range than was asked for", wait=0)
        return have, of

    def _receive(self, response: "urllib3.BaseHTTPResponse", have: int, version: Version) -> None:
        """Append the body to the partial file."""
        total = version.size or 0
        window, arrived = time.monotonic(), 0
        with self._partial.path.open("ab") as file:
            while chunk := response.read1(_CHUNK, decode_content=False):
                file.write(chunk)
                have += len(chunk)
                arrived += len(chunk)
                now = time.monotonic()
                if arrived >= _CHUNK:
                    window, arrived = now, 0
                elif now - window > self.patience.read:
                    raise _TransientError("the server stalls", stalled=True)
                if self._progress is not None and (now > self._shown or have == total):
                    self._progress(have, total)
                    self._shown = now + 0.1
        if version.size is not None and have != version.size:
            raise _TransientError(f"the server ends after {have:,} of {version.size:,} bytes")
        self._refuse_page(response)

    def _refuse_page(self, response: "urllib3.BaseHTTPResponse") -> None:
        with self._partial.path.open("rb") as file:
            start = _without_bom(file.read(512)).lstrip().lower()
        if start.startswith(_PAGES):
            self._partial.discard()
            kind = response.headers.get("Content-Type", "no content type")
            raise WebPageError(f"{self._url}: expected a file, found a web page ({kind})")


def _without_bom(start: bytes) -> bytes:
    """Give the first octets of a text that begins with a byte order mark as if it had none."""
    for bom, encoding in _BOMS.items():
        if start.startswith(bom):
            return start[len(bom) :].decode(encoding, "ignore").encode()
    return start


def _pool(url: str) -> "urllib3.PoolManager":
    """Give a connection pool, through the proxy that the environment names for the host."""
    import urllib3

    parts = urlsplit(url)
    if not parts.hostname:
        raise ValueError(f"{url!r}: expected an http(s) address with a host")
    proxy = urllib.request.getproxies().get(parts.scheme.lower())
    if proxy and not urllib.request.proxy_bypass(parts.hostname):
        return urllib3.ProxyManager(proxy)
    return urllib3.PoolManager()
