//! How the pages look. Pure: what is shown in, a page out, with every text escaped.

use std::sync::LazyLock;

use axum::http::StatusCode;
use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use entity::{
    ApprovalLinkAction, BillingPeriod, ChangeTime, OrderAction, PriceModel,
    order_line::Model as Line,
    plan_instance::{Charge, Charges},
};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use crate::{
    graphql::types::Money, http::documents::grouped, services::orders::links::show::Shown,
};

/// The one field of the form: the reference of a yes, or the reason of a no.
pub(super) const FIELD: &str = "text";

const STYLE: &str = include_str!("page.css");

/// What a page may load and do: it has its own style, and a form that is sent back to it.
pub(super) static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'"
    )
});

/// A page, and the status that it is sent with.
pub(super) struct Told {
    pub(super) status: StatusCode,
    title: &'static str,
    /// The number of the order with which the title goes on.
    order: Option<String>,
    says: Says,
}

enum Says {
    /// What has happened, and what to do.
    Words(&'static str),
    Order(Markup),
}

impl Told {
    pub(super) const UNKNOWN: Self = Self::new(
        StatusCode::NOT_FOUND,
        "There is no such link",
        "Check that the address is complete: some programs break long addresses apart. If it is, ask whoever sent you the \
         link for a new one.",
    );
    pub(super) const USED: Self = Self::new(
        StatusCode::GONE,
        "This link was used",
        "It has answered the order, and works once. If you have just sent your answer, it is kept. If it was not you who \
         answered, tell whoever sent you the link.",
    );
    pub(super) const REVOKED: Self = Self::new(
        StatusCode::GONE,
        "This link was revoked",
        "Whoever sent you the link, or a colleague, has taken it back. Ask them for a new one if you are still to answer.",
    );
    pub(super) const EXPIRED: Self = Self::new(
        StatusCode::GONE,
        "This link has expired",
        "Nothing was decided. Ask whoever sent you the link for a new one.",
    );
    pub(super) const CHANGED: Self = Self::new(
        StatusCode::CONFLICT,
        "The order has changed",
        "The order is not what it was when the link was made. Nothing was decided by this link. Ask whoever sent it to you \
         for a new one.",
    );
    pub(super) const DECIDED: Self = Self::new(
        StatusCode::CONFLICT,
        "The order no longer waits for this answer",
        "Somebody else has answered, or the order was cancelled. Nothing was decided by this link.",
    );
    pub(super) const APPROVED_BEFORE: Self = Self::new(
        StatusCode::CONFLICT,
        "You have said yes already",
        "Your yes is kept, and counts once. The order waits for others. Nothing was decided by this link.",
    );
    pub(super) const NO_LONGER_ALLOWED: Self = Self::new(
        StatusCode::FORBIDDEN,
        "This link may no longer answer",
        "Whoever made the link may no longer answer for this order. Nothing was decided.",
    );
    pub(super) const SENT_FROM_ELSEWHERE: Self = Self::new(
        StatusCode::FORBIDDEN,
        "This was sent from another page",
        "Nothing was decided. Open the link that you were sent, and answer there.",
    );
    pub(super) const NO_FORM: Self = Self::new(
        StatusCode::BAD_REQUEST,
        "The answer could not be read",
        "Nothing was decided. Open the link that you were sent, and answer there.",
    );
    pub(super) const TOO_FAST: Self = Self::new(
        StatusCode::TOO_MANY_REQUESTS,
        "Too many requests",
        "Nothing was decided. Wait a moment and try again.",
    );
    pub(super) const BUSY: Self = Self::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "The service is busy",
        "Nothing was decided. Wait a moment and try again.",
    );
    pub(super) const UNAVAILABLE: Self = Self::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "The service is out of order for a moment",
        "Open the link again in a while: it says whether your answer was kept.",
    );
    pub(super) const BROKEN: Self = Self::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "Something went wrong on our side",
        "Open the link again in a while: it says whether your answer was kept.",
    );

    const fn new(status: StatusCode, title: &'static str, words: &'static str) -> Self {
        Self { status, title, order: None, says: Says::Words(words) }
    }

    fn done(title: &'static str, number: &str, words: &'static str) -> Self {
        Self { order: Some(number.to_owned()), ..Self::new(StatusCode::OK, title, words) }
    }

    pub(super) fn approved(number: &str) -> Self {
        let words = "Your answer is kept, and the order goes ahead. You can close this page.";
        Self::done("You have approved order", number, words)
    }

    pub(super) fn approved_in_part(number: &str) -> Self {
        let words = "Your answer is kept. The order still waits for somebody else’s. You can close this page.";
        Self::done("You have approved order", number, words)
    }

    pub(super) fn rejected(number: &str) -> Self {
        let words = "Your answer is kept, and the order has ended. You can close this page.";
        Self::done("You have rejected order", number, words)
    }

    /// The order, and the form that answers it.
    pub(super) fn asks(status: StatusCode, ask: &Ask<'_>) -> Self {
        let title = match ask.shown.action {
            ApprovalLinkAction::Approve => "Approve order",
            ApprovalLinkAction::Reject => "Reject order",
        };
        let number = ask.shown.order.number.clone();
        Self { status, title, order: Some(number), says: Says::Order(order(ask, title)) }
    }

    pub(super) fn page(&self) -> String {
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="robots" content="noindex, nofollow";
                    title { (self.title) @if let Some(number) = &self.order { " " (number) } }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    main {
                        h1 {
                            (self.title)
                            @if let Some(number) = &self.order { " " span.whole { (number) } }
                        }
                        @match &self.says {
                            Says::Words(words) => p { (words) },
                            Says::Order(order) => (order),
                        }
                    }
                }
            }
        };
        page.into_string()
    }
}

/// What is asked.
#[derive(Clone, Copy)]
pub(super) struct Ask<'a> {
    shown: &'a Shown,
    /// What is wrong with what was typed before.
    wrong: Option<&'a str>,
    typed: &'a str,
}

impl<'a> Ask<'a> {
    pub(super) fn of(shown: &'a Shown) -> Self {
        Self { shown, wrong: None, typed: "" }
    }

    /// The same, of somebody who has typed what is wrong.
    pub(super) fn again(self, wrong: Option<&'a str>, typed: &'a str) -> Self {
        Self { wrong, typed, ..self }
    }
}

fn order(ask: &Ask<'_>, verb: &str) -> Markup {
    let Shown { order, .. } = ask.shown;
    let tax = if order.tax_inclusive { "with tax" } else { "without tax" };
    html! {
        p { (ask.shown.seller) " asks " (ask.shown.recipient) " for an answer. Nothing is decided before you press the button." }
        dl { (facts(ask.shown)) }
        section aria-labelledby="lines" {
            h2 #lines { "What is ordered" }
            table {
                thead {
                    tr {
                        th scope="col" { "Line" }
                        th.number scope="col" {
                            "Amount " span.small { span.whole { "per period," } " " span.whole { (tax) } }
                        }
                    }
                }
                tbody { @for line in &ask.shown.lines { (self::line(ask.shown, line)) } }
                tfoot {
                    tr { th scope="row" { "Without tax" } td.number { (amount(ask.shown, order.net_amount)) } }
                    tr { th scope="row" { "Tax" } td.number { (amount(ask.shown, order.tax_amount)) } }
                    tr.total {
                        th scope="row" { "Total" }
                        td.number { (amount(ask.shown, order.gross_amount)) "\u{a0}" (order.currency) }
                    }
                }
            }
        }
        (form(ask, verb))
        p.small {
            "The link works once, until " (moment(ask.shown.expires_at)) ". Whoever has it can answer in your name: pass it on to nobody."
        }
    }
}

fn facts(shown: &Shown) -> Markup {
    let order = &shown.order;
    html! {
        (fact("For", shown.customer.as_ref()))
        (fact("Sold by", shown.partner.as_ref()))
        (fact("Placed by", shown.placed_by.as_ref()))
        (fact("Placed at", order.submitted_at.map(moment).as_ref()))
        (fact("Begins", order.start_at.map(moment).as_ref()))
        (fact("Reference", order.reference.as_ref()))
        (fact("PO number", order.po_number.as_ref()))
    }
}

fn fact(name: &str, value: Option<&String>) -> Markup {
    html! { @if let Some(value) = value { div { dt { (name) } dd { (value) } } } }
}

fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

fn line(shown: &Shown, line: &Line) -> Markup {
    let name = shown.offers.get(&line.offer_id).map_or("", String::as_str);
    let previous = line.previous_offer_id.and_then(|id| shown.offers.get(&id));
    let before = line.previous_quantity.filter(|before| *before != line.quantity);
    html! {
        tr {
            td {
                @if let Some(does) = does(line.action) { (does) " " }
                (name)
                ul.small {
                    li {
                        (units(shown, line)) (every(line))
                        @if line.discount_amount != 0 { " − " (amount(shown, line.discount_amount)) }
                        @if let Some(before) = before { ", instead of " (before) }
                    }
                    @for component in line.components.iter().flat_map(|components| &components.0) {
                        li { (component.name) " " (amount(shown, component.amount)) }
                    }
                    @if let Some(previous) = previous { li { "instead of " (previous) } }
                    @match (line.change_on, line.change_time) {
                        (Some(day), _) => li { "on " (day) },
                        (None, ChangeTime::OnRenewal) => li { "on the day of its renewal" },
                        (None, ChangeTime::Now | ChangeTime::OnDate) => {}
                    }
                    @match line.auto_renew {
                        Some(true) => li { "renews from then on" },
                        Some(false) => li { "renews no more" },
                        None => {}
                    }
                    @if let Some(day) = line.starts_on { li { "from " (day) } }
                    @for charge in charges(line) {
                        li { "charges " (amount(shown, charge.amount)) " for " (charge.description) }
                    }
                }
            }
            td.number { (amount(shown, line.net_amount)) }
        }
    }
}

/// How many units a line is about, at which price where that is the same for each.
fn units(shown: &Shown, line: &Line) -> String {
    if line.price_model == PriceModel::PerUnit {
        return format!("{} × {}", line.quantity, amount(shown, line.unit_amount));
    }
    format!("{} {}", line.quantity, if line.quantity == 1 { "unit" } else { "units" })
}

/// What a line does to a subscription that is there.
fn does(action: OrderAction) -> Option<&'static str> {
    match action {
        OrderAction::Buy => None,
        OrderAction::Change => Some("Change"),
        OrderAction::Suspend => Some("Suspend"),
        OrderAction::Resume => Some("Resume"),
        OrderAction::Cancel => Some("Cancel"),
    }
}

/// What a line charges, where that is something else than its amount.
fn charges(line: &Line) -> &[Charge] {
    let charges = line.charges.as_ref().map_or(&[][..], |Charges(charges)| charges);
    match charges {
        [charge] if charge.amount == line.net_amount => &[],
        _ => charges,
    }
}

/// How often what is bought is charged.
fn every(line: &Line) -> &'static str {
    let step = line.plan_instance.as_ref().and_then(|plan| plan.steps.first());
    match step.and_then(|step| step.billing_period) {
        None => "",
        Some(BillingPeriod::Weekly) => " per week",
        Some(BillingPeriod::Monthly) => " per month",
        Some(BillingPeriod::Quarterly) => " per quarter",
        Some(BillingPeriod::HalfYearly) => " per half-year",
        Some(BillingPeriod::Yearly) => " per year",
        Some(BillingPeriod::ThreeYearly) => " per three years",
    }
}

fn amount(shown: &Shown, amount: i64) -> String {
    grouped(&Money::new(amount, &shown.order.currency).number())
}

fn form(ask: &Ask<'_>, verb: &str) -> Markup {
    let action = ask.shown.action;
    let described = ask.wrong.map_or("about", |_| "wrong about");
    let invalid = ask.wrong.map(|_| "true");
    html! {
        // Sent to the address of the page, which has the token.
        form method="post" {
            @match action {
                ApprovalLinkAction::Approve => {
                    label for=(FIELD) { "Your reference " span.small { "(optional)" } }
                    p #about .small { "Your own number for this deal, such as a PO number. It is printed on every document that comes of the order." }
                    (wrong(ask))
                    input id=(FIELD) name=(FIELD) value=(ask.typed) maxlength="64" autocomplete="off"
                        aria-describedby=(described) aria-invalid=[invalid] autofocus[ask.wrong.is_some()];
                }
                ApprovalLinkAction::Reject => {
                    label for=(FIELD) { "Why you reject it" }
                    p #about .small { "The buyer is shown this: up to 256 characters." }
                    (wrong(ask))
                    textarea id=(FIELD) name=(FIELD) rows="3" maxlength="256" required
                        aria-describedby=(described) aria-invalid=[invalid] autofocus[ask.wrong.is_some()] { (ask.typed) }
                }
            }
            button.reject[action == ApprovalLinkAction::Reject] type="submit" {
                (verb) " " span.whole { (ask.shown.order.number) }
            }
        }
    }
}

fn wrong(ask: &Ask<'_>) -> Markup {
    html! { @if let Some(wrong) = ask.wrong { p #wrong .wrong role="alert" { (wrong) } } }
}
