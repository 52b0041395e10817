//! Finding things by their words.

use std::collections::BTreeSet;

use entity::search_term;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QuerySelect,
    QueryTrait, sea_query::SelectStatement,
};
use uuid::Uuid;

use crate::{store::Txn, viewer::Viewer};

/// In characters. Longer words are cut off.
const LONGEST_WORD: usize = 64;
/// How many words of a search text count.
const MOST_WORDS: usize = 8;
/// A statement of SQLite takes 32,766 parameters, and a word needs four.
const ROWS_AT_ONCE: usize = 1_000;

/// The table that a word leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Order,
    Customer,
    Partner,
    Product,
    Offer,
    Agreement,
    Subscription,
    License,
    Invoice,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Customer => "customer",
            Self::Partner => "partner",
            Self::Product => "product",
            Self::Offer => "offer",
            Self::Agreement => "agreement",
            Self::Subscription => "subscription",
            Self::License => "license",
            Self::Invoice => "invoice",
        }
    }
}

/// Replaces the words of a subject by those of the texts; without texts it is no longer found.
pub async fn index(txn: &Txn, kind: Kind, id: Uuid, texts: &[&str]) -> Result<(), DbErr> {
    search_term::Entity::delete_many()
        .filter(search_term::Column::TenantId.eq(txn.tenant_id()))
        .filter(search_term::Column::Kind.eq(kind.as_str()))
        .filter(search_term::Column::SubjectId.eq(id))
        .exec(txn)
        .await?;
    let words: Vec<_> = texts
        .iter()
        .flat_map(|text| words(text).chain([whole(text)]))
        .filter(|word| !word.is_empty())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .map(|word| search_term::ActiveModel {
            tenant_id: Set(txn.tenant_id()),
            kind: Set(kind.as_str().to_owned()),
            word: Set(word),
            subject_id: Set(id),
        })
        .collect();
    for rows in words.chunks(ROWS_AT_ONCE) {
        search_term::Entity::insert_many(rows.to_vec()).exec_without_returning(txn).await?;
    }
    Ok(())
}

/// What a text asks for: every word of it must begin a word of the subject, or of something that the subject belongs
/// to. `places` says for each column of ids which kind of words it leads to. A text without words asks for nothing.
pub fn condition<C: ColumnTrait>(viewer: &Viewer, text: &str, places: &[(C, Kind)]) -> Condition {
    let mut wanted: Vec<_> = words(text).take(MOST_WORDS).collect();
    if wanted.is_empty() {
        wanted.extend(Some(whole(text)).filter(|whole| !whole.is_empty()));
    }
    wanted.into_iter().fold(Condition::all(), |all, word| {
        all.add(places.iter().fold(Condition::any(), |any, (column, kind)| {
            any.add(column.in_subquery(subjects(viewer, *kind, &word)))
        }))
    })
}

fn subjects(viewer: &Viewer, kind: Kind, beginning: &str) -> SelectStatement {
    search_term::Entity::find()
        .select_only()
        .column(search_term::Column::SubjectId)
        .filter(search_term::Column::TenantId.eq(viewer.tenant_id))
        .filter(search_term::Column::Kind.eq(kind.as_str()))
        .filter(search_term::Column::Word.gte(beginning))
        .filter(search_term::Column::Word.lt(format!("{beginning}{}", char::MAX)))
        .into_query()
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(whole)
}

fn whole(text: &str) -> String {
    text.trim().chars().flat_map(char::to_lowercase).take(LONGEST_WORD).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_falls_into_words_whatever_stands_between_them() {
        let found: Vec<_> = words("  PO-2026/17, Café ").collect();
        assert_eq!(found, ["po", "2026", "17", "café"]);
        assert_eq!(whole("  PO-2026 "), "po-2026");
        assert_eq!(whole(&"x".repeat(100)).len(), LONGEST_WORD);
    }
}
