"""`read_vrps`: every format, broken entries, SLURM, wrong files."""

import bz2
import gzip
import json
import lzma

import pytest

from rib.exceptions import RegistryError
from rib.registry.vrps import read_vrps

TWO = [("10.0.0.0/8", 24, 64500), ("2001:db8::/32", 48, 64501)]

ROUTINATOR_JSON = {
    "metadata": {"generated": 1737460800, "generatedTime": "2025-01-21T12:00:00Z"},
    "roas": [
        {"asn": "AS64500", "prefix": "10.0.0.0/8", "maxLength": 24, "ta": "ripe"},
        {"asn": "AS64501", "prefix": "2001:db8::/32", "maxLength": 48, "ta": "arin"},
    ],
    "routerKeys": [],
    "aspas": [{"customer": "AS64500", "providers": ["AS64510", "AS64509"]}],
}
RPKI_CLIENT_JSON = {
    "metadata": {"buildmachine": "host", "buildtime": "2025-01-21T12:00:00Z"},
    "roas": [
        {
            "asn": 64500,
            "prefix": "10.0.0.0/8",
            "maxLength": 24,
            "ta": "ripe",
            "expires": 1737500000,
        },
        {
            "asn": 64501,
            "prefix": "2001:db8::/32",
            "maxLength": 48,
            "ta": "arin",
            "expires": 1737500000,
        },
    ],
    "bgpsec_keys": [],
    "aspas": [{"customer_asid": 64500, "expires": 1737500000, "providers": [64509, 64510]}],
}
JSONEXT = {
    "roas": [
        {
            "asn": "AS64500",
            "prefix": "10.0.0.0/8",
            "maxLength": 24,
            "source": [{"type": "roa", "tal": "ripe"}],
        },
        {"asn": "AS64501", "prefix": "2001:db8::/32", "maxLength": 48, "source": []},
    ]
}
BARE_LIST = [
    {"asn": "64500", "prefix": "10.0.0.0/8", "maxLength": 24},
    {"asn": 64501, "prefix": "2001:DB8::/32", "maxLength": "48"},
]
CSV = "ASN,IP Prefix,Max Length,Trust Anchor\nAS64500,10.0.0.0/8,24,ripe\nAS64501,2001:db8::/32,48,arin\n"
RPKI_CLIENT_CSV = (
    "ASN,IP Prefix,Max Length,Trust Anchor,Expires\n"
    "AS64500,10.0.0.0/8,24,ripe,1737500000\nAS64501,2001:db8::/32,48,arin,1737500000\n"
)
RIPE_CSV = (
    "URI,ASN,IP Prefix,Max Length,Not Before,Not After\n"
    "rsync://a/b.roa,AS64500,10.0.0.0/8,24,2025-01-01 00:00:00,2026-07-01 00:00:00\n"
    '"rsync://a/c.roa","64501","2001:db8::/32","48",2025-01-01 00:00:00,2026-07-01 00:00:00\n'
)
FORMATS = {
    "routinator.json": json.dumps(ROUTINATOR_JSON),
    "rpki-client.json": json.dumps(RPKI_CLIENT_JSON, indent=1),
    "routinator-ext.json": json.dumps(JSONEXT),
    "list.json": json.dumps(BARE_LIST),
    "routinator.csv": CSV,
    "rpki-client.csv": RPKI_CLIENT_CSV,
    "ripe.csv": RIPE_CSV,
    "windows.csv": "\ufeff" + CSV.replace("\n", "\r\n"),
}


def write(tmp_path, text, name="vrps"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def payloads(vrps):
    return [(r["prefix"], r["max_length"], r["asn"]) for r in vrps.table.to_pylist()]


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("name", FORMATS)
def test_read_vrps_tells_the_format_by_content(tmp_path, name, pack):
    """Every format gives the same payloads, whatever the file is called or packed with."""
    vrps = read_vrps(write(tmp_path, pack(FORMATS[name].encode())))
    assert TWO == payloads(vrps)
    assert ({}, 2) == (vrps.ignored, len(vrps))


@pytest.mark.parametrize("document", [ROUTINATOR_JSON, RPKI_CLIENT_JSON])
def test_read_vrps_keeps_date_anchor_and_aspas(tmp_path, document):
    """The validator's date, trust anchors and ASPA objects are kept."""
    vrps = read_vrps(write(tmp_path, json.dumps(document)))
    assert "2025-01-21 12:00" == f"{vrps.date:%Y-%m-%d %H:%M}"
    assert ["ripe", "arin"] == vrps.table["trust_anchor"].to_pylist()
    assert [{"customer_as": 64500, "provider_as": [64509, 64510]}] == vrps.aspas.to_pylist()
    assert "2 of 2025-01-21 12:00 UTC" in repr(vrps)


def test_read_vrps_takes_the_date_of_the_name_where_the_file_has_none(tmp_path):
    """A dated file name dates a CSV."""
    assert "2025-07-20" == f"{read_vrps(write(tmp_path, CSV, 'vrps-20250720.csv')).date:%Y-%m-%d}"
    assert read_vrps(write(tmp_path, CSV)).date is None


def test_read_vrps_sorts_and_drops_duplicates(tmp_path):
    """Rows come sorted by prefix, AS, maximum length; a payload listed twice counts once."""
    text = "ASN,IP Prefix,Max Length\n" + "".join(
        f"{line}\n"
        for line in (
            "AS2,10.0.0.0/16,16", "AS2,2001:db8::/32,32", "AS10,10.0.0.0/8,8",
            "AS9,10.0.0.0/8,9", "AS9,10.0.0.0/8,8", "AS9,10.0.0.0/8,9",
        )
    )  # fmt: skip
    vrps = read_vrps(write(tmp_path, text))
    expected = [
        ("10.0.0.0/8", 8, 9), ("10.0.0.0/8", 9, 9), ("10.0.0.0/8", 8, 10),
        ("10.0.0.0/16", 16, 2), ("2001:db8::/32", 32, 2),
    ]  # fmt: skip
    assert (expected, {"duplicate": 1}) == (payloads(vrps), vrps.ignored)
    assert 3 == len(vrps.rows)
    assert 1 == vrps.index.get("10.0.0.0/16")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("AS1,10.0.0.1/8,24,t", "prefix"),
        ("AS1,10.0.0/8,24,t", "prefix"),
        ("AS1,10.0.0.0/33,33,t", "prefix"),
        ("AS1,,24,t", "prefix"),
        ("AS1,2001:db8::1/32,48,t", "prefix"),
        ("ASX,10.0.0.0/8,24,t", "asn"),
        ("AS4294967296,10.0.0.0/8,24,t", "asn"),
        ("-1,10.0.0.0/8,24,t", "asn"),
        ("AS1,10.0.0.0/8,7,t", "max_length"),
        ("AS1,10.0.0.0/8,33,t", "max_length"),
        ("AS1,10.0.0.0/8,x,t", "max_length"),
        ("AS1,10.0.0.0/8", "line"),
        ("AS1,10.0.0.0/8,24,t,more", "line"),
    ],
)
def test_read_vrps_counts_what_is_no_payload(tmp_path, line, reason):
    """A broken entry is left out and counted with its place; the others load."""
    vrps = read_vrps(write(tmp_path, CSV + line + "\n" + "AS7,11.0.0.0/8,8,t\n"))
    assert {reason: 1} == vrps.ignored
    assert {64500, 64501, 7} == set(vrps.table["asn"].to_pylist())
    assert vrps.examples[0].startswith(f"{reason}: line ")


def test_read_vrps_leaves_out_expired_entries(tmp_path):
    """Expired is what expired before the file was written, not before today."""
    document = json.loads(json.dumps(RPKI_CLIENT_JSON))
    document["roas"][0]["expires"] = 1737400000
    vrps = read_vrps(write(tmp_path, json.dumps(document)))
    assert ({"expired": 1}, [TWO[1]]) == (vrps.ignored, payloads(vrps))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "found an empty file"),
        ("<!DOCTYPE html><html>not found</html>", "found a web page"),
        ("route: 10.0.0.0/8\norigin: AS1\n", "a CSV header"),
        ("{", "does not parse"),
        ('{"roas": []}', "found none that is valid"),
        ('{"something": []}', "a list 'roas'"),
        ('{"roas": [{"a": 1}]}', "payloads with 'asn' and 'prefix'"),
        ("ASN,IP Prefix,Max Length\n", "found no"),
        ("ASN,IP Prefix,Max Length\nASx,1,1\n", "found none that is valid; ignored 1 prefix"),
        (b"\x00\x01\x02" * 100, "found binary data"),
        (gzip.compress(CSV.encode() * 500, mtime=0)[:-20], "damaged or cut"),
        (bz2.compress(CSV.encode() * 500)[:-20], "damaged or cut"),
    ],
)
def test_read_vrps_raises_for_what_is_none(tmp_path, content, message):
    """An empty, cut or foreign file is an error, never an empty set."""
    with pytest.raises(RegistryError, match=message):
        read_vrps(write(tmp_path, content))


def test_read_vrps_missing_file_is_file_not_found(tmp_path):
    """OSErrors pass through."""
    with pytest.raises(FileNotFoundError):
        read_vrps(tmp_path / "none.json")


def slurm(tmp_path, filters=(), assertions=(), version=1):
    document = {
        "slurmVersion": version,
        "validationOutputFilters": {"prefixFilters": list(filters), "bgpsecFilters": []},
        "locallyAddedAssertions": {"prefixAssertions": list(assertions), "bgpsecAssertions": []},
    }
    return write(tmp_path, json.dumps(document), "slurm.json")


MORE = (
    CSV + "AS64500,10.1.0.0/16,16,ripe\nAS64502,10.1.0.0/16,16,ripe\nAS64500,2001:db8:1::/48,48,x\n"
)


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        ([{"prefix": "10.0.0.0/8"}], {(64501, "2001:db8::/32"), (64500, "2001:db8:1::/48")}),
        ([{"asn": 64500}], {(64501, "2001:db8::/32"), (64502, "10.1.0.0/16")}),
        (
            [{"asn": 64500, "prefix": "10.1.0.0/16"}],
            {
                (64500, "10.0.0.0/8"),
                (64501, "2001:db8::/32"),
                (64502, "10.1.0.0/16"),
                (64500, "2001:db8:1::/48"),
            },
        ),
        (
            [{"prefix": "2001:db8:1::/48"}, {"asn": 64502}],
            {(64500, "10.0.0.0/8"), (64500, "10.1.0.0/16"), (64501, "2001:db8::/32")},
        ),
    ],
)
def test_read_vrps_slurm_filters(tmp_path, filters, left):
    """A filter removes payloads inside its prefix, of its AS, or both (RFC 8416 §3.3.1)."""
    vrps = read_vrps(write(tmp_path, MORE), slurm=slurm(tmp_path, filters))
    assert left == {(r["asn"], r["prefix"]) for r in vrps.table.to_pylist()}
    assert {"slurm": 5 - len(left)} == vrps.ignored


def test_read_vrps_slurm_assertions_come_after_filters(tmp_path):
    """An assertion adds a payload that a filter of the same file does not remove."""
    exceptions = slurm(
        tmp_path,
        [{"prefix": "10.0.0.0/8"}],
        [
            {"asn": 64496, "prefix": "10.2.0.0/16", "maxPrefixLength": 20},
            {"asn": 64497, "prefix": "2001:db8:9::/48"},
        ],
    )
    vrps = read_vrps(write(tmp_path, CSV), slurm=exceptions)
    expected = [("10.2.0.0/16", 20, 64496), TWO[1], ("2001:db8:9::/48", 48, 64497)]
    assert expected == payloads(vrps)
    assert "slurm" == vrps.table["trust_anchor"][0].as_py()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 3}, "slurmVersion"),
        ({"filters": [{}]}, "a filter with"),
        ({"filters": [{"prefix": "10.0.0.1/8"}]}, "expected a prefix"),
        ({"assertions": [{"prefix": "10.0.0.0/8"}]}, "an assertion with"),
        (
            {"assertions": [{"prefix": "10.0.0.0/8", "asn": 1, "maxPrefixLength": 7}]},
            "maxPrefixLength",
        ),
        ({"assertions": [{"prefix": "10.0.0.0/8", "asn": "one"}]}, "an AS number"),
    ],
)
def test_read_vrps_slurm_rejects_a_faulty_file(tmp_path, change, message):
    """A faulty exception file is an error as a whole (RFC 8416 §4.2)."""
    with pytest.raises(RegistryError, match=message):
        read_vrps(write(tmp_path, CSV), slurm=slurm(tmp_path, **change))


def test_read_vrps_reads_the_real_export(real_vrps):
    """The full rpki-client export has as many payloads and ASPAs as its metadata says."""
    found = (len(real_vrps), real_vrps.ignored, real_vrps.aspas.num_rows)
    assert (723521, {}, 100) == found
    assert 0 in real_vrps.table["asn"].to_pylist()


@pytest.mark.parametrize(
    ("name", "n", "ignored"),
    [
        ("rpki/roas.before.json", 4, {"prefix": 1}),
        ("rpki/vrp.correct.json", 3, {}),
        ("irr/roas.csv", 49, {}),
    ],
)
def test_read_vrps_reads_files_of_other_projects(shared_data, name, n, ignored):
    """Test files of other tools load with hand-counted rows."""
    vrps = read_vrps(shared_data / name)
    assert (n, ignored) == (len(vrps), ignored)


def test_examples_are_lines_and_entries_of_the_file(tmp_path):
    """The header and what was skipped before count, so that an editor finds the line."""
    text = "ASN,IP Prefix,Max Length\nAS1,10.0.0.0/8,8\nASx,10.0.0.0/8,8\nAS1\nAS1,10.0.0.1/8,8\nAS1,11.0.0.0/8,7\n"
    (tmp_path / "vrps.csv").write_text(text)
    found = read_vrps(tmp_path / "vrps.csv").examples
    assert {"asn: line 3", "line: line 4", "prefix: line 5", "max_length: line 6"} == set(found)
    good = {"asn": 1, "prefix": "10.0.0.0/8", "maxLength": 8}
    roas = [good, 3, good | {"asn": -1}, None, good | {"prefix": "x"}]
    (tmp_path / "vrps.json").write_text(json.dumps({"roas": roas}))
    found = read_vrps(tmp_path / "vrps.json").examples
    assert {"line: entry 2, 4", "asn: entry 3", "prefix: entry 5"} == set(found)


def test_duplicates_are_counted_without_a_place(tmp_path):
    """Sorted before they are told, they have none to give."""
    (tmp_path / "vrps.csv").write_text("ASN,IP Prefix,Max Length\n" + "AS1,10.0.0.0/8,8\n" * 2)
    vrps = read_vrps(tmp_path / "vrps.csv")
    assert ({"duplicate": 1}, ()) == (vrps.ignored, vrps.examples)
