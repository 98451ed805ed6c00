"""What a card must do, said by python-fido2 over HID reports."""

import hashlib
import os
import threading
import time

import pytest
from fido2.attestation import PackedAttestation
from fido2.client import ClientError, DefaultClientDataCollector, Fido2Client, UserInteraction
from fido2.ctap import STATUS, CtapError
from fido2.ctap1 import ApduError, Ctap1
from fido2.ctap2 import Ctap2
from fido2.ctap2.credman import CredentialManagement
from fido2.ctap2.extensions import CredProtectExtension
from fido2.ctap2.pin import ClientPin, PinProtocolV1, PinProtocolV2
from fido2.server import Fido2Server

PIN = "k7#pQ2"
OTHER = "m4$tR9"
RP = {"id": "example.com", "name": "Example"}
KEYS = [{"type": "public-key", "alg": -7}]
PERMISSION = ClientPin.PERMISSION
ERR = CtapError.ERR


class Holder(UserInteraction):
    def __init__(self, pin):
        self.pin = pin

    def prompt_up(self):
        pass

    def request_pin(self, permissions, rp_id):
        return self.pin


@pytest.fixture
def ctap2(card):
    return Ctap2(card.device())


@pytest.fixture(params=[PinProtocolV1, PinProtocolV2], ids=["protocol 1", "protocol 2"])
def pin(ctap2, request):
    return ClientPin(ctap2, request.param())


def client(ctap2, pin=PIN, **options):
    collector = DefaultClientDataCollector("https://example.com")
    return Fido2Client(ctap2.device, client_data_collector=collector, user_interaction=Holder(pin), **options)


def refused(code, call, *arguments, **options):
    with pytest.raises(CtapError) as refusal:
        call(*arguments, **options)
    assert refusal.value.code == code, refusal.value


def register(ctap2, user=b"ada", discoverable=True, pin=PIN, **extra):
    server = Fido2Server(RP, attestation="direct")
    options, state = server.register_begin(
        {"id": user, "name": user.decode(), "displayName": user.decode().title()},
        resident_key_requirement="required" if discoverable else "discouraged",
    )
    result = client(ctap2, pin).make_credential({**options.public_key, **extra})
    return server.register_complete(state, result).credential_data, result


def authorize(ctap2, pin, challenge, permission, rp_id=RP["id"]):
    token = pin.get_pin_token(PIN, permission, rp_id)
    return {
        "pin_uv_param": pin.protocol.authenticate(token, challenge),
        "pin_uv_protocol": pin.protocol.VERSION,
    }


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
    tapping = threading.Timer(0.5, card.do, ["tap"])
    tapping.start()
    ctap2.get_assertion(RP["id"], bytes(32), on_keepalive=seen.append, **authorization)
    tapping.join()
    assert seen == [STATUS.UPNEEDED]


def test_a_tap_is_good_for_one_operation(ctap2, card):
    card.do("auto off")
    card.do("tap")
    ctap2.make_credential(bytes(32), RP, {"id": b"ada"}, KEYS)
    cancel = threading.Event()
    threading.Timer(0.3, cancel.set).start()
    refused(ERR.KEEPALIVE_CANCEL, ctap2.make_credential, bytes(32), RP, {"id": b"ada"}, KEYS, event=cancel)
    # And the card is there for the next one.
    card.do("tap")
    ctap2.selection()


def test_a_busy_card_says_so_on_other_channels(ctap2, card):
    card.do("auto off")
    other = card.device()
    cancel = threading.Event()
    waiting = threading.Thread(target=refused, args=(ERR.KEEPALIVE_CANCEL, ctap2.selection), kwargs={"event": cancel})
    waiting.start()
    time.sleep(0.2)
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


def test_the_least_pin_length_is_told_to_whom_it_may_be(ctap2, card):
    card.do("minimum 6")
    made = ctap2.make_credential(bytes(32), RP, {"id": b"ada"}, KEYS, extensions={"minPinLength": True})
    assert made.auth_data.extensions is None
    card.do("reader example.com")
    made = ctap2.make_credential(bytes(32), RP, {"id": b"ada"}, KEYS, extensions={"minPinLength": True})
    assert made.auth_data.extensions == {"minPinLength": 6}


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


def test_a_client_that_is_given_a_wrong_pin_says_so(ctap2):
    ClientPin(ctap2).set_pin(PIN)
    with pytest.raises(ClientError, match="PIN_INVALID"):
        register(ctap2, pin=OTHER)


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
