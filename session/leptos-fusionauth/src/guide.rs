//! Makes the doctests compile the programs of `docs/guide`. The published package does not contain the guide, because only the doctests need
//! it. A test of xtask compares this list with the guide's.

#[doc = include_str!("../../../docs/guide/src/begin.md")]
pub struct Begin;
#[doc = include_str!("../../../docs/guide/src/storage.md")]
pub struct Storage;
#[doc = include_str!("../../../docs/guide/src/outcomes.md")]
pub struct Outcomes;
#[doc = include_str!("../../../docs/guide/src/guards.md")]
pub struct Guards;
#[doc = include_str!("../../../docs/guide/src/requests.md")]
pub struct Requests;
#[doc = include_str!("../../../docs/guide/src/second-factor.md")]
pub struct SecondFactor;
#[doc = include_str!("../../../docs/guide/src/passwordless.md")]
pub struct Passwordless;
#[doc = include_str!("../../../docs/guide/src/passkeys.md")]
pub struct Passkeys;
#[doc = include_str!("../../../docs/guide/src/events.md")]
pub struct Events;
#[doc = include_str!("../../../docs/guide/src/testing.md")]
pub struct Testing;
#[doc = include_str!("../../../docs/guide/src/server-side-rendering.md")]
pub struct ServerSideRendering;
#[doc = include_str!("../../../docs/guide/src/early-script.md")]
pub struct EarlyScript;
#[doc = include_str!("../../../docs/guide/src/javascript.md")]
pub struct FromJavaScript;
#[doc = include_str!("../../../docs/guide/src/migration.md")]
pub struct Migration;
#[doc = include_str!("../../../docs/guide/src/security.md")]
pub struct Security;
#[doc = include_str!("../../../docs/guide/src/never.md")]
pub struct Never;
