//! Taking the address that the API is served on.

use std::io::ErrorKind;

use tokio::net::TcpListener;

use super::failure::Failure;

/// Binds `HOST:PORT`, or says in words why that cannot be.
pub(super) async fn bind(address: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        #[expect(clippy::wildcard_enum_match_arm, reason = "most kinds cannot come from binding")]
        let message = match error.kind() {
            ErrorKind::AddrInUse => format!(
                "{address} is taken by another program; stop it, or choose another port with --listen"
            ),
            ErrorKind::PermissionDenied => format!(
                "{address} may not be used by this user; ports below 1024 often need more rights, choose another with --listen"
            ),
            ErrorKind::AddrNotAvailable => {
                format!("{address} is no address of this machine; choose another with --listen")
            }
            ErrorKind::InvalidInput => {
                format!("{address} is no address to listen on; write HOST:PORT, such as 127.0.0.1:8080")
            }
            _ => format!("cannot listen on {address}: {error}"),
        };
        Failure::new(message)
    })
}
