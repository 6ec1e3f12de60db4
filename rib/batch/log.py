"""What a run says while it works: lines for people, or JSON for machines."""

import json
import sys
from datetime import UTC, datetime
from typing import Any, Literal

from rib.report.wording import clean

__all__ = ["Log"]

Level = Literal["info", "warning", "error"]


class Log:
    """Writes events to standard error.

    Parameters
    ----------
    form : {"text", "json"}
        ``json``: an object a line with ``time``, ``level``, ``event`` and what the event is about.
    """

    def __init__(self, form: Literal["text", "json"] = "text") -> None:
        self._form = form

    def __call__(self, event: str, text: str, level: Level = "info", **about: Any) -> None:
        """Write one event."""
        if self._form == "json":
            now = datetime.now(UTC).isoformat(timespec="milliseconds")
            line = json.dumps(
                {"time": now, "level": level, "event": event, "message": text, **about},
                default=str,
            )
        else:
            mark = "" if level == "info" else f"{level}: "
            line = f"rib: {mark}{clean(text, 2000)}"
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
