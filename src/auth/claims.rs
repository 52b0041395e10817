//! What a JWT says, under the names that the settings give.

use std::fmt;

use chrono::{DateTime, Utc};
use entity::Role;
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};
use serde_json::{Map, Value};
use uuid::Uuid;

/// Where a token says who calls: names of claims, or JSON pointers into them (`/app_metadata/tenant`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimNames {
    pub tenant: String,
    pub role: String,
    pub partner: String,
    pub customer: String,
    pub subject: String,
}

impl Default for ClaimNames {
    fn default() -> Self {
        Self {
            tenant: "tid".to_owned(),
            role: "role".to_owned(),
            partner: "partner".to_owned(),
            customer: "customer".to_owned(),
            subject: "sub".to_owned(),
        }
    }
}

/// The claims of a token. None is there twice: whoever else reads the token might take the other one.
pub(super) struct Claims(Value);

/// What is wrong with a claim.
type Wrong = String;

impl Claims {
    /// A moment in seconds since 1970. RFC 7519 lets it have a fraction, which is cut off.
    pub(super) fn time(&self, name: &str) -> Result<Option<DateTime<Utc>>, Wrong> {
        let Some(value) = self.find(name) else { return Ok(None) };
        #[expect(clippy::cast_possible_truncation, reason = "a year that far away is no moment")]
        let seconds = value.as_i64().or_else(|| value.as_f64().map(|it| it.floor() as i64));
        let moment = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        moment.map(Some).ok_or_else(|| format!("its `{name}` is no number of seconds since 1970"))
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Wrong> {
        let Some(value) = self.find(name) else { return Ok(None) };
        value.as_str().map(Some).ok_or_else(|| format!("its `{name}` is no text"))
    }

    /// An id of this kind as Ordergate shows it (`tenant_0190…`), or its digits alone.
    pub(super) fn id<T: From<Uuid>>(&self, name: &str, kind: &str) -> Result<Option<T>, Wrong> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let rest = text.strip_prefix(kind).and_then(|rest| rest.strip_prefix('_'));
        match Uuid::try_parse(rest.unwrap_or(text)) {
            Ok(id) => Ok(Some(T::from(id))),
            Err(_) => {
                Err(format!("its `{name}` is no id such as {kind}_ and 32 hexadecimal digits"))
            }
        }
    }

    pub(super) fn role(&self, name: &str) -> Result<Option<Role>, Wrong> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let role = text.to_ascii_uppercase().parse().ok();
        role.map(Some).ok_or_else(|| {
            let roles: Vec<_> = Role::ALL.iter().map(|role| role.as_str()).collect();
            format!("its `{name}` is none of {}", roles.join(", "))
        })
    }

    /// A claim that is null is not there.
    fn find(&self, name: &str) -> Option<&Value> {
        let found = if name.starts_with('/') { self.0.pointer(name) } else { self.0.get(name) };
        found.filter(|value| !value.is_null())
    }
}

impl<'de> Deserialize<'de> for Claims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EachOnce)
    }
}

struct EachOnce;

impl<'de> Visitor<'de> for EachOnce {
    type Value = Claims;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("claims")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Claims, A::Error> {
        let mut claims = Map::new();
        while let Some((name, value)) = access.next_entry::<String, Value>()? {
            if claims.contains_key(&name) {
                return Err(A::Error::custom(format!("`{name}` is there twice")));
            }
            claims.insert(name, value);
        }
        Ok(Claims(Value::Object(claims)))
    }
}
