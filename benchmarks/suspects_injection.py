"""Lay random hijacks over a table: other victims and attackers than those that weights were fitted on."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

import rib

__all__ = ["inject_hijacks"]

#: How many sessions follow a hijacker, each as often as any other.
_REACH = (1, 2, 5, 15, 30)
_MIN_ROUTES = 5

Ints = npt.NDArray[Any]


def inject_hijacks(table: rib.Rib, n: int, seed: int) -> tuple[rib.Rib, dict[str, int]]:
    """Give a table in which random ASes originate some of ``n`` random prefixes, and who does.

    Victim and attacker are those of two random prefixes. A session that follows the attacker has, for
    the prefix of the victim, the path it has for the one of the attacker. Prefixes of few routes, and
    those whose origin the attacker is, are left out.
    """
    path, prefix, peer = (
        table.routes.column(name).combine_chunks().to_numpy()
        for name in ("as_path_id", "prefix_id", "peer_id")
    )
    origins = table.as_paths.column("origin_as").combine_chunks()
    origin = origins.fill_null(pa.scalar(0, pa.uint32())).to_numpy()
    start = np.searchsorted(prefix, np.arange(table.n_prefixes + 1))
    text = table.prefixes.column("text")
    rng, then, made = np.random.default_rng(seed), path.copy(), {}
    chosen = (rng.choice(table.n_prefixes, n, replace=False).tolist() for _ in range(2))
    for victim, other in zip(*chosen, strict=True):
        rows, theirs = (np.arange(start[i], start[i + 1]) for i in (victim, other))
        attacker = int(origin[path[theirs[0]]])
        theirs = theirs[origin[path[theirs]] == attacker]
        of_peer = dict(zip(peer[theirs].tolist(), path[theirs].tolist(), strict=True))
        can = rng.permutation([row for row in rows.tolist() if int(peer[row]) in of_peer])
        known = attacker == 0 or bool((origin[path[rows]] == attacker).any())
        if known or len(rows) < _MIN_ROUTES or not len(can):
            continue
        for row in can[: rng.choice(_REACH)].astype(int):
            then[row] = of_peer[int(peer[row])]
        made[str(text[victim])] = attacker
    at = table.routes.schema.get_field_index("as_path_id")
    routes = table.routes.set_column(at, table.routes.schema.field(at), pa.array(then))
    names = ("prefixes", "attributes", "peers", "as_paths")
    tables = {name: getattr(table, name) for name in names} | {"routes": routes}
    return rib.Rib(tables, table.receipt), made
