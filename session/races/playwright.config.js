import { defineConfig } from "@playwright/test";

// Chromium's sandbox does not work for root, as which CI runs.
const launchOptions = { executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] };

export default defineConfig({
  testMatch: "*.pw.js",
  fullyParallel: true,
  workers: 2,
  projects: ["fusionauth-session", "oidc-client-ts"].map((name) => ({ name, use: { client: name.replaceAll("-", "_") } })),
  use: { launchOptions },
  // They only end a test that hangs.
  timeout: 60_000,
  expect: { timeout: 10_000 },
});
