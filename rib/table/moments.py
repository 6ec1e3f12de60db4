"""Moments as callers give them, and the day of a table."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import numpy as np

from rib.table.arrays import column

if TYPE_CHECKING:
    from rib.table.rib import Rib

__all__ = ["Moment", "microseconds", "table_date"]

#: ISO 8601 text, a datetime (that of NumPy or pandas too), or POSIX seconds.
Moment = str | datetime | np.datetime64 | float


def microseconds(name: str, given: Moment) -> int:
    """Give a moment as microseconds since 1970; UTC where it names no time zone.

    Raises
    ------
    TypeError, ValueError
        It is none; ``name`` is that of the argument.
    """
    expected = "ISO 8601 text, a datetime or POSIX seconds"
    if isinstance(given, str):
        try:
            given = datetime.fromisoformat(given)
        except ValueError:
            raise ValueError(f"{name}={given!r}: expected {expected}") from None
    is_nat = isinstance(given, datetime | np.datetime64) and given != given  # noqa: PLR0124
    if is_nat:
        raise ValueError(f"{name}={given!r}: expected {expected}")
    if isinstance(given, np.datetime64):
        return int(given.astype("datetime64[us]").astype(np.int64))
    if isinstance(given, datetime):
        aware = given if given.tzinfo else given.replace(tzinfo=UTC)
        # Not by timestamp(), whose float has no room for every microsecond.
        past = aware - datetime.fromtimestamp(0, UTC)
        return (past.days * 86_400 + past.seconds) * 1_000_000 + past.microseconds
    is_number = not isinstance(given, bool | np.timedelta64) and hasattr(given, "__float__")
    if not is_number:
        raise TypeError(f"{name}={given!r}: expected {expected}")
    seconds = float(given)
    if not -(2**40) < seconds < 2**40:
        raise ValueError(f"{name}={given!r}: expected {expected}")
    return round(seconds * 1_000_000)


def table_date(table: "Rib") -> date | None:
    """Day of the latest record of a table, None where it has none."""
    times = column(table.routes, "record_time")
    latest = int(times.max()) if len(times) else 0
    return datetime.fromtimestamp(latest, UTC).date() if latest else None
