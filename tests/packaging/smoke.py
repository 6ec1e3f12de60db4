"""What an installed wheel must do, run outside the source tree: smoke.py SAMPLE_FOLDER."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import rib


def main(sample: Path) -> None:
    """Load, look up, analyse and write a report with what was installed, and nothing else."""
    source = Path(__file__).resolve().parents[2]
    assert not Path(rib.__file__).is_relative_to(source / "rib"), f"{rib.__file__} is the source"
    core = sys.modules["rib._core"].__file__ or ""
    assert ".abi3." in core, f"{core}: expected the native module for the stable ABI"
    assert rib.__version__ == version("rib"), (rib.__version__, version("rib"))
    dump = sample / "collector.20250121.1200.mrt.bz2"
    table = rib.read_mrt(dump)
    assert table.receipt.ok
    match = table.lookup("91.208.207.1")
    assert match is not None
    assert match.origin_as == (213394,)
    upstreams = rib.upstream_preference(table, origin_as=[213394])
    assert set(upstreams[upstreams.family == 4].upstream_as) == {3257, 3356, 29075, 43424}
    command = Path(sys.executable).with_name("rib")
    subprocess.run([command, "report", dump, "--output", "out"], check=True)
    assert Path("out/report.html").stat().st_size > 10_000
    print(f"rib {rib.__version__} from {Path(rib.__file__).parent}: fine")  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
