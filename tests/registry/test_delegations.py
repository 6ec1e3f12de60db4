"""`read_delegations`: delegated and delegated-extended files."""

import numpy as np
import pyarrow as pa
import pytest

from rib.exceptions import RegistryError
from rib.registry.columns import parse_prefix_column
from rib.registry.delegations import read_delegations

TEXT = """\
2|nro|20250121|9|19830101|20250121|+0000
nro|*|asn|*|2|summary
# a comment
arin|US|asn|100|10|20010101|assigned|h1|e-stats
ripencc|FR|asn|200|1|20010101|allocated|h2|e-stats
apnic|AU|ipv4|20.0.0.0|768|20110811|assigned|h1|e-stats
apnic||ipv4|20.0.3.0|256||available||e-stats
ripencc|FR|ipv6|2a00:1::|32|20110811|allocated|h2|e-stats
iana|ZZ|ipv6|2a00:2::|32||reserved||iana
"""


def write(tmp_path, text):
    path = tmp_path / "delegated"
    path.write_text(text)
    return path


def find(given, *texts):
    column = parse_prefix_column(pa.array(texts))
    return given.find_prefixes(pa.array(column.family), column.network).tolist()


def test_read_delegations_finds_records(tmp_path):
    """Ranges that are no single prefix hold their addresses and nothing else."""
    given = read_delegations(write(tmp_path, TEXT))
    texts = [
        "20.0.0.0/24",
        "20.0.2.128/25",
        "20.0.3.0/24",
        "20.0.4.0/24",
        "19.255.0.0/16",
        "2a00:1:5::/48",
        "2a00:3::/32",
    ]
    assert [2, 2, 3, -1, -1, 4, -1] == find(given, *texts)
    assert [-1, 0, 0, -1, 1] == given.find_asns(np.array([99, 100, 109, 110, 200])).tolist()
    assert ("2025-01-21", {}, 6) == (str(given.date), given.ignored, len(given))


def test_read_delegations_knows_holders_and_free_space(tmp_path):
    """One opaque id is one holder, of ASes and addresses alike; available and reserved is free."""
    given = read_delegations(write(tmp_path, TEXT))
    h1, h2, again1, none, again2, _ = given.holders.tolist()
    assert (h1, h2, -1) == (again1, again2, none)
    assert [False, False, False, True, False, True] == given.is_free.tolist()
    regions = given.regions.tolist()
    assert regions[1] == regions[4] != regions[0]


def test_read_delegations_counts_broken_lines(tmp_path):
    """Lines of another form and values that do not parse are counted."""
    text = (
        TEXT
        + "nonsense\nx|y|z|1|2|3|4\narin|US|ipv4|20.0.0.999|256|2001|assigned|x\narin|US|asn|7|many|2001|assigned|x\n"
    )
    given = read_delegations(write(tmp_path, text))
    assert (6, {"line": 2, "value": 2}) == (len(given), given.ignored)


@pytest.mark.parametrize(
    "text",
    ["", "asn,name\n1,x\n", "2|nro|20250121|9|19830101|20250121|+0000\nnro|*|asn|*|2|summary\n"],
)
def test_read_delegations_raises_for_what_is_none(tmp_path, text):
    """An empty or foreign file is an error."""
    with pytest.raises(RegistryError):
        read_delegations(write(tmp_path, text))


def test_read_delegations_reads_the_real_file(shared_data):
    """AFRINIC's file has as many records as its summary says."""
    given = read_delegations(shared_data / "delegated" / "delegated-afrinic-extended-latest")
    assert (4350 + 5958 + 8978, {}) == (len(given), given.ignored)


def test_values_that_are_none_are_named_by_their_lines(tmp_path):
    """A count of letters, an address of five digits, and IPv6 lengths of 0 and 129 are left out."""
    path = tmp_path / "delegated"
    path.write_text(
        "2|arin|20250121|5|0|0|0\n"
        "arin|US|ipv4|50.0.0.0|256|20250101|allocated|h\n"
        "arin|US|ipv4|50.1.0.0|x|20250101|allocated|h\n"
        "arin|US|ipv4|300.0.0.0|256|20250101|allocated|h\n"
        "arin|US|ipv6|2a00::|0|20250101|available|h\n"
        "arin|US|ipv6|2a00::|129|20250101|allocated|h\n"
    )
    given = read_delegations(path)
    assert (1, {"value": 4}) == (len(given), given.ignored)
    assert ("value: line 3, 4, 5, …",) == given.examples
