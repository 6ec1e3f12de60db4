"""What a job over many dumps costs, step by step: processor time, memory and bytes between tasks.

    python benchmarks/spread.py --dumps 8 --peers 5 --scale 0.25

Dumps of as many collectors, which have the same prefixes and peers of their own, are written into the
cache, once. Each task runs in a process of its own, one after the other, so that its cost is its own.
Prints a line for each step: JSON, with the means over its tasks and the largest memory of one. docs/scale.md
has the figures and what follows from them.
"""

import argparse
import gzip
import json
import os
import resource
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from internet.full import CACHE, cached_full_table

import rib
from rib.batch.spread import Local, Task
from rib.batch.spread.job import Job, n_shares_of, stored_size
from rib.batch.spread.steps import run_step
from rib.batch.spread.worker import load, save

Costs = dict[str, list[dict[str, float]]]


def dumps(n: int, peers: int, scale: float) -> list[Path]:
    """Give dumps of so many peers each: those of one large table, dealt out."""
    folder = CACHE / f"spread.{n}x{peers}.scale{scale:g}"
    paths = [folder / f"rrc{number:02}.mrt.gz" for number in range(n)]
    if paths[-1].exists():
        return paths
    folder.mkdir(parents=True, exist_ok=True)
    whole, _ = cached_full_table(peers=n * peers, scale=scale, coverage=0.6156)
    table = rib.read_mrt(whole)
    asns = table.peers.column("peer_as").to_pylist()
    for number, path in enumerate(paths):
        plain = path.with_suffix("")
        table.select(peers=asns[number::n]).write_mrt(plain)
        path.write_bytes(gzip.compress(plain.read_bytes(), 6))
        plain.unlink()
    return paths


class Metered(Local):
    """Runs every task in a child of its own and keeps what it cost."""

    def __init__(self, costs: Costs) -> None:
        super().__init__(1)
        self.costs = costs

    def _run_here(self, task: Task, done: Any) -> list[Any]:
        path = self._path()
        begin = time.perf_counter()
        child = os.fork()
        if not child:
            pieces = run_step(task.step, task.arguments, [load(p) for p in task.pieces])
            lengths = save(pieces, path)
            Path(path + ".lengths").write_text(json.dumps(lengths))
            os._exit(0)
        _, status, used = os.wait4(child, 0)
        if status:
            raise SystemExit(f"{task.name}: ended with {status}")
        lengths = json.loads(Path(path + ".lengths").read_text())
        self.costs[task.step].append(
            {
                "wall_s": time.perf_counter() - begin,
                "cpu_s": used.ru_utime + used.ru_stime,
                "mb": used.ru_maxrss / 1024,
                "mb_in": (task.n_bytes + sum(p[2] for p in task.pieces)) / 1e6,
                "mb_out": sum(lengths) / 1e6,
            }
        )
        done(task.name)
        offsets = [sum(lengths[:number]) for number in range(len(lengths))]
        return [(path, *place) for place in zip(offsets, lengths, strict=True)]


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dumps", type=int, default=8)
    parser.add_argument("--peers", type=int, default=5)
    parser.add_argument("--scale", type=float, default=0.25)
    parser.add_argument("--shares", type=int)
    given = parser.parse_args()
    paths = dumps(given.dumps, given.peers, given.scale)
    costs: Costs = defaultdict(list)
    names = [str(path) for path in paths]
    sizes = [stored_size(name) for name in names]
    begin = time.perf_counter()
    executor = Metered(costs)
    found = Job(executor, ["prefix", "origin_as"], given.shares or n_shares_of(sizes), None).run(
        names, sizes
    )
    executor.close()
    wall = time.perf_counter() - begin
    for step, tasks in costs.items():
        mean = {name: sum(t[name] for t in tasks) / len(tasks) for name in tasks[0]}
        line: dict[str, Any] = {"step": step, "tasks": len(tasks)}
        line |= {name: round(value, 2) for name, value in mean.items()}
        line["mb_max"] = round(max(t["mb"] for t in tasks))
        line["cpu_s_all"] = round(sum(t["cpu_s"] for t in tasks), 1)
        line["growth"] = round(max((t["mb"] - 200) / t["mb_in"] for t in tasks), 1)
        print(json.dumps(line))
    routes = sum(found["dumps"].column("n_routes").to_pylist())
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows = {name: table.num_rows for name, table in found.items()}
    print(json.dumps({"routes": routes, "wall_s": round(wall, 1), "mb_of_job": own, "rows": rows}))


if __name__ == "__main__":
    main()
