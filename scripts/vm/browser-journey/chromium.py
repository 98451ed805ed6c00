"""A real Chromium with a window: pages are steered through its debugging pipe, its own dialogs by the keyboard."""

import contextlib
import json
import os
import select
import struct
import subprocess
import time
import zlib

SCREEN = ":7"
# Under emulation each process of a browser costs seconds.
FLAGS = [
    "--no-sandbox", "--no-zygote", "--in-process-gpu", "--disable-gpu", "--renderer-process-limit=1",
    "--no-first-run", "--force-prefers-reduced-motion", "--no-default-browser-check", "--disable-dev-shm-usage", "--disable-extensions",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
    "--disable-search-engine-choice-screen", "--password-store=basic", "--js-flags=--jitless",
    "--window-size=900,700", "--window-position=0,0", "--remote-debugging-pipe",
]  # fmt: skip


class Chromium:
    """A screen with a browser on it."""

    def __init__(self, folder):
        self._folder = folder
        log = open(f"{folder}/chromium.log", "wb")
        self._said = {}
        environment = os.environ | {
            "DISPLAY": SCREEN,
            "HOME": folder,
            "XDG_RUNTIME_DIR": folder,
            "DBUS_SESSION_BUS_ADDRESS": "disabled:",
        }
        self._environment = environment
        screen = ["Xvfb", SCREEN, "-screen", "0", "900x700x24", "-nolisten", "tcp", "-fbdir", folder]
        self._processes = [subprocess.Popen(screen, stdout=log, stderr=log)]
        while subprocess.run(["xdotool", "getdisplaygeometry"], env=environment, stdout=log, stderr=log).returncode:
            time.sleep(0.3)
        # Without a window manager no window has the keyboard.
        self._processes.append(subprocess.Popen(["openbox"], env=environment, stdout=log, stderr=log))
        (theirs_in, self._out), (self._in, theirs_out) = os.pipe(), os.pipe()
        # The wrapper of the distribution looks at graphics and desktops first.
        program = next(filter(os.path.exists, ["/usr/lib/chromium/chromium", "/usr/bin/chromium"]))
        command = f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}'
        arguments = ["bash", "-c", command, "chromium", program, *FLAGS, f"--user-data-dir={folder}/profile", "about:blank"]
        chromium = subprocess.Popen(arguments, env=environment, stdout=log, stderr=log, pass_fds=(theirs_in, theirs_out))
        self._processes.append(chromium)
        os.close(theirs_in)
        os.close(theirs_out)
        self._number, self._buffer, self._session = 0, b"", None
        self.events = []

    def wait_for_page(self, patience):
        """Waits until it has a page."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            targets = self.ask("Target.getTargets", patience=patience)["targetInfos"]
            pages = [target for target in targets if target["type"] == "page"]
            if pages:
                attach = {"targetId": pages[0]["targetId"], "flatten": True}
                self._session = self.ask("Target.attachToTarget", attach)["sessionId"]
                for domain in ("Page", "Runtime"):
                    self.ask(f"{domain}.enable")
                return
            time.sleep(0.5)
        raise TimeoutError("Chromium has no page")

    def ask(self, method, parameters=None, patience=60):
        """One command of the DevTools protocol."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters or {}}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + patience
        while (rest := end - time.monotonic()) > 0:
            answer = self._hear(rest)
            if answer and answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
        raise TimeoutError(f"Chromium does not answer {method}")

    def listen(self):
        """Takes in what has happened meanwhile."""
        while self._hear(0.01):
            pass

    def _hear(self, patience):
        while b"\0" not in self._buffer:
            if not select.select([self._in], [], [], patience)[0]:
                return None
            more = os.read(self._in, 1 << 16)
            if not more:
                raise RuntimeError("Chromium has ended")
            self._buffer += more
        message, _, self._buffer = self._buffer.partition(b"\0")
        message = json.loads(message)
        if "method" in message:
            self.events.append(message)
        return message

    def evaluate(self, expression):
        """A value from the page, by a script that counts as somebody's click."""
        wish = {"expression": expression, "userGesture": True, "returnByValue": True}
        answer = self.ask("Runtime.evaluate", wish)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def until(self, expression, patience=90):
        """Waits until the page says yes."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            with contextlib.suppress(RuntimeError):
                if self.evaluate(expression):
                    return
            time.sleep(0.5)
        text = self.evaluate("document.body.innerText")
        raise TimeoutError(f"the page does not come to {expression}; it says:\n{text}")

    def open(self, url):
        """Another page."""
        self.ask("Page.navigate", {"url": url}, patience=120)
        self.until("document.readyState === 'complete'")

    def click(self, label):
        """The button that says so, when it is there."""
        found = f"[...document.querySelectorAll('button')].find((button) => button.innerText.trim() === {json.dumps(label)})"
        self.until(f"!!{found}")
        self.xdotool("search", "--onlyvisible", "--class", "chromium", "windowfocus")
        self.evaluate(f"{found}.click()")

    def press(self, *keys):
        """Keys for whatever has the keyboard: Chromium's own dialog, when there is one."""
        self.xdotool("key", "--clearmodifiers", *keys)

    def type(self, text):
        """The same with text."""
        self.xdotool("type", "--clearmodifiers", "--delay", "40", text)

    def xdotool(self, *arguments):
        subprocess.run(["xdotool", *arguments], env=self._environment, check=True, stdout=subprocess.DEVNULL)

    def picture(self, path):
        """What the screen shows, as PNG."""
        with open(f"{self._folder}/Xvfb_screen0", "rb") as file:
            screen = file.read()
        # X11/XWDFile.h: 25 numbers of 32 bits, the window's name, the colours, the picture.
        head = struct.unpack(">25I", screen[:100])
        width, height, line = head[4], head[5], head[12]
        start = head[0] + head[19] * 12
        rows = b""
        for row in range(height):
            pixels = screen[start + row * line : start + row * line + width * 4]
            colours = bytearray(width * 3)
            colours[0::3], colours[1::3], colours[2::3] = pixels[2::4], pixels[1::4], pixels[0::4]
            rows += b"\0" + colours

        def chunk(kind, content):
            return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

        with open(path, "wb") as file:
            file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)))
            file.write(chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b""))

    def close(self):
        for process in reversed(self._processes):
            process.terminate()
            process.wait(20)
