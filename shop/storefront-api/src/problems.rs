//! The problems with which the backend answers: a failed request gets a problem document (RFC 9457), whose `type` is `/problems/` and a code.

/// What people read about a problem. The app decides by groups of codes, and a test there compares all of them with this table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Explanation {
    /// The document's `detail`, in the language of the request.
    Detail,
    /// A text of the app's own: the server is out of order, or the page is older than the server.
    Own,
}

macro_rules! problem_codes {
    ($($name:ident = $status:literal $explanation:ident $code:literal;)+) => {
        /// The code of a problem. The server's errors say what each one means.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ProblemCode {
            $(#[doc = concat!("`", $code, "`, with the status ", $status, ".")] $name,)+
        }

        impl ProblemCode {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The `type` of the problem document.
            // Inlined, so that a comparison with one code does not link the texts of all others into the app.
            #[inline(always)]
            pub const fn kind(self) -> &'static str {
                match self {
                    $(Self::$name => concat!("/problems/", $code),)+
                }
            }

            /// The HTTP status of the answer.
            pub const fn status(self) -> u16 {
                match self {
                    $(Self::$name => $status,)+
                }
            }

            /// What people read.
            pub const fn explanation(self) -> Explanation {
                match self {
                    $(Self::$name => problem_codes!($explanation),)+
                }
            }
        }
    };
    (detail) => { Explanation::Detail };
    (own) => { Explanation::Own };
}

problem_codes! {
    AccountExpired = 410 detail "account-expired";
    AccountLocked = 423 detail "account-locked";
    BodyMalformed = 400 own "body-malformed";
    BodyNotForm = 415 own "body-not-form";
    BodyNotJson = 415 own "body-not-json";
    BodyShape = 422 own "body-shape";
    BodyTooLong = 413 own "body-too-long";
    CartEmpty = 409 detail "cart-empty";
    CheckoutChanged = 409 detail "checkout-changed";
    CodeMistyped = 400 detail "code-mistyped";
    CodeRefused = 422 detail "code-refused";
    CookiesAmbiguous = 400 detail "cookies-ambiguous";
    CredentialMissing = 401 detail "credential-missing";
    CredentialsMalformed = 400 detail "credentials-malformed";
    CredentialsRefused = 404 detail "credentials-refused";
    CrossOrigin = 403 detail "cross-origin";
    DatabaseUnavailable = 503 own "database-unavailable";
    DeviceKeyRequired = 401 detail "device-key-required";
    DeviceProofDelayed = 503 detail "device-proof-delayed";
    EmailNotProven = 403 detail "email-not-proven";
    EmailNotVerified = 403 detail "email-not-verified";
    EmailUnavailable = 502 detail "email-unavailable";
    EventNotSigned = 401 detail "event-not-signed";
    FilterUnusable = 422 detail "filter-unusable";
    FormMalformed = 400 own "form-malformed";
    GuestCartGone = 409 detail "guest-cart-gone";
    HeaderMalformed = 400 own "header-malformed";
    HostAmbiguous = 400 own "host-ambiguous";
    IdempotencyKeyMalformed = 422 own "idempotency-key-malformed";
    IdempotencyKeyReused = 422 own "idempotency-key-reused";
    Internal = 500 own "internal";
    Invalid = 422 detail "invalid";
    LineChanged = 412 detail "line-changed";
    LinkNeeded = 403 detail "link-needed";
    MembersUnexpected = 400 detail "members-unexpected";
    MessageTooSoon = 429 detail "message-too-soon";
    MethodNotAllowed = 405 own "method-not-allowed";
    ModeratorsOnly = 403 detail "moderators-only";
    NoPasskey = 404 detail "no-passkey";
    NoPasswordless = 403 detail "no-passwordless";
    NotFound = 404 detail "not-found";
    NotRegistered = 401 detail "not-registered";
    NotSignedIn = 404 detail "not-signed-in";
    NotSignedOut = 503 detail "not-signed-out";
    NotThisDevice = 401 detail "not-this-device";
    NothingToVerify = 403 detail "nothing-to-verify";
    OrderShipped = 409 detail "order-shipped";
    OrderUnknown = 404 detail "order-unknown";
    OutOfStock = 409 detail "out-of-stock";
    PasskeyRefused = 422 detail "passkey-refused";
    PasswordMayHaveChanged = 503 detail "password-may-have-changed";
    PasswordNeeded = 403 detail "password-needed";
    PostChanged = 409 detail "post-changed";
    PostDeleted = 409 detail "post-deleted";
    PostEmpty = 422 detail "post-empty";
    PostOfAnother = 403 detail "post-of-another";
    PostTooLong = 422 detail "post-too-long";
    PostTooManyMarks = 422 detail "post-too-many-marks";
    PostUnknown = 404 detail "post-unknown";
    ProductUnknown = 404 detail "product-unknown";
    QuantityOutOfRange = 422 detail "quantity-out-of-range";
    RegistrationClosed = 503 detail "registration-closed";
    SentAMomentAgo = 429 detail "sent-a-moment-ago";
    SessionNotEnded = 503 detail "session-not-ended";
    SessionOver = 401 detail "session-over";
    SignInMisconfigured = 502 detail "sign-in-misconfigured";
    SignInPrevented = 409 detail "sign-in-prevented";
    SignInServiceUnavailable = 503 detail "sign-in-service-unavailable";
    SignInWaitsForSignOut = 424 detail "sign-in-waits-for-sign-out";
    SignOutPending = 503 detail "sign-out-pending";
    ThreadClosed = 409 detail "thread-closed";
    ThreadProductUnknown = 422 detail "thread-product-unknown";
    Timeout = 503 detail "timeout";
    TitleTooLong = 422 detail "title-too-long";
    TokenExpired = 401 detail "token-expired";
    TokenInvalid = 401 detail "token-invalid";
    TokenOfAnotherApplication = 401 detail "token-of-another-application";
    TooManyAttempts = 429 detail "too-many-attempts";
    TooManyStreams = 429 detail "too-many-streams";
    TwoFactorExpired = 404 detail "two-factor-expired";
    VerificationExpired = 404 detail "verification-expired";
    VerificationLimited = 429 detail "verification-limited";
    VerificationUnavailable = 503 detail "verification-unavailable";
    WriteUnderWay = 503 detail "write-under-way";
}
