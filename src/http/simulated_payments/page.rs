//! How the page looks. Pure: a payment in, a page out, with every text escaped.

use std::sync::LazyLock;

use axum::http::StatusCode;
use base64::{Engine, prelude::BASE64_STANDARD};
use entity::{PaymentAgreementStatus, PaymentMethod, PaymentOutcome, order, payment_agreement};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use crate::{graphql::types::Money, http::documents::grouped};

/// The field of the form that says which button was pressed.
pub(super) const FIELD: &str = "outcome";

/// The pages of approval links look the same.
const STYLE: &str = include_str!("../approval/page.css");

/// What a page may load and do: it has its own style, and a form that is sent back to it.
pub(super) static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'"
    )
});

/// What is to be paid.
pub(super) struct Payment {
    pub(super) agreement: payment_agreement::Model,
    /// None: it is for no order.
    pub(super) order: Option<order::Model>,
}

/// A page.
pub(super) enum Told {
    /// Asks whether it is paid, or says that it no longer matters.
    Asks(Box<Payment>),
    Done(Box<Payment>),
    /// Somebody else was quicker.
    TooLate(Box<Payment>),
    Words {
        status: StatusCode,
        title: &'static str,
        words: &'static str,
    },
}

impl Told {
    pub(super) const UNKNOWN: Self = Self::Words {
        status: StatusCode::NOT_FOUND,
        title: "There is no such payment",
        words: "Check that the address is complete.",
    };
    pub(super) const SENT_FROM_ELSEWHERE: Self = Self::Words {
        status: StatusCode::FORBIDDEN,
        title: "This was sent from another page",
        words: "Nothing was paid. Open the address that you were sent to, and answer there.",
    };
    pub(super) const NO_FORM: Self = Self::Words {
        status: StatusCode::BAD_REQUEST,
        title: "The answer could not be read",
        words: "Nothing was paid. Open the address that you were sent to, and answer there.",
    };
    pub(super) const TOO_FAST: Self = Self::Words {
        status: StatusCode::TOO_MANY_REQUESTS,
        title: "Too many requests",
        words: "Nothing was paid. Wait a moment and try again.",
    };
    pub(super) const BROKEN: Self = Self::Words {
        status: StatusCode::BAD_GATEWAY,
        title: "The seller could not be told",
        words: "Open the address again in a while: it says whether it is paid.",
    };

    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Asks(_) | Self::Done(_) => StatusCode::OK,
            Self::TooLate(_) => StatusCode::CONFLICT,
            Self::Words { status, .. } => *status,
        }
    }

    fn title(&self) -> &'static str {
        match self {
            Self::Asks(payment) if is_open(payment) => "Pay",
            Self::Asks(payment) | Self::Done(payment) => so_far(payment),
            Self::TooLate(_) => "This payment is no longer wanted",
            Self::Words { title, .. } => title,
        }
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
                    title { (self.title()) }
                    style { (PreEscaped(STYLE)) }
                }
                body { main { h1 { (self.title()) } (self.body()) } }
            }
        };
        page.into_string()
    }

    fn body(&self) -> Markup {
        html! {
            @match self {
                Self::Asks(payment) if is_open(payment) => {
                    p { "This payment provider is made up, like the seller: no money moves." }
                    (facts(payment))
                    (form())
                }
                Self::Asks(payment) | Self::Done(payment) => {
                    p { "The seller knows. " @if payment.agreement.return_url.is_none() { "You can close this page." } }
                    (facts(payment))
                    (way_back(payment))
                }
                Self::TooLate(payment) => {
                    p { "Its time is over, or it was called off or answered before. Nothing was paid." }
                    (facts(payment))
                    (way_back(payment))
                }
                Self::Words { words, .. } => p { (words) },
            }
        }
    }
}

fn is_open(payment: &Payment) -> bool {
    payment.agreement.status == PaymentAgreementStatus::Pending
}

fn so_far(payment: &Payment) -> &'static str {
    match payment.agreement.status {
        PaymentAgreementStatus::Pending => "Pay",
        PaymentAgreementStatus::Active => "Paid",
        PaymentAgreementStatus::Rejected => "Declined",
        PaymentAgreementStatus::Expired => "The time for this payment is over",
        PaymentAgreementStatus::Cancelled => "This payment was called off",
    }
}

fn facts(payment: &Payment) -> Markup {
    let Payment { agreement, order } = payment;
    let by = match agreement.method {
        PaymentMethod::Invoice => "Invoice",
        PaymentMethod::Card => "Card",
        PaymentMethod::Wallet => "Wallet",
        PaymentMethod::DirectDebit => "Direct debit",
    };
    html! {
        dl {
            @if let Some(order) = order {
                div { dt { "For order" } dd { (order.number) } }
                div {
                    dt { "Amount" }
                    dd { (grouped(&Money::new(order.gross_amount, &order.currency).number())) "\u{a0}" (order.currency) }
                }
            }
            div { dt { "Paid by" } dd { (by) } }
            @if let Some(reference) = &agreement.provider_reference {
                div { dt { "Reference" } dd { (reference) } }
            }
        }
    }
}

fn form() -> Markup {
    html! {
        // Sent to the address of the page, which says what is paid.
        form method="post" {
            button type="submit" name=(FIELD) value=(PaymentOutcome::Approved.as_str()) { "Pay" }
            button.reject type="submit" name=(FIELD) value=(PaymentOutcome::Rejected.as_str()) { "Decline" }
        }
    }
}

/// A link, and no redirect: a form may lead to no other origin.
fn way_back(payment: &Payment) -> Markup {
    html! {
        @if let Some(url) = &payment.agreement.return_url {
            p { a href=(url) { "Back to the shop" } }
        }
    }
}
