//! An HTTP client.

use std::sync::Once;

/// A client that can be made without asking which cryptography to use: nothing here is encrypted.
pub(crate) fn client() -> reqwest::Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Already installed where the program's own client was first.
        drop(rustls::crypto::ring::default_provider().install_default());
    });
    reqwest::Client::new()
}
