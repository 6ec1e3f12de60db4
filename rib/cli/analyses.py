"""``rib upstreams``, ``rib suspects``: one analysis each, as rows."""

import typer

from rib.analysis.suspects import hijack_suspects
from rib.analysis.upstreams import upstream_preference
from rib.cli.inputs import (
    Asns,
    Baseline,
    Ci,
    Delegations,
    FailOn,
    Irr,
    Organisations,
    Own,
    OwnPrefixes,
    OwnUpstreams,
    Paths,
    Relationships,
    Vrps,
    declared,
    registries,
)
from rib.cli.outcome import command, finish
from rib.cli.output import Form, Format, Limit, Output, check, write
from rib.cli.reading import Reading, load, with_reading
from rib.table.resampling import check_ci

__all__ = ["suspects", "upstreams"]


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


@command
@with_reading
def suspects(
    *,
    paths: Paths,
    vrps: Vrps = None,
    irr: Irr = None,
    organisations: Organisations = None,
    relationships: Relationships = None,
    delegations: Delegations = None,
    baseline: Baseline = None,
    own: Own = None,
    own_prefix: OwnPrefixes = None,
    own_upstream: OwnUpstreams = None,
    fail_on: FailOn = None,
    how: Reading,
    form: Form = Format.TABLE,
    output: Output = None,
    limit: Limit = None,
) -> None:
    """List events that look like hijacks, with evidence; explained ones score below 50."""
    check(form, output)
    ours = declared(own, own_prefix, own_upstream)
    if own and ours is None:
        raise typer.BadParameter("--own needs --own-prefix: what is ours?")
    table = load(paths, how)
    given = registries(
        vrps=vrps,
        irr=irr,
        organisations=organisations,
        relationships=relationships,
        delegations=delegations,
        baseline=baseline,
        how=how,
    )
    frame = hijack_suspects(table, **given, own=ours)
    write(frame, form, output, limit)
    finish(
        table,
        given["baseline"],
        findings=fail_on is not None and bool((frame["score"] >= fail_on).any()),
    )
