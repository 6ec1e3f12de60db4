"""Nights that are old enough to go: whole nights, and nothing that a run did not write.

Age counts from the newest night, not from the clock, so that a clock that is wrong deletes nothing.
"""

from datetime import date, timedelta
from pathlib import Path

from rib.batch.layout import Layout
from rib.batch.provenance import files_of

__all__ = ["expire", "is_expired"]

#: Stays of a night whose report is too old.
_KEPT = ("night.md",)


def is_expired(day: date, newest: date, days: int | None) -> bool:
    """Whether a night is ``days`` or more older than the newest."""
    return days is not None and day <= newest - timedelta(days=days)


def expire(layout: Layout, history_days: int | None, report_days: int | None) -> list[date]:
    """Delete nights and reports that are too old.

    Parameters
    ----------
    layout : Layout
        The folder of results.
    history_days : int, optional
        Nights this many days older than the newest go with all of their rows. Default: none.
    report_days : int, optional
        Of nights this much older the pages and their tables go; rows and words stay.

    Returns
    -------
    list of date
        Nights that are gone, oldest first.
    """
    finished = layout.finished()
    if not layout.is_ours or not finished:
        return []
    newest, gone = finished[-1], []
    for day in sorted(layout.days()):
        if is_expired(day, newest, history_days):
            if _remove_night(layout, day):
                gone.append(day)
        elif is_expired(day, newest, report_days):
            night = layout.night(day)
            _remove(night, [name for name in files_of(night / "night.json") if name not in _KEPT])
    return gone


def _remove_night(layout: Layout, day: date) -> bool:
    """Delete a night and its rows; whether there was any of it."""
    night = layout.night(day)
    # A night that is cut off here is none any more, and the next run goes on.
    mark, going = night / "night.json", night / ".night.json"
    if mark.is_file():
        mark.replace(going)
    was_there = going.is_file()
    for table in layout.tables():
        part = layout.part(table, day)
        was_there |= part.is_file()
        _remove(part.parent, [part.name])
        _without(part.parent)
    _remove(night, files_of(going))
    going.unlink(missing_ok=True)
    _without(night)
    return was_there


def _remove(folder: Path, names: list[str]) -> None:
    """Delete files of a folder, and the folders in it that are empty then."""
    for name in names:
        path = folder / name
        path.unlink(missing_ok=True)
        if path.parent != folder:
            _without(path.parent)


def _without(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
