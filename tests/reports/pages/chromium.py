"""A real browser for the tests of pages."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
CONTROL = 2
CODES = {"Enter": 13, "Escape": 27}


class Browser:
    """A headless Chromium, driven over its pipe (https://chromedevtools.github.io/devtools-protocol/)."""

    def __init__(self, profile: Path) -> None:
        to_browser, self._out = os.pipe()
        self._in, from_browser = os.pipe()
        options = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--remote-debugging-pipe",
            f"--user-data-dir={profile}",
        ]
        self._process = subprocess.Popen(
            [
                "bash",
                "-c",
                f'exec "$@" 3<&{to_browser} 4>&{from_browser}',
                "bash",
                str(PROGRAM),
                *options,
                "about:blank",
            ],
            pass_fds=(to_browser, from_browser),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._pending = b""
        self._number = 0
        self._loaded = 0
        self._session: dict[str, str] = {}
        (tab, *_) = (each for each in self.call("Target.getTargets")["targetInfos"] if each["type"] == "page")
        attached = self.call("Target.attachToTarget", targetId=tab["targetId"], flatten=True)
        self._session = {"sessionId": attached["sessionId"]}

    def close(self) -> None:
        """End the browser."""
        self._process.kill()
        self._process.wait()
        os.close(self._in)
        os.close(self._out)

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Call a method of the protocol and give its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters, **self._session}
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while (answer := self._receive()).get("id") != self._number:
            pass
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._pending:
            received = os.read(self._in, 1 << 16)
            assert received, "the browser ended"
            self._pending += received
        text, _, self._pending = self._pending.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        self._loaded += message.get("method") == "Page.loadEventFired"
        return message

    def open(self, page: Path) -> None:
        """Go to a page and wait until it is there."""
        self.call("Page.enable")
        with self.following():
            self.call("Page.navigate", url=page.as_uri())

    @contextmanager
    def following(self) -> Iterator[None]:
        """What is done leads to another page: wait at the end until it is there, as meanwhile there is none to ask."""
        loaded = self._loaded
        yield
        while self._loaded == loaded:
            self._receive()

    def press(self, *keys: str, modifiers: int = 0) -> None:
        """Press keys one after the other."""
        for key in keys:
            pressed = {"key": key, "modifiers": modifiers, "windowsVirtualKeyCode": CODES.get(key, 0)}
            text = {"Enter": "\r", "Escape": ""}.get(key, key if len(key) == 1 else "")
            self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **pressed)
            self.call("Input.dispatchKeyEvent", type="keyUp", **pressed)

    def ask(self, expression: str) -> Any:
        """The value of an expression in the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    @property
    def focus(self) -> str:
        """What has the focus, in words."""
        described = "(e => e.getAttribute('aria-label') || e.firstChild?.textContent || e.name)(document.activeElement)"
        return str(self.ask(described))

    @property
    def dialog(self) -> str:
        """What the open dialog says; empty when none is open."""
        return str(self.ask("(d => d.open ? d.innerText : '')(document.querySelector('dialog'))"))
