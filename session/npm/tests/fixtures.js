// A test with an example's page, its server and its emulator.

import { test as base, expect } from "@playwright/test";
import { builtIn } from "fusionauth-emulator";
import { start } from "./examples/server.js";

export const test = base.extend({
  example: ["vanilla", { option: true }],
  site: async ({ example, context }, use) => {
    const site = await start(example);
    await context.clock.install();
    await use(site);
    await site.stop();
  },
});

/** Opens the page in a new tab, or in `page`. */
export async function open(context, site, page) {
  page ??= await context.newPage();
  page.on("pageerror", (error) => expect(error).toBeUndefined());
  await page.goto(site.url);
  return page;
}

export async function signIn(page, password = builtIn.password) {
  await page.getByLabel("Email").fill(builtIn.email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

export const expectSignedIn = (page) => expect(page.getByText(`Signed in as ${builtIn.email}`)).toBeVisible();

export const expectSignedOut = (page) => expect(page.getByText("You are signed out.")).toBeVisible();

/**
 * Sends the page's authorized request, and waits for its answer. A request waits ten seconds for a renewal, which twenty tabs on a slow
 * machine may exceed. The page then offers a retry.
 */
export async function greet(page) {
  const answer = page.getByText(/^(Hello|Try again)/);
  do {
    await page.getByRole("button", { name: "Ask the server" }).click();
    await expect(answer).toBeVisible();
  } while ((await answer.textContent()).startsWith("Try again"));
  await expect(answer).toHaveText(`Hello ${builtIn.email}`);
}

/** Lets time pass for FusionAuth and for all tabs. */
export async function pass(context, { emulator }, seconds) {
  await emulator.advance(seconds);
  await context.clock.fastForward(seconds * 1000);
}

/** How often FusionAuth was asked to renew a session. */
export async function renewals({ emulator }) {
  const requests = await emulator.requests();
  return requests.filter((it) => it.method === "POST" && it.route === "/api/jwt/refresh").length;
}

export { builtIn, expect };
