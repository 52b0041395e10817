//! A license template of a product: what a license includes.

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};
use entity::{EditionId, edition};
use serde_json::Value;

use super::{License, Offer, Product};
use crate::{
    graphql::{
        connection::connections,
        error::Result,
        id::Id,
        scalars::{Time, int},
    },
    services::{
        lists::{self, licenses::LicenseFilter, offers::OfferFilter},
        page::Direction::Descending,
    },
};

/// A license template of a product: what a license includes.
#[derive(Clone, Debug)]
pub struct Edition(pub Arc<edition::Model>);

/// A license template of a product: what a license includes.
#[Object]
impl Edition {
    /// The id of the edition.
    pub(crate) async fn id(&self) -> Id<EditionId> {
        Id(self.0.id)
    }

    /// The name of the edition; unique in the product.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The product that is licensed.
    async fn product(&self, ctx: &Context<'_>) -> Result<Option<Product>> {
        Product::visible(ctx, self.0.product_id).await
    }

    /// The features that a license has.
    async fn features(&self) -> Vec<String> {
        names(&self.0.features)
    }

    /// Numeric limits of a license, in alphabetical order.
    async fn limitations(&self) -> Vec<EditionLimitation> {
        limitations(&self.0.limitations)
    }

    /// Free settings of a license, in alphabetical order.
    async fn variables(&self) -> Vec<EditionVariable> {
        variables(&self.0.variables)
    }

    /// Counts up with each change; give it as `expectedVersion` to change only what you have seen.
    async fn version(&self) -> Result<i32> {
        int(self.0.version)
    }

    /// When it was created.
    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }

    /// When it was last changed.
    async fn updated_at(&self) -> Time {
        Time(self.0.updated_at)
    }

    #[graphql(flatten)]
    async fn lists(&self) -> EditionLists {
        EditionLists(self.0.id)
    }
}

connections! { EditionLists(EditionId) {
    /// The offers that issue licenses of this edition, newest first.
    offers: Offer = |viewer, parent| lists::offers::offers(viewer, &OfferFilter { edition: Some(parent), ..OfferFilter::default() }, lists::ByTimeOrName::Created, Descending);
    /// The licenses of this edition, newest first.
    licenses: License = |viewer, parent| lists::licenses::licenses(viewer, &LicenseFilter { edition: Some(parent), ..LicenseFilter::default() }, lists::ByTime::Created, Descending);
} }

/// A numeric limit that a license has.
#[derive(Clone, Debug, SimpleObject)]
pub struct EditionLimitation {
    /// What is limited.
    pub name: String,
    /// How many there may be.
    pub value: i32,
}

/// A free setting that a license has.
#[derive(Clone, Debug, SimpleObject)]
pub struct EditionVariable {
    /// What is set.
    pub name: String,
    /// What it is set to.
    pub value: String,
}

fn names(features: &Value) -> Vec<String> {
    let names = features.as_array().into_iter().flatten();
    names.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn limitations(limitations: &Value) -> Vec<EditionLimitation> {
    let limits = limitations.as_object().into_iter().flatten();
    let mut limits: Vec<_> = limits
        .filter_map(|(name, value)| {
            let value = i32::try_from(value.as_i64()?).ok()?;
            Some(EditionLimitation { name: name.clone(), value })
        })
        .collect();
    limits.sort_by(|one, other| one.name.cmp(&other.name));
    limits
}

fn variables(variables: &Value) -> Vec<EditionVariable> {
    let settings = variables.as_object().into_iter().flatten();
    let mut settings: Vec<_> = settings
        .filter_map(|(name, value)| {
            Some(EditionVariable { name: name.clone(), value: value.as_str()?.to_owned() })
        })
        .collect();
    settings.sort_by(|one, other| one.name.cmp(&other.name));
    settings
}
