// What the tests of the emulator's hosted pages share: calls of FusionAuth's API, and the sign-in on its page.

import { expect } from "@playwright/test";
import { builtIn } from "fusionauth-emulator";

/** Sends a request with the API key. Returns the body of the answer. */
export async function call(fusionauth, method, path, body) {
  const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  const headers = { authorization: builtIn.apiKey, "content-type": type };
  const answer = await fetch(fusionauth.url + path, { method, headers, body: JSON.stringify(body) });
  expect(answer.status, `${method} ${path}`).toBe(200);
  return answer.json();
}

/** Enters the email and the password of the built-in user on the sign-in page. */
export async function signIn(page) {
  await page.locator("[name=loginId]").fill(builtIn.email);
  await page.locator("[name=password]").fill(builtIn.password);
  await page.locator("[name=password]").press("Enter");
}
