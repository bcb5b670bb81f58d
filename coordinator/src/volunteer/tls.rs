//! Which certificates a volunteer believes: the public roots, and those of a file that the user names.

use anyhow::{Context as _, Result};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::sync::Arc;

/// TLS settings for sockets and fetches; `ca` is a PEM file of further roots.
///
/// # Errors
/// When the file cannot be read or holds no certificate.
pub(super) fn client_config(ca: Option<&Path>) -> Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    if let Some(path) = ca {
        let describe = || format!("cannot use the certificates in {}", path.display());
        let mut count = 0_usize;
        for certificate in CertificateDer::pem_file_iter(path).with_context(describe)? {
            roots
                .add(certificate.with_context(describe)?)
                .with_context(describe)?;
            count = count.saturating_add(1);
        }
        anyhow::ensure!(count > 0, "{} holds no certificate", path.display());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .context("this build of TLS has no usable protocol version")?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_certificates_is_refused() {
        let path = std::env::temp_dir().join(format!("manyhands-no-ca-{}", std::process::id()));
        std::fs::write(&path, "nothing here\n").unwrap();
        let error = client_config(Some(&path)).unwrap_err();
        assert!(
            error.to_string().contains("holds no certificate"),
            "{error}"
        );
        std::fs::remove_file(path).unwrap();
        assert!(client_config(None).is_ok());
    }
}
