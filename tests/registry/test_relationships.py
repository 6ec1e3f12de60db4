"""`read_relationships`: serial-1 and serial-2."""

import numpy as np
import pytest

from rib.exceptions import RegistryError
from rib.registry.relationships import CUSTOMER, PEER, PROVIDER, UNKNOWN, read_relationships

SERIAL1 = "# source:topology\n1|2|-1\n3|1|-1\n2|4|0\n"
SERIAL2 = "# input clique: 3 1\n# IXP ASes: 77 76\n1|2|-1|bgp\n3|1|-1|bgp,mlp\n2|4|0|mlp\n"


def write(tmp_path, text, name="as-rel.txt"):
    path = tmp_path / name
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "text", [SERIAL1, SERIAL2, SERIAL2.rstrip(), SERIAL1.replace("\n", "\r\n")]
)
def test_read_relationships_reads_both_serials(tmp_path, text):
    """Links and their kind are the same in both formats, and read from both ends."""
    rels = read_relationships(write(tmp_path, text, "20250101.as-rel.txt"))
    left, right = np.array([1, 2, 3, 2, 4, 1, 9]), np.array([2, 1, 1, 4, 2, 3, 1])
    expected = [PROVIDER, CUSTOMER, PROVIDER, PEER, PEER, CUSTOMER, UNKNOWN]
    assert expected == rels.between(left, right).tolist()
    assert (3, "2025-01-01", {}) == (len(rels), str(rels.date), rels.ignored)
    assert [1, 2, 3, 4] == rels.known_ases.tolist()


def test_read_relationships_keeps_clique_and_ixps(tmp_path):
    """The lists in CAIDA's comments are kept."""
    rels = read_relationships(write(tmp_path, SERIAL2))
    assert ((1, 3), (76, 77)) == (rels.clique, rels.ixps)
    assert ["bgp", "mlp", "bgp,mlp"] == rels.table["source"].to_pylist()


def test_read_relationships_counts_broken_lines(tmp_path):
    """Lines of another form, links to itself and repeated links are counted."""
    text = SERIAL1 + "x|y|z\n1|2|7\n5|5|0\n2|1|-1\n\n99999999999|1|0\n"
    rels = read_relationships(write(tmp_path, text))
    assert (3, {"line": 4, "duplicate": 1}) == (len(rels), rels.ignored)
    assert PROVIDER == rels.between(np.array([1]), np.array([2]))[0]


@pytest.mark.parametrize(
    "text", ["", "# only comments\n", "asn,name\n1,x\n", "route: 10.0.0.0/8\n"]
)
def test_read_relationships_raises_for_what_is_none(tmp_path, text):
    """An empty or foreign file is an error."""
    with pytest.raises(RegistryError):
        read_relationships(write(tmp_path, text))


@pytest.mark.parametrize(
    ("name", "n"), [("20140601.as-rel.txt.bz2", 167156), ("20220701.as-rel2.txt.bz2", 461889)]
)
def test_read_relationships_reads_the_real_files(shared_data, name, n):
    """CAIDA's files load whole."""
    assert n == len(read_relationships(shared_data / "asrel" / name))
