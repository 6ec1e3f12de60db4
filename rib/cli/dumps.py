"""``rib verify`` and ``rib doctor``: is a dump read rightly, and what is the matter with it."""

import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import pyarrow.compute as pc
import typer

from rib.cli.layout import grid
from rib.cli.outcome import Exit, command, finish, say, writing
from rib.cli.output import Output, check_output, sink
from rib.cli.reading import Reading, with_reading
from rib.report.wording import DASH, clean, count, many
from rib.sources.bar import progress_bar
from rib.sources.doctor import Diagnosis, diagnose
from rib.sources.verify import N_RECORDS, Comparison, Verification, verify_mrt
from rib.table.rib import Rib
from rib.table.updates import Updates

__all__ = ["doctor", "verify"]

_File = Annotated[
    str,
    typer.Argument(
        metavar="FILE", help="one MRT RIB dump or file of updates, compressed or not, or its URL"
    ),
]


# -- verify ---------------------------------------------------------------------------------------


@command
@with_reading
def verify(
    *,
    path: _File,
    records: Annotated[
        int,
        typer.Option(
            metavar="N", min=0, help="how many records from the start to compare; 0 for all"
        ),
    ] = N_RECORDS,
    output: Output = None,
    how: Reading,
) -> None:
    """Compare what rib reads with what bgpdump, pybgpkit-parser and mrtparse read.

    Of updates, announcements and withdrawals are compared. Records that the others are known not to
    read are left out and counted.

    Exit codes: 0 all that ran agree, 1 one differs, 2 none could answer, 3 FILE is damaged.
    """
    check_output(output)
    found = verify_mrt(path, records=records, how=how, bar=partial(progress_bar, "reading"))
    to_terminal = output is None and sys.stdout.isatty()
    with sink(output) as stream:
        stream.write(_verification(found, to_terminal=to_terminal).encode())
    if found.is_partial:
        say(f"compared the first {count(found.n_records)} records; --records 0 compares all")
    for name, why, n in found.left_out:
        say(f"not compared: {many(n, 'record')} of {name}: {why}")
    if not found.has_answer:
        say(_no_answer(found.comparisons))
    finish(found.table, findings=found.has_answer and not found.agrees)
    if not found.has_answer:
        raise typer.Exit(Exit.USAGE)


def _no_answer(comparisons: list[Comparison]) -> str:
    if all(c.state == "not installed" for c in comparisons):
        return (
            "no oracle is installed: install bgpdump (a Debian package), or pybgpkit-parser or "
            "mrtparse (Python packages)"
        )
    if all(c.state == "nothing to compare" for c in comparisons):
        return f"nothing was compared: {comparisons[0].detail}"
    return "no oracle could read the file: nothing was compared"


def _verification(found: Verification, *, to_terminal: bool) -> str:
    columns = ["reader", "version", "result", *found.counts, "compared", "differences"]
    rows = [["rib", "", "", *map(count, found.counts.values()), "", ""]]
    rows += [_comparison(c, list(found.counts)) for c in found.comparisons]
    numeric = [n > 2 for n in range(len(columns))]
    text = grid(columns, rows, numeric=numeric, to_terminal=to_terminal, title="Readers")
    differences = [
        [c.name, d.where, d.field, clean(d.ours, 100), clean(d.theirs, 100), d.reason or DASH]
        for c in found.comparisons
        for d in c.differences
    ]
    if differences:
        columns = ["reader", "where", "what", "rib", "reader's", "why rib is right"]
        text += grid(
            columns, differences, numeric=[False] * 6, to_terminal=to_terminal, title="Differences"
        )
    return text


def _comparison(found: Comparison, counts: list[str]) -> list[str]:
    result = f"{found.state}: {clean(found.detail)}" if found.detail else found.state
    numbers = [count(found.counts.get(name)) for name in counts]
    if not found.counts:
        return [found.name, found.version, result, *numbers, DASH, DASH]
    return [
        found.name,
        found.version,
        result,
        *numbers,
        count(found.n_sampled),
        count(found.n_differences),
    ]


# -- doctor ---------------------------------------------------------------------------------------


@command
@with_reading
def doctor(
    *,
    path: _File,
    write: Annotated[
        Path | None,
        typer.Option(
            "--write",
            "-w",
            metavar="OUT",
            help="save a clean RFC 6396 dump of a RIB; .gz and .bz2 compress",
        ),
    ] = None,
    output: Output = None,
    how: Reading,
) -> None:
    """Name the program that likely wrote a dump or updates, and where the file leaves the RFCs.

    With --write, what could be read of a RIB is saved in the form the RFCs ask for.
    """
    check_output(output)
    _check_target(write, path)
    found = diagnose(path, how=how, bar=partial(progress_bar, "reading"))
    if write is not None and isinstance(found.table, Updates):
        raise ValueError(f"--write {write}: expected a RIB dump, found updates in {path}")
    to_terminal = output is None and sys.stdout.isatty()
    with sink(output) as stream:
        stream.write(_diagnosis(found, to_terminal=to_terminal).encode())
    if write is not None and isinstance(found.table, Rib):
        _write_clean(found.table, write)
    finish(found.table)


def _check_target(write: Path | None, path: str) -> None:
    """Refuse before anything is read what cannot be written, and to overwrite the dump itself."""
    if write is None:
        return
    if write.is_dir() or not write.parent.is_dir():
        raise typer.BadParameter(f"--write {write}: expected a file in a directory that exists")
    if write.exists() and Path(path).exists() and write.samefile(path):
        raise typer.BadParameter(f"--write {write}: that is the dump itself; name another file")


def _write_clean(table: Rib, path: Path) -> None:
    views = pc.unique(table.peers.column("collector")).to_pylist()
    if len(views) > 1:
        say(f"the file has several views, {', '.join(views)}: a clean dump has one, named by all")
    with writing(path, "--write"):
        table.write_mrt(path, collector="+".join(views))
    say(f"wrote {path}: {many(table.n_routes, 'route')}")
    for name, n in table.receipt.other_families.items():
        say(f"not in it: {many(n, 'record')} of {name}")


def _holdings(table: Rib | Updates) -> str:
    if isinstance(table, Rib):
        return f"a RIB: {many(table.n_routes, 'route')} of {many(table.n_peers, 'listed peer')}"
    kinds = table.changes.column("kind").cast(pa.utf8())
    counts = {c["values"]: c["counts"] for c in kinds.value_counts().to_pylist()}
    parts = [
        many(counts.get(kind, 0), name)
        for kind, name in (
            ("announce", "announcement"),
            ("withdraw", "withdrawal"),
            ("state", "state change"),
        )
    ]
    return f"updates of {many(table.peers.num_rows, 'peer')}: {', '.join(parts)}"


def _diagnosis(found: Diagnosis, *, to_terminal: bool) -> str:
    guess = found.guess
    others = [f"{name} {score}" for name, score in guess.scores.items() if name != guess.writer]
    rows = [
        ["likely writer", f"{guess.writer or 'unknown'} (confidence: {guess.confidence})"],
        *(["evidence", clean(text)] for text in guess.evidence),
        ["other candidates", ", ".join(others)],
    ]
    if found.project is not None:
        project, why = found.project
        rows.append(["collector of", f"{project}: {clean(why)}"])
    rows.append(["holds", _holdings(found.table)])
    rows.append(["looked at", f"the first {many(found.traits.n_records, 'record')}"])
    text = grid(
        ["what", "found"], rows, numeric=[False] * 2, to_terminal=to_terminal, title="Writer"
    )
    if not found.deviations:
        return text + "\nNo deviations from the RFCs.\n"
    rows = [
        [d.kind, count(d.times), "yes" if d.is_loss else "no", d.explanation, d.reference or DASH]
        for d in found.deviations
    ]
    columns = ["deviation", "times", "lost", "what it means", "reference"]
    numeric = [n == 1 for n in range(5)]
    return text + grid(columns, rows, numeric=numeric, to_terminal=to_terminal, title="Deviations")
