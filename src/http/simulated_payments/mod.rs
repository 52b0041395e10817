//! A payment provider that is simulated, for `ordergate demo`: a page on which a payer pays or declines. What is decided there
//! reaches Ordergate as it would from a real integration: as a signed message, over HTTP.

mod page;

use std::sync::Arc;

use async_graphql::Executor;
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{
        Extensions, HeaderName, HeaderValue, Uri,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE},
        request::Parts,
    },
    response::Response,
    routing::{MethodRouter, get},
};
use domain::viewer::Viewer;
use entity::{
    PaymentAgreementId, PaymentOutcome, TenantId, payment_agreement,
    webhook_endpoint::{Secret, Secrets},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use tracing::error;
use url::form_urlencoded;
use uuid::Uuid;

use self::page::{Payment, Told};
use super::{approval::is_from_the_page, connections::Connection, execute, gateway::Gateway};
use crate::{
    graphql::id::Id,
    services::{
        orders::find::find_order, payment_agreements::find::find_payment_agreement,
        webhooks::signature,
    },
};

const MOST_BYTES: usize = 1_024;

/// The seller for whom payments are simulated, and how the outcome is told.
#[derive(Clone)]
pub struct SimulatedPayments {
    pub tenant_id: TenantId,
    /// With what messages are signed.
    pub secret: SecretString,
    /// Where they are posted to.
    pub callback_url: String,
}

/// The page to which `redirectUrl` leads.
pub(super) fn pages<E: Executor>(
    provider: Arc<SimulatedPayments>,
) -> MethodRouter<Arc<Gateway<E>>> {
    let of_form = provider.clone();
    let look = move |State(gateway): State<Arc<Gateway<E>>>, request: Request| {
        let provider = provider.clone();
        let (parts, _) = request.into_parts();
        async move { answered(looked_at(&gateway, &provider, &parts).await) }
    };
    let decide = move |State(gateway): State<Arc<Gateway<E>>>, request: Request| {
        let provider = of_form.clone();
        async move { answered(decided(&gateway, &provider, request).await) }
    };
    get(look).post(decide)
}

async fn looked_at<E>(
    gateway: &Gateway<E>,
    provider: &SimulatedPayments,
    parts: &Parts,
) -> Result<Told, Told> {
    admit(gateway, &parts.extensions)?;
    let payment = payment(gateway, provider, &parts.uri).await?;
    Ok(Told::Asks(payment.into()))
}

async fn decided<E>(
    gateway: &Gateway<E>,
    provider: &SimulatedPayments,
    request: Request,
) -> Result<Told, Told> {
    let (parts, body) = request.into_parts();
    admit(gateway, &parts.extensions)?;
    if !is_from_the_page(&parts.headers, &gateway.app.public_url) {
        return Err(Told::SENT_FROM_ELSEWHERE);
    }
    let outcome = chosen(body).await.ok_or(Told::NO_FORM)?;
    let Payment { agreement, .. } = payment(gateway, provider, &parts.uri).await?;
    let answer = tell(gateway, provider, &agreement, outcome).await;
    let status = answer.map_err(|cause| {
        error!("cannot tell what came of a simulated payment: {cause}");
        Told::BROKEN
    })?;
    let payment = payment(gateway, provider, &parts.uri).await?;
    match status {
        200 => Ok(Told::Done(payment.into())),
        409 => Err(Told::TooLate(payment.into())),
        _ => Err(Told::BROKEN),
    }
}

/// Counts whoever asks as somebody without a credential.
fn admit<E>(gateway: &Gateway<E>, extensions: &Extensions) -> Result<(), Told> {
    let connection = Connection::of(extensions);
    execute::admit_stranger(gateway, connection.address).map_err(|_| Told::TOO_FAST)
}

/// What is to be paid, as the address of the page says.
async fn payment<E>(
    gateway: &Gateway<E>,
    provider: &SimulatedPayments,
    address: &Uri,
) -> Result<Payment, Told> {
    let mut asked = form_urlencoded::parse(address.query().unwrap_or("").as_bytes());
    let id = asked.find(|(name, _)| name == "paymentAgreement");
    let id = id.and_then(|(_, text)| Id::<PaymentAgreementId>::read(&text));
    let id = id.ok_or(Told::UNKNOWN)?.0;
    let (app, viewer) = (&gateway.app, Viewer::system(provider.tenant_id));
    let broken = |cause: sea_orm::DbErr| {
        error!("cannot show a simulated payment: {cause}");
        Told::BROKEN
    };
    let agreement = find_payment_agreement(app, &viewer, id).await.map_err(broken)?;
    let agreement = agreement.ok_or(Told::UNKNOWN)?;
    let order = match agreement.order_id {
        Some(id) => find_order(app, &viewer, id).await.map_err(broken)?,
        None => None,
    };
    Ok(Payment { agreement, order })
}

/// Which button was pressed.
async fn chosen(body: Body) -> Option<PaymentOutcome> {
    let body = to_bytes(body, MOST_BYTES).await.ok()?;
    let (_, outcome) = form_urlencoded::parse(&body).find(|(name, _)| name == page::FIELD)?;
    outcome.parse().ok()
}

/// Tells the outcome by a signed message, and gives the status of its answer.
async fn tell<E>(
    gateway: &Gateway<E>,
    provider: &SimulatedPayments,
    agreement: &payment_agreement::Model,
    outcome: PaymentOutcome,
) -> Result<u16, String> {
    let id = format!("msg_{}", Uuid::new_v4().simple());
    let now = gateway.app.clock.now();
    let message = json!({
        "paymentAgreementId": Id(agreement.id).to_string(),
        "outcome": outcome,
        "providerReference": format!("SIM-{}", agreement.id.0.simple()),
    });
    let body = Bytes::from(message.to_string());
    let key = provider.secret.expose_secret().to_owned();
    let secrets = Secrets(vec![Secret { key, until: None }]);
    let signature = signature::sign(&secrets, now, &id, &body);
    let signature = signature.map_err(|cause| cause.to_string())?;
    let timestamp = now.timestamp().to_string();
    let headers = [
        ("webhook-id", id.as_str()),
        ("webhook-timestamp", &timestamp),
        ("webhook-signature", &signature),
    ];
    let answer = gateway.app.outbound.post(&provider.callback_url, &headers, body).await?;
    Ok(answer.status)
}

fn answered(told: Result<Told, Told>) -> Response {
    let (Ok(told) | Err(told)) = told;
    let mut response = Response::new(Body::from(told.page()));
    *response.status_mut() = told.status();
    let headers = response.headers_mut();
    let fixed = HeaderValue::from_static;
    headers.insert(CONTENT_TYPE, fixed("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, fixed("no-store"));
    headers.insert(HeaderName::from_static("x-robots-tag"), fixed("noindex, nofollow"));
    if let Ok(policy) = HeaderValue::from_str(&page::POLICY) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}
