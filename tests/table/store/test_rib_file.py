"""`.rib` files: what is written is read, whole or not at all, and damage is seen."""

import contextlib
import json
import os
import pickle
import signal
import subprocess
import sys
import time
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pyarrow as pa
import pytest
from dumps import CUT_RIB, RIBS, SAMPLES
from stored import TABLES, assert_same, nested

import rib
from rib.table.store.blocks import BLOCK
from rib.table.store.container import Writer, frame, members_of


@pytest.fixture(scope="module")
def table(sample):
    """Give the last sample snapshot."""
    return rib.read_mrt(sample / SAMPLES[3])


@pytest.fixture
def stored(table, tmp_path):
    """Give it as a file."""
    table.write(tmp_path / "night.rib")
    return tmp_path / "night.rib"


@pytest.mark.parametrize("name", [*SAMPLES[:1], *SAMPLES[4:]])
def test_read_rib_gives_what_was_written(name, sample, tmp_path):
    """Tables, schemas, ids and receipt are those of the table written; so is a copy of the copy."""
    table = rib.read_mrt(sample / name)
    table.write(tmp_path / "a.rib")
    back = rib.read_rib(tmp_path / "a.rib")
    assert (table.n_routes, table.n_prefixes, table.n_peers) == (
        back.n_routes,
        back.n_prefixes,
        back.n_peers,
    )
    assert_same(table, back)
    back.write(tmp_path / "b.rib")
    assert (tmp_path / "a.rib").read_bytes() == (tmp_path / "b.rib").read_bytes()


@pytest.mark.parametrize("name", [f"{name}" for name in RIBS] + [CUT_RIB])
def test_read_rib_gives_what_was_written_of_real_dumps(name, shared_data, tmp_path):
    """ADD-PATH ids, odd attributes and the issues of a cut file are kept."""
    table = rib.read_mrt(shared_data / "mrt" / name)
    table.write(tmp_path / "a.rib")
    assert_same(table, rib.read_rib(tmp_path / "a.rib", verify=True))


def test_read_rib_of_an_empty_table(table, tmp_path):
    """A table without routes is stored with its columns."""
    none = table.select(origin_as=[4200000001])
    none.write(tmp_path / "none.rib")
    back = rib.read_rib(tmp_path / "none.rib", verify=True)
    assert_same(none, back)
    assert back.lookup("10.0.0.1") is None


def test_a_mapped_table_does_what_a_loaded_one_does(table, stored, sample, tmp_path):
    """Selections, updates, dumps, frames and analyses of a mapped table are those of a loaded one."""
    back = rib.read_rib(stored)
    assert_same(table.select(origin_as=[213394]), back.select(origin_as=[213394]))
    assert table.path_features.equals(back.path_features)
    assert table.nbytes <= back.nbytes  # columns of nulls share their memory until they are stored
    for name in ("a", "b"):
        {"a": table, "b": back}[name].write_mrt(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    frames = [rib.upstream_preference(t, origin_as=[213394]) for t in (table, back)]
    pd.testing.assert_frame_equal(*frames)
    pd.testing.assert_frame_equal(table.lookup_many(["5.39.0.1"]), back.lookup_many(["5.39.0.1"]))
    assert table.to_arrow().equals(back.to_arrow())
    before = rib.read_mrt(sample / SAMPLES[2])
    before.write(tmp_path / "before.rib")
    updates = rib.read_updates(sample / "updates.20250117.0000.mrt.gz")
    after = rib.read_rib(tmp_path / "before.rib").apply(updates)
    assert_same(before.apply(updates), after)


def test_a_mapped_table_pickles_by_content(table, stored):
    """A pickle needs the file no more, and is that of the same table in memory."""
    pickled = pickle.dumps(rib.read_rib(stored))
    stored.unlink()
    back = pickle.loads(pickled)
    assert_same(pickle.loads(pickle.dumps(table)), back)
    assert table.lookup("91.208.207.1") == back.lookup("91.208.207.1")


def test_a_pickled_table_is_stored_like_any_other(table, stored, tmp_path):
    """What pickling forgets of the types is put right: the file is the same."""
    pickle.loads(pickle.dumps(table)).write(tmp_path / "pickled.rib")
    assert stored.read_bytes() == (tmp_path / "pickled.rib").read_bytes()


def test_read_rib_opens_only_what_is_asked_for(stored):
    """Opening and a lookup leave the tables closed; their memory is that of the file."""
    back = rib.read_rib(stored)
    back.lookup("91.208.207.1")
    assert not {"_routes", "_prefixes", "_as_paths", "_attributes"} & set(vars(back))
    before = pa.total_allocated_bytes()
    assert 0 < back.routes.get_total_buffer_size()
    assert pa.total_allocated_bytes() - before < back.routes.get_total_buffer_size() / 10


def test_threads_may_share_a_mapped_table(table, stored):
    """The first use of a table from many threads at once gives all of them the same."""
    back = rib.read_rib(stored)
    addresses = [f"{n}.39.0.1" for n in range(1, 200)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(back.lookup, addresses))
        assert {True} == set(pool.map(lambda _: back.routes.equals(table.routes), range(8)))
    assert [table.lookup(a) for a in addresses] == found


def test_a_stored_table_may_be_replaced_while_it_is_mapped(table, stored):
    """Who has the old file open keeps it; who opens it next gets the new one."""
    old = rib.read_rib(stored)
    smaller = table.select(origin_as=[213394])
    smaller.write(stored)
    assert table.routes.equals(old.routes)
    assert smaller.routes.equals(rib.read_rib(stored).routes)
    old.write(stored)
    assert_same(table, rib.read_rib(stored))


# -- other readers --------------------------------------------------------------------------------


def test_members_are_read_without_rib(table, stored):
    """Zip programs list and test the file; its members are Arrow files at multiples of 64."""
    with zipfile.ZipFile(stored) as archive:
        assert archive.testzip() is None
        names = [
            f"{name}.arrow" for name in ("peers", "prefixes", "routes", "as_paths", "attributes")
        ]
        expected = ["manifest.json", *names, "receipt.json", "blocks.crc32"]
        assert expected == archive.namelist()
        for name in TABLES:
            with archive.open(f"{name}.arrow") as file:
                assert getattr(table, name).equals(pa.ipc.open_file(file).read_all())
        manifest = json.loads(archive.read("manifest.json"))
        assert table.receipt.to_dict() == json.loads(archive.read("receipt.json"))
        content = b"".join(
            bytes(archive.read(n)[i : i + BLOCK])
            and zlib.crc32(archive.read(n)[i : i + BLOCK]).to_bytes(4, "little")
            for n in names
            for i in range(0, archive.getinfo(n).file_size, BLOCK)
        )
        assert content == archive.read("blocks.crc32")
    assert ("rib", 1, table.n_routes) == (
        manifest["format"],
        manifest["format_version"],
        manifest["rows"]["routes"],
    )
    assert all(m.offset % 64 == 0 for m in members_of(memoryview(stored.read_bytes())))


def test_a_container_beyond_4_gib_is_zip64(tmp_path):
    """Members past the reach of 32 bits are found, by zip programs too."""
    path = tmp_path / "large"
    with path.open("wb") as stream:
        writer = Writer(stream)
        with writer.member("a") as file:
            file.write(b"abc")
        writer._at = 5 << 30  # the file is sparse
        with writer.member("b") as file:
            file.write(b"de")
        members = writer._members
        # As if the first member reached up to the second.
        whole = [members[0]._replace(size=(5 << 30) - members[0].offset), members[1]]
        for offset, octets in frame(whole):
            stream.seek(offset)
            stream.write(octets)
    with zipfile.ZipFile(path) as archive:
        assert ["a", "b"] == archive.namelist()
        assert (5 << 30) - members[0].offset == archive.getinfo("a").file_size
        assert b"de" == archive.read("b")


# -- damage ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small_file(tmp_path_factory):
    """Give a small stored table as bytes."""
    path = tmp_path_factory.mktemp("small") / "small.rib"
    nested(n=4).write(path)
    return path.read_bytes()


def test_a_flipped_byte_anywhere_is_seen(small_file, tmp_path):
    """Whichever octet changes, verifying says so, and so does the use of every part."""
    path = tmp_path / "flipped.rib"
    for at in range(0, len(small_file), 7):
        changed = bytearray(small_file)
        changed[at] ^= 1 << at % 8
        path.write_bytes(changed)
        with pytest.raises(rib.StorageError, match=r"flipped\.rib") as caught:
            rib.read_rib(path, verify=True)
        assert str(path) == caught.value.path
        with pytest.raises(rib.StorageError):
            _use(rib.read_rib(path))


def _use(table):
    for name in TABLES:
        getattr(table, name)
    return table.receipt


@pytest.mark.parametrize("name", TABLES)
def test_a_damaged_table_is_refused_where_it_is_used(name, table, stored):
    """A table whose middle was changed raises when it is asked for; the others are given."""
    members = {m.name: m for m in members_of(memoryview(stored.read_bytes()))}
    member = members[f"{name}.arrow"]
    with stored.open("r+b") as file:
        file.seek(member.offset + member.size // 2)
        octet = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([octet[0] ^ 0x10]))
    back = rib.read_rib(stored)
    for other in TABLES:
        if other == name:
            with pytest.raises(rib.StorageError, match=rf"{name}\.arrow is damaged"):
                getattr(back, other)
        else:
            assert getattr(table, other).equals(getattr(back, other))


def test_a_lookup_does_not_use_damaged_blocks(table, stored):
    """With every block of the prefixes' networks changed but the first, a lookup raises."""
    members = {m.name: m for m in members_of(memoryview(stored.read_bytes()))}
    member = members["prefixes.arrow"]
    content = bytearray(stored.read_bytes())
    for at in range(member.offset + BLOCK, member.offset + member.size - BLOCK, BLOCK):
        content[at] ^= 1
    stored.write_bytes(content)
    back = rib.read_rib(stored)
    with pytest.raises(rib.StorageError, match=r"prefixes\.arrow is damaged in the 65536 bytes"):
        back.lookup("91.208.207.1")


def test_a_cut_file_is_refused(small_file, tmp_path):
    """Whatever is missing at the end, the file is refused when it is opened."""
    path = tmp_path / "cut.rib"
    for size in [*range(0, len(small_file), 101), len(small_file) - 1]:
        path.write_bytes(small_file[:size])
        with pytest.raises(rib.StorageError, match=r"cut\.rib: not a whole \.rib file"):
            rib.read_rib(path)
    path.write_bytes(small_file + b"\0")
    with pytest.raises(rib.StorageError, match="does not end as"):
        rib.read_rib(path)


@pytest.mark.parametrize("content", [b"", b"x", b"PK\3\4", b"PK\5\6" + bytes(18), bytes(1000)])
def test_what_is_no_rib_file_is_refused(content, tmp_path):
    """Other content is named as such, as a ValueError too."""
    (tmp_path / "other").write_bytes(content)
    with pytest.raises(ValueError, match=r"other: not a whole \.rib file") as caught:
        rib.read_rib(tmp_path / "other")
    assert isinstance(caught.value, rib.RibError)


def test_a_dump_or_another_zip_is_no_rib_file(sample, tmp_path):
    """A dump, and a zip archive of something else, are refused."""
    with pytest.raises(rib.StorageError, match="does not begin"):
        rib.read_rib(sample / SAMPLES[3])
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.txt", "a")
    with pytest.raises(rib.StorageError, match=r"has no manifest\.json"):
        rib.read_rib(tmp_path / "a.zip")


@pytest.mark.parametrize(
    ("version", "words"),
    [(2, "format version 2, written by rib 9.9; .*reads version 1: a newer rib"), (0, "write it")],
)
def test_another_version_is_named(version, words, tmp_path):
    """A file of another version says which it is and which is read, whatever else is in it."""
    path = tmp_path / "later.rib"
    with path.open("wb") as stream:
        writer = Writer(stream)
        with writer.member("manifest.json") as file:
            manifest = {"format": "rib", "format_version": version, "rib_version": "9.9"}
            file.write(json.dumps(manifest).encode())
        writer.finish()
    with pytest.raises(rib.UnsupportedStorageError, match=words):
        rib.read_rib(path)


@pytest.mark.parametrize("manifest", [b"[]", b"{", b'{"format": "other", "format_version": 1}'])
def test_another_manifest_is_refused(manifest, tmp_path):
    """An archive whose manifest is none of rib is refused."""
    path = tmp_path / "a.rib"
    with path.open("wb") as stream:
        writer = Writer(stream)
        with writer.member("manifest.json") as file:
            file.write(manifest)
        writer.finish()
    with pytest.raises(rib.StorageError, match="not a whole"):
        rib.read_rib(path)


# -- arguments and files --------------------------------------------------------------------------


def test_read_rib_passes_the_errors_of_the_system(tmp_path):
    """A missing file and a directory are what the operating system says."""
    with pytest.raises(FileNotFoundError):
        rib.read_rib(tmp_path / "none.rib")
    with pytest.raises(IsADirectoryError):
        rib.read_rib(tmp_path)
    with pytest.raises(TypeError, match="path=3: expected a path"):
        rib.read_rib(3)


def test_write_refuses_where_it_cannot(table, tmp_path):
    """A directory, a missing folder and a pipe are refused before anything is written."""
    with pytest.raises(IsADirectoryError):
        table.write(tmp_path)
    with pytest.raises(FileNotFoundError, match="does not exist"):
        table.write(tmp_path / "none" / "a.rib")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="expected a regular file"):
        table.write(tmp_path / "pipe")
    assert [tmp_path / "pipe"] == list(tmp_path.iterdir())


def test_write_follows_links_and_has_usual_permissions(table, tmp_path):
    """A link stays one, and others may read what is written."""
    small = table.select(origin_as=[213394])
    (tmp_path / "latest.rib").symlink_to(tmp_path / "night.rib")
    small.write(tmp_path / "latest.rib")
    assert (tmp_path / "latest.rib").is_symlink()
    (tmp_path / "usual").write_bytes(b"")
    assert (tmp_path / "usual").stat().st_mode == (tmp_path / "night.rib").stat().st_mode
    assert_same(small, rib.read_rib(tmp_path / "latest.rib"))


_WRITES = """
import sys, rib
old, new, path = sys.argv[1:]
tables = [rib.read_rib(old), rib.read_rib(new)]
print("ready", flush=True)
while True:
    for table in tables:
        table.write(path)
"""


@pytest.mark.parametrize("delay", [0.02, 0.05, 0.11])
def test_a_kill_during_write_leaves_a_whole_file(delay, table, tmp_path, root):
    """After kill -9 the file is the one table or the other."""
    old, new, path = tmp_path / "old.rib", tmp_path / "new.rib", tmp_path / "a.rib"
    table.write(old)
    table.select(family=4).write(new)
    path.write_bytes(old.read_bytes())
    environment = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, "-c", _WRITES, str(old), str(new), str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        process.stdout.readline()
        time.sleep(delay)
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
    assert -signal.SIGKILL == process.returncode
    back = rib.read_rib(path, verify=True)
    assert back.n_routes in (table.n_routes, rib.read_rib(new).n_routes)
    assert path.read_bytes() in (old.read_bytes(), new.read_bytes())
