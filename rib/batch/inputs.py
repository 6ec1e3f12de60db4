"""Dumps and registries of one night: fetched, hashed, loaded; what fails is said and left out."""

import hashlib
import io
import os
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from rib.batch.config import Config
from rib.batch.names import dated
from rib.batch.plan import Dump, Problem, problem_of
from rib.exceptions import RibError, UnsupportedMrtError
from rib.registry.bogons import read_bogons
from rib.registry.delegations import read_delegations
from rib.registry.irr import read_irr
from rib.registry.organisations import read_organisations
from rib.registry.relationships import read_relationships
from rib.registry.vrps import read_vrps
from rib.remote.cache import is_url, local_copy
from rib.report.wording import CONSEQUENCES
from rib.sources.inputs import MAX_BYTES, RIB_FILES, VIEW_FILES, Inputs, Progress, resolved
from rib.sources.mrt import rib_of
from rib.sources.views.reading import is_view, read_view
from rib.table.concat import concat
from rib.table.rib import Rib

__all__ = ["Fetched", "Held", "RegistryFile", "fetch", "load", "read_registries"]

_FAILURES = (OSError, RibError, ValueError)


@dataclass(frozen=True)
class Fetched:
    """A dump that is here, or the problem with it."""

    dump: Dump
    collector: str | None = None
    path: str = ""
    sha256: str | None = None
    problem: Problem | None = None


@dataclass(frozen=True)
class RegistryFile:
    """A file of a registry: what it was read as, from when, and the problem with it."""

    kind: str
    file: str
    sha256: str | None = None
    date: str | None = None
    rows: int | None = None
    ignored: int | None = None
    problem: Problem | None = None


@dataclass
class Held:
    """Registries that were read, by kind, and the files that they are from."""

    given: dict[str, Any] = field(default_factory=dict)
    files: list[RegistryFile] = field(default_factory=list)


def _digest(path: str | os.PathLike[str]) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch(dumps: Iterable[Dump], stack: ExitStack) -> list[Fetched]:
    """Bring dumps here, for as long as ``stack`` is open, and hash what came."""
    found = []
    for dump in dumps:
        try:
            inputs = _brought(dump, stack)
            ((_, collector, path),) = inputs.given
            local = os.fsdecode(path)
            found.append(Fetched(dump, collector, local, _digest(local)))
        except _FAILURES as error:
            found.append(Fetched(dump, problem=problem_of(dump.label, error)))
    return found


def _brought(dump: Dump, stack: ExitStack) -> Inputs:
    try:
        return stack.enter_context(resolved(dump.where, RIB_FILES))
    except UnsupportedMrtError:
        # The dumps of some archives are text; whether this is one is seen as it is read.
        if not is_url(dump.where):
            raise
        return stack.enter_context(resolved(dump.where, VIEW_FILES))


class _Named(io.BytesIO):
    """An open file of another name than that of its path."""

    name = ""


def _table(fetched: Fetched, progress: Progress | None) -> Rib:
    """Read one dump under the name that it has in every output."""
    label = fetched.dump.label
    if is_view(fetched.path):
        view = _Named(Path(fetched.path).read_bytes())
        view.name = label
        return read_view(view, collector=fetched.collector)
    inputs = Inputs([(label, fetched.collector, fetched.path)])
    return rib_of(
        inputs, on_error="collect", progress=progress, safi="unicast", max_bytes=MAX_BYTES
    )


def load(
    fetched: Iterable[Fetched], progress: Progress | None = None
) -> tuple[Rib | None, list[Problem]]:
    """Read the dumps of one view into one table; None where not one of them can be read."""
    tables: list[Rib] = []
    problems: list[Problem] = []
    for each in fetched:
        if each.problem is not None:
            problems.append(each.problem)
            continue
        try:
            table = _table(each, progress)
        except _FAILURES as error:
            problems.append(problem_of(each.dump.label, error))
            continue
        if not table.receipt.ok:
            first = table.receipt.issues.slice(0, 1).to_pylist()
            text = first[0]["detail"] if first else "the sums of its receipt do not agree"
            problems.append(Problem(each.dump.label, f"damaged, read in part: {text}", False))
        tables.append(table)
    if not tables:
        return None, problems
    return (tables[0] if len(tables) == 1 else concat(tables)), problems


def read_registries(
    config: Config, moment: datetime, kept: dict[tuple[str, ...], tuple[Any, list[RegistryFile]]]
) -> Held:
    """Read the registries of a night; ``kept`` has those that were read for nights before."""
    named = config.registries
    slurm = [] if named.slurm is None else [named.slurm]
    readers: dict[str, tuple[list[str], Callable[[list[str]], Any]]] = {
        "vrps": (
            [*([named.vrps] if named.vrps else []), *slurm],
            lambda paths: read_vrps(*paths),
        ),
        "irr": (named.irr, read_irr),
        "bogons": (named.bogons, read_bogons),
    }
    singles: dict[str, tuple[str | None, Callable[[str], Any]]] = {
        "organisations": (named.organisations, read_organisations),
        "relationships": (named.relationships, read_relationships),
        "delegations": (named.delegations, read_delegations),
    }
    for kind, (path, reader) in singles.items():
        readers[kind] = ([path] if path else [], _of_one(reader))
    held = Held()
    for kind, (paths, reader_of) in readers.items():
        if not paths:
            continue
        labels = [dated(path, moment) for path in paths]
        key = (kind, *labels)
        if key not in kept:
            kept[key] = _read(kind, labels, config, reader_of)
        found, files = kept[key]
        if found is not None:
            held.given[kind] = found
        held.files += files
    return held


def _of_one(reader: Callable[[str], Any]) -> Callable[[list[str]], Any]:
    return lambda paths: reader(paths[0])


def _lost(kind: str, labels: str, error: Exception) -> Problem:
    """Say of a registry that failed what the night therefore lacks."""
    problem = problem_of(labels, error)
    return replace(problem, text=f"{problem.text}; without it {CONSEQUENCES[kind]}")


def _read(
    kind: str, labels: list[str], config: Config, reader: Callable[[list[str]], Any]
) -> tuple[Any, list[RegistryFile]]:
    paths = [config.located(label) for label in labels]
    digests: list[str | None] = []
    for path, label in zip(paths, labels, strict=True):
        try:
            with local_copy(path) as copy:
                digests.append(_digest(copy))
        except _FAILURES as error:
            return None, [RegistryFile(kind, label, problem=_lost(kind, label, error))]
    try:
        found = reader(paths)
    except _FAILURES as error:
        problem = _lost(kind, ", ".join(labels), error)
        return None, [
            RegistryFile(kind, label, digest, problem=problem)
            for label, digest in zip(labels, digests, strict=True)
        ]
    when = None if found.date is None else str(found.date)
    ignored = sum(found.ignored.values())
    return found, [
        RegistryFile(kind, label, digest, when, len(found), ignored)
        for label, digest in zip(labels, digests, strict=True)
    ]
