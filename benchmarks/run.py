"""Run the benchmarks and compare engines: `python benchmarks/run.py [--smoke] [--large] [CASE…]`.

Every case runs in a fresh process per engine, one after the other on the same machine, so ratios hold
where absolute figures drift. A full run writes ``history/<date>-<commit>.json``; ``--smoke`` runs
everything on a small table, to see that it works, and writes to ``.cache/``. Cases of gigabytes run
where they are named, or with ``--large``.

Exit status: 0, or 1 where a case failed or (full run) a target of `definitions.TARGETS` was missed.
"""

import argparse
import json
import math
import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from definitions import CASES, FULL, NATIVE, SMOKE, TARGETS, Case, Sizes, Target
from engines import ENGINES

__all__ = ["main"]

_HERE = Path(__file__).parent
_TIMEOUT_S = 1800

Result = dict[str, Any]


def _measure(engine: str, cases: list[str], *, smoke: bool) -> list[Result]:
    """Measure cases in one fresh process."""
    command = [sys.executable, str(_HERE / "measure.py"), engine, *cases]
    env = os.environ | dict(ENGINES[engine].env) | {"PYTHONPATH": f"{_HERE}:{_HERE.parent}"}
    try:
        done = subprocess.run(
            [*command, *(["--smoke"] if smoke else [])],
            env=env,
            stdout=subprocess.PIPE,
            timeout=_TIMEOUT_S,
            check=True,
        )
        results: list[Result] = json.loads(done.stdout.splitlines()[-1])
    except (subprocess.SubprocessError, ValueError, IndexError) as error:
        return [
            {"case": c, "engine": engine, "state": "failed", "problem": str(error)} for c in cases
        ]
    return results


def _make_datasets(cases: list[Case], sizes: Sizes) -> Result:
    """Write what is missing in the cache, in a process of its own, and describe it."""
    names = [case.name for case in cases]
    made = subprocess.run(
        [sys.executable, str(_HERE / "datasets.py"), str(sizes.scale), *names],
        stdout=subprocess.PIPE,
        check=True,
        timeout=_TIMEOUT_S,
    )
    described: Result = json.loads(made.stdout)
    return described


def _machine() -> Result:
    """Describe the machine."""
    model, memory = platform.processor(), 0
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(x.partition(":")[2].strip() for x in lines if x.startswith("model name"))
        memory = int(Path("/proc/meminfo").read_text().split()[1]) // 1024
    except (OSError, StopIteration):
        pass  # not Linux: what platform knows must do
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "cpu": model,
        "cores": cores,
        "memory_mb": memory,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def _commit() -> str:
    """Short name of the commit, with ``-dirty`` where files differ from it."""
    git = ["git", "-C", str(_HERE)]
    try:
        head = subprocess.check_output(
            [*git, "rev-parse", "--short", "HEAD"], stderr=subprocess.DEVNULL
        )
        changed = subprocess.check_output([*git, "status", "--porcelain"])
    except (OSError, subprocess.CalledProcessError):
        return "nogit"
    return head.decode().strip() + ("-dirty" if changed else "")


def _add_ratios(results: list[Result]) -> None:
    """Add how many times faster native rib is, by the rate of the same case."""
    rates = {(r["case"], r["engine"]): r["rate"] for r in results if r["state"] == "measured"}
    for r in results:
        native = rates.get((r["case"], NATIVE))
        if r["state"] == "measured" and native is not None:
            r["ratio"] = native / r["rate"]


def _figure(name: str, case: str, engine: str, results: list[Result]) -> float:
    """Give a figure of a measurement; not a number where there is none."""
    for r in results:
        if (r["case"], r["engine"], r["state"]) == (case, engine, "measured"):
            return float(r[name] if name in r else r["figures"][name])
    return math.nan


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.4g}"


def _judge(target: Target, results: list[Result]) -> tuple[str, bool]:
    """Say whether a target is met, in words; an unmeasured one is missed."""
    value = _figure(target.figure, target.case, NATIVE, results)
    bound = f"at least {_short(target.least)}"
    if target.most < math.inf:
        bound = f"at most {_short(target.most)}"
    text = f"{target.case}: {NATIVE} {target.figure} {bound}"
    if target.against:
        theirs = [_figure(target.figure, case, engine, results) for case, engine in target.against]
        # max() would pass over one that was not measured.
        value /= math.nan if any(map(math.isnan, theirs)) else max(theirs)
        names = [f"{engine} ({case})" for case, engine in target.against]
        text += f" times that of {' or '.join(names)}"
    if math.isnan(value):
        return f"{text}: not measured", False
    return f"{text}: {_short(value)}", target.least <= value <= target.most


def _print_table(results: list[Result]) -> None:
    units = {case.name: case.unit for case in CASES}
    print(
        f"{'case':<24}{'engine':<18}{'median s':>10}{'min s':>10}{'cpu s':>10}{'rate':>22}{'rib is':>9}{'peak MB':>9}"
    )
    for r in results:
        head = f"{r['case']:<24}{r['engine']:<18}"
        if r["state"] != "measured":
            print(f"{head}{r['state']}: {r['problem']}")
            continue
        rate = f"{r['rate']:,.0f} {units[r['case']][:8]}/s"
        ratio = f"{r['ratio']:.1f}x" if "ratio" in r else ""
        peak = f"{r['peak_rss_mb']:.0f}" if r["peak_rss_mb"] else "?"
        print(
            f"{head}{r['median_s']:>10.3f}{r['min_s']:>10.3f}{r['cpu_s']:>10.3f}{rate:>22}"
            f"{ratio:>9}{peak:>9}"
        )
        for name, value in r["figures"].items():
            print(f"{'':<24}{name:<28}{value:>20,.6g}")


def _wanted(names: list[str], *, large: bool) -> list[Case]:
    """Give the named cases; without names all of them, the large ones if asked for."""
    if names:
        return [case for case in CASES if case.name in names]
    return [case for case in CASES if large or not case.large]


def _collect(cases: list[Case], *, smoke: bool) -> list[Result]:
    """Measure every engine of every case; a smoke run takes one process per engine, to be short."""
    if smoke:
        jobs = [(e, [c.name for c in cases if e in c.engines]) for e in ENGINES]
    else:
        jobs = [(e, [c.name]) for c in cases for e in c.engines]
    results = []
    for engine, names in jobs:
        if names:
            print(f"… {engine}: {', '.join(names)}", file=sys.stderr)
            results += _measure(engine, names, smoke=smoke)
    order = {case.name: i for i, case in enumerate(CASES)}
    return sorted(results, key=lambda r: order[r["case"]])


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Run the benchmarks and compare engines.")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="default: all but the large")
    parser.add_argument("--smoke", action="store_true", help="small, to see that everything works")
    parser.add_argument("--large", action="store_true", help="the large cases too")
    given = parser.parse_args()
    if unknown := set(given.cases) - {case.name for case in CASES}:
        parser.error(f"unknown case {sorted(unknown)}: expected {[c.name for c in CASES]}")
    cases = _wanted(given.cases, large=given.large or given.smoke)
    started, clock = datetime.now(UTC), time.perf_counter()
    datasets = _make_datasets(cases, SMOKE if given.smoke else FULL)
    results = _collect(cases, smoke=given.smoke)
    _add_ratios(results)
    judged = [
        _judge(t, results)
        for t in TARGETS
        if not given.smoke and t.case in [case.name for case in cases]
    ]
    record = {
        "date": started.isoformat(timespec="seconds"),
        "commit": _commit(),
        "machine": _machine(),
        "datasets": datasets,
        "results": results,
        "targets": [{"target": text, "met": met} for text, met in judged],
    }
    name = "smoke" if given.smoke else f"{started:%Y-%m-%d}-{record['commit']}"
    path = _HERE / (".cache" if given.smoke else "history") / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(record, indent=1) + "\n")
    _print_table(results)
    for text, met in judged:
        print(f"{'met   ' if met else 'MISSED'} {text}")
    print(f"{time.perf_counter() - clock:.0f} s, written to {path.relative_to(_HERE.parent)}")
    failed = any(r["state"] == "failed" for r in results)
    return int(failed or not all(met for _, met in judged))


if __name__ == "__main__":
    sys.exit(main())
