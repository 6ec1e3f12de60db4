"""Options of how dumps are read, those of `rib.read_mrt`, and the reading itself."""

import functools
import inspect
import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from typing import Annotated, Any

import typer

from rib.sources.bar import progress_bar
from rib.sources.held import Held, Reading, held
from rib.sources.inputs import MAX_BYTES, Inputs
from rib.sources.mrt import read_mrt
from rib.sources.stored import is_rib_file, read_rib
from rib.sources.views.reading import is_view, read_view
from rib.table.rib import Rib

__all__ = ["Reading", "holding", "load", "parse_bytes", "with_reading"]


class SafiChoice(StrEnum):
    """Which routes are read."""

    UNICAST = "unicast"
    MULTICAST = "multicast"


class OnErrorChoice(StrEnum):
    """What damage does."""

    COLLECT = "collect"
    RAISE = "raise"


_AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*(?:([KMGT])(I?)B?|B)?", re.IGNORECASE)
#: Of `--max-bytes none`, since an option that was not given is None already.
_NO_LIMIT = 2**63


def parse_bytes(text: str | int) -> int:
    """Read ``1000000``, ``10GB`` (powers of 1000), ``64GiB`` (of 1024), or ``none``."""
    given = str(text).strip()
    if given.lower() == "none":
        return _NO_LIMIT
    found = _AMOUNT.fullmatch(given)
    if found is None:
        n_bytes = 0.0
    else:
        number, unit, binary = found.groups()
        power = " KMGT".index(unit.upper()) if unit else 0
        n_bytes = float(number) * (1024 if binary else 1000) ** power
    if not 1 <= n_bytes <= _NO_LIMIT:
        raise typer.BadParameter(
            f"{text!r}: expected a positive number of bytes, like 10GB or 64GiB, or none"
        )
    return int(n_bytes)


Safi = Annotated[
    SafiChoice,
    typer.Option("--safi", help="which routes are read; the two are never mixed (RFC 4760)"),
]
Collector = Annotated[
    str | None,
    typer.Option(
        "--collector",
        metavar="NAME",
        help="name of the collector (default: by path or URL, else the dump's view name)",
    ),
]
OnError = Annotated[
    OnErrorChoice,
    typer.Option(
        "--on-error", help="damage is listed and the rest read, or ends the command with code 3"
    ),
]
MaxBytes = Annotated[
    int | None,
    typer.Option(
        "--max-bytes",
        metavar="SIZE",
        parser=parse_bytes,
        help="uncompressed bytes to read of each input at most: 10GB, 500MiB, none (default: 64GiB)",
    ),
]


def _options(
    *,
    safi: Safi = SafiChoice.UNICAST,
    collector: Collector = None,
    on_error: OnError = OnErrorChoice.COLLECT,
    max_bytes: MaxBytes = None,
) -> Reading:
    """Put the options together."""
    return Reading(
        safi=safi.value,
        collector=collector,
        on_error=on_error.value,
        max_bytes=MAX_BYTES if max_bytes is None else max_bytes,
    )


def with_reading(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of how dumps are read, in the place of its argument ``how``."""
    ours = inspect.signature(_options).parameters
    signature = inspect.signature(function)

    @functools.wraps(function)
    def wrapped(**given: Any) -> None:
        how = _options(**{name: given.pop(name) for name in ours if name in given})
        function(how=how, **given)

    parameters = [
        each
        for name, parameter in signature.parameters.items()
        for each in (ours.values() if name == "how" else [parameter])
    ]
    # What typer makes options of.
    wrapped.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    wrapped.__annotations__ = {each.name: each.annotation for each in parameters}
    return wrapped


def open_stored(paths: list[str], how: Reading) -> Rib | None:
    """Open the one path that is a .rib file, or read files that all are text views; None for others."""
    stored = [path for path in paths if is_rib_file(path)]
    if stored and len(paths) > 1:
        raise typer.BadParameter(
            f"{stored[0]}: a .rib file is taken alone, found {len(paths)} paths"
        )
    if stored:
        return read_rib(stored[0])
    if paths and all(map(is_view, paths)):
        return read_view(
            paths, collector=how.collector, on_error=how.on_error, max_bytes=how.max_bytes
        )
    return None


def load(paths: list[str], how: Reading, what: str = "reading") -> Rib:
    """Read dumps with a progress bar on a terminal; or open a .rib file or text views."""
    stored = open_stored(paths, how)
    if stored is not None:
        return stored
    with progress_bar(what) as progress:
        return read_mrt(
            paths,
            on_error=how.on_error,
            progress=progress or False,
            collector=how.collector,
            safi=how.safi,
            max_bytes=how.max_bytes,
        )


def holding(paths: list[str], how: Reading) -> AbstractContextManager[Held]:
    """Open dumps or updates once, to be read with a progress bar on a terminal; or a .rib file, or text views."""
    stored = open_stored(paths, how)
    if stored is not None:
        return nullcontext(Held(Inputs(), how, stored=stored))
    return held(paths, how, functools.partial(progress_bar, "reading"))
