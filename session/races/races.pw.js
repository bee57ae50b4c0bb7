// The scenarios of session-races.md, which says for each client whether the scenario's conditions hold.

import { expect } from "@playwright/test";
import { readFileSync } from "node:fs";
import { TOKEN_LIFETIME, first, second, test } from "./world.js";

const [head, , ...rows] = readFileSync("session-races.md", "utf8")
  .match(/^\| scenario \|[^]*?(?=\n\n)/m)[0]
  .split("\n")
  .map((line) => line.split("|").map((cell) => cell.trim()));
const scenarios = [];

function scenario(name, run) {
  scenarios.push(name);
  test(name, async ({ world }, info) => {
    const row = rows.find((it) => it[1] === name);
    const result = row[head.findIndex((it) => it.startsWith(info.project.name))];
    expect(["holds", "fails"]).toContain(result);
    // Playwright then reports a test that passes.
    if (result === "fails") info.fail();
    await run(world);
  });
}

/** The user stays signed in, and requests succeed a minute later. */
async function recovers(world, tab) {
  await tab.shows(first.email);
  await world.advance(60);
  await expect.poll(() => tab.request()).toBe(first.email);
}

scenario("tabs-expire-together", async (world) => {
  const tabs = [await world.signedInTab()];
  while (tabs.length < 20) tabs.push(await world.openTab());
  const before = await world.renewals();
  await world.expire();
  expect(await Promise.all(tabs.map((tab) => tab.request()))).toEqual(tabs.map(() => first.email));
  expect((await world.renewals()) - before).toBe(1);
});

scenario("requests-expire-together", async (world) => {
  const tab = await world.signedInTab();
  const before = await world.renewals();
  await world.expire();
  expect(await Promise.all([1, 2, 3].map(() => tab.request()))).toEqual([1, 2, 3].map(() => first.email));
  expect((await world.renewals()) - before).toBe(1);
});

scenario("sign-out-in-another-tab", async (world) => {
  const [tab, other] = [await world.signedInTab(), await world.openTab()];
  await other.shows(first.email);
  await tab.signOut();
  await other.shows("nobody");
  expect(await other.request()).toBe("signed out");
});

scenario("sign-out-during-renewal", async (world) => {
  const tab = await world.signedInTab();
  const renewal = await world.faultOfRenewals({ hold: "answer" });
  await world.expire();
  // The sign-out may leave the page, which ends the call.
  const request = tab.request().catch(() => "left");
  await renewal.held();
  await tab.signOut();
  await renewal.remove();
  await request;
  const later = await world.openTab();
  await later.shows("nobody");
  expect(await later.request()).toBe("signed out");
});

scenario("sign-out-offline", async (world) => {
  const tab = await world.signedInTab();
  await world.context.setOffline(true);
  await tab.page.locator("#sign-out").click();
  await world.context.setOffline(false);
  const later = await world.openTab();
  await later.shows("nobody");
  await expect.poll(() => world.refreshTokens(), { message: "refresh tokens that FusionAuth still accepts" }).toBe(0);
});

scenario("another-user", async (world) => {
  const [tab, other] = [await world.signedInTab(), await world.openTab()];
  await tab.signOut();
  await tab.signIn(second);
  await other.shows(second.email);
  expect(await other.request()).toBe(second.email);
});

scenario("server-busy", async (world) => {
  const tab = await world.signedInTab();
  await world.faultOfRenewals({ status: 429, times: 1 });
  await world.expire();
  await tab.request();
  await recovers(world, tab);
});

scenario("firewall-page", async (world) => {
  const tab = await world.signedInTab();
  await world.faultOfRenewals({ status: 403, html: "<h1>Forbidden</h1>", times: 1 });
  await world.expire();
  await tab.request();
  await recovers(world, tab);
});

scenario("offline-at-expiry", async (world) => {
  const tab = await world.signedInTab();
  await world.context.setOffline(true);
  await world.expire();
  await tab.shows(first.email);
  await world.context.setOffline(false);
  await recovers(world, tab);
});

scenario("tab-closed-during-renewal", async (world) => {
  const tab = await world.signedInTab();
  const before = await world.renewals();
  const renewal = await world.faultOfRenewals({ hold: "answer" });
  await world.expire();
  const request = tab.request().catch(() => "closed");
  await renewal.held();
  await tab.page.close();
  await request;
  await renewal.remove();
  await expect.poll(() => world.renewals()).toBe(before + 1);
  const later = await world.openTab();
  expect(await later.request()).toBe(first.email);
});

scenario("clock-ahead", async (world) => {
  await world.setPageClock(3600);
  const tab = await world.signedInTab();
  const before = await world.renewals();
  for (let calls = 0; calls < 5; calls += 1) expect(await tab.request()).toBe(first.email);
  expect((await world.renewals()) - before).toBe(0);
});

scenario("clock-set-back", async (world) => {
  const tab = await world.signedInTab();
  await world.setPageClock(-7200);
  await world.fusionauth.advance(TOKEN_LIFETIME + 5);
  expect(await tab.request()).toBe(first.email);
});

scenario("valid-token-refused", async (world) => {
  const tab = await world.signedInTab();
  const before = await world.renewals();
  expect(await tab.request("/api/refuses-everybody")).toBe(401);
  expect((await world.renewals()) - before).toBeLessThanOrEqual(1);
  expect(world.site.refusals()).toBeLessThanOrEqual(2);
  expect(await tab.request()).toBe(first.email);
});

scenario("storage-full", async (world) => {
  const tab = await world.openTab();
  await tab.fillStorage();
  await tab.signIn(first);
  expect(await tab.request()).toBe(first.email);
});

test("the table names the scenarios", () => {
  expect(rows.map((it) => it[1])).toEqual(scenarios);
});
