"""The schemas, the page that shows them and the tables of the active back end agree."""

import re

import pytest
from internet import mrt_writer as mrt

from rib import schema
from rib._backend import core

TABLES = {
    "routes": schema.ROUTES,
    "prefixes": schema.PREFIXES,
    "as_paths": schema.AS_PATHS,
    "attributes": schema.ATTRIBUTES,
    "peers": schema.PEERS,
    "changes": schema.CHANGES,
    "path_features": schema.PATH_FEATURES,
    "issues": schema.ISSUES,
}


@pytest.mark.parametrize("name", TABLES)
def test_schema_page_shows_every_column(name, root):
    """docs/schema.md lists the columns, types and nullability of each table, in order."""
    page = (root / "docs" / "schema.md").read_text()
    section = page.split(f"\n## {name}\n")[1].split("\n## ")[0]
    shown = re.findall(r"^\| (\w+) \| `(.*)` \| (yes|no) \|$", section, flags=re.MULTILINE)
    expected = [
        (f.name, str(f.type).replace(" not null", ""), "yes" if f.nullable else "no")
        for f in TABLES[name]
    ]
    assert expected == shown


def test_schema_is_what_the_back_end_returns():
    """A load returns exactly the documented columns and types."""
    attributes = mrt.origin() + mrt.as_path(mrt.sequence(64500)) + mrt.next_hop("192.0.2.1")
    dump = mrt.peer_index_table([mrt.Peer(64500, "192.0.2.1")])
    dump += mrt.rib("10.0.0.0/8", [mrt.rib_entry(0, attributes)])
    tables, _ = core.read_mrt([("dump", None, dump)], "collect", None)
    assert schema.LOADED == {name: table.schema for name, table in tables.items()}
    paths = tables["as_paths"]
    features = core.path_features(
        paths.column("hops").combine_chunks(), paths.column("segments").combine_chunks()
    )
    assert schema.PATH_FEATURES == features.schema


@pytest.mark.parametrize(("table", "name"), [("attributes", "origin"), ("as_paths", "origin_kind")])
def test_schema_labels_are_the_dictionaries(table, name):
    """Label columns carry their whole dictionary, in the documented order."""
    attributes = mrt.origin() + mrt.as_path(mrt.sequence(64500))
    dump = mrt.peer_index_table([mrt.Peer(64500, "192.0.2.1")])
    dump += mrt.rib("10.0.0.0/8", [mrt.rib_entry(0, attributes)])
    tables, _ = core.read_mrt([("dump", None, dump)], "collect", None)
    found = tables[table].column(name).combine_chunks()
    assert list(schema.LABELS[name]) == found.dictionary.to_pylist()


def test_schema_page_shows_the_ids_of_the_parquet_files(root):
    """docs/schema.md names the id that each Parquet file begins with, and its type."""
    page = (root / "docs" / "schema.md").read_text()
    section = page.split("\n## Parquet files\n")[1].split("\n## ")[0]
    shown = re.findall(r"^\| (\w+)\.parquet \| (\w+) \| `(.*)` \|$", section, flags=re.MULTILINE)
    expected = [
        (name, key, str(schema.PARQUET[name].field(key).type))
        for name, key in schema.PARQUET_IDS.items()
    ]
    assert expected == shown
    for name, key in schema.PARQUET_IDS.items():
        assert [key, *TABLES[name].names] == schema.PARQUET[name].names
    assert schema.ROUTES == schema.PARQUET["routes"]
