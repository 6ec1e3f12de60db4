"""Who is measured: one module per engine, each with ``version()`` and ``JOBS``.

``JOBS`` maps the name of a case to a function that prepares it (not timed) and gives a `Job`.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from definitions import Sizes

__all__ = ["ENGINES", "Absent", "Engine", "Job", "engine_module"]


class Absent(Exception):  # noqa: N818 - not an error: it is reported and the run goes on
    """The engine, or the part of it that the case needs, is not installed."""


@dataclass(frozen=True)
class Job:
    """A prepared case: what to time, how to check its answer, how much work it is.

    ``proof`` asserts the answer before the clock starts; without one, an untimed run is checked.
    ``figures`` says what else an answer tells; the median of every figure over the runs is kept.
    """

    run: Callable[[], Any]
    check: Callable[[Any], None]
    work: int
    proof: Callable[[], None] | None = None
    in_children: bool = False  # the work is done by child processes
    figures: Callable[[Any], dict[str, float]] | None = None


Prepare = Callable[[Sizes], Job]


@dataclass(frozen=True)
class Engine:
    """Where an engine's module is, and the environment it needs."""

    module: str
    env: tuple[tuple[str, str], ...] = ()


ENGINES = {
    "rib": Engine("engines.rib_engine", (("RIB_BACKEND", "native"),)),
    "rib-fallback": Engine("engines.rib_engine", (("RIB_BACKEND", "fallback"),)),
    "pybgpkit-parser": Engine("engines.pybgpkit_engine"),
    "bgpdump": Engine("engines.bgpdump_engine"),
    "mrtparse": Engine("engines.mrtparse_engine"),
    "pytricia": Engine("engines.pytricia_engine"),
    "naive": Engine("engines.naive_engine", (("RIB_BACKEND", "native"),)),
    "pigz": Engine("engines.decompress_engine", (("DECOMPRESS_WITH", "pigz -dc"),)),
    "gzip": Engine("engines.decompress_engine", (("DECOMPRESS_WITH", "gzip -dc"),)),
    "bzcat": Engine("engines.decompress_engine", (("DECOMPRESS_WITH", "bzcat"),)),
    "lbzip2": Engine("engines.decompress_engine", (("DECOMPRESS_WITH", "lbzip2 -n2 -dc"),)),
}


def engine_module(name: str) -> ModuleType:
    """Import an engine's module; `Absent` where what it wraps is not installed."""
    try:
        return importlib.import_module(ENGINES[name].module)
    except ImportError as error:
        raise Absent(str(error)) from error
