//! A license template of a product: what a license includes.

use entity::edition;
use serde_json::Value;

use super::{License, Offer, Product, made, made_of};
use crate::{
    access,
    graphql::read::{
        shape::{Shown, shape},
        table::{cell, object, one, page},
    },
    services::{
        lists::{self, licenses::LicenseFilter, offers::OfferFilter},
        page::Direction::Descending,
    },
};

object! {
    /// A license template of a product: what a license includes.
    Edition of edition(EditionId), seen as access::visible::<edition::Entity>;

    /// The id of the edition.
    id;
    /// The name of the edition; unique in the product.
    name;
    /// The product that is licensed.
    product = one!(Product, edition.product_id);
    /// The features that a license has.
    features = made::<Vec<String>>(vec![cell!(edition.features).into()], |given| {
        Ok(Shown::List(names(&given.json(0)?.unwrap_or_default()).into_iter().map(Shown::Text).collect()))
    });
    /// Numeric limits of a license, in alphabetical order.
    limitations = made_of::<Vec<EditionLimitation>, EditionLimitation>(vec![cell!(edition.limitations).into()], |given| {
        Ok(Shown::objects(limitations(&given.json(0)?.unwrap_or_default())))
    });
    /// Free settings of a license, in alphabetical order.
    variables = made_of::<Vec<EditionVariable>, EditionVariable>(vec![cell!(edition.variables).into()], |given| {
        Ok(Shown::objects(variables(&given.json(0)?.unwrap_or_default())))
    });
    /// Counts up with each change; give it as `expectedVersion` to change only what you have seen.
    version;
    /// When it was created.
    created_at;
    /// When it was last changed.
    updated_at;
    /// The offers that issue licenses of this edition, newest first.
    offers = page!(Offer, |viewer, parent| lists::offers::offers(viewer, &OfferFilter { edition: Some(parent), ..OfferFilter::default() }, lists::ByTimeOrName::Created, Descending));
    /// The licenses of this edition, newest first.
    licenses = page!(License, |viewer, parent| lists::licenses::licenses(viewer, &LicenseFilter { edition: Some(parent), ..LicenseFilter::default() }, lists::ByTime::Created, Descending));
}

/// A numeric limit that a license has.
#[derive(Clone, Debug)]
pub struct EditionLimitation {
    name: String,
    value: i32,
}

shape! {
    /// A numeric limit that a license has.
    EditionLimitation;

    /// What is limited.
    name: String = |it| it.name.clone().into();
    /// How many there may be.
    value: i32 = |it| it.value.into();
}

/// A free setting that a license has.
#[derive(Clone, Debug)]
pub struct EditionVariable {
    name: String,
    value: String,
}

shape! {
    /// A free setting that a license has.
    EditionVariable;

    /// What is set.
    name: String = |it| it.name.clone().into();
    /// What it is set to.
    value: String = |it| it.value.clone().into();
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
