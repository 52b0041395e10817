//! The types of the schema, as the tables describe them.

use async_graphql::{
    CacheControl, OutputType,
    connection::PageInfo,
    indexmap::{IndexMap, IndexSet},
    registry::{Deprecation, MetaField, MetaInputValue, MetaType, MetaTypeId, Registry},
};

use super::{
    shape::Shape,
    table::{ObjectTable, Shows},
};

/// Registers an object that shows a row.
pub(crate) fn object<T: OutputType>(
    registry: &mut Registry,
    table: &'static ObjectTable,
) -> String {
    registry.create_output_type::<T, _>(MetaTypeId::Object, |registry| {
        let fields = table.fields.iter().map(|field| {
            let ty = match &field.shows {
                Shows::Column(column) => {
                    let ty = (column.register)(registry);
                    if column.nullable { ty.trim_end_matches('!').to_owned() } else { ty }
                }
                Shows::One(relation) => {
                    let ty = ((relation.table)().register)(registry);
                    if relation.always { ty } else { ty.trim_end_matches('!').to_owned() }
                }
                Shows::Many(relation) => {
                    format!("[{}]!", ((relation.table)().register)(registry))
                }
                Shows::Page(list) => (list.register)(registry),
                Shows::Made(made) => (made.register)(registry),
            };
            let mut described = described(&field.name, &field.description, ty);
            if matches!(field.shows, Shows::Page(_)) {
                described.args = page_arguments(registry);
            }
            (field.name.clone(), described)
        });
        let fields = fields.collect();
        meta_object::<T>(table.object, &table.description, fields)
    })
}

/// Registers an object that is worked out.
pub(crate) fn shape<T: OutputType>(registry: &mut Registry, shape: &'static Shape) -> String {
    registry.create_output_type::<T, _>(MetaTypeId::Object, |registry| {
        let fields = shape.fields.iter().map(|field| {
            let ty = (field.register)(registry);
            (field.name.clone(), described(&field.name, &field.description, ty))
        });
        let fields = fields.collect();
        meta_object::<T>(shape.object, &shape.description, fields)
    })
}

/// Registers an interface that has one field, and that these objects have.
pub(crate) fn interface<T: OutputType>(
    registry: &mut Registry,
    description: &str,
    (name, field_description, register): (&str, &str, fn(&mut Registry) -> String),
    objects: &[&'static ObjectTable],
) -> String {
    registry.create_output_type::<T, _>(MetaTypeId::Interface, |registry| {
        let ty = register(registry);
        let mut possible_types = IndexSet::new();
        for table in objects {
            (table.register)(registry);
            registry.add_implements(table.object, &T::type_name());
            possible_types.insert(table.object.to_owned());
        }
        MetaType::Interface {
            name: T::type_name().into_owned(),
            description: Some(description.to_owned()),
            fields: all([(name, field_description, ty)]),
            possible_types,
            extends: false,
            keys: None,
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            rust_typename: Some(std::any::type_name::<T>()),
            directive_invocations: Vec::new(),
            requires_scopes: Vec::new(),
        }
    })
}

/// Registers the pages of a list of objects.
pub(crate) fn connection<T: OutputType, E: OutputType>(
    registry: &mut Registry,
    table: &'static ObjectTable,
) -> String {
    registry.create_output_type::<T, _>(MetaTypeId::Object, |registry| {
        let edge = edge::<E>(registry, table);
        let node = (table.register)(registry);
        let info = PageInfo::create_type_info(registry);
        let count = i32::create_type_info(registry);
        let fields = [
            ("edges", "The items of the page, each with its cursor.", format!("[{edge}]!")),
            ("nodes", "The items of the page.", format!("[{node}]!")),
            ("pageInfo", "Where the page lies, and whether there are others.", info),
            (
                "totalCount",
                "How many items the whole list has. Counted when asked for, which takes longer the longer the list is.",
                count,
            ),
        ];
        let description = "A page of a list, and where in the list it lies.";
        meta_object::<T>(&T::type_name(), description, all(fields))
    })
}

fn edge<E: OutputType>(registry: &mut Registry, table: &'static ObjectTable) -> String {
    registry.create_output_type::<E, _>(MetaTypeId::Object, |registry| {
        let cursor = String::create_type_info(registry);
        let node = (table.register)(registry);
        let fields = [
            ("cursor", "The place of the item, to be given as `after` or `before`.", cursor),
            ("node", "The item.", node),
        ];
        let description = "An item of a page, and its place in the list.";
        meta_object::<E>(&E::type_name(), description, all(fields))
    })
}

fn all<const N: usize>(fields: [(&str, &str, String); N]) -> IndexMap<String, MetaField> {
    let field = |(name, description, ty): (&str, &str, String)| {
        (name.to_owned(), described(name, description, ty))
    };
    fields.into_iter().map(field).collect()
}

fn page_arguments(registry: &mut Registry) -> IndexMap<String, MetaInputValue> {
    let number = <Option<i32> as async_graphql::InputType>::create_type_info(registry);
    let text = <Option<String> as async_graphql::InputType>::create_type_info(registry);
    let arguments = [
        (
            "first",
            "How many items to read from the start, 1 to 100; 20 if neither first nor last is given.",
            &number,
        ),
        ("after", "Only items that follow this cursor.", &text),
        ("last", "How many items to read from the end, 1 to 100.", &number),
        ("before", "Only items that precede this cursor.", &text),
    ];
    let argument = |(name, description, ty): (&str, &str, &String)| {
        let value = MetaInputValue {
            name: name.to_owned(),
            description: Some(description.to_owned()),
            ty: ty.clone(),
            deprecation: Deprecation::NoDeprecated,
            default_value: None,
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            is_secret: false,
            directive_invocations: Vec::new(),
        };
        (name.to_owned(), value)
    };
    arguments.into_iter().map(argument).collect()
}

fn described(name: &str, description: &str, ty: String) -> MetaField {
    MetaField {
        name: name.to_owned(),
        description: Some(description.to_owned()),
        args: IndexMap::new(),
        ty,
        deprecation: Deprecation::NoDeprecated,
        cache_control: CacheControl::default(),
        external: false,
        requires: None,
        provides: None,
        visible: None,
        shareable: false,
        inaccessible: false,
        tags: Vec::new(),
        override_from: None,
        compute_complexity: None,
        directive_invocations: Vec::new(),
        requires_scopes: Vec::new(),
    }
}

fn meta_object<T: OutputType>(
    name: &str,
    description: &str,
    fields: IndexMap<String, MetaField>,
) -> MetaType {
    MetaType::Object {
        name: name.to_owned(),
        description: Some(description.to_owned()),
        fields,
        cache_control: CacheControl::default(),
        extends: false,
        shareable: false,
        resolvable: true,
        keys: None,
        visible: None,
        inaccessible: false,
        interface_object: false,
        tags: Vec::new(),
        is_subscription: false,
        rust_typename: Some(std::any::type_name::<T>()),
        directive_invocations: Vec::new(),
        requires_scopes: Vec::new(),
    }
}
