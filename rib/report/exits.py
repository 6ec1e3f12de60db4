"""Which prefixes leave through another transit than before: own views only."""

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from rib.analysis.exits import exit_preference
from rib.table.arrays import to_frame
from rib.table.policy import Policy
from rib.table.rib import Rib

__all__ = ["moved_exits"]

_EXIT = ["prefix", "family", "winner_as", "addresses"]


def moved_exits(before: Rib, after: Rib, policy: Policy | None = None) -> pd.DataFrame:
    """List the prefixes of both tables whose best route has another AS as exit.

    Best is what `rib.exit_preference` chooses by ``policy`` (default: RFC 4271 §9.1.2.2). A prefix of one
    table alone has not moved, and one whose choice is ambiguous cannot be told: both are left out.

    Returns
    -------
    pandas.DataFrame
        ``prefix``, ``family``, ``exit_as_before``, ``exit_as_after``, ``addresses`` (in the later
        table; of IPv6 its /48s), sorted by prefix. ``attrs["n_compared"]`` holds how many prefixes of
        each family were compared, ``attrs["has_policy"]`` whether by a policy.
    """
    old, new = (
        pa.Table.from_pandas(
            exit_preference(view, policy).routes[_EXIT], preserve_index=False
        ).replace_schema_metadata(None)
        for view in (before, after)
    )
    at = pc.index_in(new.column("prefix"), value_set=old.column("prefix").combine_chunks())
    was = old.column("winner_as").take(at)
    known = pc.and_(pc.is_valid(was), pc.is_valid(new.column("winner_as")))
    new = new.append_column("exit_as_before", was).filter(known)
    moved = new.filter(pc.not_equal(new.column("winner_as"), new.column("exit_as_before")))
    frame = to_frame(
        moved.rename_columns({"winner_as": "exit_as_after"}).select(
            ["prefix", "family", "exit_as_before", "exit_as_after", "addresses"]
        )
    )
    families = new.column("family")
    frame.attrs["has_policy"] = policy is not None
    frame.attrs["n_compared"] = {f: pc.sum(pc.equal(families, f)).as_py() or 0 for f in (4, 6)}
    return frame
