// The session of the page, and the hook that shows it.

import { createSession } from "fusionauth-session";
import { useSyncExternalStore } from "react";

const { fusionauthUrl = "", applicationId = "" } = document.documentElement.dataset;

// esbuild does not copy program.wasm beside the bundle, so the page says where it is. Vite needs no `wasmUrl`.
export const session = createSession({ fusionauthUrl, applicationId, wasmUrl: "/fusionauth-session/program.wasm" });

const state = () => session.state;

export const useSession = () => useSyncExternalStore(session.onChange, state);
