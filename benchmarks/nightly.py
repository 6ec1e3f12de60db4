"""What a night of `rib nightly` costs at full size: seconds, memory, and bytes that are kept.

    python benchmarks/nightly.py --scale 1 --own-views 4

One collector of 40 peers (30 million routes at scale 1) and own views of four transits each (4.9 million routes),
with a night before to compare with, which has the same routes. Registries are those of the composed data where
RIB_SHARED_DATA has them. The night runs in a process of its own, as a timer would start it; its dumps are
written into the cache once. Prints one line of JSON; docs/scale.md has the figures.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from datasets import dump, vrps

DAYS = ("20250120", "20250121")
_REGISTRIES = {
    "irr": "irr.db.gz",
    "organisations": "as-org2info.txt.gz",
    "relationships": "as-rel2.txt.bz2",
    "delegations": "delegated.gz",
}


def config(folder: Path, scale: float, own_views: int) -> Path:
    """Write the config of the nights, and link the dumps under their names."""
    views = [f"edge-{n}" for n in range(own_views)]
    for day in DAYS:
        (folder / f"collector.{day}.0000.mrt").symlink_to(dump("load_40_peers", scale).path)
        for view in views:
            (folder / f"{view}.{day}.0000.mrt").symlink_to(dump("exit_preference", scale).path)
    lines = ['output = "nightly"', "[watch]", "origins = [213394]"]
    lines += ["[[source]]", 'name = "collector"', 'paths = ["collector.*.mrt"]']
    for view in views:
        lines += ["[[own_view]]", f'name = "{view}"', f'paths = ["{view}.*.mrt"]']
    lines += ["[registries]", f'vrps = "{vrps(scale)[0]}"']
    composed = Path(os.environ.get("RIB_SHARED_DATA", "../shared/data")).resolve() / "composed"
    if composed.is_dir():
        for kind, name in _REGISTRIES.items():
            where = json.dumps(str(composed / name))
            lines.append(f"{kind} = [{where}]" if kind == "irr" else f"{kind} = {where}")
    path = folder / "nightly.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def size(folder: Path) -> int:
    """Bytes of all files of a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Measure a night of full size.")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--own-views", type=int, default=4)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = config(folder, asked.scale, asked.own_views)
        begin = time.perf_counter()
        day = f"{DAYS[1][:4]}-{DAYS[1][4:6]}-{DAYS[1][6:]}"
        command = [sys.executable, "-m", "rib", "nightly", "--config", str(path)]
        done = subprocess.run([*command, "--from", day, "--to", day], check=False)
        seconds = time.perf_counter() - begin
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        outcome = {
            "exit_code": done.returncode,
            "own_views": asked.own_views,
            "seconds": round(seconds, 1),
            "processor_seconds": round(used.ru_utime + used.ru_stime, 1),
            "peak_mb": round(used.ru_maxrss / 1024),
            "history_mb": round(size(folder / "nightly" / "history") / 1e6, 1),
            "pages_mb": round(size(folder / "nightly" / "nights") / 1e6, 1),
        }
        print(json.dumps(outcome))
    return 0 if done.returncode in {0, 1} else 1


if __name__ == "__main__":
    sys.exit(main())
