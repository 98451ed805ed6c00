"""What the security key says to the programs of this machine: the kernel shows each of its reports to whoever has
opened the device, so its traffic with a browser can be followed from beside."""

import glob
import os
import select
import struct
import time

KEEP_ALIVE, CBOR = 0xBB, 0x90  # CTAP 2.1 section 11.2.9
TOUCH_WANTED = 2


def find():
    """The device of Keystead's agent, once the kernel shows it."""
    for folder in glob.glob("/sys/class/hidraw/*"):
        with open(f"{folder}/device/uevent") as about:
            if "HID_NAME=Keystead Card" in about.read():
                return f"/dev/{os.path.basename(folder)}"
    return None


class KeyWire:
    """Reads along."""

    def __init__(self, device):
        self._device = os.open(device, os.O_RDONLY | os.O_NONBLOCK)
        self._messages = {}

    def next(self, patience):
        """What the key says next: `touch`, `tries left N`, `assertion`, `credential`, `status N` or `other`; None when
        it is silent for so many seconds."""
        end = time.monotonic() + patience
        while (rest := end - time.monotonic()) > 0:
            if select.select([self._device], [], [], rest)[0]:
                said = self._report(os.read(self._device, 64))
                if said:
                    return said
        return None

    def forget(self):
        """Passes over what was said so far."""
        while self.next(0.05):
            pass

    def _report(self, report):
        channel, kind = struct.unpack(">IB", report[:5])
        if kind == KEEP_ALIVE:
            return "touch" if report[7] == TOUCH_WANTED else None
        if kind == CBOR:
            length = struct.unpack(">H", report[5:7])[0]
            message = self._messages[channel] = (length, report[7:])
        elif kind < 0x80 and channel in self._messages:
            length, begun = self._messages[channel]
            message = self._messages[channel] = (length, begun + report[5:])
        else:
            return None
        length, content = message
        if len(content) < length:
            return None
        del self._messages[channel]
        return meaning(content[:length])


def meaning(message):
    """Tells answers apart by their first keys (CTAP 2.1 sections 6.1.2, 6.2.2, 6.5.5)."""
    if message[0] != 0:
        return f"status {message[0]:#04x}"
    if message[1:3] in (b"\xa1\x03", b"\xa2\x03"):
        return f"tries left {message[3]}"
    if len(message) > 4 and message[2] == 1:
        if message[3] == 0x66:  # the name of the attestation's format, "packed"
            return "credential"
        if message[3] == 0xA2:  # the credential's id and type
            return "assertion"
    return "other"
