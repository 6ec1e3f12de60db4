"""RPSL dumps of any size: route objects of the full table's prefixes, aut-nums and as-sets beside them.

At full scale 1.5 million route objects in some 400 MB: every prefix once, a quarter of them again from another
source with another origin, in the shape and order in which registries publish them.
"""

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from datasets import origins_of, prefix_texts
from internet import full

__all__ = ["RegistryDump", "registry_dump"]

#: Every so many prefixes have a second object.
_TWICE = 4
#: One aut-num for so many route objects, and neighbours of each.
_PER_AUT_NUM, _NEIGHBOURS = 40, 6


class RegistryDump(NamedTuple):
    """A dump, and what every reader of it must find."""

    path: Path
    n_routes: int
    n_aut_nums: int
    origin_as_sum: int


def _route(prefix: str, asn: int, n: int, source: str) -> str:
    name = "route6:" if ":" in prefix else "route: "
    day = f"20{n % 25:02d}-{n % 12 + 1:02d}-{n % 28 + 1:02d}T08:00:00Z"
    return (
        f"{name}         {prefix}\ndescr:          Network {n} of a holder, somewhere in a city\n"
        f"origin:         AS{asn}\nmnt-by:         MNT-AS{asn}\ncreated:        {day}\nlast-modified:  {day}\n"
        f"source:         {source}\n\n"
    )


def _aut_num(asn: int) -> str:
    lines = [f"aut-num:        AS{asn}", f"as-name:        NAME-{asn}"]
    for n in range(_NEIGHBOURS):
        other = asn + 7 * n + 1
        lines += [
            f"import:         from AS{other} action pref={100 + n}; accept ANY",
            f"export:         to AS{other} announce AS{asn}:AS-CUSTOMERS",
        ]
    lines += [f"mnt-by:         MNT-AS{asn}", "source:         RIPE", ""]
    members = ", ".join(f"AS{asn + n}" for n in range(1, 9))
    lines += [f"as-set:         AS{asn}:AS-CUSTOMERS", f"members:        {members}"]
    return "\n".join([*lines, "source:         RIPE", "", ""])


def _objects(prefixes: list[str], origin: list[int]) -> Iterator[str]:
    for n, (prefix, asn) in enumerate(zip(prefixes, origin, strict=True)):
        yield _route(prefix, asn, n, "RIPE")
        if n % _TWICE == 0:
            yield _route(prefix, asn + 1, n, "RADB")
    for asn in range(1000, 1000 + len(prefixes) // _PER_AUT_NUM):
        yield _aut_num(asn)


def registry_dump(scale: float) -> RegistryDump:
    """Give the dump of a scale, written once; the account of it lies beside it."""
    path = full.CACHE / f"irr.scale{scale:g}.db"
    account = path.with_name(path.name + ".json")
    if not account.exists():
        account.parent.mkdir(exist_ok=True)
        account.write_text(json.dumps(_write(path, scale)))
    return RegistryDump(path, *json.loads(account.read_text()))


def _write(path: Path, scale: float) -> tuple[int, int, int]:
    prefixes, origin = prefix_texts(scale), origins_of(scale).astype(np.int64)
    with path.open("w", encoding="ascii") as file:
        objects = _objects(prefixes, origin.tolist())
        while batch := "".join(itertools.islice(objects, 10_000)):
            file.write(batch)
        file.write("# EOF\n")
    twice = origin[::_TWICE] + 1
    n_routes = len(prefixes) + len(twice)
    return n_routes, len(prefixes) // _PER_AUT_NUM, int(origin.sum() + twice.sum())
