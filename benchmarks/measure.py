"""Measure cases of one engine in this process and print the result as JSON.

`run` starts one such process per case and engine, so that peak memory is that of the case alone:

    python measure.py ENGINE CASE [CASE…] [--smoke]
"""

import argparse
import gc
import json
import resource
import statistics
import sys
import time
import traceback
from dataclasses import asdict, dataclass, field

from definitions import FULL, SMOKE, Sizes
from engines import Absent, Job, engine_module
from footprint import peak_rss

__all__ = ["Measurement", "measure"]


@dataclass(frozen=True)
class Measurement:
    """What came out of one case for one engine; `problem` says why there are no figures."""

    case: str
    engine: str
    state: str  # "measured", "absent" or "failed"
    problem: str = ""
    version: str = ""
    work: int = 0
    runs: int = 0
    median_s: float = 0.0
    min_s: float = 0.0
    iqr_s: float = 0.0
    #: Of all threads and children, by the median: well over median_s means threads, well under it a
    #: machine that was busy with something else.
    cpu_s: float = 0.0
    rate: float = 0.0  # work per second, by the median
    peak_rss_mb: float = 0.0  # 0: not known
    figures: dict[str, float] = field(default_factory=dict)  # of the case alone


def _cpu_s() -> float:
    """Processor time of this process, its threads and the children it has waited for."""
    uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in uses)


@dataclass(frozen=True)
class _Run:
    seconds: float
    cpu_s: float
    figures: dict[str, float]


def _runs(job: Job, sizes: Sizes) -> list[_Run]:
    """Check the answer, then time runs with the garbage collector off; each is checked after."""
    if job.proof is not None:
        job.proof()
    else:
        job.check(job.run())
    runs: list[_Run] = []
    while len(runs) < sizes.runs and sum(run.seconds for run in runs) < sizes.budget_s:
        gc.collect()
        gc.disable()
        start, start_cpu = time.perf_counter(), _cpu_s()
        answer = job.run()
        seconds, cpu_s = time.perf_counter() - start, _cpu_s() - start_cpu
        gc.enable()
        job.check(answer)
        runs.append(_Run(seconds, cpu_s, job.figures(answer) if job.figures else {}))
        del answer
    return runs


def _peak_rss_mb(job: Job) -> float:
    """Peak resident memory of this process, or of the children that did the work; 0: not known.

    The system counts a child from what this process held when it started it, so what a smaller child
    took is not told.
    """
    own = peak_rss()
    if not job.in_children:
        return own / 2**20
    kilobytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    children = kilobytes if sys.platform == "darwin" else kilobytes * 1024  # there in bytes
    return children / 2**20 if children > own else 0.0


def _iqr(times: list[float]) -> float:
    if len(times) < 2:
        return 0.0
    low, _, high = statistics.quantiles(times, n=4, method="inclusive")
    return high - low


def measure(engine: str, case: str, sizes: Sizes) -> Measurement:
    """Prepare, check and time one case."""
    try:
        module = engine_module(engine)
        job = module.JOBS[case](sizes)
        runs = _runs(job, sizes)
    except Absent as reason:
        return Measurement(case, engine, "absent", problem=str(reason))
    except Exception as error:  # noqa: BLE001 - one failing case must not hide the others
        traceback.print_exc()
        return Measurement(case, engine, "failed", problem=f"{type(error).__name__}: {error}")
    times = [run.seconds for run in runs]
    median = statistics.median(times)
    return Measurement(
        case,
        engine,
        "measured",
        version=module.version(),
        work=job.work,
        runs=len(runs),
        median_s=median,
        min_s=min(times),
        iqr_s=_iqr(times),
        cpu_s=statistics.median(run.cpu_s for run in runs),
        rate=job.work / median,
        peak_rss_mb=_peak_rss_mb(job),
        figures={
            name: statistics.median(run.figures[name] for run in runs) for name in runs[0].figures
        },
    )


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("engine")
    parser.add_argument("cases", nargs="+")
    parser.add_argument("--smoke", action="store_true")
    given = parser.parse_args()
    sizes = SMOKE if given.smoke else FULL
    results = [asdict(measure(given.engine, case, sizes)) for case in given.cases]
    print(json.dumps(results))


if __name__ == "__main__":
    main()
