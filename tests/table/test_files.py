"""Files appear whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from rib.table.files import replacing


def test_replacing_puts_the_file_in_place(tmp_path: Path):
    """After the block the file has its new text and nothing else is left."""
    target = tmp_path / "report.html"
    target.write_text("old")
    with replacing(target) as path:
        path.write_text("new")
        assert "old" == target.read_text()
    assert "new" == target.read_text()
    assert [target] == list(tmp_path.iterdir())


def test_replacing_keeps_the_old_file_if_the_block_fails(tmp_path: Path):
    """A failure in the block leaves the old file and no temporary one."""
    target = tmp_path / "report.html"
    target.write_text("old")

    def fail() -> None:
        with replacing(target) as path:
            path.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert "old" == target.read_text()
    assert [target] == list(tmp_path.iterdir())


def test_replacing_follows_links(tmp_path: Path):
    """What a link stands for is written, and the link stays one."""
    target, link = tmp_path / "night.html", tmp_path / "latest.html"
    target.write_text("old")
    link.symlink_to(target)
    with replacing(link) as path:
        path.write_text("new")
    assert ("new", True) == (target.read_text(), link.is_symlink())


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="making devices needs root"
)
def test_replacing_leaves_devices_in_place(tmp_path: Path):
    """A device takes what is written; it is not replaced by a file."""
    null = tmp_path / "null"
    try:
        os.mknod(null, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        null.write_bytes(b"")
    except PermissionError:
        pytest.skip("no devices can be made here")
    with replacing(null) as path:
        path.write_text("gone")
    assert stat.S_ISCHR(null.stat().st_mode)
