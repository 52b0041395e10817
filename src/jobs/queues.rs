//! How long what could be done waits already.

use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::{
    MailStatus, OrderLineStatus, OrderStatus, Provisioning, event, mail, order, order_line,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QuerySelect,
    Select,
};

use super::{billing::SUBSCRIPTIONS, waiting::oldest_of_each, webhooks};
use crate::{app::App, store::statement::is_exactly};

/// For each queue, how long the oldest has been waiting that is due, also if it failed and was put off; zero: none is.
pub async fn ages(app: &App) -> Result<Vec<(&'static str, Duration)>, DbErr> {
    let (database, now) = (app.store.readers(), app.clock.now());
    let to_start =
        order::Entity::find().filter(is_exactly(order::Column::Status, OrderStatus::Approved));
    let at_once = to_start.clone().filter(order::Column::StartAt.is_null());
    let at_once = oldest(database, at_once, order::Column::ApprovedAt).await?;
    let on_a_date = to_start.filter(order::Column::StartAt.lte(now));
    let on_a_date = oldest(database, on_a_date, order::Column::StartAt).await?;
    let to_carry_out = order_line::Entity::find()
        .filter(is_exactly(order_line::Column::Status, OrderLineStatus::InProgress))
        .filter(is_exactly(order_line::Column::Provisioning, Provisioning::Instant));
    let to_carry_out = oldest(database, to_carry_out, order_line::Column::StartedAt).await?;
    let without_position = event::Entity::find().filter(event::Column::Position.is_null());
    let without_position = oldest(database, without_position, event::Column::OccurredAt).await?;
    let to_send =
        mail::Entity::find().filter(is_exactly(mail::Column::Status, MailStatus::Pending));
    let to_send = oldest(database, to_send, mail::Column::CreatedAt).await?;
    let to_bill = oldest_of_each::<DateTime<Utc>>(database, &SUBSCRIPTIONS).await?;
    let to_bill = to_bill.into_iter().map(|(_, due)| due).min();
    let to_post = webhooks::due::oldest(database, now).await?;
    let to_post_of_lines = webhooks::due::oldest_line(database, now).await?;
    let age = |since: Option<DateTime<Utc>>| {
        since.and_then(|since| (now - since).to_std().ok()).unwrap_or_default()
    };
    Ok(vec![
        ("orders_to_start", age(at_once).max(age(on_a_date))),
        ("lines_to_carry_out", age(to_carry_out)),
        ("subscriptions_to_bill", age(to_bill)),
        ("mails_to_send", age(to_send)),
        ("events_without_position", age(without_position)),
        ("webhooks_to_post", age(to_post)),
        ("lines_to_post", age(to_post_of_lines)),
    ])
}

#[derive(FromQueryResult)]
struct Oldest {
    since: Option<DateTime<Utc>>,
}

async fn oldest<E: EntityTrait>(
    database: &impl ConnectionTrait,
    waiting: Select<E>,
    since: E::Column,
) -> Result<Option<DateTime<Utc>>, DbErr> {
    let oldest = waiting.select_only().column_as(since.min(), "since").into_model::<Oldest>();
    Ok(oldest.one(database).await?.and_then(|oldest| oldest.since))
}
