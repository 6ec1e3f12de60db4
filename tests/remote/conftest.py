"""A web server on 127.0.0.1 that misbehaves as told, and an empty cache."""

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from rib.remote import cache
from rib.remote.download import Patience


@dataclass
class Site:
    """What the server serves, and what it was asked for.

    ``ranges``, ``conditional``: whether Range and If-… are honoured. ``cuts``: after how many bytes of a body each request in
    turn is cut. ``stalls``: likewise, but the connection stays open. ``statuses``: answers given
    first, in turn. ``drips``: seconds between bytes, for all bodies. ``lies``: headers of every 206.
    """

    body: bytes = b""
    etag: str = '"1"'
    modified: str = ""
    content_type: str = "application/octet-stream"
    ranges: bool = True
    conditional: bool = True
    says_length: bool = True
    cuts: list[int] = field(default_factory=list)
    stalls: list[int] = field(default_factory=list)
    statuses: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    drips: float = 0
    lies: dict[str, str] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    url: str = ""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: Site

    def log_message(self, *_):
        """Keep quiet."""

    def do_GET(self):
        site = self.site
        site.asked.append((self.path, dict(self.headers)))
        if self.path in site.redirects:
            self._head(302, {"Location": site.redirects[self.path], "Content-Length": "0"})
        elif site.statuses:
            status, headers = site.statuses.pop(0)
            self._head(status, {"Content-Length": "0", **headers})
        else:
            self._file()

    def _head(self, status, headers):
        self.send_response(status)
        for name, value in headers.items():
            if value:
                self.send_header(name, value)
        self.end_headers()

    def _file(self):
        site, start = self.site, 0
        validators = {"ETag": site.etag, "Last-Modified": site.modified}
        if site.conditional and (
            (site.etag and self.headers.get("If-None-Match") == site.etag)
            or (site.modified and self.headers.get("If-Modified-Since") == site.modified)
        ):
            self._head(304, validators)
            return
        if site.ranges and "Range" in self.headers:
            same = self.headers.get("If-Range") in (None, site.etag or site.modified)
            start = (
                int(self.headers["Range"].removeprefix("bytes=").removesuffix("-")) if same else 0
            )
        part, size = site.body[start:], len(site.body)
        headers = {"Content-Type": site.content_type, **validators}
        if site.says_length:
            headers["Content-Length"] = str(len(part))
        else:
            headers["Connection"] = "close"
            self.close_connection = True
        if start:
            headers["Content-Range"] = f"bytes {start}-{size - 1}/{size}"
        self._head(206 if start else 200, headers | (site.lies if start else {}))
        self._body(part)

    def _body(self, part):
        site = self.site
        if site.cuts:
            self.wfile.write(part[: site.cuts.pop(0)])
            self.close_connection = True
        elif site.stalls:
            self.wfile.write(part[: site.stalls.pop(0)])
            self.wfile.flush()
            site.released.wait(20)
            self.close_connection = True
        elif site.drips:
            for at in range(len(part)):
                self.wfile.write(part[at : at + 1])
                self.wfile.flush()
                if site.released.wait(site.drips):
                    return
        else:
            self.wfile.write(part)


@pytest.fixture
def site(monkeypatch):
    """Give a site that a server on 127.0.0.1 serves; no proxy stands before it."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    found = Site()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"site": found}))
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # clients that hang up are part of the tests
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}"
    yield found
    found.released.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def hurry(monkeypatch):
    """Let nothing wait for long."""
    monkeypatch.setattr(cache, "PATIENCE", PATIENCE)


PATIENCE = Patience(connect=5, read=1, tries=4, backoff=0.01, longest_wait=0.05)


@pytest.fixture
def patience():
    """Give short timeouts."""
    return PATIENCE


@pytest.fixture
def cached(tmp_path, monkeypatch):
    """Give the folder of an empty cache."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("RIB_CACHE", str(folder))
    return folder
