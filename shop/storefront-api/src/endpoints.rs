//! The endpoints of the backend that the single-page app calls. Each is one constant: its method, its path, who may call it, and the types
//! of its request and its answer. The server routes by these constants, and the app calls by them, so neither can know another endpoint.
//!
//! The session library calls some endpoints of FusionAuth at the backend, too. Their paths are FusionAuth's, so they are not listed here.

use crate::account::{
    Account, AddAuthenticator, AuthenticatorSecret, ChangeEmail, ConfirmEmail, Confirmation, DeleteAccount, NewPasskey, PasskeySignIn,
    Passkeys, RecoveryCodes, RemoveAuthenticator, ReplacePassword, SignedOutEverywhere, StartPasskey, StartPasskeySignIn,
};
use crate::contact::ContactMessage;
use crate::forums::{Draft, DraftSaved, EditPost, NewReply, SaveDraft, SetLock, Thread};
use crate::orders::{Checkout, CheckoutForm, DeliveryOption, Order, OrderSummary, Orders, PlaceGuestOrder, PlaceOrder, Repetition};
use crate::{
    AcknowledgeNotice, AddToCart, Cart, CheckLinkCode, Done, Join, MailedLinkId, NewPost, NotMe, OpenedLink, PasswordlessStarted, Post,
    Product, Register, SendVerification, SetQuantity, StartLinkCode, StartPasswordless, UpdateUser, User, VerificationSent,
};
use std::marker::PhantomData;

/// An endpoint whose requests have a body of the type `Body`, and whose answers have the type `Answer`.
#[derive(Debug)]
pub struct Endpoint<Body, Answer> {
    /// All of it but the types.
    pub info: &'static EndpointInfo,
    types: PhantomData<fn(&Body) -> Answer>,
}

/// The method and the path of an endpoint, and who may call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndpointInfo {
    /// The method.
    pub method: Method,
    /// The path, which begins with `/api`. Each segment in braces, such as `{id}`, stands for a value.
    pub path: &'static str,
    /// Who may call it.
    pub caller: Caller,
}

/// The method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    GET,
    /// Writes. A repeated request has no further effect only if both have the same `Idempotency-Key`, or if the endpoint says so.
    POST,
    /// Writes. A repeated request has no further effect.
    PUT,
    /// Deletes. A repeated request has no further effect.
    DELETE,
}

/// Who may call an endpoint. A test of the server calls every endpoint without a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Anybody.
    Anybody,
    /// A signed-in user. Other callers get 401.
    User,
}

/// The body of requests that have none.
#[derive(Clone, Copy, Debug)]
pub enum NoBody {}

/// An answer of JSON that the app does not decode: it goes to the browser or to the user as it is.
#[derive(Clone, Copy, Debug)]
pub enum JsonText {}

/// An answer that is a stream of server-sent events.
#[derive(Clone, Copy, Debug)]
pub enum EventStream {}

impl EndpointInfo {
    /// The path, with `values` in place of the segments in braces, in order. The values must be percent-encoded.
    pub fn url(&self, mut values: impl Iterator<Item = String>) -> String {
        let mut url = String::new();
        for (at, part) in self.path.split(['{', '}']).enumerate() {
            if at % 2 == 0 {
                url.push_str(part);
            } else if let Some(value) = values.next() {
                url.push_str(&value);
            }
        }
        url
    }
}

macro_rules! endpoints {
    ($($(#[$doc:meta])+ $name:ident: $caller:ident $method:ident $path:literal, $body:ty => $answer:ty;)+) => {
        $(
            $(#[$doc])+
            pub const $name: Endpoint<$body, $answer> =
                Endpoint { info: &EndpointInfo { method: Method::$method, path: $path, caller: Caller::$caller }, types: PhantomData };
        )+

        /// Every endpoint.
        pub const ALL: &[&EndpointInfo] = &[$($name.info),+];
    };
}

endpoints! {
    /// A page of the list of products. The query is a filter; headers hold the number of products and the number of items in the guest's
    /// cart.
    PRODUCTS: Anybody GET "/api/products", NoBody => Vec<Product>;
    /// One product.
    PRODUCT: Anybody GET "/api/products/{product}", NoBody => Product;
    /// The user's cart.
    CART: User GET "/api/load-shopping-cart", NoBody => Cart;
    /// The events of the user's cart. Each event contains the version of the cart.
    CART_EVENTS: User GET "/api/shopping-cart/events", NoBody => EventStream;
    /// Adds a product to the user's cart.
    ADD_TO_CART: User POST "/api/shopping-cart/lines", AddToCart => Cart;
    /// Sets the quantity of a line, or adds the line.
    SET_QUANTITY: User PUT "/api/shopping-cart/lines/{product}", SetQuantity => Cart;
    /// Removes a line.
    REMOVE_LINE: User DELETE "/api/shopping-cart/lines/{product}", NoBody => Cart;
    /// Accepts the cart's notice.
    ACKNOWLEDGE_NOTICE: User POST "/api/shopping-cart/acknowledgement", AcknowledgeNotice => Cart;
    /// The guest's cart. A cookie identifies the guest.
    GUEST_CART: Anybody GET "/api/guest-cart", NoBody => Cart;
    /// Does for a guest what [`ADD_TO_CART`] does for a user.
    ADD_TO_GUEST_CART: Anybody POST "/api/guest-cart/lines", AddToCart => Cart;
    /// Does for a guest what [`SET_QUANTITY`] does for a user.
    SET_GUEST_QUANTITY: Anybody PUT "/api/guest-cart/lines/{product}", SetQuantity => Cart;
    /// Does for a guest what [`REMOVE_LINE`] does for a user.
    REMOVE_GUEST_LINE: Anybody DELETE "/api/guest-cart/lines/{product}", NoBody => Cart;
    /// All deliveries, with their prices for few goods and their days of arrival. The standard delivery is the first.
    DELIVERIES: Anybody GET "/api/deliveries", NoBody => Vec<DeliveryOption>;
    /// The data of the checkout page: the cart, the deliveries with their prices, and the saved form.
    CHECKOUT: User GET "/api/checkout", NoBody => Checkout;
    /// Saves the form of the checkout with this `Idempotency-Key`. The backend ignores the form if the order with this key was placed.
    SAVE_CHECKOUT: User PUT "/api/checkout", CheckoutForm => Done;
    /// The newest orders, or with `?before=` older ones.
    ORDERS: User GET "/api/orders", NoBody => Orders;
    /// Places an order.
    PLACE_ORDER: User POST "/api/orders", PlaceOrder => OrderSummary;
    /// One order.
    ORDER: User GET "/api/orders/{id}", NoBody => Order;
    /// Cancels an order. A repeated request changes nothing.
    CANCEL_ORDER: User POST "/api/orders/{id}/cancellation", Done => Order;
    /// Puts the products of an order into the cart again. A repeated request adds nothing.
    REPEAT_ORDER: User POST "/api/orders/{id}/repetition", Done => Repetition;
    /// Does for a guest what [`CHECKOUT`] does for a user, without a saved form.
    GUEST_CHECKOUT: Anybody GET "/api/guest-checkout", NoBody => Checkout;
    /// Places an order without an account. The answer sets the cookie that opens the order.
    PLACE_GUEST_ORDER: Anybody POST "/api/guest-orders", PlaceGuestOrder => OrderSummary;
    /// The order that the browser's cookie opens.
    GUEST_ORDER: Anybody GET "/api/guest-order", NoBody => Order;
    /// Does for this order what [`CANCEL_ORDER`] does for a user's.
    CANCEL_GUEST_ORDER: Anybody POST "/api/guest-order/cancellation", Done => Order;
    /// The data about this order, as a file.
    EXPORT_GUEST_ORDER: Anybody GET "/api/guest-order/data", NoBody => JsonText;
    /// Deletes name, postal address and email of this order, cancels it unless it was sent, and ends its link.
    DELETE_GUEST_ORDER: Anybody DELETE "/api/guest-order", NoBody => Done;
    /// Sends a message to the shop. The same message is sent once.
    SEND_MESSAGE: Anybody POST "/api/contact", ContactMessage => Done;
    /// Moves the order that the browser's cookie opens into the account, if it has the user's proven email. A repeated request changes nothing.
    CLAIM_GUEST_ORDERS: User POST "/api/guest-orders/claim", Done => Orders;

    /// A page of the list of threads. The query is a search; headers hold the next page and what else the list shows.
    THREADS: User GET "/api/load-posts", NoBody => Vec<Post>;
    /// The thread that contains a post, with a page of its replies.
    THREAD: User GET "/api/posts/{id}", NoBody => Thread;
    /// Publishes a post that begins a thread.
    WRITE_POST: User POST "/api/posts", NewPost => Post;
    /// Publishes a reply.
    REPLY: User POST "/api/posts/{id}/replies", NewReply => Post;
    /// Replaces the text of the user's own post.
    EDIT_POST: User PUT "/api/posts/{id}", EditPost => Post;
    /// Deletes the user's own post, or hides another user's post.
    DELETE_POST: User DELETE "/api/posts/{id}", NoBody => Post;
    /// Restores a deleted post.
    RESTORE_POST: User POST "/api/posts/{id}/restore", NoBody => Post;
    /// Closes a thread to replies, or reopens it.
    LOCK_THREAD: User PUT "/api/posts/{id}/lock", SetLock => Post;
    /// The draft with this key.
    DRAFT: User GET "/api/drafts/{thread}", NoBody => Draft;
    /// Saves the draft with this key.
    SAVE_DRAFT: User PUT "/api/drafts/{thread}", SaveDraft => DraftSaved;

    /// The signed-in user, as the backend knows them.
    USER: User GET "/api/user", NoBody => User;
    /// Changes the name that other people see.
    UPDATE_USER: User PUT "/api/user", UpdateUser => User;
    /// FusionAuth's data about the account, and the user's sessions.
    ACCOUNT: User GET "/api/account", NoBody => Account;
    /// Asks for a change of the email. The backend sends a code to the new email.
    CHANGE_EMAIL: User POST "/api/account/email", ChangeEmail => Done;
    /// Sends another code to the new email.
    SEND_EMAIL_CODE_AGAIN: User POST "/api/account/email/again", NoBody => Done;
    /// Confirms the new email with its code.
    CONFIRM_EMAIL: User POST "/api/account/email/confirm", ConfirmEmail => Done;
    /// Cancels the change of the email.
    CANCEL_EMAIL_CHANGE: User DELETE "/api/account/email", NoBody => Done;
    /// Replaces the password. This ends every session of the user, including this browser's.
    REPLACE_PASSWORD: User POST "/api/account/password", ReplacePassword => Done;
    /// Ends one session of the user.
    END_SESSION: User DELETE "/api/account/sessions/{id}", NoBody => Done;
    /// Ends every session of the user except this browser's.
    END_OTHER_SESSIONS: User POST "/api/account/end-other-sessions", NoBody => Done;
    /// Ends every session of the user. The caller must also sign this browser out in the session library.
    SIGN_OUT_EVERYWHERE: User POST "/api/account/sign-out-everywhere", NoBody => SignedOutEverywhere;
    /// A new secret for an authenticator app. Nothing stores it until [`ADD_AUTHENTICATOR`] confirms it with a code.
    AUTHENTICATOR_SECRET: User POST "/api/account/authenticator/secret", NoBody => AuthenticatorSecret;
    /// Adds an app with this secret as a second factor.
    ADD_AUTHENTICATOR: User POST "/api/account/authenticator", AddAuthenticator => RecoveryCodes;
    /// Removes an authenticator app.
    REMOVE_AUTHENTICATOR: User POST "/api/account/authenticator/{id}/remove", RemoveAuthenticator => Done;
    /// New recovery codes, which replace the old ones.
    NEW_RECOVERY_CODES: User POST "/api/account/recovery-codes", Confirmation => RecoveryCodes;
    /// The user's passkeys, and whether passkeys are available.
    PASSKEYS: User GET "/api/account/passkeys", NoBody => Passkeys;
    /// Begins to create a passkey. The answer has the options for the browser.
    START_PASSKEY: User POST "/api/account/passkeys/start", StartPasskey => JsonText;
    /// Stores a passkey that the browser has created.
    ADD_PASSKEY: User POST "/api/account/passkeys", NewPasskey => Done;
    /// Removes a passkey.
    REMOVE_PASSKEY: User POST "/api/account/passkeys/{id}/remove", Confirmation => Done;
    /// All stored data about the user, as readable JSON.
    EXPORT: User GET "/api/account/export", NoBody => JsonText;
    /// Permanently deletes the account.
    DELETE_ACCOUNT: User POST "/api/account/delete", DeleteAccount => Done;

    /// Creates an account for the Store and the Forums. All attempts of one registration need the same `Idempotency-Key`, because otherwise
    /// the backend treats a retry as a new registration with an email that already has an account.
    REGISTER: Anybody POST "/api/register", Register => User;
    /// Sends another message, if this email needs verification.
    SEND_EMAIL_VERIFICATION: Anybody POST "/api/verification-message/email", SendVerification => VerificationSent;
    /// Does the same as [`SEND_EMAIL_VERIFICATION`] for the registration.
    SEND_REGISTRATION_VERIFICATION: Anybody POST "/api/verification-message/registration", SendVerification => VerificationSent;
    /// Tells the backend that a mailed link was opened. The backend must know before FusionAuth gets the id.
    OPEN_MAILED_LINK: Anybody POST "/api/mailed-link", MailedLinkId => OpenedLink;
    /// Deletes the account that a verification link would verify.
    NOT_ME: Anybody POST "/api/not-me", NotMe => Done;
    /// Begins the check of the second factor that a reset link requires. The answer is FusionAuth's.
    START_LINK_CODE: Anybody POST "/api/password-link/second-factor", StartLinkCode => JsonText;
    /// Checks the second factor's code for a reset link. The answer is FusionAuth's.
    CHECK_LINK_CODE: Anybody POST "/api/password-link/code", CheckLinkCode => JsonText;
    /// Whether FusionAuth lets people sign in with passkeys.
    PASSKEY_SIGN_IN: Anybody GET "/api/passkeys", NoBody => PasskeySignIn;
    /// Begins a sign-in with a passkey. The answer has the options for the browser.
    START_PASSKEY_SIGN_IN: Anybody POST "/api/passkeys/start", StartPasskeySignIn => JsonText;
    /// Emails a code to sign in with.
    START_PASSWORDLESS: Anybody POST "/api/passwordless/start", StartPasswordless => PasswordlessStarted;
    /// Registers an existing user for this application. The body holds the password, which proves who the user is.
    JOIN: Anybody POST "/api/join", Join => Done;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_the_values_in_place_of_the_segments_in_braces() {
        assert_eq!(REMOVE_PASSKEY.info.url(["a%2Fb".to_owned()].into_iter()), "/api/account/passkeys/a%2Fb/remove");
        assert_eq!(ORDERS.info.url(std::iter::empty()), "/api/orders");
    }

    #[test]
    fn no_two_endpoints_are_the_same() {
        for (index, endpoint) in ALL.iter().enumerate() {
            assert!(endpoint.path.starts_with("/api/"), "{endpoint:?}");
            assert!(!ALL[..index].iter().any(|it| (it.method, it.path) == (endpoint.method, endpoint.path)), "{endpoint:?}");
        }
    }
}
