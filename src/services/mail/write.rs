//! From events to mail: who gets one about what has happened is written down, once for each event and recipient.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use domain::mail::{TRIED_FOR, kind_of, may_go_to};
use entity::{
    ApprovalDecision, CustomerId, InvoiceId, MailAudience, MailId, MailKind, MailStatus, OrderId,
    PartnerId, approval, customer, event, mail, mail_position, mail_recipient, partner,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, DbErr, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, sea_query::OnConflict,
};

use crate::{
    error::Outcome,
    events::log,
    services::unit::{Unit, locked},
};

/// How many events are read at once.
const EVENTS_AT_ONCE: u64 = 500;
/// How many mails are written by one statement: a database takes a limited number of values.
const ROWS_AT_ONCE: usize = 500;
/// How many partners may stand above one another.
const LONGEST_CHAIN: usize = 8;

/// Reads on in the tenant's log, and writes down the mail there is to be; says whether there may be more to read. A log that
/// was never read for mail is read from `since` on, or from when somebody was first to get mail.
pub async fn write_mails(unit: &Unit, since: DateTime<Utc>) -> Outcome<bool> {
    let tenant_id = unit.viewer.tenant_id;
    let seen = locked(mail_position::Entity::find_by_id(tenant_id)).one(&unit.txn).await?;
    let after = match &seen {
        Some(seen) => seen.position,
        None => beginning(unit, since).await?,
    };
    // What lies before `latest` and cannot be read is not kept any more.
    let latest = log::extent(&unit.txn, tenant_id).await?.latest;
    let events = log::read_after(&unit.txn, tenant_id, after, EVENTS_AT_ONCE).await?;
    let last = events.last().and_then(|event| event.position).unwrap_or(after);
    let is_all = u64::try_from(events.len()).is_ok_and(|read| read < EVENTS_AT_ONCE);
    let position = if is_all { last.max(latest) } else { last };
    let mails = mails_about(unit, &events).await?;
    for some in mails.chunks(ROWS_AT_ONCE) {
        let rows = some.iter().map(|row| row.clone().into_active_model().reset_all());
        let inserted = mail::Entity::insert_many(rows)
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(&unit.txn)
            .await;
        match inserted {
            Ok(_) | Err(DbErr::RecordNotInserted) => {}
            Err(error) => return Err(error.into()),
        }
    }
    match seen {
        Some(seen) if seen.position == position => {}
        Some(_) => unit.save(mail_position::Model { tenant_id, position }).await?,
        None => {
            let row =
                mail_position::ActiveModel { tenant_id: Set(tenant_id), position: Set(position) };
            mail_position::Entity::insert(row).exec_without_returning(&unit.txn).await?;
        }
    }
    Ok(!is_all)
}

/// The position after which a log is read that was never read before.
async fn beginning(unit: &Unit, since: DateTime<Utc>) -> Outcome<i64> {
    let first = mail_recipient::Entity::find()
        .filter(mail_recipient::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(mail_recipient::Column::Enabled.eq(true))
        .order_by_asc(mail_recipient::Column::EnabledAt)
        .one(&unit.txn)
        .await?;
    let since = first.map_or(since, |first| first.enabled_at.max(since));
    let last_before = event::Entity::find()
        .filter(event::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(event::Column::Position.is_not_null())
        .filter(event::Column::OccurredAt.lt(since))
        .order_by_desc(event::Column::Position)
        .one(&unit.txn)
        .await?;
    Ok(last_before.and_then(|event| event.position).unwrap_or(0))
}

/// The mail that there is to be about some events.
async fn mails_about(unit: &Unit, events: &[event::Model]) -> Outcome<Vec<mail::Model>> {
    let told: Vec<_> = events
        .iter()
        .filter(|event| event.occurred_at > unit.now - TRIED_FOR)
        .filter_map(|event| Some((event, kind_of(event)?)))
        .collect();
    if told.is_empty() {
        return Ok(Vec::new());
    }
    let bought_by = told.iter().filter_map(|(event, _)| event.customer_id).collect();
    let customers = customers(unit, bought_by).await?;
    let sold_by = told.iter().filter_map(|(event, _)| event.partner_id);
    let now_of = customers.values().filter_map(|customer| customer.partner_id);
    let partners = sold_by.chain(now_of).collect();
    let chains = chains(unit, partners).await?;
    let partners = chains.values().flatten().copied().collect();
    let recipients = recipients(unit, partners).await?;
    let asked = asked(unit, &told).await?;
    let reaches = |recipient: &mail_recipient::Model, partner: Option<PartnerId>| {
        recipient.partner_id.is_none_or(|own| {
            let chain = partner.and_then(|partner| chains.get(&partner));
            chain.is_some_and(|chain| chain.contains(&own))
        })
    };
    let mut mails = Vec::new();
    for (event, kind) in told {
        for recipient in &recipients {
            let is_wanted = recipient.kinds.0.contains(&kind)
                && may_go_to(kind, recipient.audience)
                && recipient.enabled_at <= event.occurred_at
                && reaches(recipient, event.partner_id);
            let is_asked = kind != MailKind::ApprovalWanted
                || event.order_id.is_some_and(|id| asked.contains(&(id, recipient.partner_id)));
            if !is_wanted || !is_asked {
                continue;
            }
            let address = match recipient.audience {
                MailAudience::Address => recipient.address.clone(),
                // Where it has moved to is no business of a former partner.
                MailAudience::Customer => event
                    .customer_id
                    .and_then(|id| customers.get(&id))
                    .filter(|customer| reaches(recipient, customer.partner_id))
                    .and_then(|customer| customer.email.clone()),
            };
            mails.extend(address.map(|address| row(unit, event, kind, recipient, address)));
        }
    }
    Ok(mails)
}

fn row(
    unit: &Unit,
    event: &event::Model,
    kind: MailKind,
    recipient: &mail_recipient::Model,
    address: String,
) -> mail::Model {
    let is_invoice = kind == MailKind::InvoiceIssued;
    mail::Model {
        id: MailId::new(unit.now),
        tenant_id: event.tenant_id,
        recipient_id: recipient.id,
        partner_id: recipient.partner_id,
        event_id: event.id,
        position: event.position.unwrap_or_default(),
        kind,
        order_id: event.order_id.filter(|_| !is_invoice),
        order_line_id: event.order_line_id.filter(|_| !is_invoice),
        invoice_id: is_invoice.then_some(InvoiceId(event.subject_id)),
        address,
        language: recipient.language,
        subject: None,
        status: MailStatus::Pending,
        attempts: 0,
        next_try_at: unit.now,
        give_up_at: unit.now + TRIED_FOR,
        error: None,
        created_at: unit.now,
        sent_at: None,
    }
}

async fn customers(
    unit: &Unit,
    ids: BTreeSet<CustomerId>,
) -> Outcome<HashMap<CustomerId, customer::Model>> {
    let rows = customer::Entity::find()
        .filter(customer::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(customer::Column::Id.is_in(ids))
        .all(&unit.txn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// For each of some partners, itself and those above it.
async fn chains(
    unit: &Unit,
    ids: BTreeSet<PartnerId>,
) -> Outcome<HashMap<PartnerId, Vec<PartnerId>>> {
    let mut parents: HashMap<PartnerId, Option<PartnerId>> = HashMap::new();
    let mut next: Vec<_> = ids.iter().copied().collect();
    for _ in 0..LONGEST_CHAIN {
        if next.is_empty() {
            break;
        }
        let rows = partner::Entity::find()
            .filter(partner::Column::TenantId.eq(unit.viewer.tenant_id))
            .filter(partner::Column::Id.is_in(next))
            .all(&unit.txn)
            .await?;
        parents.extend(rows.into_iter().map(|row| (row.id, row.parent_id)));
        let above = parents.values().flatten().copied();
        next = above.filter(|id| !parents.contains_key(id)).collect();
    }
    let chain = |id: PartnerId| {
        let above = |id: &PartnerId| parents.get(id).copied().flatten();
        std::iter::successors(Some(id), above).take(LONGEST_CHAIN).collect()
    };
    Ok(ids.into_iter().map(|id| (id, chain(id))).collect())
}

/// Those who get mail, of the seller and of these partners.
async fn recipients(
    unit: &Unit,
    partners: BTreeSet<PartnerId>,
) -> Outcome<Vec<mail_recipient::Model>> {
    let owner = Condition::any()
        .add(mail_recipient::Column::PartnerId.is_null())
        .add(mail_recipient::Column::PartnerId.is_in(partners));
    Ok(mail_recipient::Entity::find()
        .filter(mail_recipient::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(mail_recipient::Column::Enabled.eq(true))
        .filter(owner)
        .order_by_asc(mail_recipient::Column::Id)
        .all(&unit.txn)
        .await?)
}

/// Who has still to answer the orders that events say wait for answers: partners, or the seller where none is named.
async fn asked(
    unit: &Unit,
    told: &[(&event::Model, MailKind)],
) -> Outcome<HashSet<(OrderId, Option<PartnerId>)>> {
    let waiting = told.iter().filter(|(_, kind)| *kind == MailKind::ApprovalWanted);
    let waiting: BTreeSet<_> = waiting.filter_map(|(event, _)| event.order_id).collect();
    if waiting.is_empty() {
        return Ok(HashSet::new());
    }
    let answers = approval::Entity::find()
        .filter(approval::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(approval::Column::OrderId.is_in(waiting))
        .filter(approval::Column::Decision.eq(ApprovalDecision::Pending))
        .all(&unit.txn)
        .await?;
    Ok(answers.into_iter().map(|answer| (answer.order_id, answer.partner_id)).collect())
}
