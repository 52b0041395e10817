//! The fields that can be asked for, and the way to each of them.

use std::collections::{BTreeMap, BTreeSet};

use apollo_compiler::{Schema, ast::FieldDefinition, schema::ExtendedType, validation::Valid};

/// All fields of all objects that a query can lead to, as `Type.field`.
pub(super) fn all(schema: &Valid<Schema>) -> BTreeSet<String> {
    let mut types = vec!["Query".to_owned()];
    let mut fields = BTreeSet::new();
    let mut next = 0;
    while let Some(ty) = types.get(next).cloned() {
        next += 1;
        let mut leads_to = Vec::new();
        if schema.types[ty.as_str()].is_interface() {
            let objects = &schema.implementers_map()[ty.as_str()].objects;
            leads_to.extend(objects.iter().map(ToString::to_string));
        } else {
            for field in of(schema, &ty) {
                fields.insert(format!("{ty}.{}", field.name));
                leads_to.push(field.ty.inner_named_type().to_string());
            }
        }
        for ty in leads_to {
            if !types.contains(&ty) {
                types.push(ty);
            }
        }
    }
    fields
}

/// The fields of an object or an interface; of anything else, none.
pub(super) fn of(schema: &Valid<Schema>, ty: &str) -> Vec<FieldDefinition> {
    let fields = match &schema.types[ty] {
        ExtendedType::Object(object) => &object.fields,
        ExtendedType::Interface(interface) => &interface.fields,
        ExtendedType::Scalar(_)
        | ExtendedType::Union(_)
        | ExtendedType::Enum(_)
        | ExtendedType::InputObject(_) => return Vec::new(),
    };
    fields
        .values()
        .map(|field| FieldDefinition::clone(field))
        // How far the log has come, what an account comes to, and what would be charged or taken back are no rows, and the
        // schema itself is told by the library.
        .filter(|field| {
            let is_no_row = [
                "feedCursor",
                "accountBalance",
                "previewBilling",
                "previewPriceMigration",
                "previewCreditNote",
                "previewOrder",
                "previewSubscriptionChange",
                "previewRenewal",
                "previewOrderLineCancellation",
            ];
            !is_no_row.contains(&field.name.as_str()) && !field.name.starts_with("__")
        })
        .collect()
}

/// A field that a document is about, and the shortest way to it.
pub(super) struct Aim {
    ty: String,
    field: String,
    /// How many fields lead from an object of each type to one that has it.
    steps: BTreeMap<String, usize>,
}

impl Aim {
    /// At a `Type.field`.
    pub(super) fn at(schema: &Valid<Schema>, coordinate: &str) -> Self {
        let (ty, field) = coordinate.split_once('.').unwrap();
        let mut steps = BTreeMap::from([(ty.to_owned(), 0)]);
        let mut last = vec![ty.to_owned()];
        for step in 1.. {
            let leads = |field: &FieldDefinition| {
                last.iter().any(|ty| field.ty.inner_named_type() == ty.as_str())
            };
            let objects = schema.types.keys().map(ToString::to_string);
            let before: Vec<_> = objects
                .filter(|ty| ty != "Node" && !steps.contains_key(ty))
                .filter(|ty| of(schema, ty).iter().any(leads))
                .collect();
            if before.is_empty() {
                break;
            }
            steps.extend(before.iter().map(|ty| (ty.clone(), step)));
            last = before;
        }
        Self { ty: ty.to_owned(), field: field.to_owned(), steps }
    }

    /// Whether an object of the type has the field.
    pub(super) fn is_at(&self, ty: &str) -> bool {
        ty == self.ty
    }

    /// Whether a field of a type is on the way, or is what is aimed at.
    pub(super) fn leads(&self, ty: &str, field: &FieldDefinition) -> bool {
        if self.is_at(ty) {
            return field.name == self.field.as_str();
        }
        let to = self.steps.get(field.ty.inner_named_type().as_str());
        to.is_some_and(|to| self.steps.get(ty) == Some(&(to + 1)))
    }
}
