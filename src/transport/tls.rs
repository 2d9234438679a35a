//! Encryption, with the system's certificate authorities and, where configured, the office's own.
//!
//! Refuses every way of going on with a certificate that does not fit; there is no switch for it.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls_platform_verifier::Verifier;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{CertificateError, ClientConfig, Error as TlsError};

use super::server::{NotLetIn, Server};

/// Agrees on encryption with the server at the other end. The error is in plain words and says how to mend it.
pub(super) async fn agree(stream: TcpStream, server: &Server, patience: Duration) -> Result<TlsStream<TcpStream>, NotLetIn> {
    let name =
        ServerName::try_from(server.host.clone()).map_err(|_| NotLetIn::Misconfigured(format!("{:?} is no host name", server.host)))?;
    let ca_file = server.ca_file.clone();
    // Reads some hundred certificate files; done anew for each connection, so that a renewed authority counts at once.
    let prepared = tokio::task::spawn_blocking(move || client(ca_file.as_deref())).await;
    let client = prepared.map_err(|error| NotLetIn::Unreachable(error.to_string()))?.map_err(NotLetIn::Misconfigured)?;
    match timeout(patience, TlsConnector::from(Arc::new(client)).connect(name, stream)).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(explained(&error, server)),
        Err(_) => Err(NotLetIn::Unreachable(format!(
            "no encryption agreed on within {} s; does this port expect TLS from the first byte?",
            patience.as_secs_f32()
        ))),
    }
}

fn client(ca_file: Option<&Path>) -> Result<ClientConfig, String> {
    let provider = Arc::new(ring::default_provider());
    let own = ca_file.map_or(Ok(Vec::new()), authorities)?;
    let verifier = Verifier::new_with_extra_roots(own, provider.clone()).map_err(|error| {
        format!("no certificate authorities to trust ({error}); install the package ca-certificates, or name a CA file")
    })?;
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
    Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

fn authorities(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let found = read.map_err(|error| format!("CA file {}: cannot be read as PEM certificates: {error}", path.display()))?;
    if found.is_empty() { Err(format!("CA file {}: holds no PEM certificate", path.display())) } else { Ok(found) }
}

fn explained(error: &io::Error, server: &Server) -> NotLetIn {
    let reason = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>());
    let why = match reason {
        // The second: an authority of the same name, but another one.
        Some(TlsError::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature)) => {
            let now = server.ca_file.as_ref().map(|path| format!(" (now: {})", path.display())).unwrap_or_default();
            format!(
                "the server's certificate is signed by an authority this machine does not know; if it is your own, name its certificate as CA file{now}"
            )
        }
        Some(TlsError::InvalidCertificate(CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. })) => {
            format!("the server's certificate is not for {:?}; write the host name that stands in it", server.host)
        }
        Some(TlsError::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. })) => {
            "the server's certificate has expired; it must be renewed there".to_owned()
        }
        Some(TlsError::InvalidCertificate(CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. })) => {
            "the server's certificate is not valid yet; is this machine's clock right?".to_owned()
        }
        Some(TlsError::InvalidCertificate(other)) => {
            format!("the server's certificate cannot be trusted: {other:?}; it must be renewed there")
        }
        Some(TlsError::InvalidMessage(_)) => {
            return NotLetIn::Misconfigured("the server does not speak TLS on this port; is it one for STARTTLS?".to_owned());
        }
        _ => return NotLetIn::Unreachable(format!("encryption could not be agreed on: {error}")),
    };
    NotLetIn::NotTrusted(why)
}
