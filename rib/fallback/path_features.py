"""Preprocessed AS paths (docs/methods.md, "Paths"), one row per path."""

from array import array

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rib.fallback.as_path import AS_SET, CONFEDERATION, Segment
from rib.fallback.columns import lists
from rib.schema import PATH_FEATURES

__all__ = ["path_features"]

#: ASNs that no operator may use towards others: RFC 7607, 6793, 5398, 6996, 7300, and 65552-131071,
#: which IANA keeps reserved.
_RESERVED = (
    (0, 0),
    (23456, 23456),
    (64496, 131071),
    (4200000000, 4294967295),
)


class _Features:
    """Features of one path. An AS_SET with one distinct member counts as that AS."""

    __slots__ = (
        "has_confed",
        "has_loop",
        "has_set",
        "hops",
        "n_hops",
        "origin_prepends",
        "prepend_max",
    )

    def __init__(self, path: list[Segment]) -> None:
        self.hops: list[int] = []
        self.n_hops = self.prepend_max = 0
        self.has_set = self.has_confed = False
        run = 0  # extra copies of the last AS; a set of several ASes has none
        previous: int | None = None
        for segment in path:
            if segment.kind in CONFEDERATION:
                self.has_confed = True
                continue
            asns = segment.asns
            if segment.kind == AS_SET:
                members = sorted(set(asns))
                if len(members) > 1:
                    self.hops += members
                    self.n_hops += 1
                    self.has_set = True
                    previous, run = None, 0
                    continue
                asns = (asns[0],)
            for asn in asns:
                if asn == previous:
                    run += 1
                    self.prepend_max = max(self.prepend_max, run)
                else:
                    self.hops.append(asn)
                    self.n_hops += 1
                    previous, run = asn, 0
        ends_in_confed = bool(path) and path[-1].kind in CONFEDERATION
        self.origin_prepends = 0 if ends_in_confed else run
        self.has_loop = len(set(self.hops)) < len(self.hops)


def path_features(hops: pa.Array, segments: pa.Array) -> pa.Table:
    """Preprocess AS paths once for every analysis.

    Parameters
    ----------
    hops, segments : pyarrow.Array
        Columns ``hops`` and ``segments`` of ``as_paths``.

    Returns
    -------
    pyarrow.Table
        Row for row with the paths, columns of ``rib.schema.PATH_FEATURES``.

    Notes
    -----
    ``hops`` collapses consecutive repeats over segment boundaries, confederation segments left
    out. ``has_loop``: an AS is in ``hops`` more than once. ``has_reserved`` looks at ``hops`` too,
    so private ASNs inside a confederation do not count.
    """
    asns = hops.flatten().to_pylist()
    parts = segments.flatten()
    kinds = pc.struct_field(parts, "kind").to_pylist()
    counts = pc.struct_field(parts, "count").to_pylist()
    flat, offsets = array("I"), array("i", [0])
    columns: dict[str, list[int]] = {name: [] for name in PATH_FEATURES.names[1:-1]}
    at_asn = at_segment = 0
    for n_segments in pc.list_value_length(segments).to_pylist():
        path = []
        for i in range(at_segment, at_segment + n_segments):
            end = at_asn + counts[i]
            path.append(Segment(kinds[i], tuple(asns[at_asn:end])))
            at_asn = end
        at_segment += n_segments
        features = _Features(path)
        flat.extend(features.hops)
        offsets.append(len(flat))
        for name, column in columns.items():
            column.append(getattr(features, name))
    values = np.array(flat, dtype=np.uint32)
    reserved = np.zeros(len(values) + 1, dtype=np.int64)
    for first, last in _RESERVED:
        reserved[1:] |= (values >= first) & (values <= last)
    total = np.cumsum(reserved)
    bounds = np.array(offsets, dtype=np.int32)
    arrays = {
        "hops": lists(offsets, flat, PATH_FEATURES.field("hops").type),
        **{n: pa.array(c, PATH_FEATURES.field(n).type) for n, c in columns.items()},
        "has_reserved": pa.array(total[bounds[1:]] > total[bounds[:-1]]),
    }
    return pa.table(arrays, schema=PATH_FEATURES)
