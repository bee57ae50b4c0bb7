// The second factor in both examples: the code is mailed, typed wrong once, and then right.

import { builtIn, expect, expectSignedIn, open, signIn, test } from "./fixtures.js";

async function requireMailedCode({ emulator }) {
  const headers = { authorization: builtIn.apiKey, "content-type": "application/merge-patch+json" };
  const changes = {
    [`/api/tenant/${builtIn.tenantId}`]: { tenant: { multiFactorConfiguration: { email: { enabled: true } } } },
    [`/api/user/${builtIn.userId}`]: { user: { twoFactor: { methods: [{ method: "email", email: builtIn.email }] } } },
  };
  for (const [path, body] of Object.entries(changes)) {
    const answer = await fetch(`${emulator.url}${path}`, { method: "PATCH", headers, body: JSON.stringify(body) });
    expect(answer.status, await answer.text()).toBe(200);
  }
}

for (const example of ["vanilla", "react"]) {
  test.describe(example, () => {
    test.use({ example });

    test("a mailed code completes the sign-in", async ({ context, page, site }) => {
      await requireMailedCode(site);
      await open(context, site, page);
      await signIn(page);
      await page.getByRole("button", { name: "Send a code to u…@example.com" }).click();
      await expect(page.getByText("We sent you a code.")).toBeVisible();
      const { values } = await site.emulator.mail({ to: builtIn.email, topic: "twoFactorCode" });

      await page.getByLabel("Code").fill("wrong");
      await page.getByRole("button", { name: "Continue" }).click();
      await expect(page.getByText("The code is wrong.")).toBeVisible();
      await page.getByLabel("Code").fill(values.code);
      await page.getByRole("button", { name: "Continue" }).click();
      await expectSignedIn(page);
    });
  });
}
