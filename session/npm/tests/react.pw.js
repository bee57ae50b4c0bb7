// The React example in many tabs, with refresh tokens that FusionAuth accepts only once.

import { expect, expectSignedIn, expectSignedOut, greet, open, pass, renewals, signIn, test } from "./fixtures.js";

const TABS = 20;
/** Longer than an access token lives. */
const EXPIRY_SECONDS = 301;

test.use({ example: "react" });
// It only ends a test that hangs.
test.setTimeout(600_000);

test("20 tabs expire at once, send one refresh, and sign out together", async ({ context, page, site }) => {
  await open(context, site, page);
  await expectSignedOut(page);
  await signIn(page);
  await expectSignedIn(page);
  const tabs = [page];
  while (tabs.length < TABS) tabs.push(await open(context, site));
  await Promise.all(tabs.map(expectSignedIn));
  expect(await renewals(site)).toBe(0);

  await test.step("each tab knows that the token has expired", async () => {
    await pass(context, site, EXPIRY_SECONDS);
    await Promise.all(tabs.map(greet));
    expect(await renewals(site)).toBe(1);
  });
  await test.step("no tab knows it, so the API answers 401 to all of them", async () => {
    await site.emulator.advance(EXPIRY_SECONDS);
    await Promise.all(tabs.map(greet));
    expect(await renewals(site)).toBe(2);
  });
  await test.step("one tab signs out", async () => {
    await tabs.at(-1).getByRole("button", { name: "Sign out" }).click();
    await Promise.all(tabs.map(expectSignedOut));
    // The tabs show the sign-out before FusionAuth has answered.
    const logouts = async () => (await site.emulator.requests()).filter((it) => it.method === "POST" && it.route === "/api/logout");
    await expect.poll(async () => (await logouts()).map((it) => it.status)).toEqual([200]);
  });
});

test("a session that expires offline is renewed online", async ({ context, page, site }) => {
  await open(context, site, page);
  await signIn(page);
  await expectSignedIn(page);

  await context.setOffline(true);
  await pass(context, site, EXPIRY_SECONDS);
  await page.getByRole("button", { name: "Ask the server" }).click();
  await expect(page.getByText("Reconnecting…")).toBeVisible();
  await context.setOffline(false);
  await expectSignedIn(page);
  await greet(page);
  expect(await renewals(site)).toBe(1);
});
