"""The folder of results: what lies where, and how to tell that it is ours.

::

    .rib-nightly                            says whose folder this is, and its version
    .lock                                   held while a run writes
    .staging/                               a night that is being made; gone after a run
    history/<table>/day=2025-01-21/part.parquet
    nights/2025-01-21/night.json            what it was made from, and the verdict; published last
                      night.md              the night in words
                      report.html, …        `rib.write_report` of the collectors
                      <own view>/…          and of each own view
    latest -> nights/2025-01-21
"""

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from rib.exceptions import ConfigError
from rib.table.files import replacing

__all__ = ["Layout"]

_MARK, _TEXT = ".rib-nightly", "rib nightly 1\n"


class Layout:
    """Names in the folder of results.

    Parameters
    ----------
    root : str or path
        The folder.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.root = Path(root)
        self.history = self.root / "history"
        self.nights = self.root / "nights"
        self.staging = self.root / ".staging"
        self.lock = self.root / ".lock"
        self.latest = self.root / "latest"

    @property
    def is_ours(self) -> bool:
        """Whether the folder was made by the nightly job."""
        return (self.root / _MARK).is_file()

    def make(self) -> None:
        """Make the folder and mark it; a folder that is not empty and has no mark is not ours."""
        self.root.mkdir(parents=True, exist_ok=True)
        if self.is_ours:
            return
        if any(each.name != ".lock" and _MARK not in each.name for each in self.root.iterdir()):
            raise ConfigError(
                f"{self.root}: expected an empty folder or one of rib nightly, found other files"
            )
        with replacing(self.root / _MARK) as path:
            path.write_text(_TEXT, encoding="utf-8")

    def night(self, day: date) -> Path:
        """Folder of a night."""
        return self.nights / day.isoformat()

    def part(self, table: str, day: date) -> Path:
        """Rows of a night in a table of the history."""
        return self.history / table / f"day={day.isoformat()}" / "part.parquet"

    def finished(self) -> list[date]:
        """Nights that are complete, oldest first."""
        return sorted(
            day for day, path in _days(self.nights, "") if (path / "night.json").is_file()
        )

    def days(self) -> set[date]:
        """Every day that has a folder of a night or rows in a table."""
        found = {day for day, _ in _days(self.nights, "")}
        for table in self.tables():
            found |= {day for day, _ in _days(self.history / table, "day=")}
        return found

    def tables(self) -> list[str]:
        """Names of the tables of the history."""
        if not self.history.is_dir():
            return []
        return sorted(each.name for each in self.history.iterdir() if each.is_dir())

    def parts(self, table: str) -> list[tuple[date, Path]]:
        """Days of a table and their files, oldest first."""
        found = ((day, path / "part.parquet") for day, path in _days(self.history / table, "day="))
        return sorted((day, path) for day, path in found if path.is_file())


def _days(folder: Path, before: str) -> Iterator[tuple[date, Path]]:
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        try:
            day = date.fromisoformat(path.name.removeprefix(before))
        except ValueError:
            continue
        # Not other spellings of ISO 8601, which are not ours.
        if path.name == before + day.isoformat() and path.is_dir():
            yield day, path
