"""What ``rib info`` says of updates."""

from typing import Any

import pyarrow as pa

from rib.report.wording import clean, count, size
from rib.table.updates import Updates

__all__ = ["KINDS", "facts", "peer_rows", "summary"]

KINDS = ("announce", "withdraw", "state")


def facts(updates: Updates) -> dict[str, Any]:
    """Give what is in the table, for JSON."""
    counted = updates.changes.column("kind").value_counts().to_pylist()
    counts = {c["values"]: c["counts"] for c in counted}
    bounds = pa.compute.min_max(updates.changes.column("time")).as_py()
    return {
        "time_span": [None if bounds[k] is None else bounds[k].isoformat() for k in ("min", "max")],
        "collectors": sorted(set(updates.peers.column("collector").to_pylist())),
        "n_changes": updates.n_changes,
        "n_announced": counts.get("announce", 0),
        "n_withdrawn": counts.get("withdraw", 0),
        "n_state_changes": counts.get("state", 0),
        "messages": updates.receipt.messages,
        "n_prefixes": updates.prefixes.num_rows,
        "n_as_paths": updates.as_paths.num_rows,
        "n_attribute_sets": updates.attributes.num_rows,
        "n_peers": updates.peers.num_rows,
        "bytes_in_memory": updates.nbytes,
    }


def summary(updates: Updates) -> list[list[str]]:
    """Give the rows of the first part."""
    found, receipt = facts(updates), updates.receipt
    first, last = found["time_span"]
    lost = f"{count(updates.n_changes)} kept, {count(receipt.changes_lost)} lost"
    return [
        ["state", "ok" if receipt.ok else f"NOT OK: {receipt.issues.num_rows:,} issues"],
        ["time", "unknown" if first is None else f"{first} to {last}"],
        ["collectors", clean(", ".join(found["collectors"]))],
        ["changes", lost],
        ["announced", count(found["n_announced"])],
        ["withdrawn", count(found["n_withdrawn"])],
        ["state changes", count(found["n_state_changes"])],
        ["messages", ", ".join(f"{count(n)} {clean(k)}" for k, n in receipt.messages.items())],
        ["prefixes", f"{count(found['n_prefixes'])} distinct"],
        ["AS paths", f"{count(found['n_as_paths'])} distinct"],
        ["attribute sets", f"{count(found['n_attribute_sets'])} distinct"],
        ["bytes in", f"{size(receipt.bytes_in)}, {size(receipt.bytes_uncompressed)} uncompressed"],
        ["memory", size(found["bytes_in_memory"])],
    ]


def peer_rows(updates: Updates) -> list[list[str]]:
    """Give one row per peer, those with the most changes first."""
    kinds = updates.changes.select(["peer_id"]).append_column(
        "kind", updates.changes.column("kind").cast(pa.utf8())
    )
    counted = kinds.group_by(["peer_id", "kind"]).aggregate([([], "count_all")]).to_pylist()
    counts = {(c["peer_id"], c["kind"]): c["count_all"] for c in counted}
    peers = updates.peers.to_pylist()

    def total(number: int) -> int:
        return sum(counts.get((number, kind), 0) for kind in KINDS)

    return [
        [
            f"AS{peers[number]['peer_as']}",
            peers[number]["peer_ip"],
            clean(peers[number]["collector"]),
            *(count(counts.get((number, kind), 0)) for kind in KINDS),
        ]
        for number in sorted(range(len(peers)), key=lambda number: (-total(number), number))
    ]
