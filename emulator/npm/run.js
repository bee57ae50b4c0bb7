#!/usr/bin/env node
// The command `fusionauth-emulator`: runs the program with the same arguments, and passes signals on to it.

import { spawn } from "node:child_process";
import { program } from "./program.cjs";

const file = program();
if (!file) {
  console.error(`fusionauth-emulator: there is no program for ${process.platform} on ${process.arch}`);
  process.exit(1);
}
const child = spawn(file, process.argv.slice(2), { stdio: "inherit" });
child.once("error", (error) => {
  console.error(`cannot start ${file}: ${error.message}`);
  process.exit(1);
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.once("exit", (code) => process.exit(code ?? 1));
