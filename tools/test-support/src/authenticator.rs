//! A software authenticator: it creates one passkey and signs with it, in the format of `navigator.credentials`. Tests can change the
//! values that it reports.

use crate::device_proofs::base64url;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

/// An authenticator with one key, on a page of `origin`.
pub struct Authenticator {
    key: EcdsaKeyPair,
    credential_id: Vec<u8>,
    pub origin: String,
    pub rp_id: String,
    /// What [`create`](Self::create) reports: 1 if the user is present, 4 if the user is verified, and always 0x40, because attested
    /// credential data follow.
    pub flags: u8,
    /// The signature counter, which [`get`](Self::get) increases before it signs.
    pub counter: u32,
    /// The user handle that the authenticator reports.
    pub user_handle: Option<String>,
}

impl Authenticator {
    pub fn new(origin: &str, rp_id: &str) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let credential_id = digest(&SHA256, key.public_key().as_ref()).as_ref().to_vec();
        Self { key, credential_id, origin: origin.to_owned(), rp_id: rp_id.to_owned(), flags: 0x45, counter: 0, user_handle: None }
    }

    /// Creates the passkey that the options ask for (`navigator.credentials.create`).
    pub fn create(&mut self, options: &Value) -> Value {
        self.user_handle = options["user"]["id"].as_str().map(str::to_owned);
        let mut data = self.authenticator_data(self.flags);
        // The authenticator's id, the credential's id, and the key.
        data.extend([0; 16]);
        data.extend(u16::try_from(self.credential_id.len()).unwrap().to_be_bytes());
        data.extend(&self.credential_id);
        // The public key is 4, x and y. As a COSE key: {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}.
        let (x, y) = self.key.public_key().as_ref()[1..].split_at(32);
        data.extend([0xA5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(x);
        data.extend([0x22, 0x58, 0x20]);
        data.extend(y);
        // {"fmt": "none", "attStmt": {}, "authData": data}
        let mut attestation = vec![0xA3];
        attestation.extend(b"\x63fmt\x64none\x67attStmt\xA0\x68authData\x59");
        attestation.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        attestation.extend(data);
        json!({
            "clientExtensionResults": {"credProps": {"rk": true}},
            "id": base64url(&self.credential_id),
            "response": {"attestationObject": base64url(&attestation), "clientDataJSON": base64url(self.client_data("webauthn.create", options))},
            "transports": ["internal"],
            "type": "public-key",
        })
    }

    /// Signs the challenge of the options (`navigator.credentials.get`).
    pub fn get(&mut self, options: &Value) -> Value {
        self.counter += 1;
        let (data, client_data) = (self.authenticator_data(0x05), self.client_data("webauthn.get", options));
        let signed = [data.as_slice(), digest(&SHA256, &client_data).as_ref()].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        json!({
            "clientExtensionResults": {},
            "id": base64url(&self.credential_id),
            "response": {
                "authenticatorData": base64url(&data),
                "clientDataJSON": base64url(&client_data),
                "signature": base64url(signature.as_ref()),
                "userHandle": self.user_handle,
            },
            "type": "public-key",
        })
    }

    fn authenticator_data(&self, flags: u8) -> Vec<u8> {
        [digest(&SHA256, self.rp_id.as_bytes()).as_ref(), &[flags], &self.counter.to_be_bytes()].concat()
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        json!({"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false}).to_string().into_bytes()
    }
}
