"""The programs that a person with a card meets: Keystead, the PC/SC service with virtual readers, the agent, and a site
that is not ours."""

import json
import os
import subprocess
import time
import urllib.error
import urllib.request

from fido2.ctap import CtapError
from fido2.ctap2 import ClientPin, Ctap2
from fido2.hid import CtapHidDevice

import key_wire
from relying_party import HOST, PORT

KEYSTEAD = "http://localhost:8080"
SITE = f"http://{HOST}:{PORT}"
READERS = """FRIENDLYNAME "Virtual PCD"
DEVICENAME /dev/null:0x8C7B
LIBPATH /usr/lib/pcsc/drivers/serial/libifdvpcd.so
CHANNELID 0x8C7B
"""


def until(what, happens, patience=90):
    """Tries again and again; what it comes to."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if result := happens():
            return result
        time.sleep(0.3)
    raise TimeoutError(what)


class House:
    """Starts them; the folder keeps what they write."""

    def __init__(self, folder, build, python, example):
        self._folder, self._build, self._processes = folder, build, []
        os.makedirs(f"{folder}/readers")
        os.makedirs("/run/pcscd", exist_ok=True)
        with open(f"{folder}/readers/vpcd", "w") as readers:
            readers.write(READERS)
        self._start("pcscd", "--foreground", "--critical", "--config", f"{folder}/readers")
        self._keystead = [f"{build}/keystead", "--data-dir", f"{folder}/data"]
        os.makedirs(f"{folder}/data")
        self._start(*self._keystead, "serve", "--listen", "127.0.0.1:8080", "--public-url", KEYSTEAD)
        here = os.path.dirname(__file__)
        self._start(python, f"{here}/relying_party.py", example)
        until("Keystead answers", lambda: self._answers(f"{KEYSTEAD}/readyz"))
        key = self._command("api-key", "create", "--name", "journey", "--role", "owner")
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def _start(self, *arguments):
        name = os.path.basename(arguments[0])
        with open(f"{self._folder}/{name}.log", "ab") as log:
            self._processes.append(subprocess.Popen(arguments, stdout=log, stderr=log, cwd=self._folder))

    def _command(self, *arguments):
        return subprocess.run([*self._keystead, *arguments], check=True, capture_output=True, text=True).stdout.strip()

    @staticmethod
    def _answers(url):
        try:
            return urllib.request.urlopen(url, timeout=10).status == 200
        except OSError:
            return False

    def ask(self, method, path, body=None):
        """A request to Keystead's API."""
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{KEYSTEAD}/api/v1{path}", content, self._headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read() or "null")
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {error.code} {error.read().decode()}") from error

    def enrol_agent(self):
        """Makes this machine a workstation; the security key's device."""
        agent = [f"{self._build}/keystead-agent", "--state", f"{self._folder}/state", "--runtime", self._folder]
        code = self.ask("POST", "/workstations/codes", {})["code"]
        enrol = ["enrol", "--server", KEYSTEAD, "--code", code, "--name", "Front desk"]
        subprocess.run([*agent, *enrol], check=True, stdout=subprocess.DEVNULL)
        self._start(*agent, "run")
        return until("the security key appears", key_wire.find)

    def hand_out_card(self, number, pin):
        """Somebody who activates their card with a link and this PIN; the key's id."""
        # Until there is an owner, nobody signs in.
        owners = self.ask("POST", "/groups", {"name": "Owners", "role": "owner"})
        self.ask("POST", "/users", {"email": "olga@example.com", "groupIds": [owners["id"]]})
        person = {"email": "jane@example.com", "displayName": "Jane Doe", "key": {"kind": "contactlessCard"}}
        token = self.ask("POST", "/users", person)["registration"]["link"].partition("#")[2]
        begin = {"token": token, "workstation": "Front desk"}
        reading = self.ask("POST", "/registrations/card/readings", begin)["id"]
        self.tap(number).wait()
        follow = {"token": token, "readingId": reading}
        seen = lambda: self.ask("POST", "/registrations/card/follow", follow)["state"] == "seen"
        until("the card is seen", seen, 20)
        return self.ask("POST", "/registrations/card/finish", follow | {"pin": pin})["keyId"]

    def tap(self, number):
        """Lays the badge on the reader, and takes it away by itself."""
        return subprocess.Popen([f"{self._build}/examples/virtual-badge", "0", number, "1500"])

    def block(self, number, wrong):
        """Gives a wrong PIN, as any program could, until the key says that it is blocked: how many it took."""
        client = ClientPin(Ctap2(next(CtapHidDevice.list_devices())))
        for times in range(1, 20):
            # Three in a row ask for a new tap.
            if times % 3 == 1:
                self.tap(number).wait()
                time.sleep(2)
            try:
                client.get_pin_token(wrong, ClientPin.PERMISSION.GET_ASSERTION, HOST)
            except CtapError as error:
                if error.code == CtapError.ERR.PIN_BLOCKED:
                    return times
        raise AssertionError("wrong PINs do not block it")

    def tell(self):
        """What the programs wrote last, for whoever has to find out what went wrong."""
        for name in sorted(os.listdir(self._folder)):
            if name.endswith(".log"):
                with open(f"{self._folder}/{name}", errors="replace") as log:
                    print(f"== {name}\n{''.join(log.readlines()[-25:])}", flush=True)

    def close(self):
        for process in reversed(self._processes):
            process.terminate()
            process.wait(20)
