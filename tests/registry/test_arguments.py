"""A path, a file name or another object where a registry or table belongs is named at once."""

from pathlib import Path

import pandas as pd
import pytest

import rib

TABLE = ("table", "Rib", "read_mrt")
REGISTRIES = [
    ("vrps", "Vrps", "read_vrps"),
    ("irr", "Irr", "read_irr"),
    ("organisations", "Organisations", "read_organisations"),
    ("relationships", "Relationships", "read_relationships"),
    ("delegations", "Delegations", "read_delegations"),
    ("baseline", "Rib", "read_mrt"),
]


def write_report(table, **given):
    return rib.write_report(table, "out", **given)


def path_lengths(table):
    return rib.plot.path_lengths(table)


def plot_saturation(table):
    return rib.plot.saturation(table, [213394])


def as_neighbourhood(table):
    return rib.plot.as_neighbourhood(table, 213394)


@pytest.fixture(scope="module")
def table(sample):
    """Give a sample table."""
    return rib.read_mrt(sample / "collector.20250114.0000.mrt.bz2")


@pytest.mark.parametrize("given", ["registry.json", Path("registry.json.gz")])
@pytest.mark.parametrize(
    ("analysis", "argument"),
    [
        *((rib.validate_origins, argument) for argument in REGISTRIES[:2]),
        *((rib.hijack_suspects, argument) for argument in REGISTRIES),
        *((write_report, argument) for argument in REGISTRIES),
        (rib.route_leaks, REGISTRIES[3]),
        (rib.as_graph, REGISTRIES[3]),
        (rib.as_links, REGISTRIES[3]),
    ],
)
def test_path_for_a_registry_is_a_type_error(
    table, tmp_path, monkeypatch, analysis, argument, given
):
    """The message has the argument, the value and what would have been right."""
    monkeypatch.chdir(tmp_path)
    name, kind, reader = argument
    with pytest.raises(TypeError) as caught:
        analysis(table, **{name: given})
    assert f"{name}={given!r}: expected {kind}, as {reader} returns" == str(caught.value)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "analysis",
    [
        rib.path_diversity,
        rib.upstream_preference,
        rib.saturation,
        rib.as_graph,
        rib.moas,
        lambda table: rib.validate_origins(table, vrps=None),
        rib.hijack_suspects,
        lambda table: rib.route_leaks(table, relationships=None),
        write_report,
        path_lengths,
        plot_saturation,
        as_neighbourhood,
    ],
)
@pytest.mark.parametrize("given", ["dump.mrt", None])
def test_path_for_a_table_is_a_type_error(analysis, given):
    """So it is for the table, which must be there."""
    with pytest.raises(TypeError) as caught:
        analysis(given)
    assert f"table={given!r}: expected Rib, as read_mrt returns" == str(caught.value)


def test_large_value_is_named_by_its_type(table):
    """A value of many lines is not spelled out."""
    frame = pd.DataFrame({"asn": range(100)})
    with pytest.raises(TypeError, match=r"^vrps=<DataFrame>: expected Vrps, as read_vrps returns$"):
        rib.validate_origins(table, vrps=frame)
