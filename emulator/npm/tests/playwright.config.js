import { defineConfig } from "@playwright/test";

// Chromium's sandbox does not work for root, as which CI runs.
const launchOptions = { executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] };

export default defineConfig({
  testMatch: "*.pw.js",
  fullyParallel: true,
  workers: 4,
  use: { launchOptions },
  // They only end a test that hangs.
  timeout: 120_000,
  expect: { timeout: 60_000 },
});
