// The page of every client. It shows who is signed in; the scenarios press its buttons and call `client`.

import { start } from "adapter";

const user = document.querySelector("output");
let client;
const show = () => {
  if (client) user.textContent = client.user() ?? "nobody";
};
client = await start(settings, show);
window.client = client;
document.querySelector("#sign-in").onclick = () => client.signIn();
document.querySelector("#sign-out").onclick = () => client.signOut();
show();
