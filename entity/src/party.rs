//! Who sells or buys, as a document keeps it.

use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

/// A party of a document, copied when it was issued.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(rename_all = "camelCase", default)]
pub struct Party {
    pub name: String,
    /// The customer's or partner's number.
    pub number: Option<String>,
    pub street: Option<String>,
    pub postal_code: Option<String>,
    pub city: Option<String>,
    /// ISO 3166-1 alpha-2, upper case.
    pub country: Option<String>,
    pub tax_number: Option<String>,
    pub registration_number: Option<String>,
    pub email: Option<String>,
    pub payment_instructions: Option<String>,
}
