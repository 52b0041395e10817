//! What can be changed about tenants.

pub mod update_settings;

use async_graphql::MergedObject;

#[derive(Default, MergedObject)]
pub struct TenantMutations(update_settings::UpdateTenantSettingsMutation);
