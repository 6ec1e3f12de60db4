"""Try an installed rib: ``python smoke.py SAMPLE_FOLDER``, with nothing of the source tree on the path.

Run by ``make wheel`` in a clean environment whose PATH has no compiler.
"""

import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import files, version
from pathlib import Path

import rib
from rib._backend import core


def main() -> None:
    """Load, ask, measure, store, and call the command."""
    sample = Path(sys.argv[1]).resolve()
    assert shutil.which("cargo") is None, "a compiler is on the PATH: this would prove nothing"
    assert Path(sys.prefix) in Path(rib.__file__).parents, rib.__file__
    assert core.__name__ == "rib._core", core.__name__
    assert version("rib") == rib.__version__
    listed = [str(path) for path in files("rib") or ()]
    assert any("abi3" in name for name in listed), listed
    for name in ("py.typed", "registry/special-purpose.csv"):
        assert f"rib/{name}" in listed, f"{name} is not in the wheel"
    assert not [name for name in listed if name.startswith(("tests/", "benchmarks/", "rust/"))]

    dump = sample / "collector.20250121.1200.mrt.bz2"
    table = rib.read_mrt(dump)
    assert table.receipt.ok
    match = table.lookup("91.208.207.1")
    assert match is not None
    assert (213394,) == match.origin_as
    assert len(rib.path_diversity(table, by="origin_as"))
    with tempfile.TemporaryDirectory() as folder:
        table.write(Path(folder, "night.rib"))
        assert rib.read_rib(Path(folder, "night.rib")).n_routes == table.n_routes
    command = Path(sys.executable).with_name("rib")
    done = subprocess.run([command, "--help"], check=True, capture_output=True, text=True)
    assert "lookup" in done.stdout
    sys.stdout.write(
        f"rib {rib.__version__} works: {table.n_routes:,} routes read by {core.__name__}\n"
    )


if __name__ == "__main__":
    main()
