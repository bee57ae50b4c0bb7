// A passkey of Chromium's virtual authenticator signs a user in on the emulator's own page.

import { expect } from "@playwright/test";
import { builtIn } from "fusionauth-emulator";
import { test } from "./fixtures.js";
import { call } from "./hosted_pages.js";

test("a passkey signs in on the hosted page", async ({ page, fusionauth }) => {
  // A passkey belongs to a name, never to an IP address.
  const url = fusionauth.url.replace("127.0.0.1", "localhost");
  const { applicationId, email, tenantId, userId } = builtIn;
  const webAuthnConfiguration = { enabled: true, bootstrapWorkflow: { enabled: true } };
  await call(fusionauth, "PATCH", `/api/tenant/${tenantId}`, { tenant: { webAuthnConfiguration } });
  const redirect = `${url}/?signed-in`;
  const oauthConfiguration = { enabledGrants: ["authorization_code"], authorizedRedirectURLs: [redirect] };
  await call(fusionauth, "PATCH", `/api/application/${applicationId}`, { application: { oauthConfiguration } });

  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const authenticator = { protocol: "ctap2", transport: "internal", hasUserVerification: true, isUserVerified: true };
  await devtools.send("WebAuthn.addVirtualAuthenticator", { options: { ...authenticator, hasResidentKey: true } });
  await page.goto(url);
  const start = { userId, displayName: "Virtual", workflow: "general" };
  const { options } = await call(fusionauth, "POST", "/api/webauthn/register/start", start);
  const credential = await page.evaluate(async (options) => {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    return (await navigator.credentials.create({ publicKey })).toJSON();
  }, options);
  await call(fusionauth, "POST", "/api/webauthn/register/complete", { userId, credential, origin: url, rpId: "localhost" });

  const request = { client_id: applicationId, redirect_uri: redirect, response_type: "code" };
  await page.goto(`${url}/oauth2/authorize?${new URLSearchParams(request)}`);
  await page.locator("[name=loginId]").fill(email);
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await page.waitForURL((it) => it.searchParams.has("code"));
});
