"""What a night was made from, and whether it must be made again.

Nothing here knows the time of the day or the machine: the same inputs give the same `night.json`.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from rib._backend import core
from rib.batch.columns import SCHEMA_VERSION
from rib.batch.config import Config
from rib.batch.inputs import Fetched, RegistryFile
from rib.batch.names import dated, is_dated, series_of
from rib.batch.plan import Night
from rib.exceptions import ConfigError
from rib.registry.policies import read_policy
from rib.schema import PREPROCESSING

__all__ = ["baseline_of", "describe", "files_of", "judge", "read_night", "settings_of"]

Facts = dict[str, Any]


def read_night(path: Path) -> Facts | None:
    """Read a `night.json`; None where there is none that can be read."""
    try:
        found: Facts = json.loads(path.read_text(encoding="utf-8"))
        whole = found["versions"], found["inputs"], found["settings"], found["verdict"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if all(part is not None for part in whole) else None


def files_of(path: Path) -> list[str]:
    """Give the files that a `night.json` says are its night's, relative to its folder; none without it."""
    facts = read_night(path)
    return [] if facts is None else [str(name) for name in facts.get("files", [])]


def settings_of(config: Config) -> Facts:
    """Give the part of a config that the results of a night depend on, inputs apart."""
    settings: Facts = config.model_dump(
        mode="json", by_alias=True, include={"watch", "thresholds", "registries", "rules"}
    )
    policies = {}
    for view in config.own_view:
        if view.policy is not None:
            path = config.located(view.policy)
            try:
                content = Path(path).read_bytes()
                read_policy(path)
            except OSError as error:
                raise ConfigError(
                    f"own_view {view.name}: policy {path}: {error.strerror or error}"
                ) from None
            policies[view.name] = hashlib.sha256(content).hexdigest()
    # Where the parts are measured makes no difference, that they are does.
    return {**settings, "policies": policies, "in_parts": config.scale is not None}


def _inputs(fetched: Iterable[Fetched]) -> list[Facts]:
    return [
        {
            "view": each.dump.view,
            "source": each.dump.source,
            "file": each.dump.label,
            "time": each.dump.time.isoformat(),
            "sha256": each.sha256,
        }
        for each in fetched
    ]


def describe(
    night: Night,
    fetched: list[Fetched],
    registries: list[RegistryFile],
    settings: Facts,
    baseline: Facts | None,
) -> Facts:
    """Say what a night would be made from."""
    return {
        "day": night.day.isoformat(),
        "time": night.time.isoformat(),
        "versions": {
            "rib": core.__version__,
            "preprocessing": PREPROCESSING,
            "history": SCHEMA_VERSION,
        },
        "settings": settings,
        "inputs": _inputs(fetched),
        "registries": [
            {
                "kind": each.kind,
                "file": each.file,
                "sha256": each.sha256,
                "date": each.date,
                "problem": None if each.problem is None else each.problem.text,
            }
            for each in registries
        ],
        "baseline": baseline,
    }


def baseline_of(earlier: Night, fetched: list[Fetched], known: Facts | None) -> Facts | None:
    """Say what a night is compared with; None where not one dump of the earlier night is here."""
    inputs = [facts for facts in _inputs(fetched) if facts["sha256"] is not None]
    if not inputs:
        return None
    tables = {} if known is None else known.get("tables", {})
    parts = {name: tables[name]["sha256"] for name in ("exits", "suspects") if name in tables}
    return {"day": earlier.day.isoformat(), "inputs": inputs, "history": parts}


def _here(inputs: Iterable[Facts]) -> dict[tuple[str, str, str], str]:
    """Give the digests of inputs that could be had, by series."""
    return {
        (i["view"], i["source"], series_of(i["file"])): i["sha256"]
        for i in inputs
        if i["sha256"] is not None
    }


def _registries_changed(old: Facts, new: Facts, config: Config) -> bool:
    """Whether a registry that failed is here, or that of the night's date is another.

    One without a date in its path changes every day, and judges the nights to come only.
    """
    named = config.registries
    paths = [named.vrps, named.slurm, *named.irr, *named.bogons]
    paths += [named.organisations, named.relationships, named.delegations]
    moment = datetime.fromisoformat(new["time"])
    of_date = {dated(path, moment) for path in paths if path and is_dated(path)}
    before = {(r["kind"], r["file"]): r for r in old["registries"]}
    for registry in new["registries"]:
        was = before.get((registry["kind"], registry["file"]))
        if was is None or registry["problem"] is not None:
            continue
        is_other = registry["file"] in of_date and was["sha256"] != registry["sha256"]
        if was["problem"] is not None or is_other:
            return True
    return False


def judge(old: Facts | None, new: Facts, config: Config) -> str:
    """Tell what to do about a night: ``new``, ``changed``, ``done``, or ``kept``.

    ``kept``: it is finished, and what it was made from is not all here any more.
    """
    if old is None:
        return "new"
    had, have = _here(old["inputs"]), _here(new["inputs"])
    if not had.keys() <= have.keys():
        return "kept"
    was, now = (
        {} if facts["baseline"] is None else _here(facts["baseline"]["inputs"])
        for facts in (old, new)
    )
    if not was.keys() <= now.keys():
        return "kept"
    settings = [(facts["settings"], facts["versions"]) for facts in (old, new)]
    is_other = settings[0] != settings[1] or had != have or was != now
    if is_other or _registries_changed(old, new, config):
        return "changed"
    if new["baseline"] is not None:
        parts = new["baseline"]["history"]
        if any(old["baseline"]["history"].get(name) != part for name, part in parts.items()):
            return "changed"
        if old["baseline"]["day"] != new["baseline"]["day"]:
            return "changed"
    return "done"
