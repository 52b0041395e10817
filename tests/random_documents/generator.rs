//! Random documents: which fields are asked for, with which arguments. How they are written is decided in `written.rs`.

use std::collections::BTreeMap;

use apollo_compiler::{
    Schema,
    ast::{FieldDefinition, InputValueDefinition, Type},
    schema::ExtendedType,
    validation::Valid,
};
use serde_json::{Map, Value, json};

use super::{
    dice::Dice,
    examples::Examples,
    fields::{self, Aim},
    reference::lists::sort_name,
};

/// How many objects deep a document goes; a page is as deep as what it lists.
const DEEPEST: usize = 5;
/// How many objects there may be on a level, if every list is as long as it may be.
const MOST_ON_A_LEVEL: usize = 120;

/// A selected field, before it is written.
#[derive(Clone)]
pub(super) struct Field {
    pub(super) alias: Option<String>,
    pub(super) name: String,
    pub(super) arguments: Vec<Argument>,
    pub(super) below: Option<Selection>,
}

#[derive(Clone)]
pub(super) struct Argument {
    pub(super) name: String,
    pub(super) ty: Type,
    pub(super) value: Value,
}

/// What is selected of an object. No two fields have one response key.
#[derive(Clone)]
pub(super) struct Selection {
    pub(super) ty: String,
    pub(super) fields: Vec<Field>,
    /// Of an interface: what is selected only of some of the objects that it stands for.
    pub(super) only_of: Vec<Selection>,
}

impl Field {
    pub(super) fn key(&self) -> &str {
        self.alias.as_ref().unwrap_or(&self.name)
    }
}

impl Selection {
    /// The same, but for a field with nothing below it that is not read.
    pub(super) fn but_for_one(&self, dice: &mut Dice) -> Self {
        let mut other = self.clone();
        let mut leaves = other.leaves();
        if !leaves.is_empty() {
            let left_out = leaves.swap_remove(dice.below(leaves.len()));
            *left_out = Field {
                alias: Some(left_out.key().to_owned()),
                name: "__typename".to_owned(),
                ..left_out.clone()
            };
        }
        other
    }

    fn leaves(&mut self) -> Vec<&mut Field> {
        let mut leaves = Vec::new();
        for field in &mut self.fields {
            match field {
                Field { below: Some(below), .. } => leaves.extend(below.leaves()),
                leaf if leaf.arguments.is_empty() => leaves.push(leaf),
                _ => {}
            }
        }
        leaves
    }
}

pub(super) struct Generator<'g> {
    pub(super) schema: &'g Valid<Schema>,
    pub(super) aim: &'g Aim,
    pub(super) examples: &'g Examples,
    pub(super) dice: &'g mut Dice,
}

/// Where in a document something is selected.
#[derive(Clone, Copy)]
struct Place {
    depth: usize,
    /// How many objects there are there, at most.
    objects: usize,
    /// How many items the page has, if the object is one.
    page: usize,
    /// Whether the document has come here on the way to what it aims at.
    is_on_way: bool,
}

impl Generator<'_> {
    /// What a query selects.
    pub(super) fn query(&mut self) -> Selection {
        let place = Place { depth: 0, objects: 1, page: 1, is_on_way: true };
        let mut roots: Vec<_> = self.on_the_way("Query", place).into_iter().collect();
        for _ in 0..self.dice.below(3) {
            let mut definitions = fields::of(self.schema, "Query");
            if self.dice.one_in(2) {
                definitions.retain(|field| field.argument_by_name("filter").is_some());
            }
            let definition = self.dice.pick(&definitions).unwrap();
            let field = self.field(definition, Place { is_on_way: false, ..place });
            add(&mut roots, field);
        }
        Selection { ty: "Query".to_owned(), fields: roots, only_of: Vec::new() }
    }

    /// A field that leads to what the document aims at, or is that; none: the document is not on the way.
    fn on_the_way(&mut self, ty: &str, place: Place) -> Option<Field> {
        let mut definitions = fields::of(self.schema, ty);
        definitions.retain(|field| place.is_on_way && self.aim.leads(ty, field));
        let definition = self.dice.pick(&definitions)?;
        let is_on_way = !self.aim.is_at(ty);
        Some(self.field(definition, Place { is_on_way, ..place }))
    }

    fn is_leaf(&self, ty: &Type) -> bool {
        let ty = &self.schema.types[ty.inner_named_type()];
        matches!(ty, ExtendedType::Scalar(_) | ExtendedType::Enum(_))
    }

    fn selection(&mut self, ty: &str, place: Place) -> Selection {
        let mut selection =
            Selection { ty: ty.to_owned(), fields: self.fields(ty, place), only_of: Vec::new() };
        if ty == "Node" {
            selection.only_of = self.only_of_some(&selection.fields, place);
        }
        selection
    }

    /// What is selected only of some of the objects that a `Node` stands for.
    ///
    /// What has one response key must have one type, whatever the object. So what one kind of object has taken, another
    /// has only if it is the same and nothing is selected below it.
    fn only_of_some(&mut self, of_all: &[Field], place: Place) -> Vec<Selection> {
        let kinds: Vec<_> =
            self.schema.implementers_map()["Node"].objects.iter().cloned().collect();
        let mut taken: BTreeMap<String, String> =
            of_all.iter().map(|field| (field.key().to_owned(), String::new())).collect();
        let mut selections = Vec::new();
        for _ in 0..=self.dice.below(4) {
            let kind = self.dice.pick(&kinds).unwrap();
            let mut fields = self.fields(kind, place);
            fields.retain(|field| {
                let ty = match self.schema.type_field(kind, &field.name) {
                    Ok(definition) if field.below.is_none() => definition.ty.to_string(),
                    // Nothing is the same as an object of another kind.
                    Ok(_) | Err(_) => format!("{} {}", selections.len(), field.name),
                };
                let known = taken.entry(field.key().to_owned()).or_insert_with(|| ty.clone());
                *known == ty
            });
            if !fields.is_empty() {
                let ty = kind.to_string();
                selections.push(Selection { ty, fields, only_of: Vec::new() });
            }
        }
        selections
    }

    fn fields(&mut self, ty: &str, place: Place) -> Vec<Field> {
        let is_page = ty.ends_with("Connection") || ty.ends_with("Edge");
        let (leaves, objects): (Vec<_>, Vec<_>) =
            fields::of(self.schema, ty).into_iter().partition(|field| self.is_leaf(&field.ty));
        let mut fields: Vec<_> = self.on_the_way(ty, place).into_iter().collect();
        let place = Place { is_on_way: false, ..place };
        for definition in &leaves {
            // A count is dear.
            let chance = if definition.name == "totalCount" { 12 } else { 35 };
            if self.dice.percent(chance) {
                let field = self.field(definition, place);
                add(&mut fields, field);
            }
        }
        let at_most = match place.depth {
            _ if is_page => 2,
            0..=1 => 4,
            2 => 2,
            DEEPEST.. => 0,
            _ => 1,
        };
        let at_least = usize::from(is_page && !objects.is_empty());
        for _ in 0..at_least + self.dice.below(at_most + 1 - at_least) {
            if let Some(definition) = self.dice.pick(&objects) {
                let field = self.field(definition, place);
                add(&mut fields, field);
            }
        }
        if self.dice.one_in(10) || fields.is_empty() {
            fields.push(Field {
                alias: self.dice.one_in(4).then(|| "kind_of_object".to_owned()),
                name: "__typename".to_owned(),
                arguments: Vec::new(),
                below: None,
            });
        }
        // Documents ask in any order.
        for place in (1..fields.len()).rev() {
            fields.swap(place, self.dice.below(place + 1));
        }
        fields
    }

    fn field(&mut self, definition: &FieldDefinition, place: Place) -> Field {
        let of = definition.ty.inner_named_type().as_str();
        let is_page = of.ends_with("Connection");
        let mut arguments = Vec::new();
        let mut below = place;
        if is_page {
            arguments = self.page(definition, place, &mut below);
        }
        for argument in &definition.arguments {
            let is_known = arguments.iter().any(|it: &Argument| it.name == argument.name.as_str());
            if is_known || matches!(argument.name.as_str(), "first" | "last" | "after" | "before") {
                continue;
            }
            if let Some(value) = self.argument(definition, argument) {
                arguments.push(self.given(argument, value));
            }
        }
        self.one_of_two(definition, &mut arguments);
        let is_within_page = matches!(definition.name.as_str(), "nodes" | "edges" | "node");
        if definition.name == "edges" || (definition.name == "nodes" && place.depth > 0) {
            below.objects = place.objects * place.page;
        } else if definition.ty.is_list() {
            below.objects = place.objects * 5;
        }
        if !is_within_page || place.depth == 0 {
            below.depth += 1;
        }
        let alias = self.dice.percent(6).then(|| format!("other_{}", definition.name));
        let below = (!self.is_leaf(&definition.ty)).then(|| self.selection(of, below));
        Field { alias, name: definition.name.to_string(), arguments, below }
    }

    fn given(&self, argument: &InputValueDefinition, value: Value) -> Argument {
        Argument { name: argument.name.to_string(), ty: (*argument.ty).clone(), value }
    }

    /// The arguments of a page, also wrong ones.
    fn page(
        &mut self,
        definition: &FieldDefinition,
        place: Place,
        below: &mut Place,
    ) -> Vec<Argument> {
        let given = |name: &str, value: Value| {
            let argument = definition.argument_by_name(name).unwrap();
            Argument { name: name.to_owned(), ty: (*argument.ty).clone(), value }
        };
        let order = definition.argument_by_name("orderBy").filter(|_| self.dice.one_in(2));
        let order = order.map(|argument| (argument, self.input(&argument.ty, "orderBy")));
        let sort = sort_of(definition, order.as_ref().map(|(_, order)| order));
        let most = (MOST_ON_A_LEVEL / place.objects).clamp(1, if place.depth == 0 { 8 } else { 4 });
        let mut size = 1 + self.dice.below(most);
        let mut arguments = Vec::new();
        match self.dice.below(100) {
            55..80 => arguments.push(given("last", json!(size))),
            80..90 if place.depth == 0 => size = 20,
            90 => arguments.push(given("first", json!(0))),
            91 => arguments.push(given("last", json!(101))),
            92 => arguments.push(given("first", json!(-1))),
            93 => arguments.extend([given("first", json!(size)), given("last", json!(2))]),
            94..97 => {
                arguments.extend([given("first", json!(size)), given("last", Value::Null)]);
            }
            _ => arguments.push(given("first", json!(size))),
        }
        for name in ["after", "before"] {
            if self.examples.has_cursors(&sort) && self.dice.percent(20) {
                let cursor = self.examples.cursor(self.dice, &sort);
                arguments.push(given(name, json!(cursor)));
            }
        }
        if let Some((argument, order)) = order {
            arguments.push(self.given(argument, order));
        }
        below.page = size;
        arguments
    }

    /// What an argument is given; none: it is left out.
    fn argument(
        &mut self,
        field: &FieldDefinition,
        argument: &InputValueDefinition,
    ) -> Option<Value> {
        let name = argument.name.as_str();
        match name {
            "ids" => {
                let mut ids = Vec::new();
                for _ in 0..self.dice.below(6) {
                    let again = self.dice.pick(&ids).cloned().filter(|_| self.dice.one_in(8));
                    ids.push(again.unwrap_or_else(|| self.examples.any_id(self.dice)));
                }
                Some(json!(ids))
            }
            "id" if field.ty.inner_named_type() == "Node" => {
                Some(json!(self.examples.any_id(self.dice)))
            }
            "id" => Some(json!(self.examples.id(self.dice, kind_of(field.ty.inner_named_type())))),
            "filter" if self.dice.percent(60) => Some(self.input(&argument.ty, name)),
            "productId" if self.dice.one_in(2) => {
                Some(json!(self.examples.id(self.dice, "product")))
            }
            "filter" | "productId" | "orderBy" => None,
            key => Some(json!(self.examples.text(self.dice, key))),
        }
    }

    /// Of an id and a key, one is given; rarely both, or neither.
    fn one_of_two(&mut self, definition: &FieldDefinition, arguments: &mut Vec<Argument>) {
        let has_both =
            definition.arguments.len() == 2 && definition.argument_by_name("id").is_some();
        if !has_both {
            return;
        }
        match self.dice.below(40) {
            0 => {}
            1 => arguments.clear(),
            2 => arguments[1].value = Value::Null,
            3..30 => arguments.truncate(1),
            _ => drop(arguments.remove(0)),
        }
    }

    /// A value of an input type.
    fn input(&mut self, ty: &Type, name: &str) -> Value {
        match &self.schema.types[ty.inner_named_type()] {
            ExtendedType::InputObject(object) => {
                let fields: Vec<_> = object.fields.values().cloned().collect();
                let mut wanted = fields.clone();
                if fields.iter().all(|field| !field.ty.is_non_null()) {
                    let text = fields.iter().position(|field| field.name == "text");
                    let text = text.filter(|_| self.dice.one_in(4));
                    let other = self.dice.below(fields.len());
                    wanted = vec![fields[text.unwrap_or(other)].clone(), fields[other].clone()];
                    wanted.truncate(1 + self.dice.below(2));
                }
                let mut values = Map::new();
                for field in &wanted {
                    values.insert(field.name.to_string(), self.input(&field.ty, &field.name));
                }
                Value::Object(values)
            }
            ExtendedType::Enum(words) => {
                let words: Vec<_> = words.values.keys().map(|word| json!(word.as_str())).collect();
                if !ty.is_list() {
                    return self.dice.pick(&words).unwrap().clone();
                }
                (0..self.dice.below(5)).map(|_| self.dice.pick(&words).unwrap().clone()).collect()
            }
            ExtendedType::Scalar(_)
            | ExtendedType::Object(_)
            | ExtendedType::Interface(_)
            | ExtendedType::Union(_) => self.scalar(ty, name),
        }
    }

    fn scalar(&mut self, ty: &Type, name: &str) -> Value {
        if !ty.is_non_null() && self.dice.one_in(25) {
            return Value::Null;
        }
        if ty.inner_named_type() == "Boolean" {
            return json!(self.dice.one_in(2));
        }
        json!(match (ty.inner_named_type().as_str(), name) {
            ("DateTime", _) => self.examples.moment(self.dice),
            ("Date", _) => self.examples.moment(self.dice)[..10].to_owned(),
            ("Boolean", _) => return json!(self.dice.one_in(2)),
            // Of partners and of subscriptions.
            ("ID", "parentId") => {
                let kind = if self.dice.below(2) == 0 { "partner" } else { "subscription" };
                self.examples.id(self.dice, kind)
            }
            ("ID", "parentOfferId") => self.examples.id(self.dice, "offer"),
            ("ID", name) => self.examples.id(self.dice, name.strip_suffix("Id").unwrap()),
            (_, "text") => self.examples.words(self.dice),
            (_, name) => self.examples.text(self.dice, name),
        })
    }
}

/// Adds a field, if nothing else has its response key.
fn add(fields: &mut Vec<Field>, field: Field) {
    if fields.iter().all(|known| known.key() != field.key()) {
        fields.push(field);
    }
}

/// What the ids of a type begin with.
fn kind_of(ty: &str) -> &'static str {
    match ty {
        "Agreement" => "agreement",
        "ApprovalRule" => "approvalrule",
        "BillingRun" => "billingrun",
        "Customer" => "customer",
        "Discount" => "discount",
        "CustomerSubscription" => "subscription",
        "Edition" => "edition",
        "Invoice" => "invoice",
        "License" => "license",
        "Mail" => "mail",
        "MailRecipient" => "mailrecipient",
        "Offer" => "offer",
        "Plan" => "plan",
        "Order" => "order",
        "OrderLine" => "line",
        "Partner" => "partner",
        "PaymentAgreement" => "paymentagreement",
        "Product" => "product",
        "TaxCode" => "taxcode",
        "WebhookEndpoint" => "webhookendpoint",
        other => panic!("nothing is asked for {other} by its id"),
    }
}

/// How the pages of a field are sorted.
fn sort_of(definition: &FieldDefinition, order: Option<&Value>) -> String {
    let (column, descending) = match order {
        Some(order) => {
            (order["field"].as_str().unwrap().to_lowercase(), order["direction"] == "DESC")
        }
        None => ("created_at".to_owned(), true),
    };
    match definition.ty.inner_named_type().as_str() {
        "EventConnection" => sort_name("event", "sequence", false),
        "AccountTransactionConnection" => sort_name("account_transaction", &column, descending),
        "InvoiceLineConnection" => sort_name("invoice_line", &column, descending),
        "ApiKeyConnection" => sort_name("api_key", &column, descending),
        "UsageReportConnection" => sort_name("usage_report", &column, descending),
        "ScheduledChangeConnection" => sort_name("subscription_change", "change_number", true),
        "WebhookEndpointConnection" => sort_name("webhook_endpoint", &column, descending),
        "WebhookDeliveryConnection" => sort_name("webhook_delivery", &column, descending),
        "ApprovalRuleConnection" => sort_name("approval_rule", &column, descending),
        "PaymentAgreementConnection" => sort_name("payment_agreement", &column, descending),
        "MailRecipientConnection" => sort_name("mail_recipient", &column, descending),
        "PriceConnection" => sort_name("price", &column, descending),
        "BillingRunConnection" => sort_name("billing_run", &column, descending),
        "OrderLineConnection" => sort_name("order_line", "order_created_at", descending),
        other => sort_name(kind_of(other.strip_suffix("Connection").unwrap()), &column, descending),
    }
}
