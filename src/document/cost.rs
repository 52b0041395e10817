//! What an operation is expected to cost.
//!
//! The unit is the point: one object that is read and written. Lists multiply what is selected below them, by the size
//! that the caller asks for or by an honest guess. What makes the database walk far has a price of its own.

use std::cell::Cell;

use apollo_compiler::{Name, Schema, schema::ExtendedType, validation::Valid};
use async_graphql::{
    Value, Variables,
    parser::types::{Field, OperationType, Selection, SelectionSet},
};

use super::canonical::Canonical;
use crate::{graphql::types::sums, services::page::likely_size};

/// Costs are added up in thousandths of a point. Sums saturate: a small document can mean more than fits.
type Milli = u64;

const OBJECT: Milli = 1_000;
const LEAF: Milli = 100;

/// A count walks along all that matches.
const COUNT: Milli = 50_000;
/// A search by words reads what each of them leads to. A request with many of them is to be heavy, as `http/permits.rs` has it.
const SEARCH: Milli = 100_000;
/// A count of what has certain words reads what each item leads to, of all that there are: more than half of what a request
/// may cost, as a rule.
const COUNTED_SEARCH: Milli = 2_500_000;

/// The description of the schema lies in memory and is so many times cheaper to read. Whoever reads most of it still keeps a
/// processor busy for some milliseconds, as `http/permits.rs` has it.
const INTROSPECTION: Milli = 5;

/// How many items a list has, in tenths.
type Tenths = u64;

const ONE: Tenths = 10;
/// What lists without a size have that are not among the [`GUESSES`].
const A_FEW: Tenths = 50;

/// What a list has at most, as a rule, such as the lines of an order. Whoever leads from its items back to a list of the
/// same is after the long ones.
const FULL: Tenths = 1_000;

/// How many items lists without a size have, or how often there is an object at all.
const GUESSES: &[(&str, &str, Tenths)] = &[
    ("Order", "approvals", 20),
    ("OrderLine", "attempts", 15),
    ("OrderLine", "holds", 10),
    ("__Type", "ofType", 5),
    ("__Type", "interfaces", 5),
    ("__Type", "possibleTypes", 5),
    ("__Field", "args", 10),
    ("__Directive", "args", 10),
];

/// The guesses that the schema itself gives.
pub(super) struct Prices {
    types: Tenths,
    fields: Tenths,
    input_fields: Tenths,
    enum_values: Tenths,
}

impl Prices {
    pub(super) fn of(schema: &Schema) -> Self {
        let types = schema.types.len();
        let (mut fields, mut input_fields, mut enum_values) = (0, 0, 0);
        for definition in schema.types.values() {
            match definition {
                ExtendedType::Object(object) => fields += object.fields.len(),
                ExtendedType::Interface(interface) => fields += interface.fields.len(),
                ExtendedType::InputObject(input) => input_fields += input.fields.len(),
                ExtendedType::Enum(values) => enum_values += values.values.len(),
                ExtendedType::Scalar(_) | ExtendedType::Union(_) => {}
            }
        }
        let each = |sum: usize| tenths(sum) / (types as u64).max(1);
        Self {
            types: tenths(types),
            fields: each(fields),
            input_fields: each(input_fields),
            enum_values: each(enum_values),
        }
    }

    /// What the operation is expected to cost with these variables, in points.
    pub(super) fn cost(
        &self,
        schema: &Valid<Schema>,
        canonical: &Canonical,
        variables: &Variables,
    ) -> u64 {
        if let Some(price) = canonical.price.get() {
            return *price;
        }
        let operation = canonical.operation();
        let roots = &schema.schema_definition;
        let root = match operation.ty {
            OperationType::Query => &roots.query,
            OperationType::Mutation => &roots.mutation,
            OperationType::Subscription => &roots.subscription,
        };
        let Some(root) = root else { return 0 };
        let depends = Cell::new(false);
        let pricing = Pricing { prices: self, schema, variables, depends: &depends };
        let set = &operation.selection_set.node;
        let price = pricing.selections(&root.name, set, ONE, None).div_ceil(1_000);
        if !depends.get() {
            canonical.price.get_or_init(|| price);
        }
        price
    }

    fn guess(&self, ty: &str, field: &str) -> Option<Tenths> {
        match (ty, field) {
            ("__Schema", "types") => Some(self.types),
            ("__Type", "fields") => Some(self.fields),
            ("__Type", "inputFields") => Some(self.input_fields),
            ("__Type", "enumValues") => Some(self.enum_values),
            _ => GUESSES
                .iter()
                .find(|(of, name, _)| (*of, *name) == (ty, field))
                .map(|(_, _, guess)| *guess),
        }
    }
}

fn tenths(items: usize) -> Tenths {
    (items as u64).saturating_mul(ONE)
}

/// What is read for a field that is worked out from a list.
fn sum(ty: &str, field: &str, above: Option<&Listed<'_>>) -> Milli {
    let summed = sums().iter().find(|sum| (sum.object, sum.field) == (ty, field));
    summed.map_or(0, |sum| {
        let repeats = above.is_some_and(|above| above.contains(sum.item));
        (if repeats { FULL } else { A_FEW }).saturating_mul(OBJECT) / ONE
    })
}

/// The items of a list without a size, and the lists above it.
#[derive(Clone, Copy)]
struct Listed<'a> {
    item: &'a Name,
    above: Option<&'a Listed<'a>>,
}

impl Listed<'_> {
    fn contains(&self, item: &str) -> bool {
        self.item.as_str() == item || self.above.is_some_and(|above| above.contains(item))
    }
}

struct Pricing<'a> {
    prices: &'a Prices,
    schema: &'a Valid<Schema>,
    variables: &'a Variables,
    /// Whether the price is another one with other variables.
    depends: &'a Cell<bool>,
}

impl Pricing<'_> {
    /// What is selected of an object. `page` is the size of the page, if the object is one.
    fn selections(
        &self,
        ty: &Name,
        set: &SelectionSet,
        page: Tenths,
        above: Option<&Listed<'_>>,
    ) -> Milli {
        let (mut always, mut dearest) = (0_u64, 0);
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    always = always.saturating_add(self.field(ty, &field.node, page, above));
                }
                // An object is of one type, so only one of these is executed.
                Selection::InlineFragment(inline) => {
                    let on = inline.node.type_condition.as_ref();
                    let on = on.and_then(|on| self.schema.types.get_key_value(&*on.node.on.node));
                    let on = on.map_or(ty, |(on, _)| on);
                    let set = &inline.node.selection_set.node;
                    dearest = self.selections(on, set, page, above).max(dearest);
                }
                Selection::FragmentSpread(_) => {}
            }
        }
        always.saturating_add(dearest)
    }

    fn field(&self, ty: &Name, field: &Field, page: Tenths, above: Option<&Listed<'_>>) -> Milli {
        let name = field.name.node.as_str();
        let scale = if ty.starts_with("__") { INTROSPECTION } else { 1 };
        let is_page = ty.ends_with("Connection");
        // Most fields are leaves, of which the schema need not be asked.
        if field.selection_set.node.items.is_empty() {
            return if name == "totalCount" && is_page { COUNT } else { LEAF / scale };
        }
        let Ok(definition) = self.schema.type_field(ty, name) else { return LEAF / scale };
        let size = match self.prices.guess(ty, name) {
            Some(guess) => guess,
            None if !definition.ty.is_list() => ONE,
            None if is_page => page,
            None => self.length(field, "ids").unwrap_or(A_FEW),
        };
        let page = tenths(likely_size(self.int(field, "first"), self.int(field, "last")));
        let leads_to = definition.ty.inner_named_type();
        let is_plain_list = definition.ty.is_list() && !is_page && scale == 1;
        let repeats = is_plain_list && above.is_some_and(|above| above.contains(leads_to));
        let size = if repeats { size.max(FULL) } else { size };
        let list = Listed { item: leads_to, above };
        let above = if is_plain_list { Some(&list) } else { above };
        let below = self.selections(leads_to, &field.selection_set.node, page, above);
        let one = (OBJECT / scale).saturating_add(below).saturating_add(sum(ty, name, above));
        (size.saturating_mul(one) / ONE).saturating_add(self.search(field))
    }

    fn search(&self, field: &Field) -> Milli {
        let Some(Value::Object(filter)) = self.argument(field, "filter") else { return 0 };
        if filter.get("text").is_none_or(|text| *text == Value::Null) {
            return 0;
        }
        let mut selected = field.selection_set.node.items.iter();
        let is_counted = selected.any(|selection| {
            matches!(&selection.node, Selection::Field(it) if it.node.name.node == "totalCount")
        });
        if is_counted { COUNTED_SEARCH } else { SEARCH }
    }

    fn int(&self, field: &Field, argument: &str) -> Option<i32> {
        let Some(Value::Number(number)) = self.argument(field, argument) else { return None };
        number.as_i64().and_then(|number| i32::try_from(number).ok())
    }

    fn length(&self, field: &Field, argument: &str) -> Option<Tenths> {
        let Some(Value::List(items)) = self.argument(field, argument) else { return None };
        Some(tenths(items.len()))
    }

    /// The value of an argument, with variables filled in.
    fn argument(&self, field: &Field, argument: &str) -> Option<Value> {
        let value = field.get_argument(argument)?.node.clone();
        let variable = |name| {
            self.depends.set(true);
            self.variables.get(&name).cloned().ok_or(())
        };
        value.into_const_with(variable).ok()
    }
}
