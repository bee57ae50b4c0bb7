// A FusionAuth with one-time refresh tokens, a page that uses one client, and an API that accepts only the tokens that FusionAuth accepts.

import { test as base, expect } from "@playwright/test";
import { build } from "esbuild";
import { Emulator, builtIn } from "fusionauth-emulator";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** How long an access token is valid, in seconds. */
export const TOKEN_LIFETIME = 300;

export const first = { email: builtIn.email, password: builtIn.password };
export const second = { email: "second@example.com", password: "another-password" };

const { resolve } = createRequire(import.meta.url);

/** Where clients renew their tokens: FusionAuth's own API, and OAuth. */
const RENEWAL_PATHS = ["/api/jwt/refresh", "/oauth2/token"];

export const test = base.extend({
  /** The name of an adapter. */
  client: ["", { option: true }],

  world: async ({ client, context }, use) => {
    const fusionauth = await Emulator.start();
    const site = await serve(client, fusionauth);
    await configure(fusionauth, site.url);
    await context.clock.install();
    await use(new World(fusionauth, site, context));
    await site.stop();
    await fusionauth.stop();
  },
});

class World {
  constructor(fusionauth, site, context) {
    this.fusionauth = fusionauth;
    this.site = site;
    this.context = context;
  }

  async openTab() {
    const page = await this.context.newPage();
    await page.goto(this.site.url);
    await page.waitForFunction(() => "client" in globalThis);
    return new Tab(page);
  }

  async signedInTab() {
    const tab = await this.openTab();
    await tab.signIn(first);
    return tab;
  }

  /** Time passes everywhere. Timers that are due run once, as after a sleep of the computer. */
  async advance(seconds) {
    await this.fusionauth.advance(seconds);
    await this.context.clock.fastForward(seconds * 1000);
  }

  /** Time passes until access tokens have expired. */
  expire() {
    return this.advance(TOKEN_LIFETIME + 5);
  }

  /** Sets the clock of the pages, but not their timers: seconds from the right time. */
  async setPageClock(seconds) {
    await this.context.clock.setSystemTime(Date.now() + seconds * 1000);
  }

  /** How often clients have asked for tokens since the start, with whatever result. */
  async renewals() {
    const requests = await this.fusionauth.requests();
    return requests.filter((it) => it.method === "POST" && RENEWAL_PATHS.includes(it.route)).length;
  }

  /** A fault of the next renewals, wherever the client sends them. */
  async faultOfRenewals(fault) {
    const faults = await Promise.all(RENEWAL_PATHS.map((path) => this.fusionauth.fault({ path, method: "POST", ...fault })));
    return {
      held: () => Promise.any(faults.map((it) => it.held(1))),
      remove: () => Promise.all(faults.map((it) => it.remove())),
    };
  }

  /** How many refresh tokens of the first user FusionAuth accepts. */
  async refreshTokens() {
    return (await call(this.fusionauth, "GET", `/api/jwt/refresh?userId=${builtIn.userId}`)).refreshTokens.length;
  }
}

class Tab {
  constructor(page) {
    this.page = page;
  }

  /** Fills the client's own form or FusionAuth's page. Both have the same fields. */
  async signIn({ email, password }) {
    await this.page.locator("#sign-in").click();
    await expect(this.page.locator("[name=loginId]")).toBeVisible();
    await this.page.locator("[name=loginId]").fill(email);
    await this.page.locator("[name=password]").fill(password);
    await this.page.locator("[name=password]").press("Enter");
    await this.shows(email);
  }

  async signOut() {
    await this.page.locator("#sign-out").click();
    await this.shows("nobody");
  }

  async shows(user) {
    await expect(this.page.locator("output")).toHaveText(user);
  }

  /**
   * Sends a request to the API, as the client's documentation shows it. Resolves to the user for whom the API has answered, to its
   * status, or to "signed out".
   */
  request(path = "/api/user") {
    return this.page.evaluate((path) => client.request(path).catch((error) => `error: ${error.message}`), path);
  }

  async fillStorage() {
    await this.page.evaluate(() => {
      for (let size = 2 ** 22; size >= 1; size /= 2) {
        try {
          for (;;) localStorage.setItem(`full ${size} ${localStorage.length}`, "x".repeat(size));
        } catch {
          // Nothing of this size fits any more.
        }
      }
    });
  }
}

/** Serves the page, and the API beside it. */
async function serve(client, fusionauth) {
  const alias = { adapter: `./adapters/${client}.js` };
  const { outputFiles } = await build({ entryPoints: ["page.js"], alias, bundle: true, write: false, format: "esm" });
  const fusionauthUrl = `http://auth.races.localhost:${new URL(fusionauth.url).port}`;
  const settings = JSON.stringify({ fusionauthUrl, clientId: builtIn.applicationId });
  const html = `<!doctype html><link rel="icon" href="data:,"><script>settings = ${settings}</script>
<output></output><button id="sign-in">Sign in</button><button id="sign-out">Sign out</button><script type="module" src="/page.js"></script>`;
  let refusals = 0;
  const server = createServer(async ({ url, headers }, response) => {
    const path = url.split("?")[0];
    if (path === "/page.js") return response.setHeader("content-type", "text/javascript").end(outputFiles[0].text);
    if (path === "/fusionauth-session/program.wasm") return response.end(readFileSync(join(dirname(resolve("fusionauth-session")), "program.wasm")));
    if (path === "/api/user") return answer(response, await userOf(headers.authorization, fusionauth));
    if (path !== "/api/refuses-everybody") return response.setHeader("content-type", "text/html").end(html);
    refusals += 1;
    answer(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://shop.races.localhost:${server.address().port}/`,
    /** How often the API has refused a valid token. */
    refusals: () => refusals,
    stop() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(response, user) {
  response.writeHead(user ? 200 : 401, { "content-type": "text/plain" }).end(user);
}

/** The email of the user whose token this is, if FusionAuth accepts it now. */
async function userOf(authorization, fusionauth) {
  if (!authorization) return undefined;
  const response = await fetch(`${fusionauth.url}/api/jwt/validate`, { headers: { authorization } });
  return response.ok ? (await response.json()).jwt.email : undefined;
}

async function configure(fusionauth, pageUrl) {
  const { applicationId } = builtIn;
  const enabledGrants = ["authorization_code", "refresh_token"];
  const oauthConfiguration = { authorizedRedirectURLs: [pageUrl], clientAuthenticationPolicy: "NotRequired", enabledGrants, logoutURL: pageUrl };
  const jwtConfiguration = { enabled: true, refreshTokenUsagePolicy: "OneTimeUse", timeToLiveInSeconds: TOKEN_LIFETIME };
  await call(fusionauth, "PATCH", `/api/application/${applicationId}`, { application: { jwtConfiguration, oauthConfiguration } });
  const corsConfiguration = { allowCredentials: true, allowedOrigins: [new URL(pageUrl).origin] };
  await call(fusionauth, "PATCH", "/api/system-configuration", { systemConfiguration: { corsConfiguration } });
  await call(fusionauth, "POST", "/api/user/registration", { registration: { applicationId }, user: second });
}

async function call(fusionauth, method, path, body) {
  const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  const headers = { authorization: builtIn.apiKey, "content-type": type };
  const response = await fetch(fusionauth.url + path, { method, headers, body: body && JSON.stringify(body) });
  const text = await response.text();
  expect(response.status, text).toBe(200);
  return JSON.parse(text);
}
