//! Reading ids and words of closed sets from the command line.

use std::str::FromStr;

use entity::{Role, TenantKind};

use crate::graphql::id::{Id, Prefixed};

/// An id as the API shows it: `tenant_0190…`.
pub(super) fn id<T: Prefixed>(text: &str) -> Result<T, String> {
    Id::<T>::read(text).map(|id| id.0).ok_or_else(|| {
        format!("give an id as Ordergate shows it: {}_ and 32 hexadecimal digits", T::PREFIX)
    })
}

/// A word of a closed set, in any case.
pub(super) fn word<T: ClosedSet>(text: &str) -> Result<T, String> {
    text.to_uppercase().parse().map_err(|()| {
        let words: Vec<_> = T::words().iter().map(|word| word.to_lowercase()).collect();
        format!("give one of: {}", words.join(", "))
    })
}

/// Words that can be listed.
pub(super) trait ClosedSet: FromStr<Err = ()> {
    fn words() -> Vec<&'static str>;
}

impl ClosedSet for Role {
    fn words() -> Vec<&'static str> {
        Self::ALL.iter().map(|role| role.as_str()).collect()
    }
}

impl ClosedSet for TenantKind {
    fn words() -> Vec<&'static str> {
        Self::ALL.iter().map(|kind| kind.as_str()).collect()
    }
}
