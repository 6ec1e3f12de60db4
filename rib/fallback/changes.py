"""What a load of updates gathers: interned peers, prefixes, AS paths and attribute sets, and changes."""

from array import array
from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa

from rib.fallback.columns import AttributeBlocks, BlockIds, Peers
from rib.fallback.prefixes import key_columns, prefix_text
from rib.schema import CHANGES, LABELS, PREFIXES, RECORDED_PEERS

__all__ = ["UpdatesLoad"]

_ANNOUNCE, _WITHDRAW, _STATE = range(len(LABELS["kind"]))


class UpdatesLoad:
    """What all inputs of a load go into; `Load` for changes."""

    def __init__(self) -> None:
        self.quirks = Counter[str]()
        self.peers = Peers()
        self.blocks = AttributeBlocks(self.quirks)
        self.n_records = 0
        self._prefix_ids: dict[bytes, int] = {}
        self._time = array("q")
        self._message, self._peer = array("I"), array("H")
        self._kind = array("b")
        self._prefix, self._path, self._set = array("I"), array("I"), array("I")
        self._add_path: list[int | None] = []
        self._old, self._new = array("B"), array("B")
        #: Message, AS and address where a record named another peer than its change has.
        self._recorded: list[tuple[int, int, str]] = []

    def __len__(self) -> int:
        return len(self._kind)

    def push(
        self, at: tuple[int, int, int], key: bytes, add_path_id: int | None, ids: BlockIds | None
    ) -> None:
        """Add an announcement with its ids, or a withdrawal; ``at`` is time, message and peer."""
        self._row(at, _WITHDRAW if ids is None else _ANNOUNCE, (0, 0))
        self._prefix.append(self._prefix_ids.setdefault(key, len(self._prefix_ids)))
        self._path.append(ids.as_path if ids else 0)
        self._set.append(ids.attributes if ids else 0)
        self._add_path.append(add_path_id)

    def push_state(self, at: tuple[int, int, int], states: tuple[int, int]) -> None:
        """Add a change of state."""
        self._row(at, _STATE, states)
        for ids in (self._prefix, self._path, self._set):
            ids.append(0)
        self._add_path.append(None)

    def peer_of(self, row: int) -> int:
        """Give the peer of a change."""
        return self._peer[row]

    def move_state(self, row: int, peer: int, recorded: tuple[int, str]) -> None:
        """Give a change of state to another peer than its record named."""
        self._peer[row] = peer
        self._recorded.append((self._message[row], *recorded))
        self.quirks["state_change_swapped"] += 1

    def drop_peers(self, gone: set[int], first_row: int) -> None:
        """Leave out peers that only rows from one on could have had, and have not."""
        ids = self.peers.remove(gone)
        rows = np.array(self._peer[first_row:], dtype=np.uint16)
        self._peer[first_row:] = array("H", ids[rows].tobytes())

    def _row(self, at: tuple[int, int, int], kind: int, states: tuple[int, int]) -> None:
        self._time.append(at[0])
        self._message.append(at[1])
        self._peer.append(at[2])
        self._kind.append(kind)
        self._old.append(states[0])
        self._new.append(states[1])

    def tables(self) -> dict[str, pa.Table]:
        """Give the tables of the load, which is over."""
        keys = sorted(self._prefix_ids)
        rank = np.zeros(max(1, len(keys)), dtype=np.uint32)
        rank[[self._prefix_ids[key] for key in keys]] = np.arange(len(keys), dtype=np.uint32)
        kind = np.array(self._kind, dtype=np.int8)

        def some(values: "array[int]", dtype: Any, present: Any) -> pa.Array:
            return pa.array(np.array(values, dtype=dtype), mask=~present)

        labels = pa.array(LABELS["kind"], pa.utf8())
        announces, is_state = kind == _ANNOUNCE, kind == _STATE
        columns = [
            pa.array(np.array(self._time, dtype=np.int64)).cast(CHANGES.field("time").type),
            pa.array(np.array(self._message, dtype=np.uint32)),
            pa.array(np.array(self._peer, dtype=np.uint16)),
            pa.DictionaryArray.from_arrays(pa.array(kind), labels),
            pa.array(rank[np.array(self._prefix, dtype=np.uint32)], mask=is_state),
            pa.array(self._add_path, pa.uint32()),
            some(self._path, np.uint32, announces),
            some(self._set, np.uint32, announces),
            some(self._old, np.uint8, is_state),
            some(self._new, np.uint8, is_state),
        ]
        text = pa.array(map(prefix_text, keys), pa.utf8())
        schema = CHANGES
        if self._recorded:
            lines = "\n".join(f"{message} {asn} {ip}" for message, asn, ip in self._recorded)
            schema = CHANGES.with_metadata({RECORDED_PEERS: lines})
        return {
            "prefixes": pa.Table.from_arrays([*key_columns(keys), text], schema=PREFIXES),
            "as_paths": self.blocks.as_paths_table(),
            "attributes": self.blocks.attributes_table(),
            "peers": self.peers.table(),
            "changes": pa.Table.from_arrays(columns, schema=schema),
        }

    def counted_quirks(self) -> dict[str, int]:
        """Give the quirks that were met, by name."""
        return {name: count for name, count in sorted(self.quirks.items()) if count}
