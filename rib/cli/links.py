"""``rib leaks``, ``rib relationships``: what passes between neighbouring ASes, and what may."""

from typing import Annotated

import typer

from rib.analysis.infer_relationships import infer_relationships
from rib.analysis.leaks import route_leaks
from rib.cli.inputs import Baseline, FailOn, Paths, Relationships, parse_asn, relationships_of
from rib.cli.outcome import command, finish, say, writing
from rib.cli.output import Form, Format, Limit, Output, check, check_output, sink, write
from rib.cli.reading import Reading, load, with_reading
from rib.report.wording import many

__all__ = ["leaks", "relationships"]


@command
@with_reading
def leaks(
    *,
    paths: Paths,
    relationships: Relationships = None,
    baseline: Baseline = None,
    fail_on: FailOn = None,
    how: Reading,
    form: Form = Format.TABLE,
    output: Output = None,
    limit: Limit = None,
) -> None:
    """List routes that were passed on against the rules, by who leaked them.

    Without --relationships they are inferred from the dump, and scores are lower.
    """
    check(form, output)
    known = relationships_of(relationships)
    table = load(paths, how)
    before = load(baseline, how, "reading the baseline") if baseline else None
    frame = route_leaks(table, relationships=known, baseline=before)
    write(frame, form, output, limit)
    n_paths, n_unknown = frame.attrs["n_paths"], frame.attrs["n_paths_unknown"]
    if n_unknown:
        say(f"{n_unknown:,} of {many(n_paths, 'path')}: a link of unknown relationship")
    findings = fail_on is not None and bool((frame["score"] >= fail_on).any())
    finish(table, before, findings=findings)


@command
@with_reading
def relationships(
    *,
    paths: Paths,
    ixp: Annotated[
        list[int] | None,
        typer.Option(
            "--ixp",
            metavar="ASN",
            parser=parse_asn,
            help="an exchange's route server, to be looked through; may be repeated",
        ),
    ] = None,
    how: Reading,
    output: Output = None,
) -> None:
    """Infer which links are provider to customer and which are peerings, as a serial-1 file.

    A file that ends in .bz2 or .gz is compressed; what was found is said on stderr.
    """
    check_output(output)
    table = load(paths, how)
    found = infer_relationships(table, ixps=ixp or ())
    if output is None:
        with sink(None) as stream:
            stream.write(found.to_serial_1().encode())
    else:
        with writing(output):
            found.write(output)
    n_peerings = found.table.column("relationship").to_pylist().count(0)
    say(
        f"{many(len(found), 'link')}: {len(found) - n_peerings:,} provider to customer,"
        f" {many(n_peerings, 'peering')}; clique: {' '.join(map(str, found.clique)) or 'none'}"
    )
    finish(table)
