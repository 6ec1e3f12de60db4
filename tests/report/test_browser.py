"""The page in a real browser: nothing runs, nothing is fetched, nothing overflows.

Chromium is driven over its debugging pipe (file descriptors 3 and 4, messages end in NUL), which
needs no driver and no library.
"""

import json
import os
import select
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from rib.report.findings import Findings
from rib.report.page import render

_CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)

pytestmark = [
    pytest.mark.skipif(_CHROMIUM is None, reason="no Chromium here: apt-get install chromium"),
    pytest.mark.timeout(180),
]

#: Puts two descriptors at 3 and 4, whatever their numbers are, and becomes the browser.
_ON_3_AND_4 = """
import os, sys
for given, high in zip(sys.argv[1:3], (98, 99)):
    os.dup2(int(given), high)
os.dup2(98, 3), os.dup2(99, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


class Browser:
    """One headless page and what it reported."""

    def __init__(self, home: Path) -> None:
        read, self._to = os.pipe()
        self._from, write = os.pipe()
        flags = [
            str(_CHROMIUM),
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--no-first-run",
            f"--user-data-dir={home}",
            "--remote-debugging-pipe",
        ]
        self._process = subprocess.Popen(
            [sys.executable, "-c", _ON_3_AND_4, str(read), str(write), *flags],
            pass_fds=(read, write),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(read)
        os.close(write)
        self._rest, self._last, self._session = b"", 0, None
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def _message(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._from], [], [], max(deadline - time.monotonic(), 0))
            if not ready:
                raise TimeoutError("Chromium did not answer")
            chunk = os.read(self._from, 1 << 20)
            if not chunk:
                raise RuntimeError("Chromium went away")
            self._rest += chunk
        message, self._rest = self._rest.split(b"\0", 1)
        return json.loads(message)

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and give its result; events on the way are kept."""
        self._last += 1
        request: dict[str, Any] = {"id": self._last, "method": method, "params": params}
        if self._session:
            request["sessionId"] = self._session
        os.write(self._to, json.dumps(request).encode() + b"\0")
        deadline = time.monotonic() + 60
        while True:
            message = self._message(deadline)
            if message.get("id") == self._last:
                assert "error" not in message, message
                return message["result"]
            self.events.append(message)

    def open(self, url: str, width: int, scheme: str, *, script: bool = True) -> None:
        """Load a page at a width in a colour scheme and wait until it is there."""
        self.call("Emulation.setScriptExecutionDisabled", value=not script)
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.call("Emulation.setEmulatedMedia", features=[feature])
        self.events.clear()
        self.call("Page.navigate", url=url)
        deadline = time.monotonic() + 60
        while not any(e.get("method") == "Page.loadEventFired" for e in self.events):
            self.events.append(self._message(deadline))

    def value(self, expression: str) -> Any:
        """Evaluate an expression from outside the page's own policy."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def complaints(self) -> list[str]:
        """Console messages, refused resources and uncaught errors."""
        wanted = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
        return [json.dumps(e) for e in self.events if e.get("method") in wanted]

    def requests(self) -> list[str]:
        """Every address the page asked for, the page itself included."""
        return [
            e["params"]["request"]["url"]
            for e in self.events
            if e.get("method") == "Network.requestWillBeSent"
        ]

    def close(self) -> None:
        """End the browser."""
        self._process.terminate()
        self._process.wait(30)
        os.close(self._to)
        os.close(self._from)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for the module."""
    made = Browser(tmp_path_factory.mktemp("chromium"))
    yield made
    made.close()


class _Quiet(SimpleHTTPRequestHandler):
    """Serves a directory without writing to stderr."""

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def page(tmp_path: Path, made_findings: Callable[..., Findings]) -> Iterator[str]:
    """Address of a page full of hostile text, served on this machine only."""
    scores = (95.0, 60.0, 55.0, 5.0)
    html, _ = render(made_findings(damaged=True, view="own", scores=scores, baseline=True))
    (tmp_path / "report.html").write_text(html, "utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/report.html"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_page_is_quiet_in_a_browser(browser: Browser, page: str, width: int, scheme: str):
    """No complaint, no request but the page, no script, no image, no sideways scrolling."""
    browser.open(page, width, scheme)
    assert [] == browser.complaints()
    assert [page] == [u for u in browser.requests() if not u.startswith("data:")]
    assert "BGP table report for AS213394" in browser.value("document.title")
    assert 0 == browser.value("document.querySelectorAll('script, img, iframe, [onerror]').length")
    assert browser.value("document.documentElement.scrollWidth") <= width


def test_page_needs_no_script(browser: Browser, page: str):
    """With scripting off the page still shows its sections and charts."""
    browser.open(page, 1280, "light", script=False)
    text = json.dumps(browser.call("DOM.getDocument", depth=-1))
    assert "Path diversity" in text
    assert "figcaption" in text
    browser.call("Emulation.setScriptExecutionDisabled", value=False)


_CONTRAST = """
(() => {
  const light = c => { const v = c.match(/[\\d.]+/g).slice(0, 3).map(x => x / 255)
      .map(x => x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4);
    return .2126 * v[0] + .7152 * v[1] + .0722 * v[2]; };
  const back = e => { for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor;
      if (!/rgba\\(.*, 0\\)|transparent/.test(c)) return c; }
    return 'rgb(255,255,255)'; };
  const bad = [];
  for (const e of document.querySelectorAll('p,li,th,td,dt,dd,h1,h2,h3,a,caption,figcaption,span,svg text')) {
    if (!e.textContent.trim() || e.closest('.skip')) continue;
    const svg = e.tagName === 'text';
    const style = getComputedStyle(e);
    const fore = svg ? style.fill : style.color;
    if (svg && /rgb\\((255, 255, 255|16, 22, 29)\\)/.test(fore)) continue;  // on a bar, not on the card
    const a = light(fore), b = light(back(svg ? e.closest('figure') : e));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) bad.push([e.tagName, e.textContent.slice(0, 40), fore, ratio]);
  }
  return bad;
})()
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_text_has_contrast(browser: Browser, page: str, scheme: str):
    """Every text stands out from its background by at least 4.5 to 1 (WCAG 2, AA)."""
    browser.open(page, 1280, scheme)
    assert [] == browser.value(_CONTRAST)


_OVERLAPS = """
[...document.querySelectorAll('figure svg')].flatMap(svg => {
  const frame = svg.getBoundingClientRect();
  const boxes = [...svg.querySelectorAll('text')].filter(t => t.textContent.trim())
    .map(t => [t.textContent, t.getBoundingClientRect()]);
  const out = [];
  boxes.forEach(([name, a], i) => {
    if (a.left < frame.left - 1 || a.right > frame.right + 1) out.push(['cut', name]);
    boxes.slice(i + 1).forEach(([other, b]) => {
      const x = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (x > 1 && y > 3) out.push(['overlap', name, other]);
    });
  });
  return out;
})
"""


def test_page_chart_labels_do_not_collide(browser: Browser, page: str):
    """No label of a chart covers another or is cut off."""
    browser.open(page, 1280, "light")
    assert [] == browser.value(_OVERLAPS)
