// What the package does beside its README's examples: it waits for mail, reports mistakes, and ends with its parent.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { test } from "node:test";
import { Emulator, EmulatorError, builtIn } from "fusionauth-emulator";

function forget(emulator: Emulator): Promise<Response> {
  const body = JSON.stringify({ loginId: builtIn.email });
  const headers = { "content-type": "application/json" };
  return fetch(`${emulator.url}/api/user/forgot-password`, { method: "POST", headers, body });
}

test("each message is returned once, and waited for", async () => {
  const emulator = await Emulator.start();
  const [first] = await Promise.all([emulator.mail({ to: builtIn.email }), forget(emulator)]);
  const [second] = await Promise.all([emulator.mail({ to: builtIn.email }), forget(emulator)]);
  assert.notEqual(first.id, second.id);
  const noMail = (error: Error) => error instanceof EmulatorError && error.message.includes("passwordless");
  await assert.rejects(emulator.mail({ topic: "passwordless", timeoutSeconds: 0 }), noMail);
  await emulator.stop();
  await assert.rejects(fetch(emulator.url));
});

test("require and import give one implementation", () => {
  const required = createRequire(import.meta.url)("fusionauth-emulator") as typeof import("fusionauth-emulator");
  assert.deepEqual([required.Emulator, required.EmulatorError, required.builtIn], [Emulator, EmulatorError, builtIn]);
});

for (const [tool, ...flags] of [["jest", "--rootDir", ".", "--testMatch", "**/*.jest.cjs"], ["mocha", "status.mocha.cjs"]]) {
  test(`${tool} runs the README's example`, async () => {
    const child = spawn(`../node_modules/.bin/${tool}`, flags, { stdio: ["ignore", "inherit", "inherit"] });
    assert.deepEqual(await once(child, "exit"), [0, null]);
  });
}

test("a held request is waited for and released", async () => {
  const emulator = await Emulator.start();
  const fault = await emulator.fault({ path: "/api/*", hold: "answer" });
  const request = forget(emulator);
  assert.equal(await fault.held(1), 1);
  await fault.remove();
  assert.equal((await request).status, 200);
  await assert.rejects(emulator.fault({ path: "api" }), EmulatorError);
  await emulator.stop();
});

test("an expired token is in the past of this process's clock, too", async () => {
  const emulator = await Emulator.start();
  const token = await emulator.expiredToken({ applicationId: builtIn.applicationId, loginId: builtIn.email });
  const { iat, exp } = JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString());
  assert.ok(iat < exp && exp < Date.now() / 1000);
  await assert.rejects(emulator.expiredToken({ applicationId: builtIn.applicationId, loginId: "nobody" }), EmulatorError);
  await emulator.stop();
});

test("a mistake in the kickstart file is named", async () => {
  const kickstart = "wrong.json";
  await writeFile(kickstart, '{"apiKeys": [{"key": "k"}], "requests": [{"method": "POST", "url": "/api/user", "body": {}}]}');
  const named = (error: Error) => error instanceof EmulatorError && error.message.includes("code 2") && error.message.includes("/api/user");
  await assert.rejects(Emulator.start({ kickstart }), named);
});

test("the emulator ends with a parent that is killed", { timeout: 120_000 }, async () => {
  const script = 'import { Emulator } from "fusionauth-emulator"; console.log((await Emulator.start()).url); setInterval(() => {}, 1e6);';
  const parent = spawn(process.execPath, ["--input-type=module", "--eval", script], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(parent.stdout, "data");
  const { port, hostname } = new URL(String(line).trim());
  // The connection is closed when the emulator ends.
  const connection = connect(Number(port), hostname);
  await once(connection, "connect");
  const closed = once(connection.resume(), "close");
  parent.kill("SIGKILL");
  await closed;
  for (let isListening = true; isListening; ) {
    const again = connect(Number(port), hostname);
    isListening = await once(again, "connect").then(() => true, () => false);
    again.destroy();
  }
});
