//! Who may use a field. Which rows a viewer sees is another question; see `access.rs`.

use async_graphql::{Context, Guard};
use entity::Role;

use super::{
    context::viewer,
    error::{ApiError, Code},
};

pub const ADMINS: &[Role] = &[Role::Admin];
/// Who keeps the catalogue, customers and agreements.
pub const SELLERS: &[Role] = &[Role::Admin, Role::Seller];
/// Who takes on customers and keeps them.
pub const CUSTOMER_KEEPERS: &[Role] = &[Role::Admin, Role::Seller, Role::Partner];
/// Who places orders.
pub const BUYERS: &[Role] = &[Role::Admin, Role::Seller, Role::Partner, Role::Customer];
/// Who answers orders that wait for approval.
pub const APPROVERS: &[Role] = &[Role::Admin, Role::Approver];
/// Who carries order lines out.
pub const PROVISIONERS: &[Role] = &[Role::Admin, Role::Provisioner];
/// Who reports what was used.
pub const USAGE_REPORTERS: &[Role] = &[Role::Admin, Role::Seller, Role::Provisioner];
/// Who takes up failed orders again.
pub const RETRIERS: &[Role] = &[Role::Admin, Role::Seller, Role::Provisioner];

/// Who tries out, in a sandbox, what comes of order lines.
pub const SIMULATORS: &[Role] =
    &[Role::Admin, Role::Seller, Role::Partner, Role::Customer, Role::Provisioner];
/// Who sets up webhooks: for the seller, and for a partner.
pub const WEBHOOK_KEEPERS: &[Role] = &[Role::Admin, Role::Partner];
/// Who says who gets mail, for the seller or for a partner, and looks what became of it.
pub const MAIL_KEEPERS: &[Role] = &[Role::Admin, Role::Approver, Role::Partner];

/// Everybody whose credential was checked.
#[derive(Clone, Copy, Debug)]
pub struct SignedIn;

impl Guard for SignedIn {
    async fn check(&self, ctx: &Context<'_>) -> async_graphql::Result<()> {
        viewer(ctx)?;
        Ok(())
    }
}

/// Callers with one of these roles.
#[derive(Clone, Copy, Debug)]
pub struct May(pub &'static [Role]);

impl Guard for May {
    async fn check(&self, ctx: &Context<'_>) -> async_graphql::Result<()> {
        if self.0.contains(&viewer(ctx)?.role) { Ok(()) } else { Err(forbidden()) }
    }
}

fn forbidden() -> async_graphql::Error {
    ApiError::new(Code::Forbidden, "Your role may not use this field.").into()
}
