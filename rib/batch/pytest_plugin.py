"""Assertions of the newest night as pytest items: ``pytest -p rib.batch.pytest_plugin --rib-nightly nightly.toml``.

Not an entry point, which every run of pytest would import where rib is installed. Put ``pytest_plugins =
["rib.batch.pytest_plugin"]`` into a ``conftest.py`` in place of ``-p``.
"""

from typing import Any

import pytest

from rib.batch.config import load_config
from rib.batch.history import read_history
from rib.batch.layout import Layout
from rib.batch.provenance import read_night, settings_of
from rib.exceptions import RibError

__all__ = ["NightlyAssertion"]


class NightlyAssertion(pytest.Item):
    """One assertion of a night, in one family; it passes if it held."""

    def __init__(self, *, row: dict[str, Any], **given: Any) -> None:
        super().__init__(**given)
        self.row = row

    def runtest(self) -> None:
        """Fail unless the assertion held."""
        row = self.row
        if row["passed"] is not True:
            found = row["found"] or "nothing to tell by"
            pytest.fail(
                f"{row['name']}: expected {row['expected']}, found {found}\n{row['evidence']}",
                pytrace=False,
            )

    def reportinfo(self) -> tuple[str, int | None, str]:
        """Say which night it is of."""
        return str(self.path), None, self.name


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that names a config."""
    parser.getgroup("rib").addoption(
        "--rib-nightly", metavar="CONFIG", help="check the assertions of its newest night"
    )


def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Add an item per assertion and family."""
    path = config.getoption("--rib-nightly")
    if path is None:
        return
    try:
        day, rows = _rows(path)
    except (RibError, OSError) as error:
        raise pytest.UsageError(str(error)) from error
    for row in rows:
        family = "" if row["family"] is None else f"-IPv{row['family']}"
        name = f"{day}[{row['number']}-{row['name']}{family}]"
        items.append(NightlyAssertion.from_parent(session, name=name, row=row))


def _rows(path: str) -> tuple[str, list[dict[str, Any]]]:
    given = load_config(path)
    layout = Layout(given.located(given.output))
    nights = layout.finished()
    if not nights:
        raise pytest.UsageError(f"{path}: no night is finished: run rib nightly first")
    facts = read_night(layout.night(nights[-1]) / "night.json")
    if facts is None or facts["settings"] != settings_of(given):
        raise pytest.UsageError(f"{path} changed since {nights[-1]}: run rib nightly first")
    frame = read_history(layout.root, "assertions", first=nights[-1])
    import pyarrow as pa

    return str(nights[-1]), pa.Table.from_pandas(frame, preserve_index=False).to_pylist()
