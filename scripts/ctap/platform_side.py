"""The side of the platform, as the tests of cards use it."""

import pytest
from fido2.client import DefaultClientDataCollector, Fido2Client, UserInteraction
from fido2.ctap import CtapError
from fido2.ctap2 import Ctap2
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
