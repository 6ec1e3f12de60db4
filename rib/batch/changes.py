"""What differs between two nights of the history, from the tables that were kept of them."""

import os
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from rib.batch.history import as_day, opened, rows_of
from rib.batch.layout import Layout
from rib.batch.pairs import COLUMNS, KINDS, Kind, Sides
from rib.batch.plan import COLLECTORS
from rib.table.arrays import to_frame

__all__ = ["history_diff"]

#: Spans of nights that an error lists; of more, the first and the last.
_SPANS = 8


def history_diff(
    folder: str | os.PathLike[str],
    before: date | str,
    after: date | str,
    *,
    about: Literal["origin", "prefix", "exit", "suspect"] | None = None,
) -> pd.DataFrame:
    """Tell what differs between two nights of a history: upstreams, single homes, exits, suspects.

    Rows that the history keeps of the two nights are compared; no dump is read. Subjects of a night
    are matched by view and origin AS and family, prefix, or event.

    Parameters
    ----------
    folder : str or path-like
        The ``output`` of the config of ``rib nightly``.
    before, after : date or str
        Two nights, as dates or ISO 8601 text. They need not follow each other.
    about : {"origin", "prefix", "exit", "suspect"}, optional
        Rows of this kind only; no other table is read. Default: all.

    Returns
    -------
    pandas.DataFrame
        One row per subject that differs: by ``about`` (in the order above), ``view`` (collectors first,
        then by name); then those newly single-homed, those of ``before`` in the order of
        their table, and those that appeared in the order of theirs.

        ====================== ============ ======== =====================================================
        column                 dtype        nullable meaning
        ====================== ============ ======== =====================================================
        about                  string       no       ``origin``, ``prefix``, ``exit`` or ``suspect``
        view                   string       no       ``collectors`` or the name of an own view
        subject                string       no       ``AS213394``, a prefix, or the ``event_id``
        family                 uint8        yes      4 or 6; null for suspects
        state                  string       no       ``appeared``: only after; ``gone``: only before;
                                                     ``changed``
        gained                 list<uint32> yes      ASes that only ``after`` has, ascending: upstreams of an
                                                     origin, the winner of an exit, newcomers of a suspect
        lost                   list<uint32> yes      ASes that only ``before`` has
        newly_single_homed     bool         yes      several upstreams before, one after
        no_longer_single_homed bool         yes      one upstream before, several after
        value_before           uint32       yes      upstreams of an origin or prefix, candidates of an
                                                     exit, score of a suspect
        value_after            uint32       yes      the same after
        n_vps_before           uint32       yes      VP ASes that reach it; null for exits
        n_vps_after            uint32       yes      the same after
        ====================== ============ ======== =====================================================

        An origin ``changed`` if it gained or lost an upstream; a prefix if its number of upstreams
        differs; an exit if another AS wins; a suspect if its score or newcomers differ. What is null in
        either night is never a change. ``gained`` and ``lost`` are null for prefixes, whose upstreams are
        not kept, and where no upstream is known. Single homes are those of origins and prefixes that
        both nights have.

        ``attrs["warnings"]`` says which views were not read in one of the nights and are therefore not
        compared, and which sources are in one of them only.

    Raises
    ------
    FileNotFoundError
        No such folder, or no such night: the message says which nights there are.
    StorageError
        The folder is not one of ``rib nightly``, or a file in it is damaged.
    ValueError
        A day that is none, or another ``about``.

    Notes
    -----
    Unlike `rib.diversity_change`, nothing is cut to the sessions that both nights have: a peer that came
    or went changes what is seen. Look at ``n_vps_before`` and ``n_vps_after`` before
    believing a change, and at the table ``diversity_change`` where the nights follow each other.

    O(rows of both nights) and hashing of their prefixes.

    References
    ----------
    As for `rib.path_diversity`, `rib.exit_preference` and `rib.hijack_suspects`, whose results are kept.

    Examples
    --------
    >>> import rib
    >>> rib.history_diff("no-such-folder", "2025-01-17", "2025-01-21")
    Traceback (most recent call last):
      ...
    FileNotFoundError: [Errno 2] No such file or directory: 'no-such-folder'
    """
    if about is not None and about not in KINDS:
        raise ValueError(f"about={about!r}: expected one of {', '.join(KINDS)}")
    days = as_day("before", before), as_day("after", after)
    layout = opened(folder)
    nights = layout.finished()
    for name, day in zip(("before", "after"), days, strict=True):
        if day not in nights:
            raise FileNotFoundError(f"{name}={day}: no such night; {_those(nights)}")
    views, warnings = _views(layout, *days)
    blocks = [COLUMNS.empty_table()]
    for name, kind in KINDS.items():
        if about in (None, name):
            blocks += _of_kind(layout, days, kind, views)
    frame = to_frame(pa.concat_tables(blocks).combine_chunks())
    frame.attrs["warnings"] = warnings
    return frame


# -- nights and views --------------------------------------------------------------------------------


def _those(nights: list[date]) -> str:
    """Say which nights there are, those that follow each other as one."""
    if not nights:
        return "there is none"
    spans: list[list[date]] = []
    for day in nights:
        if spans and day - spans[-1][-1] == timedelta(days=1):
            spans[-1].append(day)
        else:
            spans.append([day])
    texts = [str(span[0]) if len(span) == 1 else f"{span[0]} to {span[-1]}" for span in spans]
    if len(texts) > _SPANS:
        half = _SPANS // 2
        texts = [*texts[:half], f"{len(texts) - 2 * half} more spans", *texts[-half:]]
    return f"the history has {', '.join(texts)}"


def _views(layout: Layout, before: date, after: date) -> tuple[list[str], list[str]]:
    """Give the views that both nights have read, and what to say of others."""
    read = []
    for day in (before, after):
        rows = rows_of(layout, "receipts", day)
        kept = rows.filter(pc.greater(pc.fill_null(rows.column("routes_kept"), 0), 0))
        pairs = zip(*(kept.column(n).to_pylist() for n in ("view", "source")), strict=True)
        read.append(set(pairs))
    seen = [{view for view, _ in pairs} for pairs in read]
    warnings = []
    for mine, others, day in ((0, 1, before), (1, 0, after)):
        warnings += [
            f"{view}: nothing was read on {day}, so it is not compared"
            for view in sorted(seen[others] - seen[mine])
        ]
        warnings += [
            f"{view}: no dump of {source} on {day}; what its peers see differs for that"
            for view, source in sorted(read[others] - read[mine])
            if view in seen[mine]
        ]
    views = sorted(seen[0] & seen[1], key=lambda view: (view != COLLECTORS, view))
    return views, warnings


def _of_kind(
    layout: Layout, days: tuple[date, date], kind: Kind, views: list[str]
) -> Iterator[pa.Table]:
    """Give the rows of a kind, view by view."""
    nights = [
        Sides(*(rows_of(layout, table, day) for day in days)) for table in (kind.table, *kind.more)
    ]
    for view in views:
        found = kind.differing(*(sides.of(view) for sides in nights))
        # Homes that were lost come first; the rest stays as it is.
        order = pc.sort_indices(
            pc.invert(pc.fill_null(found.column("newly_single_homed"), False)).cast(pa.uint8())
        )
        n = found.num_rows
        labels = [pa.repeat(pa.scalar(text), n) for text in (kind.about, view)]
        yield pa.table([*labels, *found.take(order).columns], schema=COLUMNS)
