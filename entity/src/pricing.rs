//! How units of something are priced.

use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};

use crate::PriceModel;

/// What units cost for a period: a price without its currency and its tax. A copy of what was sold has one for each component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pricing {
    /// Copies of earlier releases say nothing: there was one model.
    #[serde(default = "per_unit", skip_serializing_if = "is_per_unit")]
    pub model: PriceModel,
    /// What one unit alone costs, in minor units. Where there are tiers, what is charged is in them.
    pub unit_amount: i64,
    /// How many units a package has, where packages are charged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package_size: Option<i32>,
    /// Where the model has any.
    #[serde(default, skip_serializing_if = "PriceTiers::is_empty")]
    pub tiers: PriceTiers,
}

impl Pricing {
    /// The same amount for each unit.
    pub fn each(unit_amount: i64) -> Self {
        Self {
            model: PriceModel::PerUnit,
            unit_amount,
            package_size: None,
            tiers: PriceTiers::default(),
        }
    }
}

fn per_unit() -> PriceModel {
    PriceModel::PerUnit
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_per_unit(model: &PriceModel) -> bool {
    *model == PriceModel::PerUnit
}

/// The tiers of a price, from the first unit on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(transparent)]
pub struct PriceTiers(pub Vec<PriceTier>);

impl PriceTiers {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Units that are priced alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PriceTier {
    /// The last unit of the tier; none: it is the last tier.
    pub up_to: Option<i32>,
    /// What each of its units costs, or each package of them that is begun.
    pub unit_amount: i64,
    /// What is due once when the tier is used.
    pub flat_amount: i64,
    /// How many units a package has; none: each unit is charged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package_size: Option<i32>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan_instance::PlanComponent;

    #[test]
    fn what_an_earlier_release_sold_is_priced_per_unit() {
        let stored = r#"{"id":"00000000-0000-0000-0000-000000000000","name":"Seats","unitAmount":990,
            "timing":"IN_ADVANCE","taxCodeId":null,"taxBasisPoints":2500}"#;
        let component: PlanComponent = serde_json::from_str(stored).unwrap();
        assert_eq!(component.pricing, Pricing::each(990));
        let written = serde_json::to_value(&component).unwrap();
        assert_eq!(written["unitAmount"], 990);
        assert!(written.get("model").is_none() && written.get("tiers").is_none(), "{written}");
    }
}
