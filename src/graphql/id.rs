//! Ids as the API spells them: `order_0190f3…`, a prefix that names the kind and 32 hexadecimal digits.

use std::borrow::Cow;

use async_graphql::{
    ContextSelectionSet, ID, InputType, InputValueError, InputValueResult, OutputType, Positioned,
    ServerResult, Value, parser::types::Field, registry::Registry,
};
use entity::{
    AccountTransactionId, AgreementId, ApiKeyId, ApprovalId, ApprovalLinkId, ApprovalRuleId,
    BillingRunId, ConsentId, CustomerId, DenialId, DiscountId, EditionId, EventId, InvoiceId,
    InvoiceLineId, LicenseId, MailId, MailRecipientId, OfferId, OrderId, OrderLineAttemptId,
    OrderLineHoldId, OrderLineId, PartnerId, PaymentAgreementId, PaymentId, PlanId, PriceId,
    ProductId, SubscriptionChangeId, SubscriptionDiscountId, SubscriptionId, SubscriptionPeriodId,
    TaxCodeId, TenantId, UsageReportId, WebhookDeliveryId, WebhookEndpointId,
};
use uuid::Uuid;

use super::{
    error::Code,
    read::table::{Kind, columnar},
};

/// An entity's id as an argument, an input field or a result. Its GraphQL type is `ID`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id<T>(pub T);

/// An id that says what it is the id of.
pub trait Prefixed: Copy + Send + Sync + From<Uuid> + Into<Uuid> {
    const PREFIX: &'static str;
}

macro_rules! prefixes {
    ($($id:ident: $prefix:literal),+ $(,)?) => {$(
        impl Prefixed for $id {
            const PREFIX: &'static str = $prefix;
        }

        columnar!($id: Kind::Id($prefix) => Id<$id>);
    )+};
}

prefixes! {
    TenantId: "tenant",
    PartnerId: "partner",
    ApiKeyId: "apikey",
    CustomerId: "customer",
    DenialId: "denial",
    DiscountId: "discount",
    ProductId: "product",
    OfferId: "offer",
    PlanId: "plan",
    PriceId: "price",
    EditionId: "edition",
    AgreementId: "agreement",
    OrderId: "order",
    OrderLineId: "line",
    OrderLineAttemptId: "attempt",
    OrderLineHoldId: "hold",
    ApprovalId: "approval",
    ApprovalLinkId: "approvallink",
    ConsentId: "consent",
    ApprovalRuleId: "approvalrule",
    SubscriptionId: "subscription",
    SubscriptionPeriodId: "period",
    SubscriptionChangeId: "change",
    SubscriptionDiscountId: "subscriptiondiscount",
    LicenseId: "license",
    InvoiceId: "invoice",
    InvoiceLineId: "invoiceline",
    PaymentId: "payment",
    PaymentAgreementId: "paymentagreement",
    AccountTransactionId: "accounttransaction",
    EventId: "event",
    BillingRunId: "billingrun",
    TaxCodeId: "taxcode",
    WebhookEndpointId: "webhookendpoint",
    WebhookDeliveryId: "webhookdelivery",
    MailRecipientId: "mailrecipient",
    MailId: "mail",
    UsageReportId: "usagereport",
}

/// The parts of an id; none: it is not one.
pub fn split(text: &str) -> Option<(&str, Uuid)> {
    let (prefix, digits) = text.split_once('_')?;
    // Uuid reads other spellings too; an id has one.
    if digits.len() != 32 || !digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    Some((prefix, Uuid::try_parse(digits).ok()?))
}

impl<T: Prefixed> Id<T> {
    /// Reads an id of this kind; none: it is malformed or of another kind.
    pub fn read(text: &str) -> Option<Self> {
        let (prefix, id) = split(text)?;
        (prefix == T::PREFIX).then(|| Self(T::from(id)))
    }
}

impl<T: Prefixed> std::fmt::Display for Id<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}_{}", T::PREFIX, self.0.into().simple())
    }
}

impl<T> From<T> for Id<T> {
    fn from(id: T) -> Self {
        Self(id)
    }
}

impl<T: Prefixed> InputType for Id<T> {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        <ID as InputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <ID as InputType>::create_type_info(registry)
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        let id = match &value {
            Some(Value::String(text)) => Self::read(text),
            _ => None,
        };
        id.ok_or_else(|| {
            InputValueError::custom(format!(
                "this must be an id that starts with \"{}_\".",
                T::PREFIX
            ))
            .with_extension("code", Code::BadUserInput.as_str())
        })
    }

    fn to_value(&self) -> Value {
        Value::String(self.to_string())
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

impl<T: Prefixed> OutputType for Id<T> {
    fn type_name() -> Cow<'static, str> {
        <ID as OutputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <ID as OutputType>::create_type_info(registry)
    }

    async fn resolve(
        &self,
        _: &ContextSelectionSet<'_>,
        _: &Positioned<Field>,
    ) -> ServerResult<Value> {
        Ok(self.to_value())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_the_trip_to_the_client_and_back() {
        let id = Id(OrderId(Uuid::from_u128(0x0190_f300)));
        assert_eq!(id.to_string(), "order_0000000000000000000000000190f300");
        assert_eq!(Id::read(&id.to_string()), Some(id));
    }

    #[test]
    fn what_is_not_an_id_of_the_kind_is_refused() {
        for text in [
            "",
            "order_",
            "order_7",
            "0000000000000000000000000190f300",
            "customer_0000000000000000000000000190f300",
            "order_0000000000000000000000000190F300",
            "order_00000000-0000-0000-0000-00000190f300",
        ] {
            assert_eq!(Id::<OrderId>::read(text), None, "{text}");
        }
    }
}
