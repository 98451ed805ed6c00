"""PINs, taps and tokens, said by python-fido2 over HID reports."""

import threading

import pytest
from fido2.client import ClientError
from fido2.ctap import STATUS
from fido2.ctap1 import ApduError, Ctap1
from fido2.ctap2.pin import ClientPin
from platform_side import ERR, KEYS, OTHER, PERMISSION, PIN, RP, authorize, ctap2, pin, refused, register


def test_with_a_pin_credentials_are_hidden_by_default(ctap2, pin):
    pin.set_pin(PIN)
    refused(ERR.PUAT_REQUIRED, ctap2.make_credential, bytes(32), RP, {"id": b"ada"}, KEYS)
    made = ctap2.make_credential(
        bytes(32), RP, {"id": b"ada"}, KEYS, options={"rk": True},
        **authorize(ctap2, pin, bytes(32), PERMISSION.MAKE_CREDENTIAL),
    )
    assert made.auth_data.extensions == {"credProtect": 3}
    refused(ERR.NO_CREDENTIALS, ctap2.get_assertion, RP["id"], bytes(32))
    authorization = authorize(ctap2, pin, bytes(32), PERMISSION.GET_ASSERTION)
    assertion = ctap2.get_assertion(RP["id"], bytes(32), **authorization)
    assertion.verify(bytes(32), made.auth_data.credential_data.public_key)
    # One PIN is one sign-in.
    refused(ERR.PIN_AUTH_INVALID, ctap2.get_assertion, RP["id"], bytes(32), **authorization)


def test_always_verify_makes_a_pin_the_condition_of_everything(ctap2, card):
    card.do("always-verify on")
    refused(ERR.PUAT_REQUIRED, ctap2.make_credential, bytes(32), RP, {"id": b"ada"}, KEYS)
    refused(ERR.PUAT_REQUIRED, ctap2.get_assertion, RP["id"], bytes(32))
    pin = ClientPin(ctap2)
    pin.set_pin(PIN)
    made = ctap2.make_credential(
        bytes(32), RP, {"id": b"ada"}, KEYS, extensions={"credProtect": 1},
        **authorize(ctap2, pin, bytes(32), PERMISSION.MAKE_CREDENTIAL),
    )
    assert made.auth_data.extensions == {"credProtect": 3}
    with pytest.raises(ApduError) as refusal:
        Ctap1(ctap2.device).register(bytes(32), bytes(32))
    assert refusal.value.code == 0x6986


def test_a_token_is_good_for_what_and_where_it_was_asked_for(ctap2, pin):
    pin.set_pin(PIN)
    register(ctap2)
    wrong_use = authorize(ctap2, pin, bytes(32), PERMISSION.MAKE_CREDENTIAL)
    refused(ERR.PIN_AUTH_INVALID, ctap2.get_assertion, RP["id"], bytes(32), **wrong_use)
    wrong_place = authorize(ctap2, pin, bytes(32), PERMISSION.GET_ASSERTION, "example.org")
    refused(ERR.PIN_AUTH_INVALID, ctap2.get_assertion, RP["id"], bytes(32), **wrong_place)
    refused(ERR.UNAUTHORIZED_PERMISSION, pin.get_pin_token, PIN, PERMISSION.LARGE_BLOB_WRITE)
    refused(ERR.MISSING_PARAMETER, pin.get_pin_token, PIN, PERMISSION.GET_ASSERTION)
    # The older way to get one asks for neither, and the first use says where.
    token = pin.get_pin_token(PIN)
    proof = {"pin_uv_param": pin.protocol.authenticate(token, bytes(32)), "pin_uv_protocol": pin.protocol.VERSION}
    silent = {"options": {"up": False}}
    refused(ERR.NO_CREDENTIALS, ctap2.get_assertion, "example.org", bytes(32), **silent, **proof)
    refused(ERR.PIN_AUTH_INVALID, ctap2.get_assertion, RP["id"], bytes(32), **silent, **proof)


def test_pins_are_set_changed_and_refused(ctap2, pin, card):
    card.do("minimum 6")
    card.do("no-sequences")
    refused(ERR.PIN_NOT_SET, pin.get_pin_token, PIN)
    for bad in ("a1b2c", "ab1234"):
        refused(ERR.PIN_POLICY_VIOLATION, pin.set_pin, bad)
    pin.set_pin(PIN)
    assert ctap2.get_info().options["clientPin"] and ctap2.get_info().min_pin_length == 6
    refused(ERR.PIN_AUTH_INVALID, pin.set_pin, OTHER)
    refused(ERR.PIN_POLICY_VIOLATION, pin.change_pin, PIN, "short")
    refused(ERR.PIN_INVALID, pin.change_pin, OTHER, PIN)
    pin.change_pin(PIN, OTHER)
    refused(ERR.PIN_INVALID, pin.get_pin_token, PIN)
    pin.get_pin_token(OTHER)
    assert pin.get_pin_retries() == (8, 0)


def test_credentials_outlive_a_change_of_the_pin(ctap2, pin):
    pin.set_pin(OTHER)
    credential, _ = register(ctap2, pin=OTHER)
    pin.change_pin(OTHER, PIN)
    authorization = authorize(ctap2, pin, bytes(32), PERMISSION.GET_ASSERTION)
    ctap2.get_assertion(RP["id"], bytes(32), **authorization).verify(bytes(32), credential.public_key)


def test_a_demanded_change_comes_before_everything_else(ctap2, pin, card):
    pin.set_pin(PIN)
    card.do("demand-change")
    assert ctap2.get_info().force_pin_change
    refused(ERR.PIN_INVALID, pin.get_pin_token, PIN)
    refused(ERR.PIN_INVALID, pin.get_pin_token, PIN, PERMISSION.CREDENTIAL_MGMT)
    refused(ERR.PIN_POLICY_VIOLATION, pin.change_pin, PIN, PIN)
    pin.change_pin(PIN, OTHER)
    assert not ctap2.get_info().force_pin_change
    pin.get_pin_token(OTHER)


def test_three_wrong_pins_demand_a_tap_and_eight_block_the_card(ctap2, pin, card):
    pin.set_pin(PIN)
    for left in (7, 6):
        refused(ERR.PIN_INVALID, pin.get_pin_token, OTHER)
        assert pin.get_pin_retries() == (left, 0)
    refused(ERR.PIN_AUTH_BLOCKED, pin.get_pin_token, OTHER)
    refused(ERR.PIN_AUTH_BLOCKED, pin.get_pin_token, PIN)
    assert pin.get_pin_retries() == (5, 1)
    card.do("tap")
    for code in (ERR.PIN_INVALID, ERR.PIN_INVALID, ERR.PIN_AUTH_BLOCKED):
        refused(code, pin.get_pin_token, OTHER)
    card.do("tap")
    refused(ERR.PIN_INVALID, pin.get_pin_token, OTHER)
    refused(ERR.PIN_BLOCKED, pin.get_pin_token, OTHER)
    card.do("tap")
    for call in (pin.get_pin_token, pin.change_pin):
        refused(ERR.PIN_BLOCKED, call, PIN, *([OTHER] if call == pin.change_pin else []))
    assert pin.get_pin_retries()[0] == 0


def test_a_tap_that_nobody_waits_for_ends_what_the_pin_opened(ctap2, pin, card):
    pin.set_pin(PIN)
    register(ctap2)
    authorization = authorize(ctap2, pin, bytes(32), PERMISSION.GET_ASSERTION)
    card.do("tap")
    refused(ERR.PIN_AUTH_INVALID, ctap2.get_assertion, RP["id"], bytes(32), **authorization)


def test_a_command_waits_for_its_tap_and_the_pin_stays_given(ctap2, pin, card):
    pin.set_pin(PIN)
    register(ctap2)
    card.do("auto off")
    authorization = authorize(ctap2, pin, bytes(32), PERMISSION.GET_ASSERTION)
    seen = []

    def tap(status):
        seen.append(status)
        card.do("tap")

    ctap2.get_assertion(RP["id"], bytes(32), on_keepalive=tap, **authorization)
    assert seen == [STATUS.UPNEEDED]


def test_a_tap_is_good_for_one_operation(ctap2, card):
    card.do("auto off")
    card.do("tap")
    ctap2.make_credential(bytes(32), RP, {"id": b"ada"}, KEYS)
    cancel = threading.Event()
    cancelled = {"event": cancel, "on_keepalive": lambda status: cancel.set()}
    refused(ERR.KEEPALIVE_CANCEL, ctap2.make_credential, bytes(32), RP, {"id": b"ada"}, KEYS, **cancelled)
    # And the card is there for the next one.
    card.do("tap")
    ctap2.selection()


def test_the_least_pin_length_is_told_to_whom_it_may_be(ctap2, card):
    card.do("minimum 6")
    made = ctap2.make_credential(bytes(32), RP, {"id": b"ada"}, KEYS, extensions={"minPinLength": True})
    assert made.auth_data.extensions is None
    card.do("reader example.com")
    made = ctap2.make_credential(bytes(32), RP, {"id": b"ada"}, KEYS, extensions={"minPinLength": True})
    assert made.auth_data.extensions == {"minPinLength": 6}


def test_a_client_that_is_given_a_wrong_pin_says_so(ctap2):
    ClientPin(ctap2).set_pin(PIN)
    with pytest.raises(ClientError, match="PIN_INVALID"):
        register(ctap2, pin=OTHER)
