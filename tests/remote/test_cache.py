"""The cache of downloads: one copy per URL, asked about, never half."""

import threading
import warnings

import pytest

from rib.remote.cache import is_url, local_copy

BODY = bytes(range(256)) * 500


def read(url, **arguments):
    """Give the content of the copy of a URL."""
    with local_copy(url, **arguments) as path:
        return path.read_bytes()


@pytest.fixture
def url(site):
    """Give the URL of the site's file."""
    site.body = BODY
    return f"{site.url}/rrc06/2026.05/bview.20260504.0000.gz?x=1"


def statuses(site):
    """Give whether each request named a version that is already here."""
    return ["If-None-Match" in headers for _, headers in site.asked]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("http://x/y", True),
        ("HTTPS://x", True),
        ("ftp://x", False),
        ("http.mrt", False),
        (b"", False),
    ],
)
def test_is_url(path, expected):
    """Only http and https are URLs here."""
    assert expected is is_url(path)


def test_local_copy_of_a_path_is_the_path(sample):
    """Files need no copy."""
    with local_copy(sample / "truth.json") as path:
        assert sample / "truth.json" == path


def test_local_copy_is_kept_and_asked_about(site, cached, url):
    """The second use asks whether the copy is still right and fetches nothing."""
    assert [BODY, BODY] == [read(url), read(url)]
    assert [False, True] == statuses(site)
    with local_copy(url) as path:
        assert ("bview.20260504.0000.gz", cached) == (path.name, path.parents[2])
        assert "127.0.0.1" == path.parents[1].name


def test_local_copy_follows_the_server(site, cached, url):
    """Another ETag is another file."""
    read(url)
    site.body, site.etag = b"new", '"2"'
    assert [b"new", b"new"] == [read(url), read(url)]


def test_local_copy_checks_the_size(cached, url):
    """A copy that somebody cut is fetched again."""
    with local_copy(url) as path:
        path.write_bytes(BODY[:-1])
    assert BODY == read(url)


@pytest.mark.parametrize("note", ["", "{}", "[]", '{"etag": 1, "last_modified": 1, "size": "x"}'])
def test_local_copy_does_not_trust_a_damaged_note(cached, url, note):
    """A note that says nothing means fetching again."""
    with local_copy(url) as path:
        (path.parent / ".version.json").write_text(note)
    assert BODY == read(url)


def test_local_copy_without_versions_is_fetched_each_time(site, cached, url):
    """A server that names no version cannot be asked about one."""
    site.etag = ""
    assert [BODY, BODY] == [read(url), read(url)]
    assert 2 == len(site.asked)


def test_local_copy_may_be_switched_off(site, monkeypatch, url):
    """Without a cache, the copy lives as long as the context."""
    monkeypatch.setenv("RIB_CACHE", "off")
    with local_copy(url) as path:
        assert BODY == path.read_bytes()
    assert not path.parent.exists()
    assert BODY == read(url)
    assert [False, False] == statuses(site)


def test_local_copy_goes_to_the_platforms_cache(site, tmp_path, monkeypatch, url):
    """Without a setting the platform says where caches are."""
    monkeypatch.delenv("RIB_CACHE", raising=False)
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name, appauthor: tmp_path / name)
    with local_copy(url) as path:
        assert tmp_path / "rib" in path.parents


def test_local_copy_offline_warns_and_uses_the_copy(site, cached, url):
    """A server that fails leaves the copy usable, with a warning; without one it is an error."""
    read(url)
    site.statuses = [(503, {})] * 99
    with pytest.warns(RuntimeWarning, match="HTTP 503.*the copy in the cache is read"):
        assert BODY == read(url)
    with pytest.raises(ConnectionError), warnings.catch_warnings():
        read(f"{site.url}/another")


def test_local_copy_does_not_hide_that_a_file_is_gone(site, cached, url):
    """A 404 is an answer, not an absence: the copy is not used in its place."""
    read(url)
    site.statuses = [(404, {})]
    with pytest.raises(FileNotFoundError):
        read(url)


def test_local_copies_are_by_url(site, cached, url):
    """Two URLs with the same file name do not meet."""
    read(url)
    site.body, site.etag = b"other", '"2"'
    assert b"other" == read(url.replace("rrc06", "rrc07"))
    assert 2 == len(list(cached.glob("127.0.0.1/*/bview.20260504.0000.gz")))


@pytest.mark.parametrize(
    "path", ["", "/", "/..", "/%2e%2e%2fx", "/.version.json", "/.lock", "/" + "x" * 300]
)
def test_local_copy_of_any_name(site, cached, path):
    """Names that would be something else on disk are changed."""
    site.body = BODY
    with local_copy(site.url + path) as copy:
        assert BODY == copy.read_bytes()
        assert cached in copy.parents
    assert BODY == read(site.url + path)


@pytest.mark.timeout(20)
def test_local_copy_is_fetched_once_by_many(site, cached, url):
    """Threads that want the same URL wait for one download."""
    found, threads = [], []
    for _ in range(5):
        threads.append(threading.Thread(target=lambda: found.append(read(url))))
        threads[-1].start()
    for thread in threads:
        thread.join()
    assert [BODY] * 5 == found
    assert 1 == statuses(site).count(False)


def test_local_copy_resumes_what_another_left(site, cached, url):
    """A download that failed is gone on with by the next that wants the URL."""
    site.cuts = [1000] * 4
    with pytest.raises(ConnectionError):
        read(url)
    assert BODY == read(url)
    assert "bytes=4000-" == site.asked[-1][1]["Range"]
