// The life of an account with native login, through FusionAuth's own TypeScript client, which is not changed for the emulator.

import { FusionAuthClient } from "@fusionauth/typescript-client";
import assert from "node:assert/strict";
import { createHmac, randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { Emulator, builtIn } from "fusionauth-emulator";

const { applicationId, apiKey, tenantId } = builtIn;
const email = "ann@example.com";
let emulator: Emulator;
let client: FusionAuthClient;

type Answer<T> = Promise<{ statusCode: number; response: T }>;

/** The client rejects with the answer if its status is an error. */
async function ok<T>(answer: Answer<T>, status = 200): Promise<T> {
  const { statusCode, response } = await answer.catch((error: unknown) => assert.fail(JSON.stringify(error)));
  assert.equal(statusCode, status);
  return response;
}

async function refused(answer: Answer<unknown>, status: number): Promise<void> {
  await assert.rejects(answer, (error: { statusCode: number }) => error.statusCode === status);
}

/** The access token and the refresh token of an answer, and the user's id. */
function session(answer: { token?: string; refreshToken?: string; user?: { id?: string } }) {
  assert.ok(answer.token && answer.refreshToken && answer.user?.id);
  return { token: answer.token, refreshToken: answer.refreshToken, userId: answer.user.id };
}

const signIn = (password: string) => client.login({ applicationId, loginId: email, password });

/** The code that an authenticator app shows (RFC 6238). */
function totp(secret: Buffer, milliseconds: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(milliseconds / 30_000)));
  const tag = createHmac("sha1", secret).update(counter).digest();
  const number = tag.readUInt32BE(tag[19]! & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

before(async () => {
  emulator = await Emulator.start();
  client = new FusionAuthClient(apiKey, emulator.url, tenantId);
});
after(() => emulator.stop());

test("register, log in, refresh, search, log out", async () => {
  const user = { email, password: "first-password", firstName: "Ann" };
  // Without an id, FusionAuth chooses one. The client's type has no word for that.
  const noId = undefined as unknown as string;
  const made = await ok(client.register(noId, { user, registration: { applicationId }, skipVerification: true }));
  assert.deepEqual(made.registration?.roles, ["user"]);
  await refused(signIn("wrong-password"), 404);
  const { token, refreshToken, userId } = session(await ok(signIn("first-password")));
  assert.equal(userId, made.user?.id);
  assert.equal((await ok(client.validateJWT(token))).jwt?.sub, userId);
  await emulator.advance(301);
  await refused(client.validateJWT(token), 401);
  const renewed = await ok(client.exchangeRefreshTokenForJWT({ refreshToken, token }));
  assert.equal((await ok(client.validateJWT(renewed.token!))).jwt?.sub, userId);

  assert.equal((await ok(client.retrieveUser(userId))).user?.firstName, "Ann");
  assert.equal((await ok(client.retrieveUserByEmail(email))).user?.id, userId);
  await ok(client.patchUser(userId, { user: { lastName: "Archer" } }));
  const found = await ok(client.searchUsersByQuery({ search: { queryString: "lastName:Archer", numberOfResults: 5 } }));
  assert.deepEqual([found.total, found.users?.[0]?.id], [1, userId]);
  assert.equal((await ok(client.searchUsersByIds([userId, builtIn.userId]))).total, 2);
  const applications = (await ok(client.retrieveApplications())).applications;
  assert.ok(applications?.some((it) => it.id === applicationId));
  assert.ok((await ok(client.retrieveTenants())).tenants?.some((it) => it.id === tenantId));
  assert.equal((await ok(client.retrieveRegistration(userId, applicationId))).registration?.applicationId, applicationId);

  const sessions = async () => (await ok(client.retrieveRefreshTokens(userId))).refreshTokens?.length;
  assert.equal(await sessions(), 1);
  await ok(client.logout(false, refreshToken));
  assert.equal(await sessions(), 0);
  await refused(client.exchangeRefreshTokenForJWT({ refreshToken }), 400);
});

test("a forgotten password is replaced by the mailed link", async () => {
  const before = session(await ok(signIn("first-password")));
  await ok(client.forgotPassword({ loginId: email }));
  const { values } = await emulator.mail({ to: email, topic: "forgotPassword" });
  await ok(client.changePassword(values.changePasswordId!, { password: "second-password" }));
  await refused(client.exchangeRefreshTokenForJWT({ refreshToken: before.refreshToken }), 400);
  await refused(signIn("first-password"), 404);
  await ok(client.changePasswordByIdentity({ loginId: email, currentPassword: "second-password", password: "third-password" }));
  await ok(signIn("third-password"));
});

test("a sign-in without a password takes the mailed code", async () => {
  await ok(client.patchApplication(applicationId, { application: { passwordlessConfiguration: { enabled: true } } }));
  const { code } = await ok(client.startPasswordlessLogin({ applicationId, loginId: email }));
  await ok(client.sendPasswordlessCode({ code }));
  const mailed = (await emulator.mail({ to: email, topic: "passwordless" })).values.code!;
  assert.equal(session(await ok(client.passwordlessLogin({ applicationId, code: mailed }))).userId.length, 36);
  await refused(client.passwordlessLogin({ applicationId, code: mailed }), 404);
});

test("a second factor is enabled, asked for and disabled", async () => {
  const { token, userId } = session(await ok(signIn("third-password")));
  const { secret, secretBase32Encoded } = await ok(client.generateTwoFactorSecretUsingJWT(token));
  assert.ok(secret && secretBase32Encoded);
  const key = Buffer.from(secret, "base64");
  const now = async () => (await (await fetch(`${emulator.url}/emulator/clock`)).json()).nowMilliseconds as number;
  await ok(client.enableTwoFactor(userId, { method: "authenticator", secret, code: totp(key, await now()) }));
  const started = await ok(signIn("third-password"), 242);
  const twoFactorId = started.twoFactorId!;
  await refused(client.twoFactorLogin({ applicationId, twoFactorId, code: "000000" }), 421);
  await emulator.advance(60);
  const finished = session(await ok(client.twoFactorLogin({ applicationId, twoFactorId, code: totp(key, await now()) })));
  assert.equal(finished.userId, userId);
  await emulator.advance(60);
  const methodId = (await ok(client.retrieveUser(userId))).user?.twoFactor?.methods?.[0]?.id;
  await ok(client.disableTwoFactor(userId, methodId!, totp(key, await now())));
  await ok(signIn("third-password"));
});

test("keys and rules are found, and refresh tokens are revoked", async () => {
  const { keys } = await ok(client.retrieveJsonWebKeySet());
  const { issuer, jwks_uri } = await ok(client.retrieveOpenIdConfiguration());
  assert.equal(issuer, builtIn.issuer);
  assert.deepEqual((await (await fetch(jwks_uri!)).json()).keys, keys);
  assert.equal(Object.keys((await ok(client.retrieveJWTPublicKeys())).publicKeys!).length, keys?.length);
  assert.equal((await ok(client.retrievePasswordValidationRules())).passwordValidationRules?.minLength, 8);

  const revocations: ((session: { refreshToken: string; userId: string }) => Answer<unknown>)[] = [
    async ({ userId }) => client.revokeRefreshTokenById((await ok(client.retrieveRefreshTokens(userId))).refreshTokens![0]!.id!),
    ({ userId }) => client.revokeRefreshTokensByUserIdForApplication(userId, applicationId),
    ({ refreshToken }) => client.revokeRefreshTokenByToken(refreshToken),
    ({ refreshToken }) => client.revokeRefreshTokensWithRequest({ token: refreshToken }),
    ({ userId }) => client.revokeRefreshTokensByUserId(userId),
  ];
  for (const revoke of revocations) {
    await ok(client.revokeRefreshTokensByUserId(session(await ok(signIn("third-password"))).userId));
    const signedIn = session(await ok(signIn("third-password")));
    await ok(revoke(signedIn));
    await refused(client.exchangeRefreshTokenForJWT({ refreshToken: signedIn.refreshToken }), 400);
  }
});

test("an administrator replaces what exists, and a token is issued for another application", async () => {
  const { token, refreshToken, userId } = session(await ok(signIn("third-password")));
  const other = randomUUID();
  await ok(client.createApplication(other, { application: { name: "Other", roles: [{ name: "reader" }] } }));
  const { application } = await ok(client.retrieveApplication(other));
  await ok(client.updateApplication(other, { application: { ...application!, name: "Renamed" } }));
  assert.equal((await ok(client.retrieveApplication(other))).application?.name, "Renamed");
  const { tenant } = await ok(client.retrieveTenant(tenantId));
  assert.deepEqual((await ok(client.updateTenant(tenantId, { tenant: tenant! }))).tenant?.name, tenant?.name);
  const { user } = await ok(client.retrieveUser(userId));
  assert.equal((await ok(client.updateUser(userId, { user: { ...user!, lastName: "Baker" } }))).user?.lastName, "Baker");

  await ok(client.register(userId, { registration: { applicationId: other } }));
  const replaced = await ok(client.updateRegistration(userId, { registration: { applicationId: other, roles: ["reader"] } }));
  assert.deepEqual(replaced.registration?.roles, ["reader"]);
  const issued = await ok(client.issueJWT(other, token, refreshToken));
  assert.equal((await ok(client.validateJWT(issued.token!))).jwt?.aud, other);
  assert.equal((await ok(client.loginPing(userId, other, "192.0.2.1"))).user?.id, userId);
  await ok(client.loginPingWithRequest({ applicationId: other, userId }));
  assert.ok(await ok(client.retrieveTwoFactorStatus(userId, other, "none")));
  assert.ok((await ok(client.retrieveVersion())).version);
  await ok(client.deleteApplication(other));
  await refused(client.issueJWT(other, token, refreshToken), 400);
});

test("the account ends", async () => {
  const { userId, refreshToken } = session(await ok(signIn("third-password")));
  await ok(client.deactivateUser(userId));
  await refused(signIn("third-password"), 423);
  await ok(client.reactivateUser(userId));
  await ok(client.deleteUser(userId));
  await refused(client.retrieveUser(userId), 404);
  await refused(client.exchangeRefreshTokenForJWT({ refreshToken }), 400);
});
