"""Inputs that are opened once and may be read more than once: as RIB dumps, as updates, raw."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Literal, TypeAlias

from rib.exceptions import MrtError, UnsupportedMrtError
from rib.sources.inputs import (
    MAX_BYTES,
    RIB_FILES,
    UPDATE_FILES,
    Inputs,
    Progress,
    Source,
    byte_limit,
    resolved,
)
from rib.sources.mrt import rib_of
from rib.sources.updates import updates_of
from rib.table.rib import Rib
from rib.table.updates import Updates

__all__ = ["Bar", "Held", "Reading", "held"]

Bar: TypeAlias = Callable[[], AbstractContextManager[Progress | None]]


@dataclass(frozen=True)
class Reading:
    """How inputs are read: the arguments of `rib.read_mrt` and `rib.read_updates`."""

    safi: Literal["unicast", "multicast"] = "unicast"
    collector: str | None = None
    on_error: Literal["collect", "raise"] = "collect"
    max_bytes: int | None = MAX_BYTES


@dataclass(frozen=True)
class Held:
    """Inputs at hand."""

    inputs: Inputs
    reading: Reading
    bar: Bar = nullcontext
    #: The table of a .rib file, which stands for inputs that were read before.
    stored: Rib | None = None

    def rib(self) -> Rib:
        """Read them as `rib.read_mrt` does."""
        if self.stored is not None:
            return self.stored
        with self.bar() as progress:
            return rib_of(
                self.inputs,
                on_error=self.reading.on_error,
                progress=progress,
                safi=self.reading.safi,
                max_bytes=byte_limit(self.reading.max_bytes),
            )

    def updates(self, safi: Literal["unicast", "multicast"] | None = None) -> Updates:
        """Read them as `rib.read_updates` does."""
        with self.bar() as progress:
            return updates_of(
                self.inputs,
                on_error=self.reading.on_error,
                progress=progress,
                safi=safi or self.reading.safi,
                max_bytes=byte_limit(self.reading.max_bytes),
            )

    def either(self) -> Rib | Updates:
        """Read them as dumps or, where there is no RIB in any of them, as updates."""
        try:
            return self.rib()
        except MrtError as no_rib:
            try:
                return self.updates()
            except MrtError as no_updates:
                # A file that is neither is refused as no RIB; damaged updates as what they are.
                is_neither = isinstance(no_updates, UnsupportedMrtError)
                raise (no_rib if is_neither else no_updates) from None


@contextmanager
def held(
    source: Source | Iterable[Source], how: Reading | None = None, bar: Bar = nullcontext
) -> Iterator[Held]:
    """Open a source once: URLs are fetched and pipes copied, for as long as the context lasts.

    Of directories the RIB dumps are meant or, where there are none, the updates. ``bar`` makes what
    shows the progress of each download and each reading.
    """
    how = how or Reading()
    with ExitStack() as stack:
        with bar() as progress:
            found = resolved(
                source,
                RIB_FILES,
                UPDATE_FILES,
                collector=how.collector,
                progress=progress,
                again=True,
            )
            inputs = stack.enter_context(found)
        yield Held(inputs, how, bar)
