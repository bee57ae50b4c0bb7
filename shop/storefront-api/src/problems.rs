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
    ($($name:ident = $status:literal $explanation:ident $code:literal $title:literal;)+) => {
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

            /// A short name of the problem, in English.
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$name => $title,)+
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
    AccountExpired = 410 detail "account-expired" "Account expired";
    AccountLocked = 423 detail "account-locked" "Account locked";
    BodyMalformed = 400 own "body-malformed" "Malformed body";
    BodyNotForm = 415 own "body-not-form" "Unreadable form";
    BodyNotJson = 415 own "body-not-json" "Unsupported media type";
    BodyShape = 422 own "body-shape" "Unexpected shape of body";
    BodyTooLong = 413 own "body-too-long" "Request too large";
    CartEmpty = 409 detail "cart-empty" "Empty cart";
    CheckoutChanged = 409 detail "checkout-changed" "Cart changed";
    CodeMistyped = 400 detail "code-mistyped" "Wrong code";
    CodeRefused = 422 detail "code-refused" "Wrong code";
    CookiesAmbiguous = 400 detail "cookies-ambiguous" "Two sign-in cookies";
    CredentialMissing = 401 detail "credential-missing" "Not signed in";
    CredentialsMalformed = 400 detail "credentials-malformed" "Invalid sign-in request";
    CredentialsRefused = 404 detail "credentials-refused" "Wrong email or password";
    CrossOrigin = 403 detail "cross-origin" "Request from another site";
    DatabaseUnavailable = 503 own "database-unavailable" "Database unavailable";
    DeviceKeyRequired = 401 detail "device-key-required" "Browser not supported";
    DeviceProofDelayed = 503 detail "device-proof-delayed" "Device not confirmed";
    EmailNotProven = 403 detail "email-not-proven" "Email not confirmed";
    EmailNotVerified = 403 detail "email-not-verified" "Email not confirmed";
    EmailUnavailable = 502 detail "email-unavailable" "Email unavailable";
    EventNotSigned = 401 detail "event-not-signed" "Event not signed";
    FilterUnusable = 422 detail "filter-unusable" "Invalid filter";
    FormMalformed = 400 own "form-malformed" "Unreadable form";
    GuestCartGone = 409 detail "guest-cart-gone" "Cart not found";
    HeaderMalformed = 400 own "header-malformed" "Header malformed";
    HostAmbiguous = 400 own "host-ambiguous" "Several hosts";
    IdempotencyKeyMalformed = 422 own "idempotency-key-malformed" "Unusable Idempotency-Key";
    IdempotencyKeyReused = 422 own "idempotency-key-reused" "Idempotency-Key used before";
    Internal = 500 own "internal" "Internal error";
    Invalid = 422 detail "invalid" "Invalid input";
    LineChanged = 412 detail "line-changed" "Item changed";
    LinkNeeded = 403 detail "link-needed" "Second factor required";
    MembersUnexpected = 400 detail "members-unexpected" "Unexpected members";
    MessageTooSoon = 429 detail "message-too-soon" "Email already sent";
    MethodNotAllowed = 405 own "method-not-allowed" "Method not allowed";
    ModeratorsOnly = 403 detail "moderators-only" "For moderators only";
    NoPasskey = 404 detail "no-passkey" "No passkey";
    NoPasswordless = 403 detail "no-passwordless" "No sign-in by code";
    NotFound = 404 detail "not-found" "Page not found";
    NotRegistered = 401 detail "not-registered" "Not registered for this application";
    NotSignedIn = 404 detail "not-signed-in" "Not signed in";
    NotSignedOut = 503 detail "not-signed-out" "Still signed in";
    NotThisDevice = 401 detail "not-this-device" "Another device";
    NothingToVerify = 403 detail "nothing-to-verify" "Nothing to confirm";
    OrderShipped = 409 detail "order-shipped" "Order already sent";
    OrderUnknown = 404 detail "order-unknown" "Unknown order";
    OutOfStock = 409 detail "out-of-stock" "Not enough in stock";
    PasskeyRefused = 422 detail "passkey-refused" "Passkey refused";
    PasswordMayHaveChanged = 503 detail "password-may-have-changed" "Sign-in service unavailable";
    PasswordNeeded = 403 detail "password-needed" "Password required";
    PostChanged = 409 detail "post-changed" "Post changed";
    PostDeleted = 409 detail "post-deleted" "Post deleted";
    PostEmpty = 422 detail "post-empty" "Empty post";
    PostOfAnother = 403 detail "post-of-another" "Someone else's post";
    PostTooLong = 422 detail "post-too-long" "Post too long";
    PostTooManyMarks = 422 detail "post-too-many-marks" "Too many accents in post";
    PostUnknown = 404 detail "post-unknown" "Unknown post";
    ProductUnknown = 404 detail "product-unknown" "Unknown product";
    QuantityOutOfRange = 422 detail "quantity-out-of-range" "Quantity out of range";
    RegistrationClosed = 503 detail "registration-closed" "Registration closed";
    SentAMomentAgo = 429 detail "sent-a-moment-ago" "Email already sent";
    SessionNotEnded = 503 detail "session-not-ended" "Session not ended";
    SessionOver = 401 detail "session-over" "Session ended";
    SignInMisconfigured = 502 detail "sign-in-misconfigured" "Sign-in not set up";
    SignInPrevented = 409 detail "sign-in-prevented" "Sign-in blocked";
    SignInServiceUnavailable = 503 detail "sign-in-service-unavailable" "Sign-in service unavailable";
    SignInWaitsForSignOut = 424 detail "sign-in-waits-for-sign-out" "Sign-out not confirmed";
    SignOutPending = 503 detail "sign-out-pending" "Signed out here";
    ThreadClosed = 409 detail "thread-closed" "Thread closed";
    ThreadProductUnknown = 422 detail "thread-product-unknown" "Unknown product";
    Timeout = 503 detail "timeout" "Time limit exceeded";
    TitleTooLong = 422 detail "title-too-long" "Title too long";
    TokenExpired = 401 detail "token-expired" "Access token expired";
    TokenInvalid = 401 detail "token-invalid" "Access token refused";
    TokenOfAnotherApplication = 401 detail "token-of-another-application" "Access token of another application";
    TooManyAttempts = 429 detail "too-many-attempts" "Too many attempts";
    TooManyStreams = 429 detail "too-many-streams" "Too many open pages";
    TwoFactorExpired = 404 detail "two-factor-expired" "Code expired";
    VerificationExpired = 404 detail "verification-expired" "Link or code expired";
    VerificationLimited = 429 detail "verification-limited" "Too many emails";
    VerificationUnavailable = 503 detail "verification-unavailable" "No response";
    WriteUnderWay = 503 detail "write-under-way" "Request in progress";
}
