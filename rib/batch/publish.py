"""Nights that appear whole or not at all, whatever ends the run.

A night is written to ``.staging/<day>/``, in the folders that it will have. Once all of it is there,
``.staging/<day>/ready`` says so; from then on the night is moved into place file by file, `night.json`
last. A run that finds a staged night with that mark moves what is left of it, and throws away one
without: so whatever was finished stays until what replaces it is complete.
"""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from rib.batch.layout import Layout
from rib.batch.provenance import files_of
from rib.table.files import replacing

__all__ = ["point_latest", "recover", "staged"]

_READY = "ready"


@contextmanager
def staged(layout: Layout, day: date) -> Iterator[Layout]:
    """Give a layout to write a night into; the night is published if the block succeeds."""
    folder = layout.staging / day.isoformat()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield Layout(folder)
        _sync(folder)
        with replacing(folder / _READY) as path:
            path.write_text("", encoding="utf-8")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        _without_staging(layout)
        raise
    _publish(layout, folder)
    _without_staging(layout)


def recover(layout: Layout) -> list[str]:
    """Finish what an earlier run had ready and remove what it had not; give the days finished."""
    finished = []
    if layout.staging.is_dir():
        for folder in sorted(layout.staging.iterdir()):
            if (folder / _READY).is_file():
                _publish(layout, folder)
                finished.append(folder.name)
            elif folder.is_dir():
                shutil.rmtree(folder)
            else:
                folder.unlink()
        _without_staging(layout)
    for folder in (layout.root, layout.nights):
        for left in folder.glob(".*.tmp"):
            left.unlink()
    return finished


def _without_staging(layout: Layout) -> None:
    if layout.staging.is_dir() and not any(layout.staging.iterdir()):
        layout.staging.rmdir()


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _sync(folder: Path) -> None:
    """Bring the files to the disk before their mark is there."""
    for path in _files(folder):
        with path.open("r+b") as file:
            os.fsync(file.fileno())


def _publish(layout: Layout, folder: Path) -> None:
    """Move a staged night into place; may be done again after it was cut off."""
    mark = folder / _READY
    night = Path("nights") / folder.name
    files = [path.relative_to(folder) for path in _files(folder) if path != mark]
    # What the night had before and has no more, as its old night.json says, which is replaced last.
    for name in files_of(layout.root / night / "night.json"):
        if night / name not in files and name not in files_of(folder / night / "night.json"):
            (layout.root / night / name).unlink(missing_ok=True)
    # The file that says what the night was made from comes last.
    for path in sorted(files, key=lambda path: (path == night / "night.json", path)):
        target = layout.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        (folder / path).replace(target)
    mark.unlink()
    shutil.rmtree(folder)


#: What a file system that has no links answers; one that may not be written to answers EACCES.
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.ENOSYS}


def point_latest(layout: Layout, day: date) -> bool:
    """Let ``latest`` stand for a night; False where the file system has no links."""
    target = os.path.join("nights", day.isoformat())  # noqa: PTH118 - relative, as the link holds it
    if layout.latest.is_symlink() and os.readlink(layout.latest) == target:  # noqa: PTH115
        return True
    fresh = layout.root / ".latest.tmp"
    fresh.unlink(missing_ok=True)
    try:
        fresh.symlink_to(target, target_is_directory=True)
    except OSError as error:
        # Any other failure would leave the night before under the name of the latest.
        if error.errno in _NO_LINKS:
            return False
        raise
    fresh.replace(layout.latest)
    return True
