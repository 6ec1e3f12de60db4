"""Files appear whole or not at all."""

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
