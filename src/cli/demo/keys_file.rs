//! The demo's keys in a file, for scripts.

use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io::Write,
    path::Path,
};

use anyhow::Context;
use secrecy::ExposeSecret;

use crate::demo::RoleKey;

/// Writes `{"ADMIN": "og_…", …}`. The file is there only once it is complete, and only its owner can read it.
pub(super) fn write(path: &Path, keys: &[RoleKey]) -> anyhow::Result<()> {
    let keys: BTreeMap<_, _> =
        keys.iter().map(|key| (key.role.as_str(), key.secret.expose_secret())).collect();
    let text = serde_json::to_string_pretty(&keys)?;
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(format!(".{}", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let cannot = || format!("cannot write the keys to {}", path.display());
    let mut file = options.open(&unfinished).with_context(cannot)?;
    file.write_all(text.as_bytes()).with_context(cannot)?;
    file.write_all(b"\n").with_context(cannot)?;
    fs::rename(&unfinished, path).with_context(cannot)
}
