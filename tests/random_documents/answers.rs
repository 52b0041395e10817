//! Whether an answer is the one that the reference gives.

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::reference::{Failed, Path};

/// What the server answers, with the data as it is written.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    data: Box<RawValue>,
    #[serde(default)]
    errors: Vec<Told>,
}

/// An error that the server tells of.
#[derive(Debug, Deserialize)]
struct Told {
    #[serde(default)]
    path: Path,
    #[serde(default)]
    extensions: Value,
}

impl Answer {
    /// What is different from what the reference says; none: nothing is.
    ///
    /// Where several fields below one null have failed, the specification lets a server tell of any of them.
    pub(super) fn difference(&self, data: &str, failed: &[Failed]) -> Option<String> {
        if self.data.get() != data {
            return Some("the data is different".to_owned());
        }
        let told = |failed: &Failed| self.errors.iter().any(|told| told.is_of(failed));
        let known = |told: &&Told| failed.iter().any(|failed| told.is_of(failed));
        if let Some(unknown) = self.errors.iter().find(|told| !known(told)) {
            return Some(format!("{unknown:?} has not failed"));
        }
        let is_hidden = |null: &Path| {
            failed.iter().any(|it| it.null_at.len() < null.len() && null.starts_with(&it.null_at))
        };
        let nulls = failed.iter().map(|it| &it.null_at).filter(|null| !is_hidden(null));
        let mut untold =
            nulls.filter(|null| !failed.iter().any(|it| it.null_at == **null && told(it)));
        untold.next().map(|null| format!("nothing is told of the null at {null:?}"))
    }
}

impl Told {
    /// Whether this tells of what has failed.
    ///
    /// async-graphql tells of what nulls items of lists as if the item of the outermost one had failed.
    fn is_of(&self, failed: &Failed) -> bool {
        let above = failed.null_at.len();
        let item = failed.path[above..].iter().position(Value::is_number);
        let item = item.map(|item| &failed.path[..=above + item]);
        let is_there = self.path == failed.path || item.is_some_and(|item| self.path == item);
        is_there && self.extensions["code"] == failed.code
    }
}
