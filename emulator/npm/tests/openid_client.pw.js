// A server that signs users in with openid-client, by the code flow with a client secret, as FusionAuth's quickstarts for servers do: a user
// signs in, stays over an expiry, and signs out.

import { expect } from "@playwright/test";
import { builtIn } from "fusionauth-emulator";
import { once } from "node:events";
import { createServer } from "node:http";
import * as openid from "openid-client";
import { test } from "./fixtures.js";
import { call, signIn } from "./hosted_pages.js";

const clientId = builtIn.applicationId;

/** Starts the server, which keeps the tokens of one browser. `discover` returns openid-client's configuration for the server's URL. */
async function serve(discover) {
  let checks, session;

  async function email() {
    const userInfo = () => openid.fetchUserInfo(configuration, session.accessToken, session.subject);
    try {
      return (await userInfo()).email;
    } catch (error) {
      if (error.status !== 401) throw error;
      const tokens = await openid.refreshTokenGrant(configuration, session.refreshToken);
      session = { ...session, accessToken: tokens.access_token, refreshToken: tokens.refresh_token };
      return (await userInfo()).email;
    }
  }

  const pages = {
    "/": async () => (session ? `<p>Signed in as ${await email()}</p><a href="/sign-out">Sign out</a>` : `<a href="/sign-in">Sign in</a>`),
    async "/sign-in"() {
      const [pkceCodeVerifier, state, nonce] = [openid.randomPKCECodeVerifier(), openid.randomState(), openid.randomNonce()];
      checks = { pkceCodeVerifier, expectedState: state, expectedNonce: nonce };
      const code_challenge = await openid.calculatePKCECodeChallenge(pkceCodeVerifier);
      const request = { redirect_uri: `${url}callback`, scope: "openid email offline_access", code_challenge, code_challenge_method: "S256" };
      return openid.buildAuthorizationUrl(configuration, { ...request, state, nonce });
    },
    async "/callback"(at) {
      const tokens = await openid.authorizationCodeGrant(configuration, at, checks);
      const { access_token: accessToken, refresh_token: refreshToken, id_token: idToken } = tokens;
      session = { accessToken, refreshToken, idToken, subject: tokens.claims().sub };
      return new URL(url);
    },
    async "/sign-out"() {
      const request = { id_token_hint: session.idToken, post_logout_redirect_uri: url };
      session = undefined;
      return openid.buildEndSessionUrl(configuration, request);
    },
  };
  const server = createServer(async (request, response) => {
    const at = new URL(request.url, url);
    const answer = await pages[at.pathname]?.(at);
    if (answer instanceof URL) return response.writeHead(302, { location: answer.href }).end();
    response.writeHead(answer ? 200 : 404, { "content-type": "text/html" }).end(answer);
  });
  server.listen(0, "127.0.0.1").unref();
  await once(server, "listening");
  const url = `http://127.0.0.1:${server.address().port}/`;
  const configuration = await discover(url);
  return url;
}

test("a server signs a user in, keeps the session over an expiry and signs the user out", async ({ page, fusionauth }) => {
  const url = await serve(async (url) => {
    // OpenID Connect requires that the issuer is the URL at which the client finds the configuration.
    await call(fusionauth, "PATCH", `/api/tenant/${builtIn.tenantId}`, { tenant: { issuer: fusionauth.url } });
    const grants = { enabledGrants: ["authorization_code", "refresh_token"] };
    const oauthConfiguration = { ...grants, authorizedRedirectURLs: [url, `${url}callback`] };
    const { application } = await call(fusionauth, "PATCH", `/api/application/${clientId}`, { application: { oauthConfiguration } });
    const options = { execute: [openid.allowInsecureRequests] };
    return openid.discovery(new URL(fusionauth.url), clientId, application.oauthConfiguration.clientSecret, undefined, options);
  });
  await page.goto(url);
  await page.getByRole("link", { name: "Sign in" }).click();
  await signIn(page);
  await expect(page.getByText(`Signed in as ${builtIn.email}`)).toBeVisible();

  await fusionauth.advance(301);
  await page.reload();
  await expect(page.getByText(`Signed in as ${builtIn.email}`)).toBeVisible();
  const sent = (await fusionauth.requests()).filter((it) => ["/oauth2/token", "/oauth2/userinfo"].includes(it.route));
  const expected = ["/oauth2/token 200", "/oauth2/userinfo 200", "/oauth2/userinfo 401", "/oauth2/token 200", "/oauth2/userinfo 200"];
  expect(sent.map((it) => `${it.route} ${it.status}`)).toEqual(expected);

  await page.getByRole("link", { name: "Sign out" }).click();
  await page.getByRole("link", { name: "Sign in" }).click();
  await expect(page.locator("[name=password]"), "the sign-out must also end the single sign-on session").toBeVisible();
});
