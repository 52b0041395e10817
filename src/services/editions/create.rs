//! Giving a product a license template.

use std::collections::HashSet;

use entity::{EditionId, ProductId, edition, product};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, SelectExt};
use serde_json::{Map, Value};

use crate::{
    error::{Outcome, Refusal, RefusalCode, Refusals},
    services::{unit::Unit, validate},
};

/// What 32 bits hold, as which limits are shown.
const LARGEST_LIMIT: i64 = 2_147_483_647;

#[derive(Clone, Debug)]
pub struct CreateEdition {
    pub product_id: ProductId,
    /// Unique in the product.
    pub name: String,
    pub features: Vec<String>,
    pub limitations: Vec<Limitation>,
    pub variables: Vec<Variable>,
}

/// A numeric limit of what a license allows.
#[derive(Clone, Debug)]
pub struct Limitation {
    pub name: String,
    /// 0 to 2,147,483,647.
    pub value: i64,
}

/// A text that a license carries.
#[derive(Clone, Debug)]
pub struct Variable {
    pub name: String,
    pub value: String,
}

/// Creates an edition, from which offers of the same product may issue licenses.
pub async fn create_edition(unit: &Unit, command: CreateEdition) -> Outcome<EditionId> {
    let mut refusals = Refusals::default();
    let name = refusals.value(validate::name("name", command.name));
    let features = features(&mut refusals, command.features);
    let limitations = limitations(&mut refusals, command.limitations);
    let variables = variables(&mut refusals, command.variables);
    let product_id = command.product_id;
    let product = refusals.collect(unit.require::<product::Entity>(product_id, "productId").await?);
    if product.is_some() && is_taken(unit, product_id, &name).await? {
        refusals.push(taken(&name));
    }
    refusals.done()?;

    let id = EditionId::new(unit.now);
    let row = edition::ActiveModel {
        id: Set(id),
        tenant_id: Set(unit.viewer.tenant_id),
        product_id: Set(product_id),
        name: Set(name.clone()),
        features: Set(features),
        limitations: Set(limitations),
        variables: Set(variables),
        version: Set(1),
        created_at: Set(unit.now),
        updated_at: Set(unit.now),
    };
    unit.insert_unique(row, "name", taken(&name)).await?;
    Ok(id)
}

async fn is_taken(unit: &Unit, product_id: ProductId, name: &str) -> Outcome<bool> {
    let taken = edition::Entity::find()
        .filter(edition::Column::TenantId.eq(unit.viewer.tenant_id))
        .filter(edition::Column::ProductId.eq(product_id))
        .filter(edition::Column::Name.eq(name))
        .exists(&unit.txn)
        .await?;
    Ok(taken)
}

fn taken(name: &str) -> Refusal {
    Refusal::of(
        RefusalCode::DuplicateEditionName,
        "name",
        format!("The product has an edition named {name} already."),
    )
}

fn features(refusals: &mut Refusals, names: Vec<String>) -> Value {
    let mut seen = HashSet::new();
    let features = names.into_iter().enumerate().map(|(index, name)| {
        let field = format!("features.{index}");
        Value::String(refusals.value(new_name(&mut seen, &field, name)))
    });
    features.collect()
}

fn limitations(refusals: &mut Refusals, limitations: Vec<Limitation>) -> Value {
    let mut seen = HashSet::new();
    let limitations = limitations.into_iter().enumerate().map(|(index, limitation)| {
        let field = format!("limitations.{index}.name");
        let name = refusals.value(new_name(&mut seen, &field, limitation.name));
        if !(0..=LARGEST_LIMIT).contains(&limitation.value) {
            let field = format!("limitations.{index}.value");
            let message = format!("A limit is from 0 to {LARGEST_LIMIT}.");
            refusals.push(Refusal::invalid(&field, message));
        }
        (name, Value::from(limitation.value))
    });
    Value::Object(limitations.collect::<Map<_, _>>())
}

fn variables(refusals: &mut Refusals, variables: Vec<Variable>) -> Value {
    let mut seen = HashSet::new();
    let variables = variables.into_iter().enumerate().map(|(index, variable)| {
        let field = format!("variables.{index}.name");
        let name = refusals.value(new_name(&mut seen, &field, variable.name));
        let field = format!("variables.{index}.value");
        let value = refusals.value(validate::description(&field, Some(variable.value)));
        (name, Value::String(value.unwrap_or_default()))
    });
    Value::Object(variables.collect::<Map<_, _>>())
}

/// Checks a name and that the list has not had it yet.
fn new_name(seen: &mut HashSet<String>, field: &str, name: String) -> Result<String, Refusal> {
    let name = validate::name(field, name)?;
    if seen.insert(name.clone()) {
        Ok(name)
    } else {
        Err(Refusal::invalid(field, format!("{name} is in the list twice.")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn names_are_kept_once_and_told_with_their_place_where_they_repeat() {
        let mut refusals = Refusals::default();
        let kept = features(&mut refusals, vec!["Export".to_owned(), " Export ".to_owned()]);
        assert_eq!(kept[0], "Export");
        let Err(Error::Refused(refused)) = refusals.done() else { panic!("not refused") };
        assert_eq!(refused[0].field, ["features", "1"]);
    }

    #[test]
    fn limits_and_variables_are_kept_by_name() {
        let mut refusals = Refusals::default();
        let limits = vec![Limitation { name: "Projects".to_owned(), value: 20 }];
        let texts = vec![Variable { name: "Region".to_owned(), value: " EU ".to_owned() }];
        assert_eq!(limitations(&mut refusals, limits), serde_json::json!({ "Projects": 20 }));
        assert_eq!(variables(&mut refusals, texts), serde_json::json!({ "Region": "EU" }));
        assert!(refusals.done().is_ok());
    }
}
