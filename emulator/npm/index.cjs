// Starts the emulator, and calls its control endpoints (`/emulator/*`). index.d.cts documents the API. It is CommonJS, because Jest loads
// nothing else; index.js exports it to modules.

const { spawn } = require("node:child_process");
const { once } = require("node:events");
const { createInterface } = require("node:readline");
const { program } = require("./program.cjs");

const builtIn = Object.freeze({
  applicationId: "a0000000-0000-4000-8000-000000000002",
  tenantId: "a0000000-0000-4000-8000-000000000001",
  userId: "a0000000-0000-4000-8000-000000000004",
  issuer: "http://localhost:9011",
  apiKey: "development-only-api-key",
  email: "user@example.com",
  password: "development-password",
});

class EmulatorError extends Error {
  name = "EmulatorError";
}

class Emulator {
  #child;
  #seen = new Set();

  constructor(url) {
    this.url = url;
  }

  static async start({ kickstart, args = [], env = {}, log } = {}) {
    const flags = ["--listen", "127.0.0.1:0", "--stop-with-stdin", ...(kickstart ? ["--kickstart", kickstart] : []), ...args];
    const file = program();
    if (!file) throw new EmulatorError(`there is no program for ${process.platform} on ${process.arch}; see README.md`);
    // The environment may name the file of another instance.
    const ownKickstart = { FUSIONAUTH_APP_KICKSTART_FILE: "" };
    const child = spawn(file, flags, { env: { ...process.env, ...ownKickstart, ...env }, stdio: ["pipe", "pipe", "pipe"] });
    const errors = [];
    const keep = (line) => errors.push(line);
    const output = createInterface({ input: child.stderr }).on("line", keep);
    if (log) output.on("line", log);
    const url = await new Promise((resolve, reject) => {
      const fail = (code) => reject(new EmulatorError(`the emulator ended with code ${code}:\n${errors.join("\n")}`));
      child.once("close", fail);
      child.once("error", (cause) => reject(new EmulatorError(`cannot start ${file}: ${cause.message}`, { cause })));
      createInterface({ input: child.stdout }).on("line", (line) => {
        if (!line.startsWith("listening on ")) return;
        output.off("line", keep);
        child.off("close", fail);
        resolve(line.slice("listening on ".length));
      });
    });
    // Otherwise an emulator that nobody stops would keep Node.js from ending.
    for (const it of [child, child.stdin, child.stdout, child.stderr]) it.unref();
    const emulator = new Emulator(url);
    emulator.#child = child;
    return emulator;
  }

  async mail({ to, topic, timeoutSeconds = 10 } = {}) {
    const deadline = Date.now() + timeoutSeconds * 1000;
    const query = new URLSearchParams(Object.entries({ to, topic }).filter(([, value]) => value !== undefined));
    for (;;) {
      query.set("waitSeconds", String(Math.max(0, Math.ceil((deadline - Date.now()) / 1000))));
      const { messages } = await this.#call("GET", `/mail?${query}`);
      const next = messages.find((it) => !this.#seen.has(it.id));
      if (next) {
        this.#seen.add(next.id);
        return next;
      }
      if (messages.length === 0) {
        const filter = [topic && ` with the topic ${topic}`, to && ` to ${to}`].filter(Boolean).join("");
        throw new EmulatorError(`no new mail${filter} within ${timeoutSeconds} s`);
      }
      query.set("after", messages.at(-1).id);
    }
  }

  async advance(seconds) {
    await this.#call("POST", "/clock", { advanceSeconds: seconds });
  }

  async expiredToken(user) {
    return (await this.#call("POST", "/expired-token", user)).token;
  }

  async fault(fault) {
    const { id } = (await this.#call("POST", "/faults", fault)).fault;
    return {
      held: async (count) => (await this.#call("GET", `/faults/${id}?held=${count}`)).fault.held,
      remove: async () => void (await this.#call("DELETE", `/faults/${id}`)),
    };
  }

  async requests() {
    return (await this.#call("GET", "/requests")).requests;
  }

  async reset() {
    await this.#call("POST", "/reset");
  }

  async stop() {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    const ended = once(child, "exit");
    child.stdin.end();
    await ended;
  }

  async #call(method, path, body) {
    const content = body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    const response = await fetch(`${this.url}/emulator${path}`, { method, ...content });
    const text = await response.text();
    if (!response.ok) throw new EmulatorError(`${method} /emulator${path.split("?")[0]} was answered with ${response.status}: ${text}`);
    return text && JSON.parse(text);
  }
}

module.exports = { builtIn, Emulator, EmulatorError };
