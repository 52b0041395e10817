//! The values of variables, coerced to the types that the operation declares.

use apollo_compiler::{
    Schema,
    executable::Operation,
    request::coerce_variable_values,
    response::{JsonMap, JsonValue},
    validation::Valid,
};
use async_graphql::{Name, Value, Variables};
use serde_json::Map;

use super::error::DocumentError;

/// Coerces the values of a request, and fills in the defaults of those that it does not give.
pub(super) fn coerce(
    schema: &Valid<Schema>,
    operation: &Operation,
    values: Map<String, serde_json::Value>,
) -> Result<Variables, DocumentError> {
    let values: JsonMap =
        values.into_iter().map(|(name, value)| (name.into(), whole(value).into())).collect();
    let coerced = coerce_variable_values(schema, operation, &values).map_err(|error| {
        DocumentError::Variable { message: error.message().to_string(), locations: Vec::new() }
    })?;
    let coerced = coerced.into_inner().into_iter();
    let values = coerced.map(|(name, value)| (Name::new(name.as_str()), executable(value)));
    Ok(Variables::from_value(Value::Object(values.collect())))
}

/// JSON has one type of number, so 5.0 is 5. The same for all that is nested in a value.
fn whole(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value as Json;
    /// Up to here every whole number is exactly one float.
    const LARGEST: f64 = 9_007_199_254_740_991.0;
    match value {
        Json::Number(number) if number.is_f64() => match number.as_f64() {
            #[expect(clippy::cast_possible_truncation, reason = "it is whole and small enough")]
            Some(float) if float.fract() == 0.0 && float.abs() <= LARGEST => {
                Json::from(float as i64)
            }
            _ => Json::Number(number),
        },
        Json::Array(items) => items.into_iter().map(whole).collect(),
        Json::Object(fields) => {
            fields.into_iter().map(|(name, value)| (name, whole(value))).collect()
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => value,
    }
}

/// The value as the executor has it.
fn executable(value: JsonValue) -> Value {
    match value {
        JsonValue::Null => Value::Null,
        JsonValue::Bool(value) => Value::Boolean(value),
        JsonValue::Number(number) => Value::Number(number),
        JsonValue::String(text) => Value::String(text.as_str().to_owned()),
        JsonValue::Array(items) => Value::List(items.into_iter().map(executable).collect()),
        JsonValue::Object(fields) => Value::Object(
            fields
                .into_iter()
                .map(|(name, value)| (Name::new(name.as_str()), executable(value)))
                .collect(),
        ),
    }
}
