"""`read_bogons`: dated lists of prefixes, as an object with longest-prefix match."""

import gzip
import ipaddress

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rib
from rib._backend import core
from rib.exceptions import RegistryError
from rib.registry.bogons import read_bogons

V4 = (
    "# last updated 1737417601 (Tue Jan 21 00:00:01 2025 GMT)\n0.0.0.0/8\n10.0.0.0/8\n2.56.0.0/14\n"
)
V6 = "; full bogons, 2025-01-20\n::/8 ; all of it\n2001:db8::/32\n100::\n"


def write(tmp_path, text, name="fullbogons-ipv4.txt"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    "text", [V4, V4.replace("\n", "\r\n"), gzip.compress(V4.encode(), mtime=0)]
)
def test_read_bogons_reads_a_list(tmp_path, text):
    """Prefixes sorted, dated by the list itself; CRLF and compression make no difference."""
    bogons = read_bogons(write(tmp_path, text))
    assert ["0.0.0.0/8", "2.56.0.0/14", "10.0.0.0/8"] == bogons.table["prefix"].to_pylist()
    assert ("2025-01-21", {}, 3) == (str(bogons.date), bogons.ignored, len(bogons))
    assert "<Bogons 3 IPv4 and 0 IPv6 prefixes of 2025-01-21 from " in repr(bogons)


def test_read_bogons_of_both_families_takes_the_older_date(tmp_path):
    """Two lists are one registry; addresses are prefixes of their own."""
    paths = [write(tmp_path, V4), write(tmp_path, V6, "v6.txt")]
    bogons = rib.read_bogons(paths)
    assert ["::/8", "100::/128", "2001:db8::/32"] == bogons.table["prefix"].to_pylist()[3:]
    assert ("2025-01-20", tuple(map(str, paths))) == (str(bogons.date), bogons.sources)


def test_read_bogons_counts_what_it_leaves_out(tmp_path):
    """Broken lines by number, prefixes listed twice by count."""
    bogons = read_bogons(
        write(tmp_path, V4 + "10.0.0.0/8\n10.0.0.1/8\nnonsense\n", "b.20250102.txt")
    )
    assert {"prefix": 2, "duplicate": 1} == bogons.ignored
    assert ("prefix: line 6, 7",) == bogons.examples


def test_read_bogons_dates_by_name_at_last(tmp_path):
    """Without a date in a comment the name tells it; without either it is unknown."""
    assert "2025-01-02" == str(read_bogons(write(tmp_path, "10.0.0.0/8", "b.20250102.txt")).date)
    undated = read_bogons(write(tmp_path, "# 9999 of them, 20259999\n10.0.0.0/8\n"))
    assert undated.date is None
    assert "unknown date" in repr(undated)


@given(
    st.lists(st.tuples(st.integers(0, 255), st.integers(0, 12)), min_size=1, max_size=20),
    st.lists(st.tuples(st.integers(0, 255), st.integers(0, 16)), min_size=1, max_size=20),
)
def test_find_prefixes_equals_a_scan(tmp_path_factory, listed, asked):
    """The longest bogon that covers, as a walk over all of them finds it."""

    def networks(pairs):
        return [ipaddress.ip_network((n << 24, bits), strict=False) for n, bits in pairs]

    path = tmp_path_factory.mktemp("b") / "bogons.txt"
    path.write_text("\n".join(map(str, networks(listed))))
    bogons = read_bogons(path)
    columns = core.parse_prefixes(pa.array([str(n) for n in networks(asked)]))
    rows = bogons.find_prefixes(*columns)
    text = [*bogons.table["prefix"].to_pylist(), None]
    expected = []
    for net in networks(asked):
        covers = [b for b in networks(listed) if net.subnet_of(b)]
        expected.append(str(max(covers, key=lambda b: b.prefixlen)) if covers else None)
    assert expected == [text[row] for row in rows.tolist()]
    assert np.int64 == rows.dtype


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "found an empty file"),
        ("# nothing\n\n", "found no prefix"),
        ("route: 10.0.0.0/8\norigin: AS1\n", "found line 1: 'route: 10.0.0.0/8'"),
        ("10.0.0.0/8\nx\ny\n", "found line 2: 'x'"),
        ("<html>", "a web page"),
        (gzip.compress(V4.encode() * 99, mtime=0)[:-9], "damaged or cut"),
    ],
)
def test_read_bogons_raises_for_what_is_none(tmp_path, content, message):
    """A foreign, empty or cut file is an error."""
    with pytest.raises(RegistryError, match=message):
        read_bogons(write(tmp_path, content))


def test_read_bogons_bad_arguments(tmp_path):
    """No paths is an error; a missing file passes through."""
    with pytest.raises(ValueError, match="at least one"):
        read_bogons([])
    with pytest.raises(FileNotFoundError):
        read_bogons(tmp_path / "none")
