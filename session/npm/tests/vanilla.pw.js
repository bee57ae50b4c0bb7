// The example in plain JavaScript in two tabs.

import { expect, expectSignedIn, expectSignedOut, greet, open, signIn, test } from "./fixtures.js";

test("a sign-in and a sign-out show in both tabs", async ({ context, page, site }) => {
  const other = await open(context, site);
  await open(context, site, page);
  await expectSignedOut(page);
  await expectSignedOut(other);

  await signIn(page, "wrong");
  await expect(page.getByText("The email or password is wrong.")).toBeVisible();
  await signIn(page);
  await expectSignedIn(page);
  await expectSignedIn(other);
  await greet(other);

  await page.reload();
  await expectSignedIn(page);
  await other.getByRole("button", { name: "Sign out" }).click();
  await expectSignedOut(page);
  await expectSignedOut(other);
});
