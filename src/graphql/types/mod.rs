//! One file per object: what each of its fields shows.

pub mod agreement;
pub mod api_key;
pub mod approval;
pub mod customer;
pub mod edition;
pub mod enums;
pub mod event;
pub mod invoice;
pub mod invoice_line;
pub mod license;
pub mod money;
pub mod offer;
pub mod order;
pub mod order_line;
pub mod partner;
pub mod price;
pub mod product;
pub mod subscription;
pub mod subscription_period;
pub mod tenant;
pub mod user_error;
pub mod viewer;

use std::{collections::HashSet, sync::LazyLock};

use async_graphql::OutputType;

use super::read::{
    cells::Given,
    shape::{Shaped, Shown},
    table::{Cell, Made, Need, Object as _, Shows, Table},
};
use crate::access::may_name;

pub use self::{
    agreement::Agreement,
    api_key::ApiKey,
    approval::Approval,
    customer::Customer,
    edition::Edition,
    event::Event,
    invoice::Invoice,
    invoice_line::InvoiceLine,
    license::License,
    money::{Money, TaxAmount, Totals},
    offer::Offer,
    order::Order,
    order_line::OrderLine,
    partner::Partner,
    price::Price,
    product::Product,
    subscription::CustomerSubscription,
    subscription_period::SubscriptionPeriod,
    tenant::Tenant,
    user_error::UserError,
    viewer::Viewer,
};

/// Whether objects of this type, or pages of them, are read by plans.
pub fn is_read(ty: &str) -> bool {
    static READ: LazyLock<HashSet<String>> = LazyLock::new(|| {
        let objects = TABLES.iter().map(|table| table().object);
        let pages = objects.clone().map(|object| format!("{object}Connection"));
        objects.map(str::to_owned).chain(pages).chain(["Node".to_owned()]).collect()
    });
    READ.contains(ty)
}

/// A field that is worked out from all items of a list.
pub struct Sum {
    pub object: &'static str,
    pub field: &'static str,
    pub item: &'static str,
}

/// The fields that are worked out from all items of a list, as the tables say.
pub fn sums() -> &'static [Sum] {
    static SUMS: LazyLock<Vec<Sum>> = LazyLock::new(|| {
        let mut sums = Vec::new();
        for table in TABLES.iter().map(|table| table()) {
            for field in &table.fields {
                let Shows::Made(Made { needs, .. }) = &field.shows else { continue };
                for need in needs {
                    if let Need::Rows(relation, _) = need {
                        let item = (relation.table)().object;
                        sums.push(Sum { object: table.object, field: &field.name, item });
                    }
                }
            }
        }
        sums
    });
    &SUMS
}

/// The objects that show rows.
const TABLES: &[fn() -> &'static Table] = &[
    agreement::Table::table,
    api_key::Table::table,
    approval::Table::table,
    customer::Table::table,
    edition::Table::table,
    event::Table::table,
    invoice::Table::table,
    invoice_line::Table::table,
    license::Table::table,
    offer::Table::table,
    order::Table::table,
    order_line::Table::table,
    partner::Table::table,
    price::Table::table,
    product::Table::table,
    subscription::Table::table,
    subscription_period::Table::table,
    tenant::Table::table,
];

/// What is worked out from cells and shown as a `T`.
fn made<T: OutputType>(
    needs: Vec<Need>,
    make: fn(&Given<'_, '_>) -> anyhow::Result<Shown>,
) -> Shows {
    Shows::Made(Made::new::<T>(needs, make))
}

/// What is worked out from cells and shown as a `T`: an `S`, or a list of them.
fn made_of<T: OutputType, S: Shaped>(
    needs: Vec<Need>,
    make: fn(&Given<'_, '_>) -> anyhow::Result<Shown>,
) -> Shows {
    Shows::Made(Made::new::<T>(needs, make).with::<S>())
}

/// Who did something; null where they spoke for a partner that the caller may not see.
fn name(who: Cell, partner: Cell) -> Shows {
    made::<Option<String>>(vec![who.into(), partner.into()], |given| {
        let told = may_name(given.viewer, given.id(1)?);
        Ok(given.text(0)?.filter(|_| told).map(std::borrow::Cow::into_owned).into())
    })
}

#[cfg(test)]
mod tests {
    use apollo_compiler::schema::ExtendedType;

    use crate::graphql::document_schema;

    #[test]
    fn every_object_with_an_id_is_read_by_plans() {
        for (name, definition) in &document_schema().types {
            let ExtendedType::Object(object) = definition else { continue };
            assert!(!object.fields.contains_key("id") || super::is_read(name), "{name}");
        }
    }
}
