// A React page: a form with a second factor, the signed-in user, one authorized request.

import type { SignInOutcome } from "fusionauth-session";
import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { messageOf } from "../messages.js";
import { session, useSession } from "./session.js";

type TwoFactor = Extract<SignInOutcome, { outcome: "two-factor-required" }>;

function App() {
  const state = useSession();
  return (
    <>
      <h1>React</h1>
      {state.status === "loading" && <p role="status">Loading…</p>}
      {state.status === "failed" && <p role="alert">Something went wrong. Reload the page.</p>}
      {state.status === "signed-out" && <SignIn expired={state.reason === "expired"} />}
      {state.status === "signed-in" && (
        <>
          <p role="status">{state.connection === "reconnecting" ? "Reconnecting…" : `Signed in as ${state.user.email ?? state.user.id}`}</p>
          <Account />
        </>
      )}
    </>
  );
}

function SignIn({ expired }: { expired: boolean }) {
  const [problem, setProblem] = useState("");
  const [twoFactor, setTwoFactor] = useState<TwoFactor | null>(null);

  const finish = (result: SignInOutcome) => {
    setProblem(messageOf(result));
    if (result.outcome === "two-factor-required") setTwoFactor(result);
    if (result.outcome === "two-factor-expired") setTwoFactor(null);
  };
  const text = (form: FormData, name: string) => String(form.get(name) ?? "");

  return (
    <>
      <p role="status">{expired ? "Your session expired. Sign in again." : "You are signed out."}</p>
      <p role="alert">{problem}</p>
      {twoFactor === null ? (
        <form
          action={async (form: FormData) =>
            finish(await session.signIn(text(form, "email"), text(form, "password"), { keepSignedIn: form.has("keep") }))
          }
        >
          <label>
            Email <input name="email" type="email" autoComplete="username" required />
          </label>
          <label>
            Password <input name="password" type="password" autoComplete="current-password" required />
          </label>
          <label>
            <input name="keep" type="checkbox" defaultChecked /> Keep me signed in
          </label>
          <button>Sign in</button>
        </form>
      ) : (
        <form action={async (form: FormData) => finish(await session.completeTwoFactor(twoFactor.twoFactorId, text(form, "code")))}>
          <label>
            Code <input name="code" inputMode="numeric" autoComplete="one-time-code" required />
          </label>
          <button>Continue</button>
          {twoFactor.methods
            .filter(({ destination }) => destination !== null)
            .map(({ id, destination }) => (
              <button
                key={id}
                type="button"
                onClick={async () => setProblem(messageOf(await session.sendTwoFactorCode(twoFactor.twoFactorId, id)))}
              >
                Send a code to {destination}
              </button>
            ))}
        </form>
      )}
    </>
  );
}

function Account() {
  const [greeting, setGreeting] = useState("");

  const greet = async () => {
    setGreeting("");
    try {
      const response = await session.fetch("/api/greeting");
      setGreeting(response.ok ? (await response.json()).greeting : `The server answered ${response.status}.`);
    } catch (error) {
      setGreeting(`Try again: ${(error as Error).message}.`);
    }
  };

  return (
    <>
      <button onClick={greet}>Ask the server who I am</button>
      <button onClick={session.signOut}>Sign out</button>
      <p role="status">{greeting}</p>
    </>
  );
}

createRoot(document.getElementById("app")!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
