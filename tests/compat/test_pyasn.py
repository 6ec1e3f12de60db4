"""`rib.compat.pyasn` and the readers below it, against pyasn where it is installed."""

import gzip
import json
import pickle

import numpy as np
import pytest

import rib
from rib.compat.pyasn import pyasn

TEXT = """; IP-ASN32-DAT file
; comment
10.0.0.0/8\t64500
10.1.0.0/16\t64501
10.2.0.0/16\t64501
10.3.0.0/16\t64501
2001:db8::/32\t64502
2001:db8:1::/48\t4200000000
"""


@pytest.fixture(params=["file", "gzip", "string"])
def database(request, tmp_path):
    """Give the database in each form it may come in."""
    if request.param == "string":
        return pyasn(None, ipasn_string=TEXT)
    path = tmp_path / "ipasn.dat"
    path.write_bytes(gzip.compress(TEXT.encode()) if request.param == "gzip" else TEXT.encode())
    return pyasn(path)


def test_pyasn_answers(database):
    """Lookups, prefixes of an AS, and what they add up to."""
    assert (64501, "10.1.0.0/16") == database.lookup("10.1.2.3")
    assert (4200000000, "2001:db8:1::/48") == database.lookup("2001:db8:1::1")
    assert (None, None) == database.lookup("192.0.2.1")
    with pytest.raises(ValueError, match="nonsense"):
        database.lookup("nonsense")
    assert {"10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16"} == database.get_as_prefixes("64501")
    assert ["10.1.0.0/16", "10.2.0.0/15"] == database.get_as_prefixes_effective(64501)
    assert 3 * 2**16 == database.get_as_size(64501)
    assert None is database.get_as_prefixes(1)
    assert None is database.get_as_prefixes_effective(1)
    assert 0 == database.get_as_size(1) == database.get_as_size(64502)
    assert "6 prefixes" in repr(database)
    assert [64501, None] == database.lookup_many(["10.1.2.3", "9.9.9.9"]).tolist()
    assert (64500, "10.0.0.0/8") == pickle.loads(pickle.dumps(database)).lookup("10.99.1.1")


def test_pyasn_names_and_asdot(tmp_path):
    """Names from JSON, and numbers in asdot form."""
    names = tmp_path / "names.json"
    names.write_text(json.dumps({"64500": "EXAMPLE"}))
    database = pyasn(None, names, ipasn_string=TEXT)
    assert "EXAMPLE" == database.get_as_name(64500)
    assert None is database.get_as_name(1)
    with pytest.raises(ValueError, match="not loaded"):
        pyasn(None, ipasn_string=TEXT).get_as_name(64500)
    with pytest.raises(ValueError, match="all parameters are empty"):
        pyasn(None)
    assert ["AS1.2", "AS7"] == [pyasn.convert_32bit_to_asdot_asn_format(n) for n in (65538, 7)]
    assert [65538, 7] == [pyasn.convert_asdot_to_32bit_asn(t) for t in ("AS1.2", "as7")]
    for wrong in ("7", "AS", "AS1.", "ASx"):
        with pytest.raises(ValueError, match="expected AS"):
            pyasn.convert_asdot_to_32bit_asn(wrong)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("10.0.0.0/8\t64500\nnonsense\n", "nonsense"),
        ("10.0.0.0/8\tAS64500\n", "AS64500"),
        ("10.0.0.1/8\t64500\n", "host bits"),
        ("10.0.0.0/8\t-1\n", "-1"),
        ("<html>", "web page"),
        ("", "empty"),
    ],
)
def test_pyasn_refuses_a_malformed_database(text, found, tmp_path):
    """A malformed line is named, and nothing is taken as data."""
    path = tmp_path / "ipasn.dat"
    path.write_text(text)
    with pytest.raises(rib.RegistryError, match=found):
        rib.read_ipasn(path)


def test_pfx2as_keeps_every_origin(tmp_path):
    """MOAS and AS_SET origins are lists, in the order of the file."""
    path = tmp_path / "x.pfx2as"
    path.write_text("10.0.0.0\t8\t64500\n10.1.0.0\t16\t64501_64502\n2001:db8::\t32\t1,2_3\n")
    table = rib.read_pfx2as(path)
    found = table.lookup_values(["10.9.9.9", "10.1.0.1", "2001:db8::1", "9.9.9.9"])
    assert [[64500], [64501, 64502], [1, 2, 3]] == [list(v) for v in found[:3]]
    assert None is found[3]


def test_pfx2as_of_caida_equals_its_own_lines(shared_data):
    """Every prefix of a real file answers with the origins of its line."""
    path = shared_data / "prefix2as/routeviews-rv2-20141202-1200.pfx2as.gz"
    table = rib.read_pfx2as(path)
    lines = [line.split("\t") for line in gzip.decompress(path.read_bytes()).decode().splitlines()]
    assert len(lines) == len(table)
    rows = np.random.default_rng(5).choice(len(lines), 2000, replace=False)
    found = table.lookup_values([f"{lines[r][0]}/{lines[r][1]}" for r in rows])
    expected = [[int(a) for a in lines[r][2].replace("_", ",").split(",")] for r in rows]
    assert expected == [list(v) for v in found]


def test_pyasn_answers_as_the_original(shared_data):
    """A real table in a database of its own gives the answers of pyasn."""
    original = pytest.importorskip("pyasn", reason="pyasn is not installed: it has no wheels")
    path = shared_data / "prefix2as/routeviews-rv2-20141202-1200.pfx2as.gz"
    lines = [
        line.split("\t") for line in gzip.decompress(path.read_bytes()).decode().splitlines()[::5]
    ]
    text = "\n".join(f"{n}/{length}\t{a.replace('_', ',').split(',')[0]}" for n, length, a in lines)
    theirs, ours = original.pyasn(None, ipasn_string=text), pyasn(None, ipasn_string=text)
    numbers = np.random.default_rng(5).integers(0, 2**32, 20_000)
    for number in numbers.tolist():
        address = ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))
        assert theirs.lookup(address) == ours.lookup(address)
    for asn in (15169, 1221, 3356, 99_999_999):
        assert theirs.get_as_prefixes(asn) == ours.get_as_prefixes(asn)
        assert theirs.get_as_prefixes_effective(asn) == ours.get_as_prefixes_effective(asn)
        assert theirs.get_as_size(asn) == ours.get_as_size(asn)
