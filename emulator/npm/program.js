// The program of this machine's platform, which is in a package of its own.

import { createRequire } from "node:module";

/** The path of the program, or `undefined` if no package for this platform is installed. */
export function program() {
  const file = process.platform === "win32" ? "fusionauth-emulator.exe" : "fusionauth-emulator";
  try {
    return createRequire(import.meta.url).resolve(`fusionauth-emulator-${process.platform}-${process.arch}/bin/${file}`);
  } catch {
    return undefined;
  }
}
