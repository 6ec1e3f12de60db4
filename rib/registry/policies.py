"""Policies from TOML files."""

import os
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

from rib.exceptions import ConfigError
from rib.table.policy import Policy, PolicyRule

__all__ = ["read_policy"]


def read_policy(path: str | os.PathLike[str]) -> Policy:
    """Read a policy from a TOML file.

    The keys are the parameters of `rib.Policy`; each ``[[rule]]`` table holds those of `rib.PolicyRule`
    (docs/policy.md).

    Parameters
    ----------
    path : str or path
        The file.

    Returns
    -------
    Policy
        For `rib.exit_preference` and `rib.transit_failures`.

    Raises
    ------
    ConfigError
        The file is no TOML, a key is unknown, or a value is not what is expected: the file, the rule, the key
        and the value are named.
    OSError
        The file cannot be read.

    Examples
    --------
    >>> import pathlib, tempfile, rib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "policy.toml")
    ...     _ = path.write_text("rule = [{ session = [3356], local_pref = 200 }]")
    ...     rib.read_policy(path).rules[0].session
    (3356,)
    """
    try:
        given = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{os.fspath(path)}: expected TOML: {error}") from None
    try:
        return _policy(given)
    except ConfigError as error:
        raise ConfigError(f"{os.fspath(path)}: {error}") from None


def _policy(given: dict[str, Any]) -> Policy:
    tables = given.pop("rule", [])
    if not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
        raise ConfigError(f"rule={tables!r}: expected tables, each headed [[rule]]")
    rules = tuple(_rule(number, table) for number, table in enumerate(tables, 1))
    _check_keys(given, {f.name for f in fields(Policy)} - {"rules"} | {"rule"})
    return Policy(rules=rules, **given)


def _rule(number: int, table: dict[str, Any]) -> PolicyRule:
    try:
        _check_keys(table, {f.name for f in fields(PolicyRule)})
        return PolicyRule(**table)
    except ConfigError as error:
        raise ConfigError(f"rule {number}: {error}") from None


def _check_keys(given: dict[str, Any], known: set[str]) -> None:
    for key, value in given.items():
        if key not in known:
            raise ConfigError(f"{key}={value!r}: no such key; expected {', '.join(sorted(known))}")
