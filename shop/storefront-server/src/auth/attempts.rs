//! The server's rate limits: on guesses of passwords and codes, on requested messages, on registrations, posts and orders, and on other
//! requests that cost much.
//!
//! FusionAuth has its own limits, which differ by tenant. The server checks its own limits first, before it calls FusionAuth. Its limits
//! are generous: a person who mistypes does not reach them. A successful sign-in counts only toward a limit of its own.

use crate::auth::fusionauth::{FusionAuth, LoginAnswer};
use crate::auth::verify::Identity;
use crate::http::client_address::ClientAddress;
use crate::http::rate_limit::{Rate, RateLimit, Taken, TooOften, address_key};
use crate::mail::Mail;
use clap::Args;
use fusionauth_api::account::PasswordCheck;
use fusionauth_api::authenticator::CodeOutcome;
use fusionauth_api::backend::Device;
use fusionauth_api::login::LoginFailure;
use fusionauth_api::step_up::TrustOutcome;
use fusionauth_api::verification::VerifyOutcome;
use sqlx::{AnyConnection, AnyPool};
use std::{num::NonZeroU32, time::Duration};
use storefront_messages::Language;

/// Declares a flag for each limit, with its environment variable and its default, and the limit itself.
macro_rules! limits {
    ($($(#[$doc:meta])* $visibility:vis $limit:ident: $flag:ident = $variable:literal, $default:literal;)*) => {
        /// The flags that set the limits.
        #[derive(Clone, Debug, Args)]
        pub struct AttemptRates {
            $(
                $(#[$doc])*
                #[arg(long, env = $variable, default_value = $default, value_name = "COUNT/SECONDS")]
                pub $flag: Rate,
            )*
        }

        /// The limits, for all sites. Instances that share a PostgreSQL database count together.
        pub struct AttemptLimits {
            $($(#[$doc])* $visibility $limit: RateLimit,)*
            /// The accounts, each with the address of a client that has known the password within the last 30 days.
            known_clients: RateLimit,
        }

        impl AttemptLimits {
            /// The limits of the instances on this database. Without a database, this process counts alone.
            pub fn new(rates: &AttemptRates, db: Option<&AnyPool>) -> Self {
                let once_in_30_days = Rate::new(NonZeroU32::MIN, Duration::from_secs(30 * 24 * 60 * 60));
                Self {
                    $($limit: RateLimit::shared(stringify!($limit), rates.$flag, db),)*
                    known_clients: RateLimit::shared("known_clients", once_in_30_days, db),
                }
            }
        }
    };
}

limits! {
    /// Wrong passwords for one account from one client address: how many, and in how many seconds. Also wrong passwords of one user who is
    /// signed in. Keep it below the number at which FusionAuth locks an account
    passwords: limit_passwords = "STOREFRONT_LIMIT_PASSWORDS", "9/3600";
    /// Wrong passwords for all accounts from one client address
    passwords_by_address: limit_passwords_by_address = "STOREFRONT_LIMIT_PASSWORDS_BY_ADDRESS", "100/60";
    /// Successful sign-ins of one account
    sign_ins: limit_sign_ins = "STOREFRONT_LIMIT_SIGN_INS", "60/600";
    /// Wrong passwords for one account from all client addresses
    passwords_of_account: limit_passwords_of_account = "STOREFRONT_LIMIT_PASSWORDS_OF_ACCOUNT", "100/3600";
    /// Wrong codes for one challenge, such as a mailed code, or of one user who is signed in, from all client addresses
    codes_of_challenge: limit_codes_of_challenge = "STOREFRONT_LIMIT_CODES_OF_CHALLENGE", "10/600";
    /// Sign-ins of one account, or uses of one reset link, that start a challenge for a second factor
    challenges: limit_challenges = "STOREFRONT_LIMIT_CHALLENGES", "20/3600";
    /// Renewals and sign-outs with refresh tokens that the database does not know, from one client address, or with an access token of one user
    unknown_tokens: limit_unknown_tokens = "STOREFRONT_LIMIT_UNKNOWN_TOKENS", "60/600";
    /// Renewals and sign-outs with refresh tokens that the database does not know, in total
    all_unknown_tokens: limit_all_unknown_tokens = "STOREFRONT_LIMIT_ALL_UNKNOWN_TOKENS", "600/600";
    /// Wrong second-factor codes from one client address
    codes: limit_codes = "STOREFRONT_LIMIT_CODES", "15/60";
    /// Requests for a password reset link from one client address; also requests for a code to sign in, for one account from one client address
    password_links: limit_password_links = "STOREFRONT_LIMIT_PASSWORD_LINKS", "5/600";
    /// Requests for a password reset link, and requests for a code to sign in, for one account from all client addresses
    links_of_account: limit_links_of_account = "STOREFRONT_LIMIT_LINKS_OF_ACCOUNT", "15/600";
    /// Repeated messages to one recipient, such as a code
    messages: limit_messages = "STOREFRONT_LIMIT_MESSAGES", "1/30";
    /// Repeated messages and codes to sign in, from one client address
    messages_by_address: limit_messages_by_address = "STOREFRONT_LIMIT_MESSAGES_BY_ADDRESS", "20/600";
    /// Registrations from one client address
    registrations: limit_registrations = "STOREFRONT_LIMIT_REGISTRATIONS", "10/600";
    /// Registrations in total, which use the API key
    all_registrations: limit_all_registrations = "STOREFRONT_LIMIT_ALL_REGISTRATIONS", "200/600";
    /// Posts, replies and edits of one account
    posts: limit_posts = "STOREFRONT_LIMIT_POSTS", "10/60";
    /// Posts, replies and edits from one client address
    posts_by_address: limit_posts_by_address = "STOREFRONT_LIMIT_POSTS_BY_ADDRESS", "100/60";
    /// Orders of one account
    orders: limit_orders = "STOREFRONT_LIMIT_ORDERS", "20/600";
    /// Orders from one client address
    orders_by_address: limit_orders_by_address = "STOREFRONT_LIMIT_ORDERS_BY_ADDRESS", "200/600";
    /// Orders without an account with one email from one client address
    orders_of_guest: limit_orders_of_guest = "STOREFRONT_LIMIT_ORDERS_OF_GUEST", "3/86400";
    /// Orders without an account with one email from all client addresses. Each order sends a message. Also receipts of the contact form, and messages about changes of an account
    guest_orders: limit_guest_orders = "STOREFRONT_LIMIT_GUEST_ORDERS", "6/86400";
    /// Attempts to order without an account from one client address
    guests_by_address: limit_guests_by_address = "STOREFRONT_LIMIT_GUESTS_BY_ADDRESS", "30/3600";
    /// Orders without an account, in total
    all_guest_orders: limit_all_guest_orders = "STOREFRONT_LIMIT_ALL_GUEST_ORDERS", "200/600";
    /// Messages of the contact form from one client address
    contacts: limit_contacts = "STOREFRONT_LIMIT_CONTACTS", "5/3600";
    /// Messages of the contact form in total
    all_contacts: limit_all_contacts = "STOREFRONT_LIMIT_ALL_CONTACTS", "100/3600";
    /// Additions to guests' carts from one client address
    pub guest_additions: limit_guest_additions = "STOREFRONT_LIMIT_GUEST_ADDITIONS", "200/600";
    /// Files of the sitemap for one client address
    pub sitemaps: limit_sitemaps = "STOREFRONT_LIMIT_SITEMAPS", "30/60";
    /// Other requests from one client address that call FusionAuth without a sign-in, such as the start of a sign-in with a passkey
    pub anonymous_calls: limit_anonymous_calls = "STOREFRONT_LIMIT_ANONYMOUS_CALLS", "300/60";
    /// Registrations of device keys and refreshes of bound cookies from one client address, for each instance. The server answers 503 above
    /// this limit, because browsers end their session after a 429
    pub device_keys: limit_device_keys = "STOREFRONT_LIMIT_DEVICE_KEYS", "600/60";
}

/// FusionAuth's answer to a code that a user has typed or that a mailed link contains.
pub trait CodeAnswer {
    /// Whether the attempt counts, because the code is wrong.
    fn is_wrong(&self) -> bool;
}

impl CodeAnswer for LoginAnswer {
    fn is_wrong(&self) -> bool {
        matches!(self.outcome, Err(LoginFailure::InvalidCode | LoginFailure::TwoFactorExpired | LoginFailure::InvalidCredentials))
    }
}

impl CodeAnswer for TrustOutcome {
    fn is_wrong(&self) -> bool {
        matches!(self, Self::Failed(LoginFailure::InvalidCode | LoginFailure::TwoFactorExpired))
    }
}

impl<T> CodeAnswer for CodeOutcome<T> {
    fn is_wrong(&self) -> bool {
        matches!(self, Self::WrongCode)
    }
}

impl CodeAnswer for VerifyOutcome {
    fn is_wrong(&self) -> bool {
        matches!(self, Self::WrongCode | Self::Expired)
    }
}

impl AttemptLimits {
    /// Signs in with a password.
    pub(crate) async fn login(
        &self,
        fusionauth: &FusionAuth,
        client: ClientAddress,
        device: Device<'_>,
        login_id: &str,
        password: &str,
    ) -> Result<LoginAnswer, TooOften> {
        let guess = self.password_guess(client, login_id).await?;
        let answer = fusionauth.login(client, device, login_id, password).await;
        if !matches!(answer.outcome, Err(LoginFailure::InvalidCredentials)) {
            guess.give_back().await;
        }
        if let Ok(_) | Err(LoginFailure::TwoFactorRequired { .. }) = answer.outcome {
            self.know_client(client, login_id).await;
        }
        if let Err(LoginFailure::TwoFactorRequired { .. }) = answer.outcome {
            self.challenge(login_id).await?;
        }
        Ok(answer)
    }

    /// Remembers that this client has sent the right password of the account.
    pub(crate) async fn know_client(&self, client: ClientAddress, login_id: &str) {
        let _ = self.known_clients.take(&at_client(client, login_id)).await; // an error means that the client is known already
    }

    /// Counts a challenge for a second factor. `of` is the account, or the id of a reset link. Without this limit, a thief with the password
    /// would get new guesses with each new challenge.
    pub(crate) async fn challenge(&self, of: &str) -> Result<(), TooOften> {
        self.challenges.take(&of.to_lowercase()).await
    }

    /// Counts a refresh token that the database does not know. Anybody can invent such tokens, and each costs rows and calls. The owner of an
    /// access token counts alone (`user`), so that no stranger can fill the limit.
    pub(crate) async fn unknown_token(&self, client: ClientAddress, user: Option<&str>) -> Result<(), TooOften> {
        match user {
            Some(id) => self.unknown_tokens.take(&format!("user {id}")).await,
            None => count([(&self.unknown_tokens, address_key(client)), (&self.all_unknown_tokens, String::new())]).await,
        }
    }

    /// Checks the password of a user who is signed in. A wrong password counts for the user, whatever strangers guess in sign-ins.
    pub(crate) async fn check_password(
        &self,
        fusionauth: &FusionAuth,
        client: ClientAddress,
        user: &Identity,
        password: &str,
    ) -> Result<PasswordCheck, TooOften> {
        let user_key = format!("user {}", user.user_id);
        let guess = Taken::of([(&self.passwords_by_address, address_key(client)), (&self.passwords, user_key)]).await?;
        let check = fusionauth.check_password(client, user, password).await;
        if check != PasswordCheck::Wrong {
            guess.give_back().await;
        }
        Ok(check)
    }

    /// Counts a message that a user requests, such as a code. `receiver` is the message's kind and recipient.
    pub(crate) async fn message(&self, client: ClientAddress, receiver: &str) -> Result<(), TooOften> {
        count([(&self.messages_by_address, address_key(client)), (&self.messages, receiver.to_lowercase())]).await
    }

    /// Counts a request for a reset link.
    pub(crate) async fn password_link(&self, client: ClientAddress, login_id: &str) -> Result<(), TooOften> {
        let events = |key| [(&self.password_links, address_key(client)), (&self.links_of_account, format!("account {key}"))];
        self.take_for_account(client, login_id, events).await.map(Taken::keep)
    }

    /// Counts a request for a code to sign in. A client address may request more codes than reset links, because users of one network may
    /// sign in with codes every day.
    pub(crate) async fn sign_in_code(&self, client: ClientAddress, login_id: &str) -> Result<(), TooOften> {
        let events = |key| {
            [
                (&self.messages_by_address, address_key(client)),
                (&self.password_links, at_client(client, login_id)),
                (&self.links_of_account, format!("sign-in code {key}")),
            ]
        };
        self.take_for_account(client, login_id, events).await.map(Taken::keep)
    }

    /// Counts a message to the owner of an email that somebody tried to register. It does not count as a request for a reset link.
    /// Otherwise a client could request reset links until the limit, and learn from their number that the email has an account.
    pub(crate) async fn registration_message(&self, email: &str) -> Result<(), TooOften> {
        self.password_links.take(&format!("registration {}", email.to_lowercase())).await
    }

    /// Counts a registration.
    pub(crate) async fn register(&self, client: ClientAddress) -> Result<(), TooOften> {
        count([(&self.registrations, address_key(client)), (&self.all_registrations, String::new())]).await
    }

    /// Counts a sign-in that FusionAuth has accepted, by any means. A thief with the password must not always have a session of the moment in
    /// which the password changes.
    pub(crate) async fn signed_in(&self, user_id: &str) -> Result<(), TooOften> {
        self.sign_ins.take(&user_id.to_lowercase()).await
    }

    /// Counts a post of this user.
    pub(crate) async fn post(&self, client: ClientAddress, user_id: &str) -> Result<(), TooOften> {
        count([(&self.posts_by_address, address_key(client)), (&self.posts, user_id.to_lowercase())]).await
    }

    /// Counts an order of this user, or an attempt to order.
    pub(crate) async fn order(&self, client: ClientAddress, user_id: &str) -> Result<(), TooOften> {
        count([(&self.orders_by_address, address_key(client)), (&self.orders, user_id.to_lowercase())]).await
    }

    /// Counts an attempt to order without an account.
    pub(crate) async fn guest_attempt(&self, client: ClientAddress) -> Result<(), TooOften> {
        self.guests_by_address.take(&address_key(client)).await
    }

    /// Counts an order without an account, in its transaction. The client's own limit for the email is lower than the email's, so that a
    /// stranger with one address cannot use up somebody else's.
    pub(crate) async fn guest_order(
        &self,
        db: &mut AnyConnection,
        client: ClientAddress,
        email: &str,
    ) -> sqlx::Result<Result<(), TooOften>> {
        let of_client = (&self.orders_of_guest, at_client(client, email));
        Taken::within(db, [of_client, (&self.guest_orders, email.to_lowercase()), (&self.all_guest_orders, String::new())]).await
    }

    /// Counts a message of the contact form.
    pub(crate) async fn contact(&self, client: ClientAddress) -> Result<Taken<'_>, TooOften> {
        Taken::of([(&self.contacts, address_key(client)), (&self.all_contacts, String::new())]).await
    }

    /// Sends a message about a change of an account, if this server can send any, and if the email, which nobody may have proven, has not got
    /// too many today. A failure only goes to the log.
    pub(crate) async fn notice(&self, fusionauth: &FusionAuth, language: Language, to: &str, mail: &Mail) {
        if fusionauth.sends_messages()
            && self.guest_orders.take(&format!("notice {}", to.to_lowercase())).await.is_ok()
            && fusionauth.send_message(language, to, mail).await.is_err()
        {
            tracing::error!("the message about a change of an account was not sent");
        }
    }

    /// Counts a receipt of the contact form, whose sender may have typed somebody else's email.
    pub(crate) async fn contact_receipt(&self, email: &str) -> Result<(), TooOften> {
        self.guest_orders.take(&format!("contact {}", email.to_lowercase())).await
    }

    /// Awaits `call`, which sends a user's code to FusionAuth for a check. A wrong code counts for the client, and for the challenge or the
    /// user that the code belongs to (`of`), because a thief may have many addresses.
    pub(crate) async fn code<T: CodeAnswer>(&self, client: ClientAddress, of: &str, call: impl Future<Output = T>) -> Result<T, TooOften> {
        let guess = Taken::of([(&self.codes, address_key(client)), (&self.codes_of_challenge, of.trim().to_owned())]).await?;
        let answer = call.await;
        if !answer.is_wrong() {
            guess.give_back().await;
        }
        Ok(answer)
    }

    /// Counts a guess of a password. The caller takes it back if the password was not wrong.
    pub(crate) async fn password_guess(&self, client: ClientAddress, login_id: &str) -> Result<Taken<'_>, TooOften> {
        let events = |key| {
            [
                (&self.passwords_by_address, address_key(client)),
                (&self.passwords, at_client(client, login_id)),
                (&self.passwords_of_account, key),
            ]
        };
        self.take_for_account(client, login_id, events).await
    }

    /// Counts `events` of the account. If strangers have filled its limit, a client from which the password was right before counts alone.
    async fn take_for_account<'a, const N: usize>(
        &'a self,
        client: ClientAddress,
        login_id: &str,
        events: impl Fn(String) -> [(&'a RateLimit, String); N],
    ) -> Result<Taken<'a>, TooOften> {
        let here = at_client(client, login_id);
        match Taken::of(events(login_id.to_lowercase())).await {
            Err(_) if self.known_clients.has_counted(&here).await => Taken::of(events(here)).await,
            taken => taken,
        }
    }
}

/// Counts these events, or none of them.
async fn count<'a>(events: impl IntoIterator<Item = (&'a RateLimit, String)>) -> Result<(), TooOften> {
    Taken::of(events).await.map(Taken::keep)
}

/// The key of an account at one client.
fn at_client(client: ClientAddress, login_id: &str) -> String {
    format!("{} {}", address_key(client), login_id.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use fusionauth_api::backend::LoginDetails;

    #[test]
    fn only_a_wrong_or_expired_code_counts() {
        let unavailable = || LoginFailure::Unavailable { status: 503 };
        let counts = |failure| LoginAnswer { outcome: Err(failure), details: LoginDetails::default() }.is_wrong();
        assert!([LoginFailure::InvalidCode, LoginFailure::TwoFactorExpired, LoginFailure::InvalidCredentials].into_iter().all(counts));
        assert!(![LoginFailure::NotRegistered, LoginFailure::Locked, unavailable(), LoginFailure::NoAnswer].into_iter().any(counts));
        let counts = |failure| TrustOutcome::Failed(failure).is_wrong();
        assert!(counts(LoginFailure::InvalidCode) && counts(LoginFailure::TwoFactorExpired) && !counts(unavailable()));
        assert!(!TrustOutcome::PasswordChangeRequired("id".to_owned()).is_wrong());
        assert!(CodeOutcome::<()>::WrongCode.is_wrong());
        assert!(!CodeOutcome::Done(()).is_wrong() && !CodeOutcome::<()>::Unavailable { status: 503 }.is_wrong());
        assert!(VerifyOutcome::WrongCode.is_wrong() && VerifyOutcome::Expired.is_wrong());
        assert!(!VerifyOutcome::Verified.is_wrong() && !VerifyOutcome::Unavailable { status: 503 }.is_wrong());
    }
}
