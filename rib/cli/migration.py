"""``rib migration``, ``rib policy``: a move of origin, and a declared policy, beside what is seen."""

import json
from enum import StrEnum
from typing import Annotated, Any

import typer

from rib.analysis.migration import Migration
from rib.analysis.migration import migration as follow
from rib.analysis.policy_drift import policy_drift
from rib.cli.inputs import Paths, parse_asn, say_ignored
from rib.cli.outcome import command, finish
from rib.cli.output import Format, Limit, Output, check, check_output, sink, write
from rib.cli.reading import Reading, load, with_reading
from rib.registry.irr import read_irr
from rib.registry.vrps import read_vrps
from rib.report.wording import clean

__all__ = ["migration", "policy"]


class Form(StrEnum):
    """How ``rib migration`` writes."""

    TEXT = "text"
    JSON = "json"


@command
@with_reading
def migration(
    *,
    prefix: Annotated[str, typer.Argument(metavar="PREFIX", help="the prefix that moves")],
    snapshots: Annotated[
        list[str],
        typer.Argument(
            metavar="SNAPSHOT...",
            help="dumps in order of time: each a file, directory, glob or URL",
        ),
    ],
    from_as: Annotated[
        int, typer.Option("--from", metavar="ASN", parser=parse_asn, help="the old origin AS")
    ],
    to_as: Annotated[
        int, typer.Option("--to", metavar="ASN", parser=parse_asn, help="the new origin AS")
    ],
    irr: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="IRR database (RPSL); may be repeated"),
    ] = None,
    vrps: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="validated ROA payloads; repeated only with --each"),
    ] = None,
    each: Annotated[
        bool, typer.Option("--each", help="--irr and --vrps are one FILE for each SNAPSHOT")
    ] = False,
    form: Annotated[Form, typer.Option("--format", "-f")] = Form.TEXT,
    output: Output = None,
    how: Reading,
) -> None:
    """Follow a prefix from its old origin AS to its new one: stage, next steps, what breaks.

    Exit code 1: a third AS originates the prefix, the new origin is RPKI-invalid though it announces,
    or nobody announces what was announced before.
    """
    check_output(output)
    registered, payloads = _registries(irr or [], vrps or [], len(snapshots), each=each)
    tables = [load([path], how, f"reading {path}") for path in snapshots]
    found = follow(prefix, from_as, to_as, tables, irr=registered, vrps=payloads)
    if form is Form.JSON:
        text = json.dumps(found.to_dict(), ensure_ascii=False)
    else:
        text = "\n".join(clean(line, 2000) for line in repr(found).split("\n"))
    with sink(output) as stream:
        stream.write(f"{text}\n".encode())
    finish(*tables, findings=_is_alarming(found))


def _registries(irr: list[str], vrps: list[str], n: int, *, each: bool) -> tuple[Any, Any]:
    """Read registries as `rib.migration` takes them: one, or one for each snapshot."""
    if each:
        for name, given in (("--irr", irr), ("--vrps", vrps)):
            if given and len(given) != n:
                raise typer.BadParameter(f"--each: {n} snapshots and {len(given)} {name}")
    elif len(vrps) > 1:
        raise typer.BadParameter("--vrps is given once, or with --each once for each SNAPSHOT")
    # A file that holds for several snapshots is read once.
    irrs = {path: read_irr(path) for path in irr} if each else {}
    together = read_irr(irr) if irr and not each else None
    payloads = {path: read_vrps(path) for path in vrps}
    for path, registry in (*irrs.items(), (", ".join(irr), together), *payloads.items()):
        say_ignored(path, registry)
    if each:
        return [irrs[p] for p in irr] or None, [payloads[p] for p in vrps] or None
    return together, next(iter(payloads.values()), None)


def _is_alarming(found: Migration) -> bool:
    last = found.snapshots.to_dict("records")[-1]
    is_invalid = bool(last["to_announced"]) and last["to_rov"] == "invalid"
    return len(last["other_origins"]) > 0 or is_invalid or found.stage == "withdrawn"


@command
@with_reading
def policy(
    *,
    asn: Annotated[int, typer.Argument(metavar="ASN", parser=parse_asn, help="the AS")],
    paths: Paths,
    irr: Annotated[
        list[str], typer.Option(metavar="FILE", help="IRR database (RPSL); may be repeated")
    ],
    view: Annotated[
        list[str] | None,
        typer.Option("--own-view", metavar="FILE", help="a dump of the AS itself; may be repeated"),
    ] = None,
    how: Reading,
    form: Annotated[Format, typer.Option("--format", "-f")] = Format.TABLE,
    output: Output = None,
    limit: Limit = None,
) -> None:
    """Compare the neighbours and origins that an aut-num declares with those that are seen."""
    check(form, output)
    table, registry = load(paths, how), read_irr(irr)
    say_ignored(", ".join(irr), registry)
    own = load(view, how, "reading the own view") if view else None
    write(policy_drift(table, registry, asn=asn, view=own), form, output, limit)
    finish(table, own)
