"""Streams as tests make them: parts of dumps, elems as anyone may make them; and what is compared."""

import struct
from types import SimpleNamespace


def cut(content, n_records, out, start=0):
    """Write some records of a dump, from a byte on, to a file; fewer where it has fewer."""
    at = start
    for _ in range(n_records):
        if at == len(content):
            break
        at += 12 + struct.unpack_from("!I", content, at + 8)[0]
    with out.open("ab") as file:
        file.write(content[start:at])
    return out


def rows(updates):
    """Give what BGPStream tells of every change, in order of arrival."""
    columns = ["time", "kind", "prefix", "collector", "peer_as", "peer_ip", "as_path", "origin_as",
               "origin_kind", "upstream_as", "path_length", "old_state", "new_state", "next_hop"]  # fmt: skip
    table = updates.to_arrow()
    columns = [name for name in columns if name in table.column_names]
    communities = (c and tuple(sorted(set(c))) for c in table.column("communities").to_pylist())
    found = table.select(columns).to_pylist()
    return [(*row.values(), c) for row, c in zip(found, communities, strict=True)]


def counts(file):
    """Give the rows of either kind that a part of the receipt read, kept and lost."""
    return (
        file.routes_read + file.changes_read,
        file.routes_kept + file.changes_kept,
        file.routes_lost + file.changes_lost,
    )


def issues(table):
    """Give the kinds of the issues."""
    return table.receipt.issues.column("kind").to_pylist()


def elem(kind="A", **changes):
    """Give an elem without a record, with some fields changed or, as None, left out."""
    fields = {
        "A": {
            "prefix": "10.0.0.0/8",
            "next-hop": "192.0.2.1",
            "as-path": "64500 64501",
            "communities": {"64500:1"},
        },
        "W": {"prefix": "10.0.0.0/8"},
        "S": {"old-state": "ESTABLISHED", "new-state": "IDLE"},
    }.get(kind, {})
    given = {
        "type": kind,
        "time": 5.5,
        "collector": "rrc00",
        "peer_asn": 64500,
        "peer_address": "192.0.2.1",
    }
    for name, value in changes.items():
        (given if name in given else fields)[name] = value
    given["fields"] = {name: value for name, value in fields.items() if value is not None}
    return SimpleNamespace(**given)
