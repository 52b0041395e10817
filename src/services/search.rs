//! Finding things by their words.

use std::collections::BTreeSet;

use domain::viewer::{Scope, Viewer};
use entity::{customer, search_term};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, ExprTrait, FromQueryResult,
    QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, Order, Query, SelectStatement, UnionType},
};
use uuid::Uuid;

use crate::{access, store::Txn};

/// How many words of a search text count.
const MOST_WORDS: usize = 8;
/// A statement of SQLite takes 32,766 parameters, and a word needs four.
const ROWS_AT_ONCE: usize = 1_000;
/// A word that leads to more is common: among as many rows, the next page is never far.
const MOST_SUBJECTS: u64 = 1_000;
/// How many owners a page is gathered from, each along an index.
const MOST_OWNERS: usize = 50;

/// The table that a word leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Order,
    Customer,
    Discount,
    Partner,
    Product,
    Offer,
    Plan,
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
            Self::Discount => "discount",
            Self::Partner => "partner",
            Self::Product => "product",
            Self::Offer => "offer",
            Self::Plan => "plan",
            Self::Agreement => "agreement",
            Self::Subscription => "subscription",
            Self::License => "license",
            Self::Invoice => "invoice",
        }
    }
}

/// Replaces the words of a subject by those of the texts; without texts it is no longer found.
pub async fn index(txn: &Txn, kind: Kind, id: Uuid, texts: &[&str]) -> Result<(), DbErr> {
    forget(txn, kind, id).await?;
    add(txn, terms(txn, kind, id, texts)).await
}

/// Makes subjects findable that have no words yet.
pub async fn index_new(txn: &Txn, kind: Kind, subjects: &[(Uuid, Vec<&str>)]) -> Result<(), DbErr> {
    let terms = subjects.iter().flat_map(|(id, texts)| terms(txn, kind, *id, texts));
    add(txn, terms.collect()).await
}

async fn forget(txn: &Txn, kind: Kind, id: Uuid) -> Result<(), DbErr> {
    search_term::Entity::delete_many()
        .filter(search_term::Column::TenantId.eq(txn.tenant_id()))
        .filter(search_term::Column::Kind.eq(kind.as_str()))
        .filter(search_term::Column::SubjectId.eq(id))
        .exec(txn)
        .await?;
    Ok(())
}

/// The words of a subject, each once.
fn terms(txn: &Txn, kind: Kind, id: Uuid, texts: &[&str]) -> Vec<search_term::ActiveModel> {
    spelling::terms(texts.iter().copied())
        .into_iter()
        .map(|word| search_term::ActiveModel {
            tenant_id: Set(txn.tenant_id()),
            kind: Set(kind.as_str().to_owned()),
            word: Set(word),
            subject_id: Set(id),
        })
        .collect()
}

async fn add(txn: &Txn, terms: Vec<search_term::ActiveModel>) -> Result<(), DbErr> {
    for rows in terms.chunks(ROWS_AT_ONCE) {
        search_term::Entity::insert_many(rows.to_vec()).exec_without_returning(txn).await?;
    }
    Ok(())
}

/// What a text asks for: every word of it, in one of its spellings, must begin a word of the subject, or of something
/// that the subject belongs to.
#[derive(Clone, Debug)]
pub struct Search<C> {
    viewer: Viewer,
    /// The spellings of each word.
    words: Vec<Vec<String>>,
    /// Which column leads to which kind of words: the row's own id, and then what it belongs to.
    places: Vec<(C, Kind)>,
}

/// What the words of a search lead to, as far as it is worth knowing.
#[derive(Clone, Debug)]
pub struct Narrowed {
    /// Where to begin: conditions on indexes, of which each row meets one at most. Empty where every word is so common
    /// that one may begin anywhere.
    pub beginnings: Vec<Condition>,
    /// What else must be so.
    pub condition: Condition,
}

/// Searches by a text; none if the text has no words. The first of `places` is the row's own id.
pub fn search<C: ColumnTrait>(
    viewer: &Viewer,
    text: Option<&String>,
    places: &[(C, Kind)],
) -> Option<Search<C>> {
    let text = text?;
    let mut wanted = spelling::words(text);
    wanted.truncate(MOST_WORDS);
    if wanted.is_empty() {
        let whole = spelling::whole(text);
        wanted.extend(Some(vec![whole]).filter(|spellings| !spellings[0].is_empty()));
    }
    wanted.dedup();
    let search = Search { viewer: viewer.clone(), words: wanted, places: places.to_vec() };
    Some(search).filter(|search| !search.words.is_empty())
}

impl<C: ColumnTrait> Search<C> {
    /// Finds out how common the words are. A rare one is where to begin: a database that has to guess either walks past
    /// all rows that do not match, or gathers all that do.
    pub async fn narrow(&self, connection: &impl ConnectionTrait) -> Result<Narrowed, DbErr> {
        #[derive(FromQueryResult)]
        struct Found {
            word: i32,
            place: i32,
            subject_id: Uuid,
        }
        let statement = connection.get_database_backend().build(&self.first_subjects());
        let mut subjects = vec![vec![BTreeSet::new(); self.places.len()]; self.words.len()];
        let mut read = vec![vec![0; self.places.len()]; self.words.len()];
        for found in Found::find_by_statement(statement).all(connection).await? {
            let (word, place) = (index_of(found.word), index_of(found.place));
            subjects[word][place].insert(found.subject_id);
            read[word][place] += 1;
        }
        let is_rare = |word: &usize| {
            read[*word].iter().all(|count| *count <= MOST_SUBJECTS)
                && subjects[*word][1..].iter().map(BTreeSet::len).sum::<usize>() <= MOST_OWNERS
        };
        let rarest = (0..self.words.len())
            .filter(is_rare)
            .min_by_key(|word| subjects[*word].iter().map(BTreeSet::len).sum::<usize>());
        let others = (0..self.words.len()).filter(|word| Some(*word) != rarest);
        let condition = others.fold(Condition::all(), |all, word| {
            let places = self.places.iter().enumerate();
            all.add(places.fold(Condition::any(), |any, (place, (column, kind))| {
                let has = |spelling: &String| self.has_word(*column, *kind, spelling);
                let has_word =
                    self.words[word].iter().map(has).fold(Condition::any(), Condition::add);
                any.add(Condition::all().add(has_word).add_option(self.still_leads(place)))
            }))
        });
        let beginnings = rarest.map_or_else(Vec::new, |word| self.beginnings(&subjects[word]));
        Ok(Narrowed { beginnings, condition })
    }

    /// One more subject of each word, spelling and place than are worth counting.
    fn first_subjects(&self) -> SelectStatement {
        let spelled = (0_i32..)
            .zip(&self.words)
            .flat_map(|(word, spellings)| spellings.iter().map(move |beginning| (word, beginning)));
        let parts = spelled.flat_map(|(word, beginning)| {
            (0_i32..).zip(&self.places).map(move |(place, (_, kind))| {
                let some = self
                    .subjects(*kind, beginning)
                    .column(search_term::Column::SubjectId)
                    // In the order of the index: PostgreSQL would look for a common word in the table, from its start.
                    .order_by(search_term::Column::Word, Order::Asc)
                    .order_by(search_term::Column::SubjectId, Order::Asc)
                    .limit(MOST_SUBJECTS + 1)
                    .to_owned();
                Query::select()
                    .expr_as(Expr::value(word), "word")
                    .expr_as(Expr::value(place), "place")
                    .column("subject_id")
                    .from_subquery(some, "part")
                    .to_owned()
            })
        });
        parts.reduce(|mut all, part| all.union(UnionType::All, part).to_owned()).unwrap_or_default()
    }

    fn beginnings(&self, subjects: &[BTreeSet<Uuid>]) -> Vec<Condition> {
        let mut beginnings = Vec::new();
        let mut before = Condition::all();
        for (place, ((column, _), subjects)) in self.places.iter().zip(subjects).enumerate() {
            if subjects.is_empty() {
                continue;
            }
            if place == 0 {
                beginnings.push(before.clone().add(column.is_in(subjects.iter().copied())));
            } else {
                // In the order of an index, and no further than the page reaches.
                let leads = before.clone().add_option(self.still_leads(place));
                let each = subjects.iter().map(|subject| leads.clone().add(column.eq(*subject)));
                beginnings.extend(each);
            }
            before = before.add(column.is_not_in(subjects.iter().copied()));
        }
        if beginnings.is_empty() {
            beginnings.push(Condition::all().add(Expr::value(false)));
        }
        beginnings
    }

    /// Whether the viewer may see what a row belongs to. What a partner has sold stays with it when the customer goes to
    /// another, and is then no longer found by what the customer is called.
    fn still_leads(&self, place: usize) -> Option<Expr> {
        let (column, kind) = self.places[place];
        let is_partner = match &self.viewer.scope {
            Scope::Partner { .. } => true,
            Scope::Tenant | Scope::Customer { .. } => false,
        };
        if place == 0 || kind != Kind::Customer || !is_partner {
            return None;
        }
        let of_row =
            Expr::col((customer::Entity, customer::Column::Id)).equals(column.as_column_ref());
        let seen = access::visible::<customer::Entity>(&self.viewer).filter(of_row);
        Some(Expr::exists(seen.select_only().column(customer::Column::Id).into_query()))
    }

    /// Asked row by row: as a join, PostgreSQL would gather everything that has the word.
    fn has_word(&self, column: C, kind: Kind, beginning: &str) -> Expr {
        let one = self
            .subjects(kind, beginning)
            .expr(Expr::value(1))
            .and_where(
                Expr::col((search_term::Entity, search_term::Column::SubjectId))
                    .equals(column.as_column_ref()),
            )
            .limit(1)
            .to_owned();
        Expr::SubQuery(None, Box::new(one.into())).is_not_null()
    }

    fn subjects(&self, kind: Kind, beginning: &str) -> SelectStatement {
        search_term::Entity::find()
            .select_only()
            .filter(search_term::Column::TenantId.eq(self.viewer.tenant_id))
            .filter(search_term::Column::Kind.eq(kind.as_str()))
            .filter(search_term::Column::Word.gte(beginning))
            .filter(search_term::Column::Word.lt(format!("{beginning}{}", char::MAX)))
            .into_query()
    }
}

fn index_of(number: i32) -> usize {
    usize::try_from(number).unwrap_or_default()
}
