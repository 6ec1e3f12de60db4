"""``rib upstreams``: which upstreams the vantage points use."""

from rib.analysis.upstreams import upstream_preference
from rib.cli.inputs import Asns, Ci, Paths
from rib.cli.outcome import command, finish
from rib.cli.output import Form, Format, Limit, Output, check, write
from rib.cli.reading import Reading, load, with_reading
from rib.table.resampling import check_ci

__all__ = ["upstreams"]


@command
@with_reading
def upstreams(
    *,
    paths: Paths,
    origin_as: Asns = None,
    ci: Ci = None,
    how: Reading,
    form: Form = Format.TABLE,
    output: Output = None,
    limit: Limit = None,
) -> None:
    """Show through which upstreams the vantage points reach each origin AS."""
    check(form, output)
    check_ci(ci)
    table = load(paths, how)
    frame = upstream_preference(table, origin_as=origin_as or None, ci=ci)
    write(frame, form, output, limit)
    finish(table)
