//! The status bytes that begin each answer to a CTAP 2 command (CTAP 2.1 §8.2).

/// How a command ended: the first byte of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Status {
    /// `CTAP2_OK`: done; CBOR may follow.
    Ok = 0x00,
    /// `CTAP1_ERR_INVALID_COMMAND`: a command that is not offered.
    InvalidCommand = 0x01,
    /// `CTAP1_ERR_INVALID_PARAMETER`: a value that can't be.
    InvalidParameter = 0x02,
    /// `CTAP1_ERR_INVALID_LENGTH`: no command at all, or one too long.
    InvalidLength = 0x03,
    /// `CTAP2_ERR_CBOR_UNEXPECTED_TYPE`: well-formed CBOR of the wrong type.
    CborUnexpectedType = 0x11,
    /// `CTAP2_ERR_INVALID_CBOR`: not CBOR in CTAP's canonical form.
    InvalidCbor = 0x12,
    /// `CTAP2_ERR_MISSING_PARAMETER`: a parameter that the command can't do without.
    MissingParameter = 0x14,
    /// `CTAP2_ERR_LIMIT_EXCEEDED`: a list or text longer than is taken.
    LimitExceeded = 0x15,
    /// `CTAP2_ERR_CREDENTIAL_EXCLUDED`: the card holds a credential that the relying party knows already.
    CredentialExcluded = 0x19,
    /// `CTAP2_ERR_UNSUPPORTED_ALGORITHM`: none of the algorithms offered is ES256.
    UnsupportedAlgorithm = 0x26,
    /// `CTAP2_ERR_OPERATION_DENIED`: not on this card, or not now: it may be suspended.
    OperationDenied = 0x27,
    /// `CTAP2_ERR_KEY_STORE_FULL`: the card holds as many credentials as it may.
    KeyStoreFull = 0x28,
    /// `CTAP2_ERR_UNSUPPORTED_OPTION`: an option that this authenticator has not.
    UnsupportedOption = 0x2b,
    /// `CTAP2_ERR_INVALID_OPTION`: an option that this command can't have.
    InvalidOption = 0x2c,
    /// `CTAP2_ERR_KEEPALIVE_CANCEL`: the host cancelled the command.
    KeepaliveCancel = 0x2d,
    /// `CTAP2_ERR_NO_CREDENTIALS`: no credential that may be used for this request.
    NoCredentials = 0x2e,
    /// `CTAP2_ERR_USER_ACTION_TIMEOUT`: nobody tapped in time.
    UserActionTimeout = 0x2f,
    /// `CTAP2_ERR_NOT_ALLOWED`: a command that must follow another one, and doesn't.
    NotAllowed = 0x30,
    /// `CTAP2_ERR_PIN_INVALID`: the PIN is wrong, or is to be changed first.
    PinInvalid = 0x31,
    /// `CTAP2_ERR_PIN_BLOCKED`: eight wrong PINs; only the organisation can help.
    PinBlocked = 0x32,
    /// `CTAP2_ERR_PIN_AUTH_INVALID`: what should prove the PIN doesn't.
    PinAuthInvalid = 0x33,
    /// `CTAP2_ERR_PIN_AUTH_BLOCKED`: three wrong PINs in a row; the next one needs a new tap.
    PinAuthBlocked = 0x34,
    /// `CTAP2_ERR_PIN_NOT_SET`: the card has no PIN yet.
    PinNotSet = 0x35,
    /// `CTAP2_ERR_PUAT_REQUIRED`: this needs the PIN, or that a PIN be set.
    PuatRequired = 0x36,
    /// `CTAP2_ERR_PIN_POLICY_VIOLATION`: the new PIN is not what the organisation asks for.
    PinPolicyViolation = 0x37,
    /// `CTAP2_ERR_INVALID_SUBCOMMAND`: a subcommand that is not offered.
    InvalidSubcommand = 0x3e,
    /// `CTAP2_ERR_UNAUTHORIZED_PERMISSION`: the PIN can't permit what this authenticator has not.
    UnauthorizedPermission = 0x40,
    /// `CTAP1_ERR_OTHER`: the store failed.
    Other = 0x7f,
}

impl Status {
    /// The answer that consists of this status alone: for what the caller decides itself, such as a time-out.
    pub fn answer(self) -> Vec<u8> {
        vec![self as u8]
    }
}
