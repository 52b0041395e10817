//! `completeOrderLine`.

use std::fmt;

use async_graphql::{Context, InputObject, Object, SimpleObject};
use entity::{OrderLineId, activation::ActivationItem};

use crate::{
    graphql::{
        error::Result,
        id::Id,
        mutations::apply,
        roles::{May, PROVISIONERS},
        types::{OrderLine, UserError, enums::ActivationKind},
    },
    services::orders::lines::complete::{CompleteOrderLine, complete_order_line},
};

/// Input of `completeOrderLine`.
#[derive(Debug, InputObject)]
pub struct CompleteOrderLineInput {
    /// The order line.
    id: Id<OrderLineId>,
    /// The provisioner's own id of what was delivered; up to 64 characters.
    provisioning_reference: Option<String>,
    /// What the vendor returns for whoever bought it; up to 50 items, and 16 KiB in all. It takes the place of what was
    /// returned of the subscription before. Without it, that stays.
    activation: Option<Vec<ActivationItemInput>>,
    /// Makes a retry safe: the same key with the same input is answered with the first answer. 1 to 255 characters.
    idempotency_key: Option<String>,
}

/// A part of what a vendor returns.
#[derive(InputObject)]
pub struct ActivationItemInput {
    /// What the vendor calls it; 1 to 64 characters, unique in the list.
    name: String,
    /// What it is.
    kind: ActivationKind,
    /// The value: of a link, an address with `https` or `http`, up to 2,000 characters; else up to 4,000 characters.
    value: String,
}

/// Without the value, which may be a password.
impl fmt::Debug for ActivationItemInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ActivationItem::from(self).fmt(f)
    }
}

impl From<&ActivationItemInput> for ActivationItem {
    fn from(input: &ActivationItemInput) -> Self {
        let ActivationItemInput { name, kind, value } = input;
        Self { name: name.clone(), kind: (*kind).into(), value: value.clone() }
    }
}

/// Result of `completeOrderLine`.
#[derive(Debug, SimpleObject)]
pub struct CompleteOrderLinePayload {
    /// The line as it is now; null if the request was refused.
    order_line: Option<OrderLine>,
    /// Why nothing was changed; empty when the change is stored.
    user_errors: Vec<UserError>,
}

#[derive(Debug, Default)]
pub struct CompleteOrderLineMutation;

#[Object]
impl CompleteOrderLineMutation {
    /// Reports that a line in progress has been carried out. Its subscription changes accordingly, a license is issued
    /// where the offer has an edition, and the customer's draft invoice is charged.
    #[graphql(guard = "May(PROVISIONERS)")]
    async fn complete_order_line(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked for.")] input: CompleteOrderLineInput,
    ) -> Result<CompleteOrderLinePayload> {
        let command = CompleteOrderLine {
            line_id: input.id.0,
            provisioning_reference: input.provisioning_reference,
            activation: input.activation.map(|items| items.iter().map(Into::into).collect()),
        };
        let (order_line, user_errors) =
            apply(ctx, input.idempotency_key, command, complete_order_line).await?;
        Ok(CompleteOrderLinePayload { order_line, user_errors })
    }
}
