//! What is worked out and shown, where no column holds it: a value, an object or a list.

use async_graphql::registry::Registry;
use chrono::{DateTime, Utc};

/// A value that was worked out.
pub enum Shown {
    Null,
    Text(String),
    /// A word that needs no escapes.
    Word(&'static str),
    Int(i32),
    /// A number that is written as a string of digits.
    Digits(i64),
    Bool(bool),
    Time(DateTime<Utc>),
    List(Vec<Shown>),
    Object(Box<dyn ShownFields>),
}

/// What can be selected of an object that was worked out.
pub struct Shape {
    pub object: &'static str,
    pub description: String,
    /// Registers the object with the schema; its type's name.
    pub register: fn(&mut Registry) -> String,
    pub fields: Vec<ShapeField>,
}

pub struct ShapeField {
    pub name: String,
    pub description: String,
    /// Registers the type of the field; its name.
    pub register: fn(&mut Registry) -> String,
    /// What can be selected of it, if it is an object or a list of them.
    pub shape: Option<fn() -> &'static Shape>,
}

impl Shape {
    /// The place of a field among the others, and the field.
    pub fn field(&self, name: &str) -> Option<(usize, &ShapeField)> {
        self.fields.iter().enumerate().find(|(_, field)| field.name == name)
    }
}

/// A type whose values are shown as objects.
pub trait Shaped: ShownFields {
    fn shape() -> &'static Shape;
}

/// An object whose fields are asked for by their place in its shape.
pub trait ShownFields: Send + Sync {
    fn field(&self, place: usize) -> Shown;
}

impl Shown {
    /// An object.
    pub fn object(fields: impl ShownFields + 'static) -> Self {
        Self::Object(Box::new(fields))
    }

    /// A list of objects.
    pub fn objects<T: ShownFields + 'static>(items: impl IntoIterator<Item = T>) -> Self {
        Self::List(items.into_iter().map(Self::object).collect())
    }
}

impl From<String> for Shown {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i32> for Shown {
    fn from(number: i32) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Shown {
    fn from(is: bool) -> Self {
        Self::Bool(is)
    }
}

impl<T: Into<Shown>> From<Option<T>> for Shown {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Describes an object that is worked out: its fields, each with its type and what it is of a value.
///
/// A field whose type is an object, or a list of them, says which after `of`.
macro_rules! shape {
    ($(#[doc = $doc:literal])* $object:ident;
     $($(#[doc = $field_doc:literal])* $field:ident: $type:ty $(, of $below:ident)? = |$it:ident| $shown:expr;)+) => {
        impl $crate::graphql::read::shape::ShownFields for $object {
            fn field(&self, place: usize) -> $crate::graphql::read::shape::Shown {
                const FIELDS: &[fn(&$object) -> $crate::graphql::read::shape::Shown] =
                    &[$(|$it| $shown),+];
                FIELDS[place](self)
            }
        }

        impl $crate::graphql::read::shape::Shaped for $object {
            fn shape() -> &'static $crate::graphql::read::shape::Shape {
                use $crate::graphql::read::{shape::{Shape, ShapeField}, table};
                static SHAPE: std::sync::LazyLock<Shape> = std::sync::LazyLock::new(|| Shape {
                    object: stringify!($object),
                    description: table::description(concat!($($doc, "\n"),*)),
                    register: <$object as async_graphql::OutputType>::create_type_info,
                    fields: vec![$(ShapeField {
                        name: table::camel_case(stringify!($field)),
                        description: table::description(concat!($($field_doc, "\n"),*)),
                        register: <$type as async_graphql::OutputType>::create_type_info,
                        shape: None$(.or(Some(<$below as $crate::graphql::read::shape::Shaped>::shape as fn() -> &'static Shape)))?,
                    }),+],
                });
                &SHAPE
            }
        }

        $crate::graphql::read::output::shaped_output!($object);
    };
}

pub(crate) use shape;
