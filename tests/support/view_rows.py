"""What a text view is read as, in a form to compare."""

import rib

__all__ = ["C1", "EXTENDED", "NO_EXPORT", "issues", "rows"]

C1 = 64500 << 16 | 1
NO_EXPORT = 0xFFFFFF01
#: rt 64500:7, ro 192.0.2.1:8, rt 4200000000:9, generic.
EXTENDED = [
    2 << 48 | 64500 << 32 | 7,
    0x0103 << 48 | 0xC0000201 << 16 | 8,
    0x0202 << 48 | 4200000000 << 16 | 9,
    0x4300000000000001,
]


def rows(text, **options):
    """Give the attributes of each route by prefix and peer, without those that are absent."""
    table = rib.read_view(text, **options)
    paths = table.to_pandas()["as_path"].tolist()
    found = {}
    for row, path in zip(table.routes.to_pylist(), paths, strict=True):
        peer = table.peers.slice(row["peer_id"], 1).to_pylist()[0]
        given = table.attributes.slice(row["attributes_id"], 1).to_pylist()[0]
        given = {k: v for k, v in given.items() if v not in (None, False)}
        given |= {"path": path, "id": row["add_path_id"]}
        found[table.prefixes["text"][row["prefix_id"]].as_py(), peer["peer_ip"]] = given
    return found


def issues(text, *args):
    """Give line and kind of each issue."""
    found = rib.read_view(text, *args).receipt.issues.to_pylist()
    return [(row["record"], row["kind"]) for row in found]
