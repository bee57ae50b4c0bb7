// The program of this machine's platform, which is in a package of its own.

/** The path of the program, or `undefined` if no package for this platform is installed. */
function program() {
  const file = process.platform === "win32" ? "fusionauth-emulator.exe" : "fusionauth-emulator";
  try {
    return require.resolve(`fusionauth-emulator-${process.platform}-${process.arch}/bin/${file}`);
  } catch {
    return undefined;
  }
}

module.exports = { program };
