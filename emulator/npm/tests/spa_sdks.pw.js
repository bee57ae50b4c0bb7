// FusionAuth's SDKs for React and Angular, which are not changed for the emulator: a user signs in, stays over an expiry, and signs out.

import { expect } from "@playwright/test";
import { build } from "esbuild";
import { builtIn } from "fusionauth-emulator";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "./fixtures.js";
import { call, signIn } from "./hosted_pages.js";

const clientId = builtIn.applicationId;

/** Serves a page under the emulator's host name, because the SDKs read a cookie of the hosted backend. Returns the page's URL. */
async function serve(app, serverUrl) {
  const bundle = await build({ entryPoints: [app], bundle: true, write: false, jsx: "automatic", format: "esm" });
  const server = createServer((request, response) => {
    if (request.url === "/app.js") return response.setHeader("content-type", "text/javascript").end(bundle.outputFiles[0].text);
    const settings = JSON.stringify({ clientId, redirectUri: url, scope: "openid email offline_access", serverUrl });
    const scripts = `<script>settings = ${settings}</script><script type="module" src="/app.js"></script>`;
    response.setHeader("content-type", "text/html").end(`<!doctype html><main id="app"></main>${scripts}`);
  });
  server.listen(0, "127.0.0.1").unref();
  await once(server, "listening");
  const url = `http://127.0.0.1:${server.address().port}/`;
  return url;
}

for (const app of ["react_app.jsx", "angular_app.js"]) {
  test(`${app}: a user signs in, stays over an expiry and signs out`, async ({ page, fusionauth }) => {
    const url = await serve(app, fusionauth.url);
    const grants = { enabledGrants: ["authorization_code", "refresh_token"] };
    const oauthConfiguration = { ...grants, authorizedRedirectURLs: [url], logoutURL: url };
    await call(fusionauth, "PATCH", `/api/application/${clientId}`, { application: { oauthConfiguration } });
    const corsConfiguration = { allowedOrigins: [new URL(url).origin] };
    await call(fusionauth, "PATCH", "/api/system-configuration", { systemConfiguration: { corsConfiguration } });

    await page.clock.install();
    await page.goto(url);
    await page.getByRole("button", { name: "Sign in" }).click();
    await signIn(page);
    await expect(page.getByText(`Signed in as ${builtIn.email}`)).toBeVisible();

    // The SDK renews the tokens ten seconds before the access token expires after five minutes.
    await fusionauth.advance(295);
    const renewed = page.waitForResponse((it) => it.url().includes("/app/refresh"));
    await page.clock.fastForward(295_000);
    expect((await renewed).status()).toBe(200);
    await fusionauth.advance(10);
    await page.clock.fastForward(10_000);
    await page.reload();
    await expect(page.getByText(`Signed in as ${builtIn.email}`)).toBeVisible();

    await page.getByRole("button", { name: "Sign out" }).click();
    await expect(page.getByRole("button", { name: "Sign in" })).toBeVisible();
    expect((await page.context().cookies()).map((it) => it.name).filter((it) => it.startsWith("app."))).toEqual([]);
  });
}
