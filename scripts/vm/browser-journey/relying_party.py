"""python-fido2's own example server, as it is published, under a name of its own. Only its wishes are stricter: it asks
for passkeys and their PIN, and names no account when somebody signs in."""

import sys

from fido2.server import Fido2Server
from fido2.webauthn import PublicKeyCredentialRpEntity

HOST, PORT = "demo.localhost", 5000


class WithoutUserNames(Fido2Server):
    def register_begin(self, user, credentials=None, **_):
        return super().register_begin(
            user,
            credentials,
            resident_key_requirement="required",
            user_verification="required",
            authenticator_attachment="cross-platform",
        )

    def authenticate_begin(self, credentials=None, **_):
        return super().authenticate_begin(None, user_verification="required")


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    from server import server as example

    example.server = WithoutUserNames(PublicKeyCredentialRpEntity(name="Demo server", id=HOST))
    example.app.run(host="127.0.0.1", port=PORT, debug=False)
