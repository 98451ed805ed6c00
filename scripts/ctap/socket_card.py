"""Starts the example program ctap-socket and makes python-fido2 speak to it; a plugin for pytest."""

import datetime
import os
import pathlib
import socket
import subprocess
import tempfile
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from fido2.hid import CtapHidDevice
from fido2.hid.base import CtapHidConnection, HidDescriptor

AAGUID = b"keystead-example"
REPORT = 64


def connect(path):
    stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # Nothing takes this long: a test that waits is a test that fails.
    stream.settimeout(60)
    stream.connect(str(path))
    return stream


class SocketConnection(CtapHidConnection):
    def __init__(self, path):
        self.stream = connect(path)

    def write_packet(self, data):
        self.stream.sendall(data)

    def read_packet(self):
        packet = b""
        while len(packet) < REPORT:
            piece = self.stream.recv(REPORT - len(packet))
            if not piece:
                raise OSError("the authenticator closed the connection")
            packet += piece
        return packet

    def close(self):
        self.stream.close()


class Card:
    """The program, from outside: a card on a reader."""

    def __init__(self, folder):
        self.path = pathlib.Path(folder) / "card"
        key, certificate = self._attestation(pathlib.Path(folder))
        self.process = subprocess.Popen([os.environ["CTAP_SOCKET_PROGRAM"], self.path, key, certificate])
        while not self.path.exists():
            if self.process.poll() is not None:
                pytest.exit("ctap-socket does not start", 1)
            time.sleep(0.01)
        self.control = connect(f"{self.path}.control")

    def _attestation(self, folder):
        """A certificate as packed attestation wants it (WebAuthn §8.2.1)."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.datetime.now(datetime.timezone.utc)
        issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Cards of a test")])
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "CH"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Test"),
                x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Authenticator Attestation"),
                x509.NameAttribute(NameOID.COMMON_NAME, "Card"),
            ]
        )
        aaguid = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.45724.1.1.4"), b"\x04\x10" + AAGUID)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(aaguid, critical=False)
            .sign(key, hashes.SHA256())
        )
        (folder / "key").write_bytes(key.private_numbers().private_value.to_bytes(32, "big"))
        (folder / "certificate").write_bytes(certificate.public_bytes(serialization.Encoding.DER))
        return folder / "key", folder / "certificate"

    def do(self, line):
        self.control.sendall(f"{line}\n".encode())
        assert self.control.recv(100) == b"ok\n"

    def connection(self):
        return SocketConnection(self.path)

    def descriptor(self):
        return HidDescriptor(str(self.path), 0, 0, REPORT, REPORT, "Card on a socket", None)

    def device(self):
        return CtapHidDevice(self.descriptor(), self.connection())

    def stop(self):
        self.process.terminate()
        self.process.wait()


def pytest_configure(config):
    config.card_folder = tempfile.TemporaryDirectory(prefix="keystead-ctap.")
    config.card = Card(config.card_folder.name)


def pytest_unconfigure(config):
    config.card.stop()
    config.card_folder.cleanup()


@pytest.fixture
def card(pytestconfig):
    """An empty card that is tapped whenever a command waits for it."""
    pytestconfig.card.do("blank")
    pytestconfig.card.do("auto on")
    return pytestconfig.card
