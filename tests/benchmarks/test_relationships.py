"""The agreement of inferred relationships with a file, on links counted by hand."""

import numpy as np
import pytest
from relationships import agreement, main

from rib.registry.relationships import Relationships, as_table


def rels(*rows):
    """Give relationships of (left, right, kind) rows."""
    return Relationships(as_table(*np.array(rows).T), "test")


def test_agreement_counts_common_links_by_kind():
    """Of four common links two are equal; a provider turned round is not; the unknown do not count."""
    found = rels((1, 2, -1), (1, 3, -1), (2, 3, 0), (3, 4, 0), (5, 6, 0))
    truth = rels((1, 2, -1), (3, 1, -1), (2, 3, 0), (3, 4, -1), (7, 8, 0))
    expected = {"links": 5, "common": 4, "equal": 0.5, "c2p right": 0.5, "p2p right": 0.5}
    assert expected | {"c2p found": 1 / 3, "p2p found": 1.0} == pytest.approx(
        agreement(found, truth)
    )


def test_main_prints_a_row_per_dump(sample, capsys):
    """Every dump has its row."""
    dumps = [str(sample / "collector.20250121.1200.mrt.bz2")]
    assert 0 == main([str(sample / "as-rel.txt.bz2"), *dumps])
    assert "collector.20250121.1200.mrt.bz2" in capsys.readouterr().out.splitlines()[2]
