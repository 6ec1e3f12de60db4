"""Downloads from a server that stalls, cuts, redirects, lies and changes its mind."""

import random
import socket

import pytest

from rib.remote.download import Patience, WebPageError, download
from rib.remote.partial import Partial, Version

BODY = random.Random(7).randbytes(300_000)


@pytest.fixture
def fetch(site, tmp_path, patience):
    """Give a function that downloads the site's file and returns (version, bytes)."""
    path = tmp_path / "file.gz"

    def run(**arguments):
        version = download(f"{site.url}/file.gz", path, patience=patience, **arguments)
        return version, path.read_bytes() if path.exists() else None

    run.path = path
    return run


def ranges(site):
    """Give the Range of every request."""
    return [headers.get("Range") for _, headers in site.asked]


def test_download_is_the_file(site, fetch):
    """A file arrives byte for byte, with its version, and leaves nothing beside it."""
    site.body = BODY
    assert (Version('"1"', "", len(BODY)), BODY) == fetch()
    assert [fetch.path] == list(fetch.path.parent.iterdir())
    assert "identity" == site.asked[0][1]["Accept-Encoding"]


@pytest.mark.parametrize("size", [0, 1, 65536])
def test_download_of_any_size(site, fetch, size):
    """Empty files and whole chunks are files too."""
    site.body = BODY[:size]
    assert BODY[:size] == fetch()[1]


def test_download_resumes_after_cuts(site, fetch):
    """Each try asks for the rest, of the same version."""
    site.body, site.cuts = BODY, [100_000, 50_000, 0]
    assert BODY == fetch()[1]
    assert [None, "bytes=100000-", "bytes=150000-", "bytes=150000-"] == ranges(site)
    assert {'"1"'} == {h["If-Range"] for _, h in site.asked[1:]}


def test_download_starts_over_without_range_support(site, fetch):
    """A server that ignores Range sends the whole again, which is not appended."""
    site.body, site.cuts, site.ranges = BODY, [100_000, 200_000], False
    assert BODY == fetch()[1]


@pytest.mark.parametrize("modified", ["", "Mon, 04 May 2026 00:00:00 GMT"])
def test_download_resumes_only_what_can_be_confirmed(site, fetch, modified):
    """Without a strong ETag the time confirms the rest; without either nothing is resumed."""
    site.body, site.cuts, site.etag, site.modified = (
        BODY,
        [100_000],
        'W/"1"' * bool(modified),
        modified,
    )
    assert BODY == fetch()[1]
    assert [None, "bytes=100000-" if modified else None] == ranges(site)


def test_download_does_not_join_two_versions(site, fetch):
    """A file that changes between tries is fetched from its start."""
    site.body, site.cuts = BODY, [100_000]
    other = BODY[::-1]

    def change(*_):
        site.body, site.etag = other, '"2"'

    version, found = fetch(progress=change)
    assert ('"2"', other) == (version.etag, found)
    assert "bytes=100000-" == ranges(site)[1]


@pytest.mark.parametrize(
    "lie",
    [
        {"Content-Range": "bytes 0-299999/300000"},
        {"Content-Range": "bytes 100000-299999/400000"},
        {"Content-Range": "nonsense"},
        {"ETag": '"2"'},
    ],
    ids=str,
)
def test_download_checks_the_range_it_gets(site, fetch, lie):
    """A 206 of another range or version is not believed; the file is fetched whole."""
    Partial(fetch.path).begin(Version('"1"', "", len(BODY)))
    fetch.path.with_name("file.gz.part").write_bytes(bytes(100_000))
    site.body, site.lies = BODY, lie
    assert BODY == fetch()[1]
    assert ["bytes=100000-", None] == ranges(site)


def test_download_starts_over_after_416(site, fetch):
    """A partial file longer than the file is forgotten."""
    Partial(fetch.path).begin(Version('"1"', "", 9))
    fetch.path.with_name("file.gz.part").write_bytes(bytes(9))
    site.body, site.statuses = BODY, [(416, {})]
    assert BODY == fetch()[1]
    assert ["bytes=9-", None] == ranges(site)


def test_download_goes_on_in_a_later_call(site, fetch):
    """What a failed call left is the beginning of the next; the file appears only when whole."""
    site.body, site.cuts = BODY, [50_000] * 4
    with pytest.raises(ConnectionError, match="4 times") as caught:
        fetch()
    assert f"{site.url}/file.gz" == caught.value.filename
    assert not fetch.path.exists()
    assert BODY == fetch()[1]
    assert "bytes=200000-" == ranges(site)[-1]


@pytest.mark.timeout(20)
def test_download_gives_up_on_a_stall(site, fetch):
    """A server that stops sending costs its tries, and is a TimeoutError that names the URL."""
    site.body, site.stalls = BODY, [1000] * 9
    with pytest.raises(TimeoutError, match="stalls, 4 times") as caught:
        fetch()
    assert f"{site.url}/file.gz" == caught.value.filename
    assert 4 == len(site.asked)


@pytest.mark.timeout(20)
def test_download_resumes_after_a_stall(site, fetch):
    """After a stall the rest is asked for."""
    site.body, site.stalls = BODY, [1000]
    assert BODY == fetch()[1]
    assert [None, "bytes=1000-"] == ranges(site)


@pytest.mark.timeout(20)
def test_download_gives_up_on_drips(site, fetch):
    """Bytes that come one by one, each in time, are a stall all the same."""
    site.body, site.drips = BODY, 0.2
    with pytest.raises(TimeoutError, match="stalls"):
        fetch()


@pytest.mark.timeout(20)
def test_download_of_nobody(tmp_path, patience):
    """A port where nobody listens is a ConnectionError, after all tries."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/x"
        with pytest.raises(ConnectionError, match=r"refused.*4 times"):
            download(url, tmp_path / "x", patience=patience)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (404, FileNotFoundError),
        (410, FileNotFoundError),
        (401, PermissionError),
        (403, PermissionError),
        (400, ConnectionError),
        (304, ConnectionError),
    ],
)
def test_download_errors_name_the_answer(site, fetch, status, error):
    """An answer that will not change is raised at once, with its status and URL."""
    site.statuses = [(status, {})]
    with pytest.raises(error, match=f"HTTP {status}.*file.gz"):
        fetch()
    assert 1 == len(site.asked)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_download_asks_again_when_told_to_wait(site, fetch, status):
    """Answers that pass are asked about again; Retry-After is heeded within bounds."""
    site.body, site.statuses = BODY, [(status, {"Retry-After": "3600"}), (status, {})]
    assert BODY == fetch()[1]
    assert 3 == len(site.asked)


def test_download_gives_up_on_an_overloaded_server(site, fetch):
    """A server that is overloaded every time is a ConnectionError with its status."""
    site.statuses = [(503, {})] * 9
    with pytest.raises(ConnectionError, match=r"HTTP 503.*4 times"):
        fetch()


def test_download_follows_redirects(site, fetch):
    """Redirects lead to the file, Range included."""
    site.body, site.cuts = BODY, [1000]
    site.redirects = {"/file.gz": "/a", "/a": f"{site.url}/b"}
    assert BODY == fetch()[1]
    assert ["/file.gz", "/a", "/b"] * 2 == [path for path, _ in site.asked]
    assert "bytes=1000-" == ranges(site)[-1]


def test_download_stops_at_a_redirect_loop(site, fetch):
    """Redirects in a circle end with an error, soon."""
    site.redirects = {"/file.gz": "/file.gz"}
    with pytest.raises(ConnectionError, match="redirect"):
        fetch()
    assert 11 == len(site.asked)


@pytest.mark.parametrize(
    "page",
    [
        b"<!DOCTYPE html><title>Sorry</title>",
        b" \n<html>",
        b"<?xml version='1.0'?>",
        b"<!-- cached --><html>",
        b"\xef\xbb\xbf<!DOCTYPE html>",
        b"\xef\xbb\xbf\r\n<html>",
        b"\xff\xfe" + "<html>".encode("utf-16-le"),
        b"\xfe\xff" + "<html>".encode("utf-16-be"),
    ],
)
def test_download_refuses_web_pages(site, fetch, page):
    """A page that says 200 is no file, and is not kept."""
    site.body, site.content_type = page + bytes(99), "text/html; charset=utf-8"
    with pytest.raises(WebPageError, match=r"found a web page .text/html"):
        fetch()
    assert [] == list(fetch.path.parent.iterdir())


def test_download_of_a_dump_of_2002_is_no_page(site, fetch):
    """An MRT timestamp of 2002 begins with '<': only a page's words make a page."""
    for start in (bytes.fromhex("3c5a1b80"), b"<!--\0\x0d\0\1", b"\xff\xfe\0\0\0\x0d\0\1"):
        site.body, site.etag = start + bytes(99), f'"{start.hex()}"'
        assert site.body == fetch()[1]


def test_download_without_a_length(site, fetch):
    """A body without a length ends where the connection does."""
    site.body, site.says_length = BODY, False
    version, found = fetch()
    assert (None, BODY) == (version.size, found)


def test_download_keeps_what_is_known(site, fetch):
    """A version that the server still has is not fetched again; another is."""
    site.body = BODY
    version, _ = fetch()
    assert None is fetch(known=version)[0]
    assert '"1"' == site.asked[-1][1]["If-None-Match"]
    site.body, site.etag = b"new", '"2"'
    assert (Version('"2"', "", 3), b"new") == fetch(known=version)


def test_download_compares_versions_itself(site, fetch):
    """Where a server ignores the condition, the same version is not fetched again."""
    site.body, site.conditional, site.modified = BODY, False, "Mon, 04 May 2026 00:00:00 GMT"
    version, _ = fetch()
    assert None is fetch(known=version)[0]
    site.etag, site.modified = "", ""
    assert Version("", "", len(BODY)) == fetch(known=version)[0]
    assert Version("", "", len(BODY)) == fetch(known=Version("", "", len(BODY)))[0]


def test_download_reports_bytes(site, fetch):
    """Progress is bytes done and in all, ascending to the end."""
    site.body, site.cuts, calls = BODY, [100_000], []
    fetch(progress=lambda done, total: calls.append((done, total)))
    assert {len(BODY)} == {total for _, total in calls}
    assert sorted(calls) == calls
    assert (len(BODY), len(BODY)) == calls[-1]


def test_download_stops_for_an_error_in_progress(site, fetch):
    """What the callback raises ends the download; what has arrived stays."""
    site.body = BODY

    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(progress=stop)
    assert fetch.path.with_name("file.gz.part").exists()
    assert BODY == fetch()[1]


@pytest.mark.parametrize("url", ["http://", "https:///x", "http://[::1/x"])
def test_download_refuses_urls_without_a_host(tmp_path, url):
    """A URL that names no host is a ValueError."""
    with pytest.raises(ValueError, match=r"host|IPv6"):
        download(url, tmp_path / "x")


def test_patience_needs_a_try(tmp_path):
    """No tries at all is a mistake, not a failure of the server."""
    with pytest.raises(ValueError, match="at least one try"):
        download("http://127.0.0.1:9/", tmp_path / "x", patience=Patience(tries=0))


def test_download_goes_through_the_proxy_of_the_environment(site, tmp_path, patience, monkeypatch):
    """http_proxy is asked for hosts that no_proxy does not name."""
    monkeypatch.setenv("http_proxy", site.url)
    monkeypatch.setenv("no_proxy", "other.example")
    site.body = BODY
    download("http://archive.example/x.gz", tmp_path / "x", patience=patience)
    assert "http://archive.example/x.gz" == site.asked[0][0]
    assert BODY == (tmp_path / "x").read_bytes()
