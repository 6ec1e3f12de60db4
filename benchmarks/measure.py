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
from dataclasses import asdict, dataclass

from definitions import FULL, SMOKE, Sizes
from engines import Absent, Job, engine_module

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
    cpu_s: float = (
        0.0  # of all threads and children, by the median: well over median_s means threads,
    )
    # well under it a machine that was busy with something else
    rate: float = 0.0  # work per second, by the median
    peak_rss_mb: float = 0.0


def _cpu_s() -> float:
    """Processor time of this process, its threads and the children it has waited for."""
    uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in uses)


def _times(job: Job, sizes: Sizes) -> tuple[list[float], list[float]]:
    """Check the answer, then time runs with the garbage collector off; each is checked after.

    Gives the seconds of each run, and its processor seconds.
    """
    if job.proof is not None:
        job.proof()
    else:
        job.check(job.run())
    times: list[float] = []
    cpu: list[float] = []
    while len(times) < sizes.runs and sum(times) < sizes.budget_s:
        gc.collect()
        gc.disable()
        start, start_cpu = time.perf_counter(), _cpu_s()
        answer = job.run()
        times.append(time.perf_counter() - start)
        cpu.append(_cpu_s() - start_cpu)
        gc.enable()
        job.check(answer)
        del answer
    return times, cpu


def _peak_rss_mb(job: Job) -> float:
    """Peak resident memory of this process, or of the children that did the work."""
    who = resource.RUSAGE_CHILDREN if job.in_children else resource.RUSAGE_SELF
    kilobytes = resource.getrusage(who).ru_maxrss
    if sys.platform == "darwin":  # there in bytes
        kilobytes //= 1024
    return kilobytes / 1024


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
        times, cpu = _times(job, sizes)
    except Absent as reason:
        return Measurement(case, engine, "absent", problem=str(reason))
    except Exception as error:  # noqa: BLE001 - one failing case must not hide the others
        traceback.print_exc()
        return Measurement(case, engine, "failed", problem=f"{type(error).__name__}: {error}")
    median = statistics.median(times)
    return Measurement(
        case,
        engine,
        "measured",
        version=module.version(),
        work=job.work,
        runs=len(times),
        median_s=median,
        min_s=min(times),
        iqr_s=_iqr(times),
        cpu_s=statistics.median(cpu),
        rate=job.work / median,
        peak_rss_mb=_peak_rss_mb(job),
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
