"""Folders of Parquet files: the same table back, a stable schema, and row groups that are pruned."""

import json
import os
import random
import shutil

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dumps import CUT_RIB, RIBS, SAMPLES
from stored import TABLES, assert_same, nested

import rib
from rib import schema
from rib.table.store import parquet


@pytest.fixture(scope="module")
def table(sample):
    """Give the last sample snapshot."""
    return rib.read_mrt(sample / SAMPLES[3])


@pytest.fixture(scope="module")
def folder(table, tmp_path_factory):
    """Give it as a folder of Parquet files."""
    path = tmp_path_factory.mktemp("parquet") / "night"
    table.write_parquet(path)
    return path


@pytest.mark.parametrize("name", [*SAMPLES[:1], *SAMPLES[3:]])
def test_read_parquet_gives_what_was_written(name, sample, tmp_path):
    """Tables, schemas, ids and receipt are those of the table written."""
    table = rib.read_mrt(sample / name)
    table.write_parquet(tmp_path / "a")
    assert_same(table, rib.read_parquet(tmp_path / "a"))


@pytest.mark.parametrize("name", [*RIBS, CUT_RIB])
def test_read_parquet_gives_what_was_written_of_real_dumps(name, shared_data, tmp_path):
    """ADD-PATH ids, odd attributes and the issues of a cut file are kept."""
    table = rib.read_mrt(shared_data / "mrt" / name)
    table.write_parquet(str(tmp_path / "a"))
    assert_same(table, rib.read_parquet(str(tmp_path / "a")))


def test_read_parquet_of_an_empty_table(table, tmp_path):
    """A table without routes is stored with its columns."""
    none = table.select(origin_as=[4200000001])
    none.write_parquet(tmp_path / "none")
    assert_same(none, rib.read_parquet(tmp_path / "none"))


def test_parquet_files_have_the_documented_schema(folder):
    """Columns, types and nullability are those of the schema module; ids are row numbers."""
    names = {f"{name}.parquet" for name in TABLES} | {"manifest.json", "receipt.json"}
    assert names == {p.name for p in folder.iterdir()}
    for name in TABLES:
        found = pq.read_table(folder / f"{name}.parquet")
        assert schema.PARQUET[name].names == found.schema.names
        for ours, theirs in zip(schema.PARQUET[name], found.schema, strict=True):
            assert ours.nullable == theirs.nullable, ours
            if not pa.types.is_dictionary(ours.type):
                assert ours.type == theirs.type
        if name != "routes":
            assert list(range(found.num_rows)) == found.column(0).to_pylist()


def test_parquet_row_groups_can_be_pruned(folder):
    """Groups of routes hold ascending prefix ids, with statistics that say which."""
    file = pq.ParquetFile(folder / "routes.parquet").metadata
    assert file.num_row_groups == -(-file.num_rows // 131072) > 1
    bounds = []
    for group in range(file.num_row_groups):
        found = file.row_group(group).column(0).statistics
        bounds += [found.min, found.max]
        assert [0, 1] == [c.column_index for c in file.row_group(group).sorting_columns]
    assert sorted(bounds) == bounds
    prefixes = pq.ParquetFile(folder / "prefixes.parquet").metadata.row_group(0)
    assert {True} == {prefixes.column(i).statistics.has_min_max for i in range(4)}


def test_parquet_of_several_row_groups_is_read_back(monkeypatch, table, tmp_path):
    """Dictionaries that differ from group to group become one, in the documented order."""
    monkeypatch.setattr(parquet, "_GROUP", 1000)
    table.write_parquet(tmp_path / "a")
    back = rib.read_parquet(tmp_path / "a")
    for name in TABLES:
        assert getattr(table, name).equals(getattr(back, name))
    found = back.attributes.column("origin").chunk(0).dictionary.to_pylist()
    assert list(schema.LABELS["origin"]) == found


def test_duckdb_and_polars_read_the_files(table, folder):
    """SQL over the files, and a lazy Polars query, count what the table holds."""
    expected = table.to_pandas().groupby("origin_as").size()[213394]
    found = duckdb.sql(
        f"select count(*) from '{folder}/routes.parquet' join '{folder}/as_paths.parquet' "
        "using (as_path_id) where origin_as = 213394"
    ).fetchall()[0]
    assert (expected,) == found
    routes, paths = (pl.scan_parquet(folder / f"{n}.parquet") for n in ("routes", "as_paths"))
    joined = routes.join(paths, on="as_path_id").filter(pl.col("origin_as") == 213394)
    assert expected == joined.select(pl.len()).collect().item()
    for name in TABLES:
        assert getattr(table, name).num_rows == len(pl.read_parquet(folder / f"{name}.parquet"))


# -- replacing ------------------------------------------------------------------------------------


def test_write_parquet_replaces_a_table_as_a_whole(table, tmp_path):
    """The new table is there alone, also where an empty folder was."""
    path = tmp_path / "night"
    path.mkdir()
    table.write_parquet(path)
    small = nested(n=5)
    small.write_parquet(path)
    assert_same(small, rib.read_parquet(path))
    assert [path] == list(tmp_path.iterdir())


def test_write_parquet_follows_links(tmp_path):
    """What a link stands for is written, and the link stays one."""
    small = nested(n=5)
    (tmp_path / "latest").symlink_to(tmp_path / "night")
    small.write_parquet(tmp_path / "latest")
    assert (tmp_path / "latest").is_symlink()
    assert_same(small, rib.read_parquet(tmp_path / "night"))


def test_write_parquet_leaves_other_things_alone(table, tmp_path):
    """A file, and a folder with something else in it, are not replaced."""
    (tmp_path / "file").write_bytes(b"mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "mine").write_bytes(b"mine")
    for name, words in (("file", "expected a folder"), ("folder", "something else")):
        with pytest.raises(FileExistsError, match=words):
            table.write_parquet(tmp_path / name)
    with pytest.raises(FileNotFoundError, match="does not exist"):
        table.write_parquet(tmp_path / "none" / "night")
    assert b"mine" == (tmp_path / "folder" / "mine").read_bytes()
    assert {"file", "folder"} == {p.name for p in tmp_path.iterdir()}


def test_write_parquet_keeps_the_old_table_if_it_fails(monkeypatch, tmp_path):
    """A failure on the way, or at the last step, leaves the old table and nothing else."""
    small, path = nested(n=5), tmp_path / "night"
    small.write_parquet(path)
    with monkeypatch.context() as patched:
        patched.setattr(parquet, "as_json", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            nested(n=9).write_parquet(path)
    rename = parquet.Path.rename

    def fails(self, target):
        if self.name.endswith(".tmp"):
            raise PermissionError
        return rename(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(parquet.Path, "rename", fails)
        with pytest.raises(PermissionError):
            nested(n=9).write_parquet(path)
    assert_same(small, rib.read_parquet(path))
    assert [path] == list(tmp_path.iterdir())


# -- damage ---------------------------------------------------------------------------------------


def test_read_parquet_sees_damage(folder, tmp_path):
    """A changed octet, a missing file and one of another table are refused."""
    for change, words in (
        (_flip, r"as_paths\.parquet was changed"),
        (lambda path: (path / "routes.parquet").unlink(), r"routes\.parquet cannot be read"),
        (_swap, r"routes\.parquet was changed"),
        (lambda path: (path / "receipt.json").write_text("{}"), r"receipt\.json was changed"),
        (lambda path: (path / "manifest.json").unlink(), r"no manifest\.json"),
        (lambda path: (path / "manifest.json").write_text("[]"), r"no manifest\.json"),
        (_other_columns, r"peers\.parquet was changed"),
    ):
        shutil.rmtree(tmp_path / "a", ignore_errors=True)
        shutil.copytree(folder, tmp_path / "a")
        change(tmp_path / "a")
        with pytest.raises(rib.StorageError, match=words):
            rib.read_parquet(tmp_path / "a")


def test_read_parquet_sees_every_flipped_bit(tmp_path):
    """No octet of any file of the folder can change unseen, the two JSON files included."""
    nested(n=5).write_parquet(tmp_path / "a")
    dice = random.Random(3)
    for file in sorted((tmp_path / "a").iterdir()):
        whole = file.read_bytes()
        for at in (
            range(len(whole)) if file.suffix == ".json" else dice.sample(range(len(whole)), 60)
        ):
            changed = bytearray(whole)
            changed[at] ^= 1 << dice.randrange(8)
            file.write_bytes(changed)
            with pytest.raises((rib.StorageError, rib.UnsupportedStorageError)):
                rib.read_parquet(tmp_path / "a")
        file.write_bytes(whole)
    assert_same(nested(n=5), rib.read_parquet(tmp_path / "a"))


def _flip(path):
    with (path / "as_paths.parquet").open("r+b") as file:
        file.seek(10000)
        octet = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([octet ^ 1]))


def _swap(path):
    nested(n=5).write_parquet(path.with_name("b"))
    shutil.copy(path.with_name("b") / "routes.parquet", path / "routes.parquet")


def _other_columns(path):
    found = pq.read_table(path / "peers.parquet")
    pq.write_table(found.drop_columns(["peer_as"]), path / "peers.parquet")


def test_read_parquet_names_another_version(folder, tmp_path):
    """A folder of another version says which it is and which is read; it may be replaced."""
    shutil.copytree(folder, tmp_path / "a")
    manifest = json.loads((folder / "manifest.json").read_text())
    (tmp_path / "a" / "manifest.json").write_text(json.dumps({**manifest, "format_version": 7}))
    with pytest.raises(rib.UnsupportedStorageError, match=r"version 7, .*reads version 1"):
        rib.read_parquet(tmp_path / "a")
    nested(n=5).write_parquet(tmp_path / "a")
    assert 1 == json.loads((tmp_path / "a" / "manifest.json").read_text())["format_version"]


def test_read_parquet_passes_the_errors_of_the_system(tmp_path):
    """A missing folder, a file and another argument are named."""
    with pytest.raises(FileNotFoundError):
        rib.read_parquet(tmp_path / "none")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NotADirectoryError):
        rib.read_parquet(tmp_path / "file")
    with pytest.raises(TypeError, match="path=None: expected a path"):
        rib.read_parquet(None)
