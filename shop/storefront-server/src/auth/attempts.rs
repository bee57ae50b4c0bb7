//! The server's rate limits: on guesses of passwords and codes, on requested messages, on registrations, posts and orders, and on other
//! requests that cost much.
//!
//! FusionAuth has its own limits, which differ by tenant. The server checks its own limits first, before it calls FusionAuth. Its limits
//! are generous: a person who mistypes does not reach them. A successful sign-in counts only toward a limit of its own.

use crate::auth::fusionauth::{FusionAuth, LoginAnswer};
use crate::auth::verify::Identity;
use crate::http::client_address::ClientAddress;
use crate::http::rate_limit::{Rate, RateLimit, Taken, TooOften, address_key};
use clap::Args;
use fusionauth_api::account::PasswordCheck;
use fusionauth_api::authenticator::CodeOutcome;
use fusionauth_api::backend::Device;
use fusionauth_api::login::LoginFailure;
use fusionauth_api::step_up::TrustOutcome;
use fusionauth_api::verification::{Verified, VerifyOutcome};
use sqlx::AnyPool;

/// The flags that set the limits.
#[derive(Clone, Debug, Args)]
pub struct AttemptRates {
    /// Wrong passwords for one account from one client address: how many, and in how many seconds
    #[arg(long, env = "STOREFRONT_LIMIT_PASSWORDS", default_value = "10/60", value_name = "COUNT/SECONDS")]
    pub limit_passwords: Rate,

    /// Wrong passwords for all accounts from one client address
    #[arg(long, env = "STOREFRONT_LIMIT_PASSWORDS_BY_ADDRESS", default_value = "100/60", value_name = "COUNT/SECONDS")]
    pub limit_passwords_by_address: Rate,

    /// Successful sign-ins of one account
    #[arg(long, env = "STOREFRONT_LIMIT_SIGN_INS", default_value = "60/600", value_name = "COUNT/SECONDS")]
    pub limit_sign_ins: Rate,

    /// Wrong passwords for one account from all client addresses
    #[arg(long, env = "STOREFRONT_LIMIT_PASSWORDS_OF_ACCOUNT", default_value = "100/3600", value_name = "COUNT/SECONDS")]
    pub limit_passwords_of_account: Rate,

    /// Wrong codes for one challenge, such as a mailed code, or of one user who is signed in, from all client addresses
    #[arg(long, env = "STOREFRONT_LIMIT_CODES_OF_CHALLENGE", default_value = "10/600", value_name = "COUNT/SECONDS")]
    pub limit_codes_of_challenge: Rate,

    /// Sign-ins of one account, or uses of one reset link, that start a challenge for a second factor
    #[arg(long, env = "STOREFRONT_LIMIT_CHALLENGES", default_value = "20/3600", value_name = "COUNT/SECONDS")]
    pub limit_challenges: Rate,

    /// Renewals and sign-outs with refresh tokens that the database does not know, from one client address
    #[arg(long, env = "STOREFRONT_LIMIT_UNKNOWN_TOKENS", default_value = "60/600", value_name = "COUNT/SECONDS")]
    pub limit_unknown_tokens: Rate,

    /// Renewals and sign-outs with refresh tokens that the database does not know, in total
    #[arg(long, env = "STOREFRONT_LIMIT_ALL_UNKNOWN_TOKENS", default_value = "600/600", value_name = "COUNT/SECONDS")]
    pub limit_all_unknown_tokens: Rate,

    /// Wrong second-factor codes from one client address
    #[arg(long, env = "STOREFRONT_LIMIT_CODES", default_value = "15/60", value_name = "COUNT/SECONDS")]
    pub limit_codes: Rate,

    /// Requests for a password reset link, for one account or from one client address; also requests for a code to sign in, for one account
    #[arg(long, env = "STOREFRONT_LIMIT_PASSWORD_LINKS", default_value = "5/600", value_name = "COUNT/SECONDS")]
    pub limit_password_links: Rate,

    /// Repeated messages to one recipient, such as a code
    #[arg(long, env = "STOREFRONT_LIMIT_MESSAGES", default_value = "1/30", value_name = "COUNT/SECONDS")]
    pub limit_messages: Rate,

    /// Repeated messages and codes to sign in, from one client address
    #[arg(long, env = "STOREFRONT_LIMIT_MESSAGES_BY_ADDRESS", default_value = "20/600", value_name = "COUNT/SECONDS")]
    pub limit_messages_by_address: Rate,

    /// Registrations from one client address
    #[arg(long, env = "STOREFRONT_LIMIT_REGISTRATIONS", default_value = "10/600", value_name = "COUNT/SECONDS")]
    pub limit_registrations: Rate,

    /// Registrations in total, which use the API key
    #[arg(long, env = "STOREFRONT_LIMIT_ALL_REGISTRATIONS", default_value = "200/600", value_name = "COUNT/SECONDS")]
    pub limit_all_registrations: Rate,

    /// Posts, replies and edits of one account
    #[arg(long, env = "STOREFRONT_LIMIT_POSTS", default_value = "10/60", value_name = "COUNT/SECONDS")]
    pub limit_posts: Rate,

    /// Posts, replies and edits from one client address
    #[arg(long, env = "STOREFRONT_LIMIT_POSTS_BY_ADDRESS", default_value = "100/60", value_name = "COUNT/SECONDS")]
    pub limit_posts_by_address: Rate,

    /// Orders of one account
    #[arg(long, env = "STOREFRONT_LIMIT_ORDERS", default_value = "20/600", value_name = "COUNT/SECONDS")]
    pub limit_orders: Rate,

    /// Orders from one client address
    #[arg(long, env = "STOREFRONT_LIMIT_ORDERS_BY_ADDRESS", default_value = "200/600", value_name = "COUNT/SECONDS")]
    pub limit_orders_by_address: Rate,

    /// Additions to guests' carts from one client address
    #[arg(long, env = "STOREFRONT_LIMIT_GUEST_ADDITIONS", default_value = "200/600", value_name = "COUNT/SECONDS")]
    pub limit_guest_additions: Rate,

    /// Files of the sitemap for one client address
    #[arg(long, env = "STOREFRONT_LIMIT_SITEMAPS", default_value = "30/60", value_name = "COUNT/SECONDS")]
    pub limit_sitemaps: Rate,

    /// Other requests from one client address that call FusionAuth without a sign-in, such as the start of a sign-in with a passkey
    #[arg(long, env = "STOREFRONT_LIMIT_ANONYMOUS_CALLS", default_value = "300/60", value_name = "COUNT/SECONDS")]
    pub limit_anonymous_calls: Rate,

    /// Registrations of device keys and refreshes of bound cookies from one client address, for each instance. The server answers 503 above
    /// this limit, because browsers end their session after a 429
    #[arg(long, env = "STOREFRONT_LIMIT_DEVICE_KEYS", default_value = "600/60", value_name = "COUNT/SECONDS")]
    pub limit_device_keys: Rate,
}

/// The limits, for all sites. Instances that share a PostgreSQL database count together.
pub struct AttemptLimits {
    passwords: RateLimit,
    passwords_by_address: RateLimit,
    passwords_of_account: RateLimit,
    sign_ins: RateLimit,
    codes: RateLimit,
    codes_of_challenge: RateLimit,
    challenges: RateLimit,
    unknown_tokens: RateLimit,
    all_unknown_tokens: RateLimit,
    password_links: RateLimit,
    messages: RateLimit,
    messages_by_address: RateLimit,
    registrations: RateLimit,
    all_registrations: RateLimit,
    posts: RateLimit,
    posts_by_address: RateLimit,
    orders: RateLimit,
    orders_by_address: RateLimit,
    /// Additions to guests' carts.
    pub guest_additions: RateLimit,
    /// Files of the sitemap. The server reads many products for each file.
    pub sitemaps: RateLimit,
    /// Requests that call FusionAuth without a sign-in, and that guess no password or code.
    pub anonymous_calls: RateLimit,
    /// Registrations of device keys and refreshes of bound cookies. Each instance counts in its memory, because a refresh must be quick.
    pub device_keys: RateLimit,
}

impl AttemptLimits {
    /// The limits of the instances on this database.
    pub fn new(rates: &AttemptRates, db: &AnyPool) -> Self {
        let limit = |name, rate| RateLimit::shared(name, rate, db);
        Self {
            passwords: limit("passwords", rates.limit_passwords),
            passwords_by_address: limit("passwords_by_address", rates.limit_passwords_by_address),
            sign_ins: limit("sign_ins", rates.limit_sign_ins),
            passwords_of_account: limit("passwords_of_account", rates.limit_passwords_of_account),
            codes: limit("codes", rates.limit_codes),
            codes_of_challenge: limit("codes_of_challenge", rates.limit_codes_of_challenge),
            challenges: limit("challenges", rates.limit_challenges),
            unknown_tokens: limit("unknown_tokens", rates.limit_unknown_tokens),
            all_unknown_tokens: limit("all_unknown_tokens", rates.limit_all_unknown_tokens),
            password_links: limit("password_links", rates.limit_password_links),
            messages: limit("messages", rates.limit_messages),
            messages_by_address: limit("messages_by_address", rates.limit_messages_by_address),
            registrations: limit("registrations", rates.limit_registrations),
            all_registrations: limit("all_registrations", rates.limit_all_registrations),
            posts: limit("posts", rates.limit_posts),
            posts_by_address: limit("posts_by_address", rates.limit_posts_by_address),
            orders: limit("orders", rates.limit_orders),
            orders_by_address: limit("orders_by_address", rates.limit_orders_by_address),
            guest_additions: limit("guest_additions", rates.limit_guest_additions),
            sitemaps: limit("sitemaps", rates.limit_sitemaps),
            anonymous_calls: limit("anonymous_calls", rates.limit_anonymous_calls),
            device_keys: RateLimit::new(rates.limit_device_keys),
        }
    }

    /// Signs in with a password.
    ///
    /// # Errors
    /// [`TooOften`]: FusionAuth was not called.
    pub async fn login(
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
        if let Err(LoginFailure::TwoFactorRequired { .. }) = answer.outcome {
            self.challenge(login_id).await?;
        }
        Ok(answer)
    }

    /// Counts a challenge for a second factor. `of` is the account, or the id of a reset link. Without this limit, a thief with the password
    /// would get new guesses with each new challenge.
    ///
    /// # Errors
    /// [`TooOften`]: the caller must not show the challenge.
    pub async fn challenge(&self, of: &str) -> Result<(), TooOften> {
        self.challenges.take(&of.to_lowercase()).await
    }

    /// Counts a refresh token that the database does not know. Anybody can invent such tokens, and each costs rows and calls.
    ///
    /// # Errors
    /// [`TooOften`]: the caller must neither store the token nor call FusionAuth.
    pub async fn unknown_token(&self, client: ClientAddress) -> Result<(), TooOften> {
        Taken::of([(&self.unknown_tokens, address_key(client)), (&self.all_unknown_tokens, String::new())]).await.map(Taken::keep)
    }

    /// Checks the password of a user who is signed in. A wrong password counts toward the limits for sign-ins.
    ///
    /// # Errors
    /// [`TooOften`]: FusionAuth was not called.
    pub async fn check_password(
        &self,
        fusionauth: &FusionAuth,
        client: ClientAddress,
        user: &Identity,
        password: &str,
    ) -> Result<PasswordCheck, TooOften> {
        let guess = self.password_guess(client, user.email.as_deref().unwrap_or_default()).await?;
        let check = fusionauth.check_password(client, user, password).await;
        if check != PasswordCheck::Wrong {
            guess.give_back().await;
        }
        Ok(check)
    }

    /// Signs in with the second factor's code.
    ///
    /// # Errors
    /// [`TooOften`]: FusionAuth was not called.
    pub async fn second_factor(
        &self,
        fusionauth: &FusionAuth,
        client: ClientAddress,
        device: Device<'_>,
        two_factor_id: &str,
        code: &str,
    ) -> Result<LoginAnswer, TooOften> {
        let call = fusionauth.second_factor(client, device, two_factor_id, code);
        let is_wrong = |it: &LoginAnswer| matches!(it.outcome, Err(LoginFailure::InvalidCode | LoginFailure::TwoFactorExpired));
        self.code_guess(client, two_factor_id, call, is_wrong).await
    }

    /// Signs in with the codes of a sign-in without a password.
    ///
    /// # Errors
    /// [`TooOften`]: FusionAuth was not called.
    pub async fn passwordless(
        &self,
        fusionauth: &FusionAuth,
        client: ClientAddress,
        device: Device<'_>,
        code: &str,
        one_time_code: Option<&str>,
    ) -> Result<LoginAnswer, TooOften> {
        let call = fusionauth.passwordless_login(client, device, code, one_time_code);
        self.code_guess(client, code, call, |it| matches!(it.outcome, Err(LoginFailure::InvalidCredentials))).await
    }

    /// Exchanges the second factor's code for a trust token, which FusionAuth requires for one protected call.
    ///
    /// # Errors
    /// [`TooOften`]: FusionAuth was not called.
    pub async fn trust(
        &self,
        fusionauth: &FusionAuth,
        client: ClientAddress,
        two_factor_id: &str,
        code: &str,
    ) -> Result<TrustOutcome, TooOften> {
        let call = fusionauth.trust(client, two_factor_id, code);
        let is_wrong = |it: &TrustOutcome| matches!(it, TrustOutcome::Failed(LoginFailure::InvalidCode | LoginFailure::TwoFactorExpired));
        self.code_guess(client, two_factor_id, call, is_wrong).await
    }

    /// Adds an authenticator app with this secret as a second factor. A wrong code counts toward the limit for codes.
    ///
    /// # Errors
    /// [`TooOften`]: FusionAuth was not called.
    pub async fn add_authenticator(
        &self,
        fusionauth: &FusionAuth,
        client: ClientAddress,
        user_id: &str,
        secret: &str,
        code: &str,
    ) -> Result<CodeOutcome<Vec<String>>, TooOften> {
        let call = fusionauth.add_authenticator(user_id, secret, code);
        self.code_guess(client, user_id, call, |it| matches!(it, CodeOutcome::WrongCode)).await
    }

    /// Removes a second factor. A wrong code counts toward the limit for codes.
    ///
    /// # Errors
    /// [`TooOften`]: FusionAuth was not called.
    pub async fn remove_second_factor(
        &self,
        fusionauth: &FusionAuth,
        client: ClientAddress,
        user_id: &str,
        method_id: &str,
        code: &str,
    ) -> Result<CodeOutcome<()>, TooOften> {
        let call = fusionauth.remove_second_factor(user_id, method_id, code);
        self.code_guess(client, user_id, call, |it| matches!(it, CodeOutcome::WrongCode)).await
    }

    /// Verifies an email or a registration: with the id of a mailed link alone, or with an id and the code that the user typed.
    ///
    /// # Errors
    /// [`TooOften`]: FusionAuth was not called.
    pub async fn verify(
        &self,
        fusionauth: &FusionAuth,
        client: ClientAddress,
        what: Verified,
        verification_id: &str,
        code: Option<&str>,
    ) -> Result<VerifyOutcome, TooOften> {
        let call = fusionauth.verify(client, what, verification_id, code);
        self.code_guess(client, verification_id, call, |it| matches!(it, VerifyOutcome::WrongCode | VerifyOutcome::Expired)).await
    }

    /// Counts a message that a user requests, such as a code. `receiver` is the message's kind and recipient.
    ///
    /// # Errors
    /// [`TooOften`]: the caller must not call FusionAuth.
    pub async fn message(&self, client: ClientAddress, receiver: &str) -> Result<(), TooOften> {
        let events = [(&self.messages_by_address, address_key(client)), (&self.messages, receiver.to_lowercase())];
        Taken::of(events).await.map(Taken::keep)
    }

    /// Counts a request for a reset link.
    ///
    /// # Errors
    /// [`TooOften`]: the caller must not call FusionAuth.
    pub async fn password_link(&self, client: ClientAddress, login_id: &str) -> Result<(), TooOften> {
        let account = format!("account {}", login_id.to_lowercase());
        Taken::of([(&self.password_links, address_key(client)), (&self.password_links, account)]).await.map(Taken::keep)
    }

    /// Counts a request for a code to sign in. A client address may request more codes than reset links, because users of one network may
    /// sign in with codes every day.
    ///
    /// # Errors
    /// [`TooOften`]: the caller must not call FusionAuth.
    pub async fn sign_in_code(&self, client: ClientAddress, login_id: &str) -> Result<(), TooOften> {
        let account = format!("sign-in code {}", login_id.to_lowercase());
        Taken::of([(&self.messages_by_address, address_key(client)), (&self.password_links, account)]).await.map(Taken::keep)
    }

    /// Counts a message to the owner of an email that somebody tried to register. It does not count as a request for a reset link.
    /// Otherwise a client could request reset links until the limit, and learn from their number that the email has an account.
    ///
    /// # Errors
    /// [`TooOften`]: the caller must not call FusionAuth.
    pub async fn registration_message(&self, email: &str) -> Result<(), TooOften> {
        Taken::of([(&self.password_links, format!("registration {}", email.to_lowercase()))]).await.map(Taken::keep)
    }

    /// Counts a registration.
    ///
    /// # Errors
    /// [`TooOften`]: the caller must not register anybody.
    pub async fn register(&self, client: ClientAddress) -> Result<(), TooOften> {
        let events = [(&self.registrations, address_key(client)), (&self.all_registrations, String::new())];
        Taken::of(events).await.map(Taken::keep)
    }

    /// Counts a sign-in that FusionAuth has accepted, by any means. A thief with the password must not always have a session of the moment in
    /// which the password changes.
    ///
    /// # Errors
    /// [`TooOften`]: the caller must not sign the user in.
    pub async fn signed_in(&self, user_id: &str) -> Result<(), TooOften> {
        self.sign_ins.take(&user_id.to_lowercase()).await
    }

    /// Counts a post of this user.
    ///
    /// # Errors
    /// [`TooOften`]: the caller must not publish the post.
    pub async fn post(&self, client: ClientAddress, user_id: &str) -> Result<(), TooOften> {
        let events = [(&self.posts_by_address, address_key(client)), (&self.posts, user_id.to_lowercase())];
        Taken::of(events).await.map(Taken::keep)
    }

    /// Counts an order of this user, or an attempt to order.
    ///
    /// # Errors
    /// [`TooOften`]: the caller must not place the order.
    pub async fn order(&self, client: ClientAddress, user_id: &str) -> Result<(), TooOften> {
        let events = [(&self.orders_by_address, address_key(client)), (&self.orders, user_id.to_lowercase())];
        Taken::of(events).await.map(Taken::keep)
    }

    /// Awaits `call`, which sends a user's code to FusionAuth for a check. The attempt counts if the code is wrong: for the client, and for
    /// the challenge or the user that the code belongs to, because a thief may have many addresses.
    async fn code_guess<T>(
        &self,
        client: ClientAddress,
        challenge: &str,
        call: impl Future<Output = T>,
        is_wrong: impl FnOnce(&T) -> bool,
    ) -> Result<T, TooOften> {
        let guess = Taken::of([(&self.codes, address_key(client)), (&self.codes_of_challenge, challenge.trim().to_owned())]).await?;
        let outcome = call.await;
        if !is_wrong(&outcome) {
            guess.give_back().await;
        }
        Ok(outcome)
    }

    async fn password_guess(&self, client: ClientAddress, login_id: &str) -> Result<Taken<'_>, TooOften> {
        let address = address_key(client);
        let account = login_id.to_lowercase();
        let here = format!("{address} {account}");
        Taken::of([(&self.passwords_by_address, address), (&self.passwords, here), (&self.passwords_of_account, account)]).await
    }
}
