//! Anything, by its id.

use std::{borrow::Cow, collections::HashMap};

use async_graphql::{
    Context, ContextSelectionSet, ID, Object, OutputType, PathSegment, Positioned, ServerResult,
    Value, parser::types::Field, registry::Registry,
};
use domain::viewer::Viewer;
use entity::{
    AccountTransactionId, AgreementId, ApiKeyId, ApprovalLinkId, ApprovalRuleId, BillingRunId,
    CustomerId, DenialId, DiscountId, EditionId, InvoiceId, LicenseId, MailId, MailRecipientId,
    OfferId, OrderId, OrderLineId, PartnerId, PaymentAgreementId, PaymentId, PlanId, ProductId,
    Role, SubscriptionChangeId, SubscriptionId, TaxCodeId, TenantId, UsageReportId,
    WebhookEndpointId,
};
use futures_util::future::try_join_all;
use uuid::Uuid;

use crate::graphql::{
    context::viewer,
    error::{ApiError, Result},
    id::{Prefixed, split},
    read::{
        output::{located, objects, register_interface, value},
        table::{Object as _, ObjectTable},
    },
    roles::{ADMINS, MAIL_KEEPERS, SignedIn, WEBHOOK_KEEPERS},
    types::{
        account_transaction, agreement, api_key, approval_link, approval_rule, billing_run,
        customer, denial, discount, edition, invoice, license, mail, mail_recipient, offer, order,
        order_line, partner, payment, payment_agreement, plan, product, scheduled_change,
        subscription, tax_code, tenant, usage_report, webhook_endpoint,
    },
};

const MOST_NODES: usize = 100;

/// A prefix of ids, and what they are the ids of.
type Kind = (&'static str, fn() -> &'static ObjectTable);

/// What can be found by its id alone.
const KINDS: &[Kind] = &[
    (TenantId::PREFIX, tenant::Table::table),
    (PartnerId::PREFIX, partner::Table::table),
    (ApiKeyId::PREFIX, api_key::Table::table),
    (CustomerId::PREFIX, customer::Table::table),
    (DenialId::PREFIX, denial::Table::table),
    (DiscountId::PREFIX, discount::Table::table),
    (ProductId::PREFIX, product::Table::table),
    (OfferId::PREFIX, offer::Table::table),
    (PlanId::PREFIX, plan::Table::table),
    (EditionId::PREFIX, edition::Table::table),
    (AgreementId::PREFIX, agreement::Table::table),
    (OrderId::PREFIX, order::Table::table),
    (OrderLineId::PREFIX, order_line::Table::table),
    (ApprovalLinkId::PREFIX, approval_link::Table::table),
    (ApprovalRuleId::PREFIX, approval_rule::Table::table),
    (SubscriptionId::PREFIX, subscription::Table::table),
    (SubscriptionChangeId::PREFIX, scheduled_change::Table::table),
    (LicenseId::PREFIX, license::Table::table),
    (InvoiceId::PREFIX, invoice::Table::table),
    (BillingRunId::PREFIX, billing_run::Table::table),
    (TaxCodeId::PREFIX, tax_code::Table::table),
    (WebhookEndpointId::PREFIX, webhook_endpoint::Table::table),
    (MailRecipientId::PREFIX, mail_recipient::Table::table),
    (MailId::PREFIX, mail::Table::table),
    (PaymentId::PREFIX, payment::Table::table),
    (PaymentAgreementId::PREFIX, payment_agreement::Table::table),
    (AccountTransactionId::PREFIX, account_transaction::Table::table),
    (UsageReportId::PREFIX, usage_report::Table::table),
];

/// An object that can be found by its id alone. Where it does not exist for the viewer, the answer has null.
#[derive(Clone, Copy)]
pub struct Node {
    table: &'static ObjectTable,
    id: Uuid,
}

/// Several of them, in the order of their ids.
pub(super) struct Nodes(Vec<Result<Option<Node>>>);

#[derive(Default)]
pub(super) struct NodeQuery;

#[Object]
impl NodeQuery {
    /// One object, whatever its kind. Null where there is none with this id that the caller may see.
    #[graphql(guard = "SignedIn")]
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of any object.")] id: ID,
    ) -> Result<Option<Node>> {
        Node::read(viewer(ctx)?, &id)
    }

    /// Several objects, whatever their kinds, in the order of their ids. Null in the place of each that does not exist
    /// or that the caller may not see, and of each text that is no id, of which an error tells as well.
    #[graphql(guard = "SignedIn")]
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The ids of any objects, 100 at most.")] ids: Vec<ID>,
    ) -> Result<Nodes> {
        if ids.len() > MOST_NODES {
            let message = format!("Ask for {MOST_NODES} objects at most.");
            return Err(ApiError::bad_user_input(message));
        }
        let viewer = viewer(ctx)?;
        Ok(Nodes(ids.iter().map(|id| Node::read(viewer, id)).collect()))
    }
}

impl Node {
    /// What an id is the id of; none: nothing of which the viewer may know.
    fn read(viewer: &Viewer, id: &str) -> Result<Option<Self>> {
        let Some((prefix, id)) = split(id) else {
            return Err(ApiError::bad_user_input("An id looks like \"order_0190f3…\"."));
        };
        // What is behind a guard elsewhere does not exist for others here.
        let open_to = match prefix {
            ApiKeyId::PREFIX => ADMINS,
            WebhookEndpointId::PREFIX => WEBHOOK_KEEPERS,
            MailRecipientId::PREFIX | MailId::PREFIX => MAIL_KEEPERS,
            _ => Role::ALL,
        };
        if !open_to.contains(&viewer.role) {
            return Ok(None);
        }
        let kind = KINDS.iter().find(|(known, _)| *known == prefix);
        Ok(kind.map(|(_, table)| Self { table: table(), id }))
    }
}

impl OutputType for Node {
    fn type_name() -> Cow<'static, str> {
        "Node".into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        register_interface::<Self>(
            registry,
            "An object that can be found by its id alone.",
            ("id", "The id of the object.", ID::create_type_info),
            &KINDS.iter().map(|(_, table)| table()).collect::<Vec<_>>(),
        )
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        let mut found = objects(ctx, self.table, &[self.id])
            .await
            .map_err(|error| located(ctx, error, field.pos))?;
        let answer = found.remove(&self.id).unwrap_or_default();
        Ok(value(ctx, answer, &[], field.pos))
    }
}

impl OutputType for Nodes {
    fn type_name() -> Cow<'static, str> {
        format!("[{}]", Node::type_name()).into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Node::create_type_info(registry);
        Self::qualified_type_name()
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        let Self(nodes) = self;
        let mut kinds: HashMap<&str, (&'static ObjectTable, Vec<Uuid>)> = HashMap::new();
        for node in nodes.iter().flatten().flatten() {
            let (_, ids) = kinds.entry(node.table.object).or_insert((node.table, Vec::new()));
            if !ids.contains(&node.id) {
                ids.push(node.id);
            }
        }
        let reads = kinds.values().map(|(table, ids)| objects(ctx, table, ids));
        let found = try_join_all(reads).await.map_err(|error| located(ctx, error, field.pos))?;
        let found: HashMap<_, _> = found.into_iter().flatten().collect();
        let items = nodes.iter().enumerate().map(|(index, node)| {
            let below = PathSegment::Index(index);
            match node {
                Ok(Some(node)) => {
                    let answer = found.get(&node.id).cloned().unwrap_or_default();
                    value(ctx, answer, &[below], field.pos)
                }
                Ok(None) => Value::Null,
                Err(error) => {
                    let mut error = located(ctx, error.clone(), field.pos);
                    error.path.push(below);
                    ctx.add_error(error);
                    Value::Null
                }
            }
        });
        Ok(Value::List(items.collect()))
    }
}
