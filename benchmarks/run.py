"""Run the benchmarks and compare engines: `python benchmarks/run.py [--smoke] [CASE…]`.

Every case runs in a fresh process per engine, one after the other on the same machine, so ratios hold
where absolute figures drift. A full run writes ``history/<date>-<commit>.json``; ``--smoke`` runs
everything on a small table, to see that it works, and writes to ``.cache/``.

Exit status: 0, or 1 where a case failed or (full run) a target of `definitions.TARGETS` was missed.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from definitions import CASES, FULL, NATIVE, SMOKE, TARGETS, Sizes, Target
from engines import ENGINES

__all__ = ["main"]

# Nothing large may be imported or loaded here: a child's peak memory starts at what this process
# has when it starts the child.
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


def _make_datasets(sizes: Sizes) -> Result:
    """Write what is missing in the cache, in a process of its own, and describe it."""
    code = (
        "import json, datasets, definitions as d;"
        f"t = datasets.dump({sizes.scale});"
        f"[datasets.dump_slice({sizes.scale}, m) for n in d.SLICES.values() for m in (n, n // 10)];"
        f"datasets.dump_slice({sizes.scale}, 20_000); datasets.vrps({sizes.scale});"
        "print(json.dumps(t.whole))"
    )
    env = os.environ | {"PYTHONPATH": str(_HERE)}
    made = subprocess.run(
        [sys.executable, "-c", code],
        env=env,
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


def _judge(target: Target, results: list[Result]) -> tuple[str, bool]:
    """Say whether a target is met, in words; an unmeasured one is missed."""
    engine = target.rival or NATIVE
    found = [r for r in results if (r["case"], r["engine"]) == (target.case, engine)]
    if target.rival is not None:
        text = f"{target.case}: {NATIVE} at least {target.least_ratio:g} times {target.rival}"
        ratio = found[0].get("ratio", 0.0) if found else 0.0
        return f"{text}: {ratio:.1f}", ratio >= target.least_ratio
    text = f"{target.case}: {NATIVE} peak memory at most {target.most_rss_mb:g} MB"
    rss = found[0].get("peak_rss_mb", 0.0) if found else 0.0
    return f"{text}: {rss:.0f}", 0 < rss <= target.most_rss_mb


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
        print(
            f"{head}{r['median_s']:>10.3f}{r['min_s']:>10.3f}{r['cpu_s']:>10.3f}{rate:>22}"
            f"{ratio:>9}{r['peak_rss_mb']:>9.0f}"
        )


def _collect(wanted: list[str], *, smoke: bool) -> list[Result]:
    """Measure every engine of every case; a smoke run takes one process per engine, to be short."""
    cases = [c for c in CASES if c.name in wanted or not wanted]
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
    parser.add_argument("cases", nargs="*", metavar="CASE", help="default: all")
    parser.add_argument("--smoke", action="store_true", help="small, to see that everything works")
    given = parser.parse_args()
    if unknown := set(given.cases) - {case.name for case in CASES}:
        parser.error(f"unknown case {sorted(unknown)}: expected {[c.name for c in CASES]}")
    started, clock = datetime.now(UTC), time.perf_counter()
    dataset = _make_datasets(SMOKE if given.smoke else FULL)
    results = _collect(given.cases, smoke=given.smoke)
    _add_ratios(results)
    judged = [
        _judge(t, results)
        for t in TARGETS
        if not given.smoke and t.case in (given.cases or [t.case])
    ]
    record = {
        "date": started.isoformat(timespec="seconds"),
        "commit": _commit(),
        "machine": _machine(),
        "dataset": dataset,
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
