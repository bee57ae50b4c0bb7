// Signs the challenge of the page with a passkey, and sends the signature with the page's form.

const form = document.querySelector("form");
const status = document.querySelector("[role=status]");
const options = JSON.parse(form.dataset.options);

async function sign() {
  status.textContent = "Your browser asks for your passkey.";
  try {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    const credential = await navigator.credentials.get({ publicKey });
    form.elements.credential.value = JSON.stringify(credential);
    form.submit();
  } catch {
    status.textContent = "No passkey was used. Try again, or go back and use your password.";
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  sign();
});
sign();
