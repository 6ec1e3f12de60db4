"""Every example in docstrings, README and docs runs and prints what it says."""

import doctest
import importlib
import pkgutil
import re

import pytest

import rib

PAGES = [
    "README.md",
    "docs/quickstart.md",
    "docs/concepts.md",
    "docs/scale.md",
    "docs/storage.md",
    "docs/views.md",
]
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def modules():
    """Give every module of the package but the back ends themselves."""
    found = (module.name for module in pkgutil.walk_packages(rib.__path__, "rib."))
    hidden = ("rib._core", "rib.__main__")
    return sorted(["rib", *(name for name in found if not name.startswith(hidden))])


@pytest.mark.parametrize("name", modules())
def test_docstring_examples_run(name, root, monkeypatch):
    """The examples of a module's docstrings run from the project root."""
    monkeypatch.chdir(root)
    failed, _ = doctest.testmod(importlib.import_module(name), optionflags=FLAGS)
    assert 0 == failed


@pytest.mark.parametrize("page", PAGES)
def test_page_examples_run(page, root, monkeypatch):
    """The Python examples of a page run from the project root, in order, as one session."""
    monkeypatch.chdir(root)
    text = (root / page).read_text()
    blocks = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    assert blocks, f"{page} has no example"
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(optionflags=FLAGS)
    session = {}
    for i, block in enumerate(blocks):
        test = parser.get_doctest(block, session, f"{page} block {i}", page, 0)
        runner.run(test, clear_globs=False)
        session.update(test.globs)
    assert 0 == runner.summarize().failed
