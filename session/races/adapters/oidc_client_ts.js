// oidc-client-ts, as its documentation shows it: local storage, so that tabs share the user, and a renewal when the user has expired.

import { UserManager, WebStorageStateStore } from "oidc-client-ts";

export async function start({ fusionauthUrl, clientId }, onChange) {
  const home = `${location.origin}/`;
  const manager = new UserManager({
    authority: fusionauthUrl,
    client_id: clientId,
    redirect_uri: home,
    post_logout_redirect_uri: home,
    scope: "openid email offline_access",
    // The adapter renews when a request needs it. A renewal by a timer beside it would be one more race.
    automaticSilentRenew: false,
    userStore: new WebStorageStateStore({ store: localStorage }),
  });
  if (new URLSearchParams(location.search).has("code")) {
    await manager.signinCallback();
    history.replaceState(null, "", "/");
  }
  let user = await manager.getUser();
  const show = (changed) => {
    user = changed;
    onChange();
  };
  manager.events.addUserLoaded(show);
  manager.events.addUserUnloaded(() => show(null));
  return {
    user: () => user?.profile.email ?? null,
    signIn: () => manager.signinRedirect(),
    signOut: () => manager.signoutRedirect(),
    async request(url) {
      let current = await manager.getUser();
      if (current?.expired) current = await manager.signinSilent();
      if (!current) return "signed out";
      const response = await fetch(url, { headers: { authorization: `Bearer ${current.access_token}` } });
      return response.ok ? response.text() : response.status;
    },
  };
}
