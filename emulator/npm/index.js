// The package for modules. Both forms share one implementation, so `instanceof EmulatorError` holds across them.

export { builtIn, Emulator, EmulatorError } from "./index.cjs";
