// Serves one of the examples, with an API that answers signed-in users only, in front of an emulator of FusionAuth.
// Usage: node server.js vanilla|react

import { build } from "esbuild";
import { Emulator, builtIn } from "fusionauth-emulator";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";

const TYPES = { css: "text/css", html: "text/html", js: "text/javascript", wasm: "application/wasm" };
const PACKAGE = new URL(".", import.meta.resolve("fusionauth-session"));

/** Page and FusionAuth are of one site, because browsers send no cookies to another one. Chromium and Firefox resolve these names. */
const PAGE_HOST = "store.example.localhost";
const FUSIONAUTH_HOST = "auth.example.localhost";

/** Starts an emulator and the server of an example. Returns the emulator, the page's URL, and a function that ends both. */
export async function start(example) {
  const emulator = await Emulator.start();
  const server = createServer((request, response) =>
    answer(request, response).catch((error) => {
      if (error.code !== "ENOENT") console.error(error);
      response.writeHead(error.code === "ENOENT" ? 404 : 500).end();
    }),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://${PAGE_HOST}:${server.address().port}`;
  const fusionauthUrl = emulator.url.replace("127.0.0.1", FUSIONAUTH_HOST);
  await configure(emulator, url);

  const bundle = example === "react" ? await bundled("react/app.tsx") : null;

  async function answer(request, response) {
    const { pathname } = new URL(request.url, url);
    const [type, content] = await (pathname.startsWith("/api/") ? greeting(request, response) : file(pathname));
    response.setHeader("content-type", type);
    const connect = `connect-src 'self' ${fusionauthUrl}`;
    response.setHeader("content-security-policy", `default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; ${connect}`);
    response.end(content);
  }

  async function file(pathname) {
    if (pathname === "/app.js" && bundle) return [TYPES.js, bundle];
    const path = pathname === "/" ? "/index.html" : pathname;
    const folder =
      path.startsWith("/fusionauth-session/") ? new URL("..", PACKAGE)
      : ["/messages.js", "/style.css"].includes(path) ? new URL(".", import.meta.url)
      : new URL(`${example}/`, import.meta.url);
    const content = await readFile(new URL(`.${path}`, folder));
    const type = TYPES[path.split(".").at(-1)];
    if (type !== TYPES.html) return [type, content];
    return [type, String(content).replace("FUSIONAUTH_URL", fusionauthUrl).replace("APPLICATION_ID", builtIn.applicationId)];
  }

  /** Greets the user of an access token. FusionAuth checks the token here; a backend of yours checks it with FusionAuth's JWKS. */
  async function greeting(request, response) {
    const { authorization = "" } = request.headers;
    const checked = await fetch(`${emulator.url}/api/jwt/validate`, { headers: { authorization } });
    if (checked.status !== 200) {
      response.statusCode = 401;
      return ["text/plain", ""];
    }
    const { jwt } = await checked.json();
    return ["application/json", JSON.stringify({ greeting: `Hello ${jwt.email}` })];
  }

  const stop = async () => {
    server.closeAllConnections();
    server.close();
    await emulator.stop();
  };
  return { emulator, url, stop };
}

/** Allows requests from the page, and lets FusionAuth rotate the refresh token at each renewal. */
async function configure(emulator, origin) {
  const patch = async (path, body) => {
    const headers = { authorization: builtIn.apiKey, "content-type": "application/merge-patch+json" };
    const response = await fetch(emulator.url + path, { method: "PATCH", headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  };
  const corsConfiguration = { allowedOrigins: [origin] };
  await patch("/api/system-configuration", { systemConfiguration: { corsConfiguration } });
  const jwtConfiguration = { refreshTokenUsagePolicy: "OneTimeUse" };
  await patch(`/api/tenant/${builtIn.tenantId}`, { tenant: { jwtConfiguration } });
}

async function bundled(entry) {
  const entryPoints = [fileURLToPath(new URL(entry, import.meta.url))];
  const define = { "process.env.NODE_ENV": '"production"' };
  const { outputFiles } = await build({ entryPoints, bundle: true, write: false, format: "esm", jsx: "automatic", define });
  return outputFiles[0].contents;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await start(process.argv[2] ?? "vanilla");
  console.log(`${url}\nSign in as ${builtIn.email} with ${builtIn.password}.`);
}
