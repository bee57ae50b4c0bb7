// The README's fixture starts an emulator for each worker, so the requests of other workers are not in its journal.

import { expect } from "@playwright/test";
import { test } from "./fixtures.js";

for (const count of [1, 2, 3, 4]) {
  test(`an emulator answers ${count} requests of its own worker`, async ({ fusionauth }) => {
    for (let sent = 0; sent < count; sent++) await fetch(`${fusionauth.url}/api/status`);
    expect(await fusionauth.requests()).toHaveLength(count);
  });
}
