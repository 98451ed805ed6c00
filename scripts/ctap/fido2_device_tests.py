"""Lets python-fido2's own device tests find the card on the socket; a plugin for pytest, beside socket_card."""

import sys

import fido2.hid
from fido2.ctap2 import Ctap2
from fido2.hid import CtapHidDevice

reader = {"card": None, "occupied": True}


def list_descriptors():
    return [reader["card"].descriptor()] if reader["occupied"] else []


def open_connection(descriptor):
    return reader["card"].connection()


# Before their own files are read, which take these by name.
fido2.hid.list_descriptors = list_descriptors
fido2.hid.open_connection = open_connection
fido2.hid.open_device = lambda path: CtapHidDevice(reader["card"].descriptor(), open_connection(None))
# The card refuses to be reset. What these tests want is an empty one: so they get another card.
Ctap2.reset = lambda self, **_: reader["card"].do("blank")


def pytest_collection_finish(session):
    reader["card"] = session.config.card

    def take_away(self, nfc=False):
        reader["occupied"] = False

    def put_back(self, nfc=False):
        reader["occupied"] = True
        reader["card"].do("tap")

    # What they ask of a person, by printing it.
    printer = sys.modules["tests.device"].Printer
    printer.remove = take_away
    printer.insert = put_back
    printer.print = lambda self, *messages: None
