"""Lets python-fido2's own device tests find the card on the socket; a plugin for pytest, after socket_card."""

import sys

import fido2.hid
from fido2.ctap2 import Ctap2
from fido2.hid import CtapHidDevice

on_reader = True


def pytest_configure(config):
    card = config.card
    fido2.hid.list_descriptors = lambda: [card.descriptor()] if on_reader else []
    fido2.hid.open_connection = lambda descriptor: card.connection()
    fido2.hid.open_device = lambda path: CtapHidDevice(card.descriptor(), card.connection())
    # The card refuses to be reset. What these tests want is an empty one: so they get another card.
    Ctap2.reset = lambda self, **_: card.do("blank")


def pytest_collection_finish(session):
    def move(onto):
        def moved(self, **_):
            global on_reader
            on_reader = onto
            if onto:
                session.config.card.do("tap")

        return moved

    # What they ask a person to do with the device by printing it.
    printer = sys.modules["tests.device"].Printer
    printer.remove = move(False)
    printer.insert = move(True)
    printer.print = lambda self, *messages: None
