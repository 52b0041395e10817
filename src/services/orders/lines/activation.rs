//! What a vendor returns with a line that it has carried out.

use entity::{
    ActivationKind,
    activation::{Activation, ActivationItem},
};

use crate::{
    error::{Outcome, Refusal, Refusals},
    services::validate,
};

const MOST_ITEMS: usize = 50;
/// Of all names and values together.
const MOST_BYTES: usize = 16 * 1024;

/// Checks what is returned: each name once, with a value that is of its kind. What is said of it names no value.
pub(super) fn check(items: Vec<ActivationItem>) -> Outcome<Activation> {
    if items.len() > MOST_ITEMS {
        let message = format!("There may be {MOST_ITEMS} items at most.");
        return Err(Refusal::invalid("activation", message).into());
    }
    let (mut refusals, mut checked) = (Refusals::default(), Vec::<ActivationItem>::new());
    for (index, ActivationItem { name, kind, value }) in items.into_iter().enumerate() {
        let (name_field, value_field) =
            (format!("activation.{index}.name"), format!("activation.{index}.value"));
        let name = refusals.value(validate::code(&name_field, name));
        let value = match kind {
            ActivationKind::Link => validate::link(&value_field, value),
            ActivationKind::Key | ActivationKind::Field => {
                validate::required_description(&value_field, value)
            }
        };
        let value = refusals.value(value);
        if checked.iter().any(|other| other.name == name) {
            refusals.push(Refusal::invalid(&name_field, "Another item has this name."));
        }
        checked.push(ActivationItem { name, kind, value });
    }
    refusals.done()?;
    let bytes: usize = checked.iter().map(|item| item.name.len() + item.value.len()).sum();
    if bytes > MOST_BYTES {
        let message = format!("All items together may have {MOST_BYTES} bytes at most.");
        return Err(Refusal::invalid("activation", message).into());
    }
    Ok(Activation(checked))
}
