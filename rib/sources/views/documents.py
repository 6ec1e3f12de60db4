"""What the JSON of several daemons shares: documents, and routes of them."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from rib.exceptions import ViewError
from rib.fallback.views.fields import Prefix, address
from rib.fallback.views.records import Attributes, Line, Speaker, View

__all__ = ["Found", "RefusedError", "document", "known_address", "number_of", "read_list"]

#: Lines of JSON say nothing about routes.
_NOWHERE = Line(-1, 0, 0, "")


class RefusedError(Exception):
    """A route is not read: what was expected and what was found."""


def document(text: bytes) -> dict[str, Any]:
    """Read a whole document.

    Raises
    ------
    ViewError
        It is none.
    """
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise ViewError(
            f"line {error.lineno}: expected JSON, {error.msg}", line=error.lineno
        ) from None
    except (ValueError, RecursionError) as error:
        raise ViewError(f"expected JSON, {error}") from None
    if not isinstance(found, dict):
        raise ViewError(f"expected an object, found {type(found).__name__}")
    return found


def known_address(value: object) -> bytes | None:
    """Read an address; None for anything else."""
    return address(value) if isinstance(value, str) else None


def number_of(value: object) -> int | None:
    """Give a whole number of 32 bits; None for anything else."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 0 <= value <= 0xFFFFFFFF else None  # type: ignore[operator, return-value]


class Found:
    """The routes of one document as they are read."""

    def __init__(self, text: bytes) -> None:
        self.view = View()
        self.view.n_lines = text.count(b"\n")
        self.view.read("document", 1, len(text))
        self._where = ""

    def route(
        self, where: str, read: Callable[[], tuple[Prefix, Speaker, Attributes, int | None]]
    ) -> None:
        """Add a route, or say why it is not one."""
        self._where = where
        try:
            prefix, speaker, attributes, path_id = read()
        except RefusedError as refused:
            self._lost(*refused.args)
            return
        block, peer = attributes.wire(prefix[0]), self.view.peer(speaker)
        if block is None or peer is None:
            self._lost("at most 65535 octets of attributes, and peers", where)
            return
        self.view.read("route", 1, 0)
        self.view.add(prefix, 0, peer, path_id, block)

    def _lost(self, expected: str, found: object) -> None:
        self.view.lost(_NOWHERE, 0, "malformed_route", *self._named(expected, found))

    def left_out(self, expected: str, found: object) -> None:
        """Note an attribute of the route that is not understood."""
        self.view.issue(_NOWHERE, "unreadable_attribute", *self._named(expected, found))

    def _named(self, expected: str, found: object) -> tuple[str, str]:
        return f"{expected} of {self._where[:60]}", str(found)


def read_list(found: Found, values: object, read: Callable[[str], Any], name: str) -> list[Any]:
    """Read the items of a list, or of a text with spaces; what is not understood is left out."""
    items: Iterable[Any] = values.split() if isinstance(values, str) else ()
    if isinstance(values, list):
        items = values
    elif values is not None and not isinstance(values, str):
        found.left_out(name, values)
    known = []
    for item in items:
        value = read(item) if isinstance(item, str) else None
        if value is None:
            found.left_out(name, item)
        else:
            known.append(value)
    return known
