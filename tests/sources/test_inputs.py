"""Several inputs in one table: directories, globs, lists and their collectors."""

import os
from pathlib import Path

import pytest
from internet import mrt_writer as mrt
from typer.testing import CliRunner

import rib
from rib.cli.app import app
from rib.sources.inputs import RIB_FILES, UPDATE_FILES, resolved


def dump(*prefixes, view="", peers=("192.0.2.1",)):
    """Give a dump with a route of every peer to every prefix."""
    attributes = mrt.origin() + mrt.as_path(mrt.sequence(64500)) + mrt.next_hop("192.0.2.1")
    entries = [mrt.rib_entry(i, attributes) for i in range(len(peers))]
    table = mrt.peer_index_table([mrt.Peer(64500, ip) for ip in peers], view=view)
    return table + b"".join(mrt.rib(prefix, entries) for prefix in prefixes)


def collectors(table):
    """Give the collector of each peer."""
    return table.peers.column("collector").to_pylist()


@pytest.fixture
def folder(tmp_path):
    """Give a directory with dumps, updates, other files, directories and a link."""
    names = [
        "bview.20260504.0000.gz", "latest-bview.gz", "rib.20260504.0000", "router.mrt.zst", "quagga_rib",
        "updates.20260504.0000.gz", "updates.20260504.mrt", "notes.txt", "vrps.json", ".hidden",
    ]  # fmt: skip
    for name in names:
        (tmp_path / name).write_bytes(dump("10.0.0.0/8", view=name))
    for sub in ("sub", ".cache"):
        (tmp_path / sub).mkdir()
        (tmp_path / sub / "rib.20260504.0200.gz").write_bytes(dump("10.0.0.0/8", view=sub))
    (tmp_path / "sub" / ".rib.20260504.0400.gz.Xy12").write_bytes(b"half")
    (tmp_path / "again").symlink_to("sub")
    return tmp_path


def test_directory_lists_what_it_passes_over(folder):
    """Dumps at any depth are read in order of path; the other files are named in the receipt."""
    receipt = rib.read_mrt(folder).receipt
    read = [f.name.removeprefix(str(folder) + os.sep) for f in receipt.files]
    assert [
        "bview.20260504.0000.gz",
        "latest-bview.gz",
        "quagga_rib",
        "rib.20260504.0000",
        "router.mrt.zst",
        os.path.join("sub", "rib.20260504.0200.gz"),  # noqa: PTH118
    ] == read
    passed = [p.removeprefix(str(folder) + os.sep) for p in receipt.passed_over]
    expected = [
        ".cache" + os.sep,
        ".hidden",
        "again" + os.sep,
        "notes.txt",
        os.path.join("sub", ".rib.20260504.0400.gz.Xy12"),  # noqa: PTH118
        "updates.20260504.0000.gz",
        "updates.20260504.mrt",
        "vrps.json",
    ]
    assert expected == passed
    assert list(receipt.passed_over) == receipt.to_dict()["passed_over"]
    assert receipt.to_dict() == rib.LoadReceipt.from_dict(receipt.to_dict()).to_dict()


def test_directory_of_updates(folder):
    """For updates the choice is the other one, *.mrt that does not say rib included."""
    with resolved(str(folder), UPDATE_FILES) as inputs:
        names = [Path(name).name for name, _, _ in inputs.given]
    assert ["router.mrt.zst", "updates.20260504.0000.gz", "updates.20260504.mrt"] == names


def test_files_named_are_read_whatever_their_name(folder):
    """What the caller names is not passed over."""
    table = rib.read_mrt([folder / "notes.txt", folder / "vrps.json"])
    assert ({"notes.txt", "vrps.json"}, ()) == (set(collectors(table)), table.receipt.passed_over)


def test_info_shows_what_was_passed_over(folder):
    """`rib info` lists the files of a directory that it did not read."""
    result = CliRunner().invoke(app, ["info", str(folder)], catch_exceptions=False)
    assert "Passed over" in result.stdout
    assert "notes.txt" in result.stdout


def test_collectors_by_argument_path_and_view(tmp_path):
    """The argument counts first, then the path, then the view name."""
    for name in ("rrc01", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "bview.mrt").write_bytes(dump("10.0.0.0/8", view="master"))
    paths = [tmp_path / "rrc01" / "bview.mrt", tmp_path / "other" / "bview.mrt"]
    assert ["rrc01", "master"] == collectors(rib.read_mrt(paths))
    assert ["mine"] == collectors(rib.read_mrt(paths, collector="mine"))
    with paths[0].open("rb") as file:
        assert ["rrc01"] == collectors(rib.read_mrt(file))
    assert ["master"] == collectors(rib.read_mrt(paths[0].read_bytes()))


def test_one_peer_at_several_collectors(tmp_path):
    """The same address and AS at two collectors is two peers, linked by AS."""
    for name in ("rrc00", "rrc01"):
        (tmp_path / f"{name}.mrt").write_bytes(dump("10.0.0.0/8"))
    (tmp_path / "own.mrt").write_bytes(dump("10.0.0.0/8", peers=("192.0.2.1", "192.0.2.2")))
    table = rib.read_mrt(tmp_path)
    assert ["", "", "rrc00", "rrc01"] == sorted(collectors(table))
    assert [3] * 4 == table.peers.column("n_collectors").to_pylist()
    assert 4 == table.n_routes
    assert {} == table.receipt.quirks


def test_peers_repeated_by_several_files_are_a_quirk():
    """Two dumps of one collector repeat routes; peers that only one of them has do not count."""
    first = dump("10.0.0.0/8", "10.1.0.0/16", view="a", peers=("192.0.2.1", "192.0.2.2"))
    again = dump("10.1.0.0/16", view="a", peers=("192.0.2.2",))
    other = dump("10.1.0.0/16", view="b", peers=("192.0.2.2",))
    quirks = rib.read_mrt([first, again, other]).receipt.quirks
    assert {"duplicate_route": 1, "peer_in_several_files": 1} == quirks


def test_repeats_within_one_file_are_not_blamed_on_several():
    """A file's own duplicates stay `duplicate_route`."""
    one = dump("10.0.0.0/8", "10.0.0.0/8", view="a")
    assert {"duplicate_route": 1} == rib.read_mrt(
        [one, dump("10.0.0.0/8", view="b")]
    ).receipt.quirks


def test_add_path_ids_are_not_repeats():
    """Files of one collector with different ADD-PATH ids, absent and 0 among them, repeat nothing."""
    attributes = mrt.origin() + mrt.as_path(mrt.sequence(64500)) + mrt.next_hop("192.0.2.1")
    peer = mrt.peer_index_table([mrt.Peer(64500, "192.0.2.1")], view="a")
    inputs = [dump("10.0.0.0/8", view="a")] + [
        peer + mrt.rib("10.0.0.0/8", [mrt.rib_entry(0, attributes, path_id=n)], add_path=True)
        for n in (0, 1)
    ]
    table = rib.read_mrt(inputs)
    assert [None, 0, 1] == table.routes.column("add_path_id").to_pylist()
    assert {} == table.receipt.quirks


def test_resolved_reads_files_of_a_list_in_order(folder):
    """A list may mix directories, globs, bytes and generators; their order is kept."""
    with resolved((x for x in [str(folder / "quagga*"), b"x", str(folder)]), RIB_FILES) as inputs:
        names = [Path(name).name for name, _, _ in inputs.given]
    assert ["quagga_rib", "<bytes>", "bview.20260504.0000.gz"] == names[:3]
    assert 8 == len(names)


@pytest.mark.parametrize("read", [rib.read_mrt, rib.read_updates])
def test_a_collector_is_text(read):
    """The argument is named, and what was expected."""
    with pytest.raises(TypeError, match="collector=5: expected text"):
        read(b"", collector=5)


@pytest.mark.parametrize("read", [rib.read_mrt, rib.read_updates])
@pytest.mark.parametrize(
    ("source", "how", "error", "message"),
    [
        ("a\0b", {}, ValueError, "source='a.x00b': expected a path"),
        (b"", {"progress": 5}, TypeError, "progress=5: expected True, False or a callable"),
    ],
)
def test_bad_arguments_are_named(read, source, how, error, message):
    """An argument that cannot be is named with its value, before anything is read."""
    with pytest.raises(error, match=message):
        read(source, **how)
