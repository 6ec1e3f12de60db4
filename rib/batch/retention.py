"""Nights that are old enough to go: whole nights, and nothing that a run did not write.

Age counts from the newest night, not from the clock, so that a clock that is wrong deletes nothing.
"""

import shutil
from datetime import date, timedelta
from pathlib import Path

from rib.batch.layout import Layout

__all__ = ["expire", "is_expired"]

_KEPT = ("night.json", "night.md")


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
            _remove_night(layout, day)
            gone.append(day)
        elif is_expired(day, newest, report_days):
            _remove_reports(layout.night(day))
    return gone


def _remove_night(layout: Layout, day: date) -> None:
    # First what says that it is complete: a night that is cut off here is none.
    (layout.night(day) / "night.json").unlink(missing_ok=True)
    for table in layout.tables():
        part = layout.part(table, day)
        part.unlink(missing_ok=True)
        if part.parent.is_dir() and not any(part.parent.iterdir()):
            part.parent.rmdir()
    if layout.night(day).is_dir():
        _remove_reports(layout.night(day))
        (layout.night(day) / "night.md").unlink(missing_ok=True)
        if not any(layout.night(day).iterdir()):
            layout.night(day).rmdir()


def _remove_reports(night: Path) -> None:
    """Delete what `rib.write_report` wrote, in the folder of a night and in those of own views."""
    if not night.is_dir():
        return
    for path in night.iterdir():
        if path.is_dir() and (path / "receipt.json").is_file():
            shutil.rmtree(path)
        elif path.name in ("report.html", "report.md", "receipt.json") or (
            path.suffix == ".parquet" and path.is_file()
        ):
            path.unlink()
