// fusionauth-session, the package of this repository.

import { createSession } from "fusionauth-session";

export async function start({ fusionauthUrl, clientId }, onChange) {
  const wasmUrl = "/fusionauth-session/program.wasm";
  const session = createSession({ fusionauthUrl, applicationId: clientId, wasmUrl });
  session.onChange(onChange);
  return {
    user: () => session.state.user?.email ?? null,
    signIn() {
      const form = document.createElement("form");
      form.innerHTML = `<input name="loginId"><input name="password" type="password"><button></button>`;
      form.onsubmit = async (event) => {
        event.preventDefault();
        const { outcome } = await session.signIn(form.loginId.value, form.password.value);
        if (outcome === "signed-in") form.remove();
      };
      document.body.append(form);
    },
    signOut: () => session.signOut(),
    async request(url) {
      try {
        const response = await session.fetch(url);
        return response.ok ? response.text() : response.status;
      } catch (error) {
        if (error.code === "signed-out") return "signed out";
        throw error;
      }
    },
  };
}
