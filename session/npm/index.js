// A session of FusionAuth in a page. index.d.ts documents the API. The program in WebAssembly makes every decision about the session; this
// script loads it, and gives its answers the shapes of JavaScript.

import * as glue from "./program.js";

const MESSAGES = {
  "signed-out": "nobody is signed in",
  reconnecting: "the session can't be renewed right now",
  network: "no answer from the server",
  "foreign-origin": "the session's credentials must not go to this origin: see apiOrigins",
  "not-loaded": "the session's program could not be loaded",
  stopped: "the session was stopped",
};

export class SessionError extends Error {
  name = "SessionError";

  constructor(code, options) {
    super(MESSAGES[code], options);
    this.code = code;
  }
}

/** The program, once it is loaded or loading. A page loads it once, for all its sessions. */
let loading;
/** Whether a session of this page was not stopped yet. */
let isInUse = false;

const loadFrom = async (url) => {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}`);
  // Streaming would need the right Content-Type.
  await glue.default({ module_or_path: await WebAssembly.compile(await response.arrayBuffer()) });
  return glue;
};

/** What the outcomes have besides their names, from FusionAuth's answer. Other members of the answer may be secrets. */
const nextStep = {
  "two-factor-required": ({ twoFactorId, methods = [] }) => ({
    twoFactorId,
    methods: methods.map((it) => ({ id: it.id, method: it.method, destination: destination(it) })),
  }),
  "password-change-required": ({ changePasswordId = null, changePasswordReason = null }) => ({
    changePasswordId,
    reason: changePasswordReason,
  }),
  "email-not-verified": ({ emailVerificationId = null }) => ({ verificationId: emailVerificationId }),
  "registration-not-verified": ({ registrationVerificationId = null }) => ({ verificationId: registrationVerificationId }),
  prevented: ({ actions = [] }) => {
    const ends = actions.map((it) => it.expiry);
    return { until: ends.length > 0 && ends.every(Number.isFinite) ? new Date(Math.max(...ends)) : null };
  },
};

/** The masked email or phone number that gets a code; `null` for an authenticator app. */
const destination = ({ method, email, mobilePhone }) => {
  if (method === "authenticator") return null;
  if (email) return email.replace(/^(.?)[^@]*/u, "$1…");
  return mobilePhone ? `…${mobilePhone.replace(/\D/g, "").slice(-2)}` : null;
};

/** The members of an answer; none if it is not an object in JSON, as from a proxy. */
const membersOf = (text) => {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
};

/** The members of a browser's signature that FusionAuth accepts. */
const credentialOf = (assertion) => {
  const { id, type, response = {} } = JSON.parse(JSON.stringify(assertion));
  const { authenticatorData, clientDataJSON, signature, userHandle } = response;
  return { id, type, response: { authenticatorData, clientDataJSON, signature, userHandle: userHandle ?? undefined } };
};

const outcomeOf = (it) => (typeof it === "number" ? { outcome: "unavailable", status: it } : { outcome: it });

const errorOf = (error) => (typeof error === "string" ? new SessionError(error) : error);

export const createSession = ({
  fusionauthUrl,
  applicationId,
  tenantId,
  tokenStorage = "local-storage",
  userUrl = "",
  apiOrigins = [],
  wasmUrl = new URL("./program.wasm", import.meta.url),
}) => {
  if (!fusionauthUrl || !applicationId) throw new TypeError("createSession needs fusionauthUrl and applicationId");
  if (isInUse) throw new Error("a page has one session at a time: stop the other one first");
  if (tokenStorage.endsWith("-cookies") && !userUrl) throw new TypeError(`${tokenStorage} needs userUrl`);
  const origins = apiOrigins.map((it) => new URL(it).origin);
  if (origins.includes("null")) throw new TypeError("apiOrigins has a URL without an origin");
  const fusionauth = fusionauthUrl.replace(/\/$/, "");
  const isInPage = typeof document !== "undefined";
  isInUse = isInPage;

  let state = Object.freeze({ status: "loading" });
  let storage = "available";
  let program;
  let isStarted = false;
  let isStopped = false;
  const listeners = new Set();

  const notify = () => {
    for (const listener of [...listeners]) {
      try {
        listener(state);
      } catch (error) {
        reportError(error);
      }
    }
  };

  // Listeners may call any function, so they wait until the program has started.
  const show = (next) => {
    if (isStopped) return;
    state = Object.freeze(next);
    if (isStarted || next.status === "failed") notify();
  };

  // A new token changes no member of the state, but the claims, so a new object makes frameworks render again.
  const onChange = (name, first = null, email = null, connection) => {
    if (name === "signed-in") return show({ status: name, user: Object.freeze({ id: first, email }), connection, storage });
    if (name === "signed-out") return show({ status: name, reason: first });
    if (name === "storage-unavailable") storage = "unavailable";
    if (state.status === "signed-in") show({ ...state, storage });
  };

  const started = (async () => {
    // A server renders the page as it is while it loads.
    if (!isInPage) return new Promise(() => {});
    try {
      program = await (loading ??= loadFrom(wasmUrl));
      if (isStopped) return;
      program.start(fusionauth, applicationId, tenantId, tokenStorage, userUrl, origins, onChange);
    } catch (cause) {
      loading = undefined;
      const error = new SessionError("not-loaded", { cause });
      show({ status: "failed", error });
      throw error;
    }
    isStarted = true;
    notify();
  })();
  // The state has the error, and so has each call.
  started.catch(() => {});

  const running = async () => {
    await started;
    if (isStopped) throw new SessionError("stopped");
  };

  // FusionAuth refuses members that it does not know. A backend reads the user agent from the request's header.
  const signIn = async (step, members, { keepSignedIn } = {}) => {
    await running();
    const metaData = { device: { description: navigator.userAgent, type: "BROWSER" } };
    const more = tokenStorage === "backend-cookies" ? { keepSignedIn } : { metaData };
    const outcome = await program.signIn(step, JSON.stringify({ ...members, applicationId, ...more }), keepSignedIn);
    return { ...outcomeOf(outcome), ...nextStep[outcome]?.(membersOf(program.nextStep())) };
  };

  const claims = () => (isStarted && !isStopped && program.claims()) || null;

  return Object.freeze({
    get state() {
      return state;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    signIn: (loginId, password, options) => signIn("password", { loginId, password }, options),
    completeTwoFactor: (twoFactorId, code, options) =>
      signIn("two-factor", { twoFactorId, code, trustComputer: options?.trustDevice || undefined }, options),
    signInWithPasskey: async (assertion, options) =>
      signIn("passkey", { credential: credentialOf(assertion), origin: location.origin, rpId: options?.relyingParty ?? location.hostname }, options),
    signInPasswordless: (code, options) => signIn("passwordless", { code, oneTimeCode: options?.oneTimeCode }, options),
    // This changes nothing in the session, so it is a plain request.
    async sendTwoFactorCode(twoFactorId, methodId) {
      await running();
      const headers = new Headers({ "Content-Type": "application/json" });
      if (tenantId) headers.set("X-FusionAuth-TenantId", tenantId);
      const url = `${fusionauth}/api/two-factor/send/${encodeURIComponent(twoFactorId)}`;
      try {
        const body = JSON.stringify({ methodId });
        const { status } = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(10_000) });
        return outcomeOf({ 200: "sent", 404: "two-factor-expired" }[status] ?? status);
      } catch {
        return outcomeOf("no-answer");
      }
    },
    signOut() {
      if (isStarted && !isStopped) program.signOut();
      else running().then(() => program.signOut(), () => {});
    },
    async fetch(input, init) {
      // The browser checks the arguments, and copies the headers and the body.
      const request = new Request(input, init);
      const { signal } = request;
      signal.throwIfAborted();
      const aborted = new Promise((_, reject) => signal.addEventListener("abort", reject));
      try {
        return await Promise.race([running().then(() => program.fetch(request)), aborted]);
      } catch (error) {
        signal.throwIfAborted();
        throw errorOf(error);
      }
    },
    async accessToken() {
      await running();
      try {
        return (await program.accessToken()) ?? null;
      } catch (error) {
        throw errorOf(error);
      }
    },
    claims,
    hasRole(role) {
      const { roles } = claims() ?? {};
      return Array.isArray(roles) && roles.includes(role);
    },
    stop() {
      if (isStopped) return;
      isStopped = true;
      isInUse = false;
      if (isStarted) program.stop();
    },
  });
};
