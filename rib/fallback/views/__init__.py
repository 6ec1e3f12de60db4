"""Text views of routers as TABLE_DUMP_V2 records, so that one core builds every table."""

from collections.abc import Callable
from typing import Any, Literal

from rib.fallback.views.bgpdump import read_bgpdump
from rib.fallback.views.bird import read_bird
from rib.fallback.views.records import View
from rib.fallback.views.routeros import read_routeros

__all__ = ["view_records"]

_READERS: dict[str, Callable[[bytes], View]] = {
    "bgpdump": read_bgpdump,
    "bird": read_bird,
    "routeros": read_routeros,
}


def view_records(
    format: Literal["bgpdump", "bird", "routeros"],  # noqa: A002 - the user's word
    text: bytes,
) -> tuple[bytes, dict[str, Any]]:
    """Read a part of a text view that ends between two routes into RIB records and an account."""
    if format not in _READERS:
        raise ValueError(f"format={format!r}: expected 'bgpdump', 'bird' or 'routeros'")
    return _READERS[format](text).result()
