// Fakes the passkey API of a browser on a device with one passkey. `navigator.credentials.get` and `create` return a signature if `error` is
// empty, and otherwise throw an error of this name. `offers` counts the current calls that ask the user nothing, and `chooseInForm()` accepts
// the last one.
// `signals` has the name and the options of each call of the Signal API. All these calls fail, because the page must ignore that.
(error) => {
  globalThis.PublicKeyCredential = {
    parseCreationOptionsFromJSON: options => options,
    parseRequestOptionsFromJSON: options => options,
    isUserVerifyingPlatformAuthenticatorAvailable: async () => true,
    isConditionalMediationAvailable: async () => true,
    getClientCapabilities: async () => ({ conditionalCreate: true }),
  };
  globalThis.signals = [];
  for (const name of ['signalAllAcceptedCredentials', 'signalCurrentUserDetails', 'signalUnknownCredential']) {
    PublicKeyCredential[name] = async options => { signals.push([name, options]); throw new TypeError(); };
  }
  const signature = { toJSON: () => ({
    id: 'id', rawId: 'id', type: 'public-key', authenticatorAttachment: 'platform', clientExtensionResults: {},
    response: { authenticatorData: 'authenticator', clientDataJSON: 'data', signature: 'signature', userHandle: 'user' },
  }) };
  globalThis.offers = 0;
  const ask = async ({ mediation, signal }) => {
    if (mediation === 'conditional') {
      globalThis.offers += 1;
      await new Promise((resolve, reject) => {
        globalThis.chooseInForm = resolve;
        signal.addEventListener('abort', () => { globalThis.offers -= 1; reject(signal.reason); });
      });
    } else if (error) throw new DOMException('', error);
    return signature;
  };
  Object.defineProperty(navigator, 'credentials', { value: { get: ask, create: ask }, configurable: true });
}
