"""`infer_relationships`: a registry object like the ones read from files."""

import datetime as dt
import pickle

import numpy as np
import pytest

import rib
from rib.registry.relationships import CUSTOMER, PEER, PROVIDER, UNKNOWN

ROUTES = {
    "20.0.0.0/8": [[1, 2, 3, 4], [2, 3, 4]],
    "30.0.0.0/8": [[1, 2, 21], [2, 21]],
    "40.0.0.0/8": [[2, 1, 11], [1, 11]],
}


def test_infer_relationships_gives_what_a_reader_gives(table_of):
    """Source, date, clique and links; sides of a link are as in a file."""
    found = rib.infer_relationships(table_of(ROUTES))
    assert ("inferred", dt.date(2025, 1, 21), (1, 2)) == (found.source, found.date, found.clique)
    expected = [(1, 2, 0), (1, 11, -1), (2, 3, -1), (2, 21, -1), (3, 4, -1)]
    rows = zip(*(found.table.column(i).to_pylist() for i in range(3)), strict=True)
    assert expected == list(rows)
    sides = found.between(np.array([1, 3, 2, 1]), np.array([2, 2, 3, 9]))
    assert [PEER, CUSTOMER, PROVIDER, UNKNOWN] == sides.tolist()


@pytest.mark.parametrize("name", ["as-rel.txt", "as-rel.txt.bz2", "20250121.as-rel.txt.gz"])
def test_infer_relationships_round_trips_as_serial_1(table_of, tmp_path, name):
    """What is written reads back the same: links, clique, route servers."""
    found = rib.infer_relationships(table_of(ROUTES), ixps=[77])
    found.write(tmp_path / name)
    again = rib.read_relationships(tmp_path / name)
    assert found.table.equals(again.table)
    assert (found.clique, (77,)) == (again.clique, again.ixps)
    assert (None if name.startswith("as") else found.date) == again.date


def test_infer_relationships_goes_where_a_file_goes(table_of):
    """Graphs, suspects and leaks take it, and it pickles."""
    table = table_of(ROUTES)
    found = pickle.loads(pickle.dumps(rib.infer_relationships(table)))
    graph = rib.as_graph(table, relationships=found)
    assert "customer" == graph.edges[3, 4]["relationship"]
    assert (1, 2) == tuple(graph.graph["clique"])
    assert 0 == len(rib.route_leaks(table, relationships=found))
    rib.hijack_suspects(table, relationships=found)


def test_infer_relationships_looks_through_route_servers(table_of):
    """A route server named is no party; its neighbours are neighbours."""
    table = table_of({"20.0.0.0/8": [[1, 77, 2], [3, 1, 77, 2]]})
    found = rib.infer_relationships(table, ixps=[77, 77])
    assert ([1, 2, 3], (77,)) == (found.known_ases.tolist(), found.ixps)


def test_infer_relationships_of_nothing_is_empty(table_of):
    """A table whose paths show no link gives no link."""
    found = rib.infer_relationships(table_of({"20.0.0.0/8": [[1]], "30.0.0.0/8": [[1, {2, 3}]]}))
    assert (0, ()) == (len(found), found.clique)
    assert UNKNOWN == found.between(np.array([1]), np.array([2]))[0]


@pytest.mark.parametrize(
    ("table", "ixps", "error", "text"),
    [
        ("x.mrt", [], TypeError, "table='x.mrt'"),
        (None, 77, TypeError, "ixps=77"),
        (None, ["AS77"], TypeError, "ixps holds 'AS77'"),
        (None, [-1], ValueError, "ixps holds -1"),
    ],
)
def test_infer_relationships_names_wrong_arguments(table_of, table, ixps, error, text):
    """What is no table or no AS number is said at once."""
    with pytest.raises(error, match=text):
        rib.infer_relationships(table or table_of(ROUTES), ixps=ixps)


def test_infer_relationships_of_the_sample_agree_with_its_file(sample, read_sample):
    """Providers are providers where the truth is known; few VPs leave many of them open."""
    found = rib.infer_relationships(read_sample("20250121.1200"))
    truth = rib.read_relationships(sample / "as-rel.txt.bz2")
    left, right, what = (found.table.column(i).to_numpy() for i in range(3))
    real = truth.between(left, right)
    assert (real[what == -1] == PROVIDER).mean() > 0.98
    assert set(found.clique) <= {*truth.clique}
