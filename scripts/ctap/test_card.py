"""What a card must do, said by python-fido2 over HID reports."""

import hashlib
import os
import threading

import pytest
from fido2.attestation import PackedAttestation
from fido2.ctap import CtapError
from fido2.ctap1 import ApduError, Ctap1
from fido2.ctap2.credman import CredentialManagement
from fido2.ctap2.extensions import CredProtectExtension
from fido2.ctap2.pin import ClientPin
from fido2.server import Fido2Server
from platform_side import ERR, KEYS, PERMISSION, PIN, RP, authorize, client, ctap2, pin, refused, register


def test_a_card_says_what_it_can_do(ctap2, card):
    info = ctap2.get_info()
    assert info.versions == ["U2F_V2", "FIDO_2_0", "FIDO_2_1"]
    assert info.options["clientPin"] is False and info.options["rk"] and info.options["credMgmt"]
    assert bytes(info.aaguid) == b"keystead-example"
    card.do("always-verify on")
    assert ctap2.get_info().versions == ["FIDO_2_0", "FIDO_2_1"]


def test_a_registration_is_attested_and_signs_in(ctap2):
    ClientPin(ctap2).set_pin(PIN)
    credential, result = register(ctap2)
    data = result.response.attestation_object.auth_data
    assert data.is_user_verified() and data.counter == 0
    attested = PackedAttestation().verify(
        result.response.attestation_object.att_stmt,
        data,
        hashlib.sha256(result.response.client_data).digest(),
    )
    assert len(attested.trust_path) == 1

    server = Fido2Server(RP)
    for expected_count in (1, 2):
        options, state = server.authenticate_begin(user_verification="required")
        answer = client(ctap2).get_assertion(options.public_key).get_response(0)
        server.authenticate_complete(state, [credential], answer)
        assert answer.response.user_handle == b"ada"
        assert answer.response.authenticator_data.counter == expected_count


def test_a_platform_that_prefers_no_attestation_gets_none(ctap2):
    answer = ctap2.send_cbor(
        0x01,
        {1: bytes(32), 2: RP, 3: {"id": b"ada"}, 4: KEYS, 0x0B: ["none"]},
    )
    assert answer[1] == "none" and answer[3] == {}


def test_a_card_without_pin_signs_by_tap_alone_and_hides_what_was_asked_to_be_hidden(ctap2):
    user = {"id": b"ada"}
    made = [
        ctap2.make_credential(bytes(32), RP, {"id": bytes([level])}, KEYS, extensions={"credProtect": level})
        for level in (1, 2, 3)
    ]
    ids = [{"type": "public-key", "id": m.auth_data.credential_data.credential_id} for m in made]
    assert [m.auth_data.extensions["credProtect"] for m in made] == [1, 2, 3]
    assert ctap2.make_credential(bytes(32), RP, user, KEYS).auth_data.extensions is None
    for answer in (0, 1):
        assert ctap2.get_assertion(RP["id"], bytes(32), [ids[answer]]).credential == ids[answer]
    refused(ERR.NO_CREDENTIALS, ctap2.get_assertion, RP["id"], bytes(32), [ids[2]])
    refused(ERR.NO_CREDENTIALS, ctap2.get_assertion, RP["id"], bytes(32))
    # What is hidden does not say that it is there, either.
    ctap2.make_credential(bytes(32), RP, user, KEYS, [ids[2]])
    refused(ERR.CREDENTIAL_EXCLUDED, ctap2.make_credential, bytes(32), RP, user, KEYS, [ids[1]])


def test_accounts_are_offered_newest_first_with_names_only_after_the_pin(ctap2, pin):
    pin.set_pin(PIN)
    for user in (b"ada", b"bob", b"eve"):
        register(ctap2, user)
    register(ctap2, b"bob")
    authorization = authorize(ctap2, pin, bytes(32), PERMISSION.GET_ASSERTION)
    assertions = ctap2.get_assertions(RP["id"], bytes(32), **authorization)
    assert [assertion.user["name"] for assertion in assertions] == ["bob", "eve", "ada"]
    assert assertions[0].number_of_credentials == 3
    refused(ERR.NOT_ALLOWED, ctap2.get_next_assertion)

    # Another command in between ends the choice.
    ctap2.get_assertion(RP["id"], bytes(32), **authorize(ctap2, pin, bytes(32), PERMISSION.GET_ASSERTION))
    ctap2.get_info()
    refused(ERR.NOT_ALLOWED, ctap2.get_next_assertion)


def test_an_account_of_one_shows_no_name(ctap2, pin):
    pin.set_pin(PIN)
    register(ctap2)
    authorization = authorize(ctap2, pin, bytes(32), PERMISSION.GET_ASSERTION)
    assert ctap2.get_assertion(RP["id"], bytes(32), **authorization).user == {"id": b"ada"}


def test_a_look_without_a_tap_uses_up_neither_pin_nor_count(ctap2, pin):
    pin.set_pin(PIN)
    credential, _ = register(ctap2, discoverable=False)
    listed = [{"type": "public-key", "id": credential.credential_id}]
    authorization = authorize(ctap2, pin, bytes(32), PERMISSION.GET_ASSERTION)
    silent = ctap2.get_assertion(RP["id"], bytes(32), listed, options={"up": False}, **authorization)
    assert not silent.auth_data.is_user_present() and silent.auth_data.counter == 0
    signed = ctap2.get_assertion(RP["id"], bytes(32), listed, **authorization)
    assert signed.auth_data.is_user_present() and signed.auth_data.counter == 1


def test_a_busy_card_says_so_on_other_channels(ctap2, card):
    card.do("auto off")
    other = card.device()
    cancel, waits = threading.Event(), threading.Event()
    options = {"event": cancel, "on_keepalive": lambda status: waits.set()}
    waiting = threading.Thread(target=refused, args=(ERR.KEEPALIVE_CANCEL, ctap2.selection), kwargs=options)
    waiting.start()
    assert waits.wait(30)
    busy = threading.Event()
    busy.set()
    refused(ERR.CHANNEL_BUSY, other.call, 0x10, b"\x04", busy)
    cancel.set()
    waiting.join()


@pytest.mark.parametrize("salts", [1, 2])
def test_hmac_secret_is_the_same_each_time_and_another_without_the_pin(ctap2, pin, salts):
    made = ctap2.make_credential(
        bytes(32), RP, {"id": b"ada"}, KEYS, extensions={"hmac-secret": True, "credProtect": 1}
    )
    assert made.auth_data.extensions["hmac-secret"] is True
    listed = [{"type": "public-key", "id": made.auth_data.credential_data.credential_id}]
    salt = os.urandom(32 * salts)

    def secret(**authorization):
        agreement, shared = pin._get_shared_secret()
        sealed = pin.protocol.encrypt(shared, salt)
        request = {1: agreement, 2: sealed, 3: pin.protocol.authenticate(shared, sealed), 4: pin.protocol.VERSION}
        answer = ctap2.get_assertion(
            RP["id"], bytes(32), listed, extensions={"hmac-secret": request}, **authorization
        )
        return pin.protocol.decrypt(shared, answer.auth_data.extensions["hmac-secret"])

    without_pin = secret()
    assert len(without_pin) == 32 * salts and secret() == without_pin
    pin.set_pin(PIN)
    with_pin = secret(**authorize(ctap2, pin, bytes(32), PERMISSION.GET_ASSERTION))
    assert with_pin != without_pin
    assert secret(**authorize(ctap2, pin, bytes(32), PERMISSION.GET_ASSERTION)) == with_pin


def test_a_client_that_enforces_protection_gets_it(ctap2):
    ClientPin(ctap2).set_pin(PIN)
    _, result = register(
        ctap2,
        extensions={
            "credentialProtectionPolicy": CredProtectExtension.POLICY.REQUIRED,
            "enforceCredentialProtectionPolicy": True,
        },
    )
    assert result.response.attestation_object.auth_data.extensions["credProtect"] == 3


def test_credentials_are_managed(ctap2, pin):
    pin.set_pin(PIN)

    def management(rp_id=None):
        token = pin.get_pin_token(PIN, PERMISSION.CREDENTIAL_MGMT, rp_id)
        return CredentialManagement(ctap2, pin.protocol, token)

    assert management().get_metadata() == {1: 0, 2: 50}
    assert management().enumerate_rps() == []
    mine, _ = register(ctap2)
    register(ctap2, b"bob")
    register(ctap2, b"eve", discoverable=False)
    manager = management()
    assert manager.get_metadata()[1] == 2
    [party] = manager.enumerate_rps()
    assert party[3]["id"] == RP["id"] and party[4] == hashlib.sha256(b"example.com").digest()
    listed = manager.enumerate_creds(party[4])
    assert [entry[6]["name"] for entry in listed] == ["bob", "ada"]
    assert listed[1][8] == mine.public_key and listed[1][10] == 3
    assert manager.enumerate_creds(bytes(32)) == []

    descriptor = {"type": "public-key", "id": mine.credential_id}
    manager.update_user_info(descriptor, {"id": b"ada", "name": "countess"})
    refused(ERR.INVALID_PARAMETER, manager.update_user_info, descriptor, {"id": b"eve", "name": "eve"})
    assert manager.enumerate_creds(party[4])[1][6] == {"id": b"ada", "name": "countess"}

    elsewhere = management("example.org")
    refused(ERR.PIN_AUTH_INVALID, elsewhere.get_metadata)
    refused(ERR.PIN_AUTH_INVALID, elsewhere.delete_cred, descriptor)
    here = management(RP["id"])
    here.delete_cred(descriptor)
    refused(ERR.NO_CREDENTIALS, here.delete_cred, descriptor)
    assert len(here.enumerate_creds(party[4])) == 1


def test_a_full_card_says_so(ctap2):
    for number in range(50):
        ctap2.make_credential(bytes(32), RP, {"id": bytes([1, number])}, KEYS, options={"rk": True})
    one_more = (bytes(32), RP, {"id": b"ada"}, KEYS)
    refused(ERR.KEY_STORE_FULL, ctap2.make_credential, *one_more, options={"rk": True})
    # The same account in place of what it had still fits.
    ctap2.make_credential(bytes(32), RP, {"id": bytes([1, 7])}, KEYS, options={"rk": True})


def test_reset_is_refused_and_nothing_is_lost(ctap2):
    made = ctap2.make_credential(bytes(32), RP, {"id": b"ada"}, KEYS)
    credential = made.auth_data.credential_data
    refused(ERR.OPERATION_DENIED, ctap2.reset)
    listed = [{"type": "public-key", "id": credential.credential_id}]
    ctap2.get_assertion(RP["id"], bytes(32), listed).verify(bytes(32), credential.public_key)


def test_u2f_registers_and_signs_in_and_ctap2_finds_what_it_made(ctap2, card):
    u2f = Ctap1(ctap2.device)
    assert u2f.get_version() == "U2F_V2"
    application = hashlib.sha256(b"https://example.com/app").digest()
    made = u2f.register(b"c" * 32, application)
    made.verify(application, b"c" * 32)
    signed = u2f.authenticate(b"d" * 32, application, made.key_handle)
    signed.verify(application, b"d" * 32, made.public_key)
    assert signed.user_presence == 1 and signed.counter == 1
    with pytest.raises(ApduError) as refusal:
        u2f.authenticate(b"d" * 32, bytes(32), made.key_handle)
    assert refusal.value.code == 0x6A80
    with pytest.raises(ApduError) as refusal:
        u2f.authenticate(b"d" * 32, application, made.key_handle, True)
    assert refusal.value.code == 0x6985

    listed = [{"type": "public-key", "id": made.key_handle}]
    assertion = ctap2.get_assertion("https://example.com/app", bytes(32), listed)
    assert assertion.auth_data.counter == 2

    card.do("auto off")
    card.do("tap")
    u2f.authenticate(b"d" * 32, application, made.key_handle)
    with pytest.raises(ApduError) as refusal:
        u2f.send_apdu(0, 1, 3, 0, bytes(64))
    assert refusal.value.code == 0x6985


@pytest.mark.parametrize(
    "message, code",
    [
        (b"", ERR.INVALID_LENGTH),
        (b"\x55", ERR.INVALID_COMMAND),
        (b"\x02", ERR.INVALID_CBOR),
        (b"\x02\xa0", ERR.MISSING_PARAMETER),
        (b"\x02\x80", ERR.CBOR_UNEXPECTED_TYPE),
        # Keys out of order, a length longer than need be, what is left over, and five levels.
        (b"\x02\xa2\x02\x40\x01\x61a", ERR.INVALID_CBOR),
        (b"\x02\xa1\x01\x78\x01a", ERR.INVALID_CBOR),
        (b"\x02\xa0\x00", ERR.INVALID_CBOR),
        (b"\x02\xa1\x18\x64\x81\x81\x81\x81\x80", ERR.INVALID_CBOR),
        (b"\x06\xa1\x02\x06", ERR.INVALID_SUBCOMMAND),
        (b"\x08", ERR.NOT_ALLOWED),
        (b"\x0a\xa1\x01\x01", ERR.PUAT_REQUIRED),
        (b"\x0a\xa1\x01\x03", ERR.NOT_ALLOWED),
    ],
)
def test_what_is_wrong_with_a_message_is_said(ctap2, message, code):
    answer = None
    try:
        answer = ctap2.device.call(0x10, message)[0]
    except CtapError as error:
        answer = error.code
    assert answer == code


def test_messages_of_any_length_come_back_from_a_ping(card):
    device = card.device()
    for length in (0, 1, 57, 58, 57 + 59, 57 + 60, 1024, 7609):
        message = os.urandom(length)
        assert device.ping(message) == message
