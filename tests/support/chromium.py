"""A real Chromium without a window, driven over a pipe by the DevTools protocol.

https://chromedevtools.github.io/devtools-protocol/: JSON objects that a zero byte ends, in on file
descriptor 3, out on 4. It is started without network; what a page asks for is seen all the same.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.support.needed import lack

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--remote-debugging-pipe", "--hide-scrollbars", "--disable-dev-shm-usage"),
)
A4_INCHES = (8.27, 11.69)
LOGGED = ("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled")


@dataclass
class Chromium:
    """One browser with one tab."""

    process: subprocess.Popen[bytes]
    to: int
    out: int
    session: str = ""
    said: list[str] = field(default_factory=list)  # errors, warnings, whatever a page logged
    asked: list[str] = field(default_factory=list)  # addresses that were asked for
    _sent: int = 0
    _rest: bytes = b""
    _events: list[dict[str, Any]] = field(default_factory=list)

    def __enter__(self) -> Chromium:
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        os.close(self.to)
        os.close(self.out)
        self.process.kill()
        self.process.wait()

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and return its answer."""
        self._sent += 1
        message: dict[str, Any] = {"id": self._sent, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            body = self._next()
            if body.get("id") == self._sent:
                assert "error" not in body, f"{method}: {body['error']}"
                result: dict[str, Any] = body["result"]
                return result
            self._events.append(body)

    def open(self, page: Path, width: int, *, dark: bool = False) -> None:
        """Show a page at a width, and wait until it is loaded."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", media="", features=[scheme])
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        self._events.clear()
        self.call("Page.navigate", url=page.absolute().as_uri())
        while not any(event.get("method") == "Page.loadEventFired" for event in self._events):
            self._events.append(self._next())
        self.evaluate("document.fonts.ready.then(() => 1)")

    def evaluate(self, script: str) -> Any:
        """Return what a script comes to; it runs beside the page and its policy."""
        done = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def picture(self) -> bytes:
        """Return a PNG of the whole page."""
        done = self.call("Page.captureScreenshot", captureBeyondViewport=True, format="png")
        return base64.b64decode(done["data"])

    def pdf(self) -> bytes:
        """Return the page as it is printed, on the paper that its style asks for."""
        done = self.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
        return base64.b64decode(done["data"])

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            piece = os.read(self.out, 1 << 16)
            assert piece, "Chromium is gone"
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\0")
        body: dict[str, Any] = json.loads(line)
        method = body.get("method", "")
        if method in LOGGED:
            self.said.append(json.dumps(body["params"]))
        if method == "Network.requestWillBeSent":
            self.asked.append(body["params"]["request"]["url"])
        return body


@contextmanager
def chromium() -> Iterator[Chromium]:
    """Start a browser with a profile of its own; skip where there is none, fail in CI."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        lack("chromium")
    with tempfile.TemporaryDirectory() as profile:
        read_by_it, to = os.pipe()
        out, written_by_it = os.pipe()

        def as_three_and_four() -> None:
            spare = os.dup(read_by_it), os.dup(written_by_it)
            os.dup2(spare[0], 3)
            os.dup2(spare[1], 4)

        process = subprocess.Popen(
            [program, *FLAGS, f"--user-data-dir={profile}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            close_fds=False,
            preexec_fn=as_three_and_four,
        )
        os.close(read_by_it)
        os.close(written_by_it)
        with Chromium(process, to, out) as browser:
            yield browser
