// What the pages of the examples do not show of the API.

import { createSession } from "fusionauth-session";
import { builtIn, expect, test } from "./fixtures.js";

/** Runs a function in a document of the example's server that has no session of its own. */
async function inPage(page, site, run, argument) {
  await page.goto(`${site.url}/style.css`);
  const config = { fusionauthUrl: site.emulator.url.replace("127.0.0.1", "auth.example.localhost"), applicationId: builtIn.applicationId };
  await page.evaluate(async (config) => {
    const { createSession, SessionError } = await import("/fusionauth-session/index.js");
    Object.assign(window, { createSession, SessionError, config });
    /** The code of the error with which a promise is rejected. */
    window.codeOf = (promise) => promise.then(() => "none", (error) => (error instanceof SessionError ? error.code : error.name));
  }, config);
  return page.evaluate(run, argument);
}

test("requests fail by codes, and send nothing to foreign origins", async ({ page, site }) => {
  const codes = await inPage(page, site, async () => {
    const session = createSession(config);
    const codes = [await codeOf(session.fetch("/api/greeting")), await codeOf(session.accessToken())];
    codes.push(await codeOf(session.fetch("http://elsewhere.localhost:9/")));
    codes.push(await codeOf(session.fetch("/api/greeting", { signal: AbortSignal.abort() })));
    session.stop();
    codes.push(await codeOf(session.fetch("/api/greeting")), await codeOf(session.signIn("user", "password")));
    return codes;
  });
  expect(codes).toEqual(["signed-out", "signed-out", "foreign-origin", "AbortError", "stopped", "stopped"]);
});

test("the state is one object until something changes", async ({ page, site }) => {
  const seen = await inPage(
    page,
    site,
    async ({ email, password }) => {
      const session = createSession(config);
      const states = [session.state];
      const unsubscribe = session.onChange((state) => states.push(state));
      const outcomes = [await session.signIn(email, "wrong"), await session.signIn(email, password)];
      const isStable = session.state === session.state && session.state === states.at(-1);
      const claims = session.claims();
      const token = await session.accessToken();
      unsubscribe();
      session.signOut();
      return { states, outcomes, isStable, subject: claims.sub, parts: token.split(".").length, last: session.state };
    },
    builtIn,
  );
  const user = { id: builtIn.userId, email: builtIn.email };
  const signedIn = { status: "signed-in", user, connection: "good", storage: "available" };
  expect(seen.states.slice(0, 2)).toEqual([{ status: "loading" }, { status: "signed-out", reason: null }]);
  expect(seen.states.at(-1)).toEqual(signedIn);
  expect(seen.outcomes).toEqual([{ outcome: "invalid-credentials" }, { outcome: "signed-in" }]);
  expect(seen).toMatchObject({ isStable: true, subject: builtIn.userId, parts: 3, last: { status: "signed-out", reason: "user-request" } });
});

test("each way to sign in sends the members that FusionAuth accepts", async ({ page, site }) => {
  const seen = [];
  const paths = ["login", "two-factor/login", "webauthn/login", "passwordless/login"];
  for (const path of paths) {
    await page.route(`**/api/${path}`, async (route) => {
      if (route.request().method() === "POST") seen.push([path, route.request().postDataJSON()]);
      await route.fallback();
    });
  }
  const { userAgent, origin, hostname } = await inPage(page, site, async () => {
    const session = createSession(config);
    await session.signIn("user", 'p"\u2028');
    await session.completeTwoFactor("id", "code");
    await session.completeTwoFactor("id", "code", { trustDevice: true });
    const response = { authenticatorData: "a", clientDataJSON: "c", signature: "s", userHandle: null };
    const assertion = { id: "i", rawId: "i", type: "public-key", clientExtensionResults: {}, response };
    await session.signInWithPasskey(assertion);
    await session.signInWithPasskey({ toJSON: () => assertion }, { relyingParty: "example.com" });
    await session.signInPasswordless("link");
    await session.signInPasswordless("code", { oneTimeCode: "123" });
    session.stop();
    const backend = createSession({ ...config, tokenStorage: "backend-cookies", userUrl: "/api/user" });
    await backend.signIn("user", "password", { keepSignedIn: false });
    return { userAgent: navigator.userAgent, origin: location.origin, hostname: location.hostname };
  });
  const { applicationId } = builtIn;
  const more = { applicationId, metaData: { device: { description: userAgent, type: "BROWSER" } } };
  const credential = { id: "i", type: "public-key", response: { authenticatorData: "a", clientDataJSON: "c", signature: "s" } };
  expect(seen).toEqual([
    ["login", { loginId: "user", password: 'p"\u2028', ...more }],
    ["two-factor/login", { twoFactorId: "id", code: "code", ...more }],
    ["two-factor/login", { twoFactorId: "id", code: "code", trustComputer: true, ...more }],
    ["webauthn/login", { credential, origin, rpId: hostname, ...more }],
    ["webauthn/login", { credential, origin, rpId: "example.com", ...more }],
    ["passwordless/login", { code: "link", ...more }],
    ["passwordless/login", { code: "code", oneTimeCode: "123", ...more }],
    ["login", { loginId: "user", password: "password", applicationId, keepSignedIn: false }],
  ]);
});

test("a listener may call any function, already at the first state", async ({ page, site }) => {
  const seen = await inPage(
    page,
    site,
    async ({ email, password }) => {
      const first = createSession(config);
      await first.signIn(email, password);
      first.stop();
      const second = createSession(config);
      return new Promise((resolve) =>
        second.onChange((state) => resolve([state.status, second.claims().sub, second.hasRole("user"), second.hasRole("admin")])),
      );
    },
    builtIn,
  );
  expect(seen).toEqual(["signed-in", builtIn.userId, true, false]);
});

test("a session on a server stays loading, and several may be created", () => {
  const config = { fusionauthUrl: "https://auth.shop.example", applicationId: builtIn.applicationId };
  expect([createSession(config), createSession(config)].map((it) => it.state)).toEqual(Array(2).fill({ status: "loading" }));
  expect(() => createSession({ ...config, applicationId: undefined })).toThrow(TypeError);
});

test("a page has one session, which can follow a stopped one", async ({ page, site }) => {
  const result = await inPage(page, site, async () => {
    const first = createSession(config);
    let refused = "";
    try {
      createSession(config);
    } catch (error) {
      refused = error.message;
    }
    first.stop();
    const second = createSession(config);
    return { refused, code: await codeOf(second.fetch("/api/greeting")), first: first.state.status, second: second.state.status };
  });
  expect(result).toMatchObject({ refused: expect.stringContaining("one session at a time"), code: "signed-out", second: "signed-out" });
});

test("a program that cannot be loaded is a state and an error, and the next session loads it", async ({ page, site }) => {
  const result = await inPage(page, site, async () => {
    const session = createSession({ ...config, wasmUrl: "/missing.wasm" });
    const code = await codeOf(session.signIn("user", "password"));
    session.stop();
    const next = createSession(config);
    return { code, status: session.state.status, next: await codeOf(next.fetch("/api/greeting")) };
  });
  expect(result).toEqual({ code: "not-loaded", status: "failed", next: "signed-out" });
});

test("a request keeps its method, headers and body over a renewal, and its signal aborts the answer", async ({ page, site }) => {
  const [seen, errors] = [[], []];
  page.on("pageerror", (error) => errors.push(error.message));
  await page.route("**/api/echo", async (route) => {
    const request = route.request();
    seen.push([request.method(), request.headers()["x-mine"], request.postData(), request.headers().authorization?.slice(0, 7)]);
    await route.fulfill(seen.length === 1 ? { status: 401 } : { status: 201, headers: { "x-answer": "yes" }, body: "done" });
  });
  const answer = await inPage(
    page,
    site,
    async ({ email, password }) => {
      const session = createSession(config);
      await session.signIn(email, password);
      // A reason may be any value. The next request ends after the program has seen the abort.
      const reason = "enough";
      const controller = new AbortController();
      const aborted = session.fetch("/api/greeting", { signal: controller.signal }).catch((error) => error);
      controller.abort(reason);
      const request = new Request("/api/echo", { method: "POST", headers: { "x-mine": "1" }, body: new URLSearchParams({ a: "b" }) });
      const response = await session.fetch(request);
      return [
        response instanceof Response,
        response.status,
        response.headers.get("x-answer"),
        await response.text(),
        (await aborted) === reason,
      ];
    },
    builtIn,
  );
  expect(answer).toEqual([true, 201, "yes", "done", true]);
  expect(seen).toEqual(Array(2).fill(["POST", "1", "a=b", "Bearer "]));
  expect(errors).toEqual([]);
});
