/** What a session needs to know. */
export interface SessionConfig {
  /**
   * FusionAuth's origin as the browser sees it. It must share its registrable domain with the page (`auth.shop.test` and
   * `store.shop.test`), because browsers send no cookies to another site. With `backend-cookies` it is the backend's own origin.
   */
  fusionauthUrl: string;
  /**
   * The application's id at FusionAuth. Its login configuration must not require authentication, and must generate refresh tokens and
   * allow token refresh.
   */
  applicationId: string;
  /** The tenant, if FusionAuth can't infer it from the application. */
  tenantId?: string;
  /**
   * Where the tokens are, and who renews them; `local-storage` unless given.
   *
   * - `local-storage`: the access token is in local storage, the refresh token in FusionAuth's HttpOnly cookie. All tabs share a renewal.
   * - `memory`: the same, but the access token is only in this tab's memory. Each page load begins with a renewal.
   * - `shared-domain-cookies`: both tokens are in HttpOnly cookies of the parent domain, which a proxy in front of FusionAuth sets.
   * - `backend-cookies`: both tokens are in HttpOnly cookies of your backend, which answers sign-in and logout as FusionAuth does.
   */
  tokenStorage?: "local-storage" | "memory" | "shared-domain-cookies" | "backend-cookies";
  /** With cookies: the URL of your backend that names the signed-in user, `{ "id", "email"? }`. */
  userUrl?: string;
  /** Further origins to which {@link Session.fetch} may send the session's credentials, besides the page's own. */
  apiOrigins?: readonly string[];
  /** The URL of `program.wasm`, unless it is beside `index.js`, as with a bundler that does not copy it. */
  wasmUrl?: string | URL;
}

export interface User {
  /** FusionAuth's user id, the `sub` claim. */
  readonly id: string;
  readonly email: string | null;
}

/** A state to show. The object stays the same until something changes. */
export type SessionState =
  /** The page does not know yet whether a user is signed in. On a server, the state stays so. */
  | { readonly status: "loading" }
  | { readonly status: "signed-out"; readonly reason: SignOutReason | null }
  | {
      readonly status: "signed-in";
      readonly user: User;
      /** `reconnecting`: the access token has expired, and FusionAuth does not answer. The session retries by itself. */
      readonly connection: "good" | "reconnecting";
      /** `unavailable`: the browser blocks storage, so the session ends when the page is closed or reloaded. */
      readonly storage: "available" | "unavailable";
    }
  /** `program.wasm` could not be loaded. Ask the user to reload the page. */
  | { readonly status: "failed"; readonly error: SessionError };

/**
 * Why a session ended: the user signed out, in this tab or another; FusionAuth refused to renew it; or another user or application
 * replaced FusionAuth's cookie. `null` if there was no session.
 */
export type SignOutReason = "user-request" | "expired" | "replaced";

/** How a sign-in went. Nothing of this is an exception. */
export type SignInOutcome =
  /** {@link Session.state} has changed already. */
  | { outcome: "signed-in" }
  /** Ask for a code, and call {@link Session.completeTwoFactor}. */
  | { outcome: "two-factor-required"; twoFactorId: string; methods: TwoFactorMethod[] }
  /** The second factor took too long. Start again with the password. */
  | { outcome: "two-factor-expired" }
  /** The code of the second factor was wrong. The user may try again. */
  | { outcome: "invalid-code" }
  /** No such user, or the wrong password, passkey or code. FusionAuth does not say which. */
  | { outcome: "invalid-credentials" }
  /** The password must be changed first, by FusionAuth's `POST /api/user/change-password/{changePasswordId}`. */
  | { outcome: "password-change-required"; changePasswordId: string | null; reason: string | null }
  | { outcome: "email-not-verified"; verificationId: string | null }
  | { outcome: "registration-not-verified"; verificationId: string | null }
  /** The password was right, but the user is not registered for the application. */
  | { outcome: "not-registered" }
  /** A user action, such as the lockout after failed attempts, prevents the login; `null` if its end is unknown. */
  | { outcome: "prevented"; until: Date | null }
  | { outcome: "account-expired" }
  | { outcome: "locked" }
  /** FusionAuth wants an API key, rejects the request, or issues tokens for another application. */
  | { outcome: "misconfigured" }
  /** An unexpected status, such as 429 or 503: nothing is known about the credentials. */
  | { outcome: "unavailable"; status: number }
  /** Offline, too slow, or CORS forbids it. */
  | { outcome: "no-answer" };

export interface TwoFactorMethod {
  /** For {@link Session.sendTwoFactorCode}. */
  id: string;
  /** `authenticator`, `email` or `sms`. */
  method: string;
  /** The masked email or phone number that gets the code; `null` for an authenticator app. */
  destination: string | null;
}

export type SendCodeOutcome =
  | { outcome: "sent" }
  | { outcome: "two-factor-expired" }
  | { outcome: "unavailable"; status: number }
  | { outcome: "no-answer" };

export interface SignInOptions {
  /** The user's choice of "Keep me signed in". `false` ends the session with the browser. Unless given, the last choice applies. */
  keepSignedIn?: boolean;
}

export type SessionErrorCode =
  /** Nobody is signed in, or another user has signed in since the request was made. Show the sign-in form. */
  | "signed-out"
  /** The session can't be renewed at the moment. Offer a retry. */
  | "reconnecting"
  /** Offline, a refused connection, or CORS. Offer a retry. */
  | "network"
  /** The URL has neither the page's origin nor one of `apiOrigins`. Nothing was sent. */
  | "foreign-origin"
  /** `program.wasm` could not be loaded, or could not start. */
  | "not-loaded"
  /** {@link Session.stop} was called. */
  | "stopped";

/** Why a request has no answer. Every HTTP status is an answer, not an error. */
export class SessionError extends Error {
  readonly name: "SessionError";
  readonly code: SessionErrorCode;
}

/** The session of a page. All functions work without `this`, so they can be passed on. */
export interface Session {
  readonly state: SessionState;
  /**
   * Calls `listener` after each change, until the returned function is called. A new access token also counts as a change of a signed-in
   * state, because its claims may differ. In React: `useSyncExternalStore(session.onChange, () => session.state)`.
   */
  onChange(listener: (state: SessionState) => void): () => void;

  signIn(loginId: string, password: string, options?: SignInOptions): Promise<SignInOutcome>;
  /** Completes a sign-in whose outcome was `two-factor-required`. `trustDevice` skips the second factor at later sign-ins. */
  completeTwoFactor(twoFactorId: string, code: string, options?: SignInOptions & { trustDevice?: boolean }): Promise<SignInOutcome>;
  /** Asks FusionAuth to send a code. Earlier codes become invalid. */
  sendTwoFactorCode(twoFactorId: string, methodId: string): Promise<SendCodeOutcome>;
  /**
   * Signs in with the result of `navigator.credentials.get`. Your backend must have begun the ceremony with FusionAuth's
   * `POST /api/webauthn/start`, which needs an API key. `relyingParty` is the `rpId` of its options, if they had one.
   */
  signInWithPasskey(
    assertion: PublicKeyCredential | object,
    options?: SignInOptions & { relyingParty?: string },
  ): Promise<SignInOutcome>;
  /**
   * Signs in with a code of FusionAuth's Passwordless API, from a link. If the user types a short code, that is the `oneTimeCode`, and
   * `code` is the one that your backend got when it started the sign-in.
   */
  signInPasswordless(code: string, options?: SignInOptions & { oneTimeCode?: string }): Promise<SignInOutcome>;

  /** Signs out this tab at once, the other tabs as soon as they learn of it, and FusionAuth as soon as it can be reached. Never fails. */
  signOut(): void;
  /**
   * The browser's `fetch` with the session's credentials, after a renewal if one is needed. After a 401 the session renews once and
   * repeats the request once; a second 401 is returned. Rejects with {@link SessionError}, or with the reason of an aborted signal.
   */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  /**
   * An access token for something that is not a fetch, such as the first message of a WebSocket. Store it nowhere. `null` if the tokens
   * are in cookies. Rejects with {@link SessionError}.
   */
  accessToken(): Promise<string | null>;
  /**
   * The claims of the access token, for display only: a user can make a browser show any claims. `null` while nobody is signed in, and if
   * the tokens are in cookies.
   */
  claims<T extends object = Record<string, unknown>>(): T | null;
  /** Whether the claim `roles` has this role, for display only. */
  hasRole(role: string): boolean;
  /** Ends the session in this page, without a sign-out. Other tabs and the next page keep the user signed in. */
  stop(): void;
}

/**
 * Starts the session of the page. It is `loading` until `program.wasm` is loaded; calls wait for that. A page has one session at a time.
 */
export function createSession(config: SessionConfig): Session;
