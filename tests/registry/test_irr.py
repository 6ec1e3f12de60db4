"""`read_irr`: RPSL as registries write it."""

import gzip

import pytest

from rib.exceptions import RegistryError
from rib.registry.irr import read_irr, source_class
from rib.registry.rpsl import read_rpsl_blocks

TEXT = """\
# a comment
% another

route:          20.1.0.0/16
descr:          a network # with a comment
+               and a continued line
origin:         AS100   # holder
mnt-by:         MNT-A
mnt-by:         MNT-B
created:        2020-02-13T10:00:00Z
last-modified:  2021-01-01T10:00:00Z
source:         RIPE # Filtered

Route:  20.0.0.0/8
ORIGIN:\tas99
changed: someone@example.net 20150102
source: radb


route6:2A00:1::/32
origin:AS100
source:RIPE
remarks:    route: 30.0.0.0/8
 origin: AS7

person:  Nobody
source:  RIPE

aut-num:    AS100
as-name:    EXAMPLE
import:     from AS200 accept ANY
import:     from AS201 action pref=10;
            accept AS-X
mp-import:  afi ipv6.unicast from AS202 accept ANY
export:     to AS200 announce AS-EXAMPLE
source:     RIPE

as-set:     AS-EXAMPLE
members:    AS100, AS-OTHER,
            AS101
members:    as102
source:     RIPE
"""


def write(tmp_path, text, name="ripe.db.route"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    "text",
    [TEXT, TEXT.replace("\n", "\r\n"), TEXT.rstrip("\n"), gzip.compress(TEXT.encode(), mtime=0)],
)
def test_read_irr_reads_route_objects(tmp_path, text):
    """Case, comments, continuation lines, CRLF and a missing last line feed make no difference."""
    irr = read_irr(write(tmp_path, text))
    expected = [
        ("20.0.0.0/8", 99, "RADB", None, None, "2015-01-02"),
        ("20.1.0.0/16", 100, "RIPE", "MNT-A", "2020-02-13", "2021-01-01"),
        ("2a00:1::/32", 100, "RIPE", None, None, None),
    ]
    found = [
        (
            r["prefix"], r["origin_as"], r["source"], r["mnt_by"],
            r["created"] and str(r["created"]), r["last_modified"] and str(r["last_modified"]),
        )
        for r in irr.table.to_pylist()
    ]  # fmt: skip
    assert (expected, {}) == (found, irr.ignored)


def test_read_irr_reads_policies_and_sets(tmp_path):
    """Neighbours of import and export lines, and members of sets, come sorted."""
    irr = read_irr(write(tmp_path, TEXT))
    expected = {
        "asn": 100, "as_name": "EXAMPLE", "source": "RIPE", "imports": [200, 201, 202], "exports": [200],
        "member_of": [], "mnt_by": [], "last_modified": None,
    }  # fmt: skip
    assert [expected] == irr.aut_nums.to_pylist()
    members = ["AS-OTHER", "AS100", "AS101", "AS102"]
    rest = {"mbrs_by_ref": [], "last_modified": None}
    assert [
        {"name": "AS-EXAMPLE", "source": "RIPE", "members": members, **rest}
    ] == irr.as_sets.to_pylist()


def test_read_irr_keeps_policy_lines_with_their_place(tmp_path):
    """Folded, in the order of the file, with the line that each begins at."""
    path = write(tmp_path, TEXT)
    lines = TEXT.split("\n")
    found = read_irr(path).policies.to_pylist()
    assert ["import", "import", "mp-import", "export"] == [row["attribute"] for row in found]
    assert "from AS201 action pref=10; accept AS-X" == found[1]["text"]
    for row in found:
        assert lines[row["line"] - 1].startswith(row["attribute"] + ":")
        assert (100, "RIPE") == (row["asn"], row["source"])


def test_read_irr_dates_objects_by_their_last_change(tmp_path):
    """`last-modified`, else the latest `changed` that is a day."""
    text = "as-set: AS-A\nlast-modified: 2024-11-01T08:00:00Z\nchanged: a@b 20250101\nsource: X\n\n"
    text += (
        "aut-num: AS1\nchanged: a@b 20010203\nchanged: a@b 20050607\nchanged: never\nsource: X\n"
    )
    irr = read_irr(write(tmp_path, text))
    assert "2024-11-01" == str(irr.as_sets["last_modified"][0])
    assert "2005-06-07" == str(irr.aut_nums["last_modified"][0])


def test_read_irr_counts_broken_lines(tmp_path):
    """Lines that are no attribute, policies off the grammar, nameless objects: counted with lines."""
    text = "route: 30.0.0.0/8\norigin: AS5\nthis is none\nsource: X\n\n"
    text += "aut-num: AS1\nimport: from AS2 accept ANY\nexport: from AS3\ngarbage\nsource: X\n\n"
    text += "aut-num: nobody\nsource: X\n\nas-set:\nsource: X\n\nperson: x\nnot judged\n"
    irr = read_irr(write(tmp_path, text))
    expected = {"line": 2, "policy": 1, "aut-num": 1, "as-set": 1}
    assert expected == irr.ignored
    assert {
        "line: line 3", "line: line 9", "policy: line 8", "aut-num: line 12", "as-set: line 15",
    } == set(irr.examples)  # fmt: skip
    assert [2] == irr.aut_nums["imports"][0].as_py()


@pytest.mark.parametrize("end", ["route: 40.0.0.0/8\norig", "aut-num: AS7", "as-set: AS-B\nmemb"])
def test_read_irr_raises_for_a_cut_file(tmp_path, end):
    """A text that ends inside an object is cut; the place is named."""
    text = "route: 30.0.0.0/8\norigin: AS5\nsource: X\n\n"
    with pytest.raises(RegistryError, match="cut in the object at line 5: expected its source"):
        read_irr(write(tmp_path, text + end))


@pytest.mark.parametrize(
    ("lines", "reason", "line"),
    [
        ("route: 20.0.0.1/8\norigin: AS1\n", "prefix", 1),
        ("route: nonsense\norigin: AS1\n", "prefix", 1),
        ("route: 20.0.0.0/8\norigin: ASX\n", "origin", 1),
        ("route: 20.0.0.0/8\nsource: RIPE\n", "origin", 1),
    ],
)
def test_read_irr_counts_broken_objects(tmp_path, lines, reason, line):
    """A broken object is counted with its line, the others load."""
    irr = read_irr(write(tmp_path, f"{lines}\nroute: 30.0.0.0/8\norigin: AS5\n"))
    assert ({reason: 1}, 1) == (irr.ignored, len(irr))
    assert (f"{reason}: line {line}",) == irr.examples
    assert "UNKNOWN" == irr.table["source"][0].as_py()


def test_read_irr_of_several_files_sorts_and_unites(tmp_path):
    """Objects of several files come in one table, sorted by prefix, origin, source name."""
    one = write(tmp_path, "route: 30.0.0.0/8\norigin: AS5\nsource: RIPE\n", "ripe.20250121.db")
    two = write(
        tmp_path,
        "route: 30.0.0.0/8\norigin: AS5\nsource: ALTDB\n\nroute: 20.0.0.0/8\norigin: AS9\nsource: Z\n",
        "altdb.20250114.db",
    )
    irr = read_irr([one, two])
    found = [(r["prefix"], r["source"]) for r in irr.table.to_pylist()]
    assert [("20.0.0.0/8", "Z"), ("30.0.0.0/8", "ALTDB"), ("30.0.0.0/8", "RIPE")] == found
    assert ("2025-01-21", 2) == (str(irr.date), len(irr.rows))
    assert "3 route objects of ALTDB, RIPE, Z" in repr(irr)


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
def test_rpsl_blocks_do_not_depend_on_their_size(tmp_path, monkeypatch, size):
    """Objects that straddle blocks of the file are found whole."""
    from rib.registry import rpsl

    whole = [(len(b.head), b.first_line) for b in read_rpsl_blocks(write(tmp_path, TEXT))]
    blocks = rpsl.read_blocks
    monkeypatch.setattr(rpsl, "read_blocks", lambda path, kind: blocks(path, kind, size))
    parts = list(read_rpsl_blocks(write(tmp_path, TEXT)))
    assert sum(n for n, _ in whole) == sum(len(b.head) for b in parts)
    assert 3 == len(read_irr(write(tmp_path, TEXT)))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "found an empty file"),
        ("ASN,IP Prefix\nAS1,10.0.0.0/8\n", "found no route"),
        ("person: Nobody\nsource: RIPE\n", "found no route"),
        ("<html>", "a web page"),
        ("route: x\norigin: AS1\n", "found no valid object; ignored 1 prefix"),
        (gzip.compress(TEXT.encode() * 99, mtime=0)[:-9], "damaged or cut"),
    ],
)
def test_read_irr_raises_for_what_is_none(tmp_path, content, message):
    """A foreign, empty or cut file is an error."""
    with pytest.raises(RegistryError, match=message):
        read_irr(write(tmp_path, content))


def test_read_irr_bad_arguments(tmp_path):
    """No paths is an error; a missing file passes through."""
    with pytest.raises(ValueError, match="at least one"):
        read_irr([])
    with pytest.raises(FileNotFoundError):
        read_irr(tmp_path / "none")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("RIPE", "rir"),
        ("arin", "rir"),
        ("RADB", "other"),
        ("RIPE-NONAUTH", "nonauth"),
        ("RPKI", "rpki"),
    ],
)
def test_source_class(source, expected):
    """Sources are ranked by who checks what they hold."""
    assert expected == source_class(source)


def test_read_irr_reads_the_ripe_database(shared_data):
    """Excerpts of the RIPE database load without loss."""
    irr = read_irr([shared_data / "irr/ripe-db-route.txt", shared_data / "irr/ripe-db-route6.txt"])
    text = "".join((shared_data / f"irr/ripe-db-route{v}.txt").read_text() for v in ("", "6"))
    heads = [line for line in text.splitlines() if line.startswith(("route:", "route6:"))]
    assert (len(heads), {}) == (len(irr), irr.ignored)


def test_read_irr_counts_prefixes_of_the_other_family(tmp_path):
    """A route6 object of an IPv4 prefix is none, nor a route of an IPv6 one (RFC 4012)."""
    path = tmp_path / "irr.db"
    objects = [
        "route: 10.0.0.0/8",
        "route6: 10.1.0.0/16",
        "route: 2001:db8::/32",
        "route6: 2001:db8::/32",
    ]
    path.write_text("".join(f"{head}\norigin: AS1\nsource: RIPE\n\n" for head in objects))
    irr = read_irr(path)
    assert ["10.0.0.0/8", "2001:db8::/32"] == irr.table.column("prefix").to_pylist()
    assert {"prefix": 2} == irr.ignored
    assert ("prefix: line 5, 9",) == irr.examples
