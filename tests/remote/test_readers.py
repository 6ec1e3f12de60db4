"""Every reader takes a URL where it takes a path."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from oracles import Twin
from typer.testing import CliRunner
from views import BGPDUMP

import rib
from rib.cli.app import app
from rib.cli.outcome import Exit
from rib.sources.verify import verification

DUMP = "collector.20250121.1200.mrt.bz2"


@pytest.fixture
def url(site, cached, sample):
    """Give the URL of a sample dump in RIS' layout."""
    site.body = (sample / DUMP).read_bytes()
    return f"{site.url}/rrc06/2025.01/bview.20250121.1200.bz2"


def test_read_mrt_of_a_url_is_that_of_the_file(site, sample, url):
    """The same tables as from the file; the receipt names the URL, the peers its collector."""
    site.cuts, site.redirects = [10_000, 20_000], {"/latest": "/there"}
    table, expected = rib.read_mrt(url), rib.read_mrt(sample / DUMP)
    for name in ("routes", "prefixes", "as_paths", "attributes"):
        assert getattr(expected, name).equals(getattr(table, name))
    assert ({"rrc06"}, {"sample"}) == tuple(
        set(t.peers.column("collector").to_pylist()) for t in (table, expected)
    )
    receipt = table.receipt
    assert receipt.ok
    assert (url, len(site.body)) == (receipt.files[0].name, receipt.files[0].bytes_in)


def test_read_mrt_of_several_urls_keeps_collectors_apart(site, url):
    """The argument beats the URL; without it each URL is its own collector, linked by AS."""
    both = [url, url.replace("rrc06", "rrc07")]
    table = rib.read_mrt(both)
    assert {"rrc06", "rrc07"} == set(table.peers.column("collector").to_pylist())
    assert {2} == set(table.peers.column("n_collectors").to_pylist())
    assert {} == table.receipt.quirks
    one = rib.read_mrt(both, collector="mine")
    assert {"mine"} == set(one.peers.column("collector").to_pylist())
    assert one.n_routes == one.receipt.quirks["duplicate_route"] * 2
    assert {1} == set(one.peers.column("n_collectors").to_pylist())
    assert one.n_peers == one.receipt.quirks["peer_in_several_files"]


def test_read_view_of_a_url(site, cached):
    """The text of a view is what was asked for, where a dump was not."""
    site.body = BGPDUMP
    address = f"{site.url}/view.txt"
    assert rib.read_view(address).n_routes == rib.read_view(BGPDUMP).n_routes
    with pytest.raises(rib.UnsupportedMrtError, match="found text"):
        rib.read_mrt(address)


def test_read_mrt_reports_bytes_of_the_download_then_of_the_load(site, url):
    """Progress counts to the size of the file twice."""
    calls = []
    rib.read_mrt(url, progress=lambda done, total: calls.append((done, total)))
    size = len(site.body)
    assert (size, size) == calls[-1]
    assert {size} == {total for _, total in calls}
    assert sum(call == (size, size) for call in calls) >= 2


@pytest.mark.parametrize("on_error", ["collect", "raise"])
def test_read_mrt_refuses_a_web_page(site, url, on_error):
    """A page in place of a dump is an UnsupportedMrtError that names the URL, each time."""
    site.body, site.content_type = b"<!DOCTYPE html>", "text/html"
    for _ in range(2):
        with pytest.raises(rib.UnsupportedMrtError, match="web page") as caught:
            rib.read_mrt([url], on_error=on_error)
        assert url == caught.value.path


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"404 page not found\n", "404 page not found"),
        (b"\xef\xbb\xbfNo such file\r\nSorry.\r\n", "No such file"),
        (b'{"error": "quota"}', '{"error": "quota"}'),
        (b"x" + "\N{EURO SIGN}".encode() * 400, "x" + "\N{EURO SIGN}" * 79),
    ],
)
def test_read_mrt_refuses_text(site, url, body, shown):
    """An answer of the server that says 200 is shown as the text it is."""
    site.body, site.content_type = body, "text/plain"
    for read in (rib.read_mrt, rib.read_updates):
        with pytest.raises(rib.UnsupportedMrtError) as caught:
            read(url)
        assert f"{url}: expected MRT records, found text: {shown!r}" == str(caught.value)
        assert url == caught.value.path


def test_command_line_says_in_a_line_that_a_copy_is_read(site, url, cached):
    """The server fails, the copy is read: one line, without a line of source, and the result."""
    arguments = [sys.executable, "-c", "from rib.cli import main; main()", "info", url]
    first, second = (
        subprocess.run(arguments, check=False, capture_output=True, text=True)
        for site.statuses in ([], [(501, {})])
    )
    assert (0, 0, first.stdout) == (first.returncode, second.returncode, second.stdout)
    text = "the copy in the cache is read, whatever changed since"
    line = f"rib: warning: {url}: the server answers HTTP 501 Not Implemented: {text}"
    # A back end may have something to say as well.
    assert [*first.stderr.splitlines(), line] == second.stderr.splitlines()


def test_read_mrt_warns_at_the_line_that_calls_it(site, url, cached):
    """The warning names the caller's line, not one of this library."""
    rib.read_mrt(url)
    site.statuses = [(501, {})] * 9
    with pytest.warns(RuntimeWarning, match="the copy in the cache is read") as caught:
        rib.read_mrt(url)
    assert __file__ == caught[0].filename


def test_read_mrt_raises_where_a_url_of_several_is_gone(site, url):
    """A missing URL is an error before anything is read, like a missing file."""
    site.statuses = [(404, {})]
    with pytest.raises(FileNotFoundError, match="404"):
        rib.read_mrt([url, url])


def test_read_mrt_without_a_cache_leaves_nothing(url, monkeypatch):
    """The copy is there while it is read and not after."""
    monkeypatch.setenv("RIB_CACHE", "off")
    assert rib.read_mrt(url).n_routes


@pytest.mark.parametrize("given", ["ftp://example.net/rib.bz2", "s3://bucket/rib.bz2", "file:///x"])
def test_read_mrt_knows_no_other_schemes(given):
    """Other schemes are named as such, not looked for on disk."""
    with pytest.raises(ValueError, match=r"http\(s\) URL"):
        rib.read_mrt(given)


@pytest.mark.parametrize(
    "given",
    ["http://[::1", "http://", "http:///x", "http://[x]/a", "https://h:port/a", "http://a b/"],
)
@pytest.mark.parametrize("cache", ["off", ""])
def test_malformed_urls_are_named(given, cache, cached, monkeypatch):
    """What no URL can be is said of the argument, with its value and what was expected."""
    monkeypatch.setenv("RIB_CACHE", cache or str(cached))
    for read in (rib.read_mrt, rib.read_updates):
        with pytest.raises(ValueError, match="expected an http") as caught:
            read([given])
        assert str(caught.value).startswith(f"source={given!r}: ")
    with pytest.raises(ValueError, match="expected an http") as caught:
        rib.read_vrps(given)
    assert repr(given) in str(caught.value)
    result = CliRunner().invoke(app, ["info", given], catch_exceptions=False)
    assert Exit.USAGE == result.exit_code
    assert [f"rib: source={given!r}: " in line for line in result.stderr.splitlines()] == [True]


def test_registries_of_urls(site, cached, sample):
    """Registries are read from URLs as from files."""
    site.body = (sample / "vrps.json.gz").read_bytes()
    expected = rib.read_vrps(sample / "vrps.json.gz")
    assert len(expected) == len(rib.read_vrps(f"{site.url}/vrps.json.gz"))
    site.body, site.etag = b"<html>", '"2"'
    with pytest.raises(rib.RegistryError, match="web page"):
        rib.read_vrps(f"{site.url}/vrps.json.gz")


@pytest.mark.parametrize(
    ("statuses", "page", "code"),
    [
        ([], False, Exit.FINE),
        ([(404, {})], False, Exit.MISSING),
        ([(403, {})], False, Exit.MISSING),
        ([(503, {})] * 9, False, Exit.MISSING),
        ([], True, Exit.DAMAGED),
    ],
)
def test_command_line_takes_urls(site, url, statuses, page, code):
    """`rib info URL` works, and what the server does is one line and an exit code."""
    site.statuses = statuses
    if page:
        site.body = b"<!doctype html>"
    result = CliRunner().invoke(app, ["info", url, "-f", "json"], catch_exceptions=False)
    assert code == result.exit_code
    if code is Exit.FINE:
        assert ["rrc06"] == json.loads(result.stdout)["table"]["collectors"]
    else:
        assert [url in line for line in result.stderr.splitlines()] == [True]


@pytest.mark.parametrize("is_updates", [False, True])
@pytest.mark.parametrize("name", ["verify", "doctor"])
def test_verify_and_doctor_take_urls(name, is_updates, site, url, sample, monkeypatch):
    """The file of a URL is fetched once, and looked at as one on disk is."""
    if is_updates:
        site.body = (sample / "updates.20250117.0000.mrt.gz").read_bytes()
    monkeypatch.setattr(verification, "ORACLES", (Twin,))
    result = CliRunner().invoke(app, [name, url], catch_exceptions=False)
    assert Exit.FINE == result.exit_code
    assert ("agrees" if name == "verify" else "collector of") in result.stdout
    assert 1 == len(site.asked)


def test_updates_of_a_url_are_fetched_once(site, sample, monkeypatch):
    """That a URL holds updates is known once it is read; no second download finds it out."""
    monkeypatch.setenv("RIB_CACHE", "off")
    site.body = (sample / "updates.20250117.0000.mrt.gz").read_bytes()
    url = f"{site.url}/rrc06/2025.01/updates.20250117.0000.gz"
    result = CliRunner().invoke(app, ["info", url], catch_exceptions=False)
    assert Exit.FINE == result.exit_code
    assert 1 == len(site.asked)


def test_import_needs_no_network_library(root: Path):
    """`import rib` leaves urllib3, platformdirs and filelock alone."""
    import subprocess
    import sys

    code = "import sys, rib; print([m for m in ('urllib3', 'platformdirs', 'filelock') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=root,
    )
    assert "[]\n" == done.stdout
