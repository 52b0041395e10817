//! Which orders wait for the answer of exactly this viewer: what the list of orders, its feeds and counts have in common.

use domain::{approval::ApprovesFor, viewer::Viewer};
use entity::{ApprovalDecision, OrderStatus, approval, consent, order};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Alias, Expr, Func},
};

/// Orders that the viewer may approve or reject now: they wait for its answer, to which it has not said yes, and are not its
/// own work.
pub fn waits_for(viewer: &Viewer) -> Condition {
    let answer = match ApprovesFor::of(&viewer.scope, viewer.role) {
        ApprovesFor::Nobody => return Condition::all().add(Expr::value(false)),
        ApprovesFor::Seller => approval::Column::PartnerId.is_null(),
        ApprovesFor::Partner(own) => approval::Column::PartnerId.eq(own),
    };
    let of_order = Expr::col((approval::Entity, approval::Column::OrderId))
        .equals((order::Entity, order::Column::Id));
    let to_answer = Expr::col((consent::Entity, consent::Column::ApprovalId))
        .equals((approval::Entity, approval::Column::Id));
    let said_yes = consent::Entity::find()
        .select_only()
        .expr(Expr::value(1))
        .filter(consent::Column::TenantId.eq(viewer.tenant_id))
        .filter(to_answer)
        .filter(consent::Column::Person.eq(viewer.subject.as_str()))
        .into_query();
    let waiting = approval::Entity::find()
        .select_only()
        .expr(Expr::value(1))
        .filter(approval::Column::TenantId.eq(viewer.tenant_id))
        .filter(of_order)
        .filter(approval::Column::Decision.eq(ApprovalDecision::Pending))
        .filter(answer)
        .filter(Expr::exists(said_yes).not())
        .limit(1)
        .into_query();
    // Asked order by order: as a join, PostgreSQL would gather all that is waited for.
    let waits = Expr::SubQuery(None, Box::new(waiting.into())).is_not_null();
    Condition::all()
        .add(order::Column::Status.eq(OrderStatus::PendingApproval))
        .add(waits)
        .add(order::Column::PlacedBy.ne(viewer.subject.as_str()))
        .add(is_no_co_author(&viewer.subject))
}

/// Whether somebody is not among the co-authors, which are a list of texts as JSON: no item of it is theirs. What stands
/// before an item tells its first quotation mark from one within a text, which has a backslash before it; PostgreSQL writes
/// a blank after a comma.
fn is_no_co_author(subject: &str) -> Condition {
    let item = serde_json::Value::from(subject);
    let list = || {
        let column = Expr::col((order::Entity, order::Column::CoAuthors));
        Func::coalesce([column.cast_as(Alias::new("TEXT")), Expr::value("")])
    };
    ["[", ",", ", "].iter().fold(Condition::all(), |all, before| {
        let without = Func::cust("REPLACE").arg(list()).arg(format!("{before}{item}")).arg("");
        all.add(Expr::expr(without).eq(list()))
    })
}
