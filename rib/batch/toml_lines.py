"""On which line of a TOML file a key stands: `tomllib` reads values and forgets where they were."""

import re
from collections.abc import Sequence

__all__ = ["line_of"]

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*([A-Za-z0-9_."' -]+?)\s*=""")

Place = tuple[str | int, ...]


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def _places(text: str) -> dict[Place, int]:
    """Give the line (from 1) of every table and key; entries of arrays of tables by their number."""
    lines: dict[Place, int] = {}
    table: Place = ()
    seen: dict[Place, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _parts(header[2])
            if header[1] == "[[":
                at = seen[table] = seen.get(table, -1) + 1
                lines.setdefault(table, number)
                table = (*table, at)
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            place = table
            for part in _parts(key[1]):
                place = (*place, part)
                lines.setdefault(place, number)
    return lines


def line_of(text: str, place: Sequence[str | int]) -> int | None:
    """Give the line of a key, or of the nearest table around it that has a line.

    Parameters
    ----------
    text : str
        The file, valid TOML.
    place : sequence of str and int
        Keys and positions from the outermost in, as pydantic gives them: names of its own between
        them (the kind of a union) are passed over.

    Returns
    -------
    int or None
        Counted from 1; None where nothing around the key has a line.
    """
    lines = _places(text)
    found: int | None = None
    here: Place = ()
    for part in place:
        further: Place = (*here, part)
        if further in lines:
            found, here = lines[further], further
    return found
