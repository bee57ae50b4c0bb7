//! Certificates for the sites of development over https: an authority, and its certificate for all hosts.
//!
//! Nobody keeps the authority's key. So the authority can sign no other certificate, and a developer can let a browser trust it.

use anyhow::Context;
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::STANDARD};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, PublicKeyData,
};
use std::{fs, path::Path};
use storefront_api::WORKFLOWS;

/// The file with the hash of the authority's key. It is written last, so that an interrupted start makes new certificates.
const KEY_HASH: &str = "authority.sha256";

/// Writes `authority.pem`, `certificate.pem` with its chain, and `key.pem` into a folder, unless the folder has them. Returns the hash of
/// the authority's key in base64. Chromium trusts the authority if it gets this hash in `--ignore-certificate-errors-spki-list`.
///
/// # Errors
/// If a certificate cannot be made, or a file cannot be written.
pub fn make_certificates(folder: &Path) -> anyhow::Result<String> {
    if let Ok(key_hash) = fs::read_to_string(folder.join(KEY_HASH)) {
        return Ok(key_hash);
    }
    let key = KeyPair::generate()?;
    let key_hash = STANDARD.encode(digest(&SHA256, &key.subject_public_key_info()));
    let mut parameters = CertificateParams::new(Vec::new())?;
    parameters.distinguished_name.push(DnType::CommonName, "Storefront, this machine's development sites");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let authority = CertifiedIssuer::self_signed(parameters, key)?;

    let key = KeyPair::generate()?;
    let mut parameters = CertificateParams::new(hosts())?;
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = parameters.signed_by(&key, &authority)?;
    let chain = [certificate.pem(), authority.pem()].concat();
    for (name, content) in
        [("authority.pem", authority.pem()), ("certificate.pem", chain), ("key.pem", key.serialize_pem()), (KEY_HASH, key_hash.clone())]
    {
        let file = folder.join(name);
        fs::write(&file, content).with_context(|| format!("{} cannot be written", file.display()))?;
    }
    Ok(key_hash)
}

/// The hosts of all sites, of the pages for developers, and of another site that journeys open.
fn hosts() -> Vec<String> {
    let of_workflows = WORKFLOWS.iter().flat_map(|it| ["store", "forums", "auth"].map(|host| format!("{host}.{}.localhost", it.slug())));
    of_workflows.chain(["localhost", "prizes.localhost", "127.0.0.1"].map(ToOwned::to_owned)).collect()
}
