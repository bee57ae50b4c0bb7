// A page on FusionAuth's React SDK, with the emulator as its hosted backend. The test writes `settings` into the page.

import { FusionAuthProvider, useFusionAuth } from "@fusionauth/react-sdk";
import { createRoot } from "react-dom/client";

function Account() {
  const { isLoggedIn, userInfo, startLogin, startLogout } = useFusionAuth();
  if (!isLoggedIn) return <button onClick={() => startLogin("from the test")}>Sign in</button>;
  return (
    <>
      <p>Signed in as {userInfo?.email}</p>
      <button onClick={() => startLogout()}>Sign out</button>
    </>
  );
}

createRoot(document.getElementById("app")).render(
  <FusionAuthProvider {...window.settings} shouldAutoFetchUserInfo shouldAutoRefresh>
    <Account />
  </FusionAuthProvider>,
);
