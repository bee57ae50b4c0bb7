// A page without a framework: a form with a second factor, the signed-in user, one authorized request.

import { createSession } from "/fusionauth-session/index.js";
import { messageOf } from "/messages.js";

const { fusionauthUrl, applicationId } = document.documentElement.dataset;
const session = createSession({ fusionauthUrl, applicationId });

const element = (id) => document.getElementById(id);
/** The sign-in that waits for a code, if there is one. */
let twoFactorId = null;

const STATUS = {
  loading: () => "Loading…",
  failed: () => "Something went wrong. Reload the page.",
  "signed-out": ({ reason }) => (reason === "expired" ? "Your session expired. Sign in again." : "You are signed out."),
  "signed-in": ({ user, connection }) =>
    connection === "reconnecting" ? "Reconnecting…" : `Signed in as ${user.email ?? user.id}`,
};

const show = () => {
  const { state } = session;
  const isSignedIn = state.status === "signed-in";
  if (isSignedIn) twoFactorId = null;
  element("status").textContent = STATUS[state.status](state);
  element("account").hidden = !isSignedIn;
  element("password-form").hidden = state.status !== "signed-out" || twoFactorId !== null;
  element("code-form").hidden = state.status !== "signed-out" || twoFactorId === null;
  if (!isSignedIn) element("greeting").textContent = "";
};

const report = (result) => {
  element("problem").textContent = messageOf(result);
  if (result.outcome === "two-factor-expired") twoFactorId = null;
};

element("password-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { email, password, keep } = event.target.elements;
  const result = await session.signIn(email.value, password.value, { keepSignedIn: keep.checked });
  password.value = "";
  report(result);
  if (result.outcome === "two-factor-required") askForCode(result);
  show();
});

const askForCode = (result) => {
  twoFactorId = result.twoFactorId;
  const buttons = result.methods.filter(({ destination }) => destination !== null).map(({ id, destination }) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: `Send a code to ${destination}` });
    button.addEventListener("click", async () => report(await session.sendTwoFactorCode(twoFactorId, id)));
    return button;
  });
  element("methods").replaceChildren(...buttons);
};

element("code-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  report(await session.completeTwoFactor(twoFactorId, event.target.elements.code.value));
  event.target.reset();
  show();
});

element("greet").addEventListener("click", async () => {
  element("greeting").textContent = "";
  try {
    const response = await session.fetch("/api/greeting");
    element("greeting").textContent = response.ok ? (await response.json()).greeting : `The server answered ${response.status}.`;
  } catch (error) {
    element("greeting").textContent = `Try again: ${error.message}.`;
  }
});

element("sign-out").addEventListener("click", session.signOut);

session.onChange(show);
show();
