"""A headless browser driven by its own protocol: sizes, clicks, pictures, print.

Messages are JSON, each ended by a zero byte, on two pipes (``--remote-debugging-pipe``;
Chrome DevTools Protocol). Nothing has to be installed beside the browser.
"""

import base64
import json
import os
import subprocess
from contextlib import contextmanager


class Tab:
    """A page of the browser."""

    def __init__(self, read, write):
        self._read, self._write = read, write
        self._count, self._rest = 0, b""
        self._session = None
        found = self.ask("Target.createTarget", url="about:blank")
        attached = self.ask(
            "Target.attachToTarget", targetId=found["targetId"], flatten=True
        )
        self._session = attached["sessionId"]
        self.ask("Page.enable")

    def ask(self, method, **parameters):
        """Result of a command of the protocol."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._count:
                assert "error" not in answer, answer
                return answer["result"]

    def _next(self):
        while b"\0" not in self._rest:
            part = os.read(self._read, 1 << 20)
            assert part, "the browser ended"
            self._rest += part
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)

    def open(self, address, width, height=900):
        """Show an address in a window of this size, in CSS pixels."""
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        self.ask("Page.navigate", url=address)
        while self.value("document.readyState") != "complete":
            pass

    def value(self, expression):
        """Value of a JavaScript expression."""
        found = self.ask(
            "Runtime.evaluate",
            expression=expression,
            returnByValue=True,
            awaitPromise=True,
        )
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def click(self, selector):
        """Press and release the mouse in the middle of the first such element."""
        x, y = self.value(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            "e.scrollIntoView({block: 'center'});"
            "const b = e.getClientRects()[0];"
            "return [b.x + b.width / 2, b.y + b.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.ask(
                "Input.dispatchMouseEvent",
                type=kind,
                x=x,
                y=y,
                button="left",
                clickCount=1,
            )
        # Two frames: the page has answered the click, and is drawn again.
        self.value(
            "new Promise(done => requestAnimationFrame(() => "
            "requestAnimationFrame(() => done(true))))"
        )

    def press(self, key, code=0):
        """Press a key, such as Tab or Enter."""
        text = "\r" if key == "Enter" else ""
        common = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self.ask("Input.dispatchKeyEvent", type="keyDown", text=text, **common)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **common)

    def picture(self, path, whole=False):
        """Save what is seen, or the whole page, as PNG."""
        found = self.ask("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(found["data"]))

    def print(self, path):
        """Save the page as it is printed, as PDF."""
        found = self.ask("Page.printToPDF", preferCSSPageSize=True)
        path.write_bytes(base64.b64decode(found["data"]))


@contextmanager
def tab(command, profile):
    """A tab of a browser started by ``command``; ``profile`` is an empty folder."""
    ours_in, theirs_out = os.pipe()
    theirs_in, ours_out = os.pipe()

    # The protocol speaks on descriptors 3 and 4; bash places ours there.
    place = f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}'
    line = [*command, "--remote-debugging-pipe", f"--user-data-dir={profile}"]
    process = subprocess.Popen(
        ["bash", "-c", place, "browser", *line],
        pass_fds=(theirs_in, theirs_out),
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs_in)
    os.close(theirs_out)
    try:
        yield Tab(ours_in, ours_out)
    finally:
        process.terminate()
        process.wait(20)
        os.close(ours_in)
        os.close(ours_out)
