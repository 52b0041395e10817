//! What an update does to one field: a missing field is kept, an explicit null clears it, a value replaces it.

use crate::error::Refusal;

/// A field of a differential update.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Change<T> {
    #[default]
    Keep,
    Clear,
    Set(T),
}

impl<T> Change<T> {
    /// Puts a new value, once checked, in the place of a required field's value. Clearing it is refused.
    pub fn put<V>(
        self,
        place: &mut V,
        field: &str,
        check: impl FnOnce(&str, T) -> Result<V, Refusal>,
    ) -> Result<(), Refusal> {
        match self {
            Self::Keep => {}
            Self::Clear => return Err(Refusal::invalid(field, "This field cannot be cleared.")),
            Self::Set(value) => *place = check(field, value)?,
        }
        Ok(())
    }

    /// Puts a new value, once checked, in the place of an optional field's value, or clears it.
    pub fn put_optional<V>(
        self,
        place: &mut Option<V>,
        field: &str,
        check: impl FnOnce(&str, Option<T>) -> Result<Option<V>, Refusal>,
    ) -> Result<(), Refusal> {
        match self {
            Self::Keep => {}
            Self::Clear => *place = None,
            Self::Set(value) => *place = check(field, Some(value))?,
        }
        Ok(())
    }

    /// The new value of an optional field; none if the field is kept.
    pub fn changed(self) -> Option<Option<T>> {
        match self {
            Self::Keep => None,
            Self::Clear => Some(None),
            Self::Set(value) => Some(Some(value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::validate;

    #[test]
    fn a_missing_field_keeps_its_value_and_null_clears_it() {
        let mut email = Some("ada@example.com".to_owned());
        Change::Keep.put_optional(&mut email, "email", validate::email).unwrap();
        assert_eq!(email.as_deref(), Some("ada@example.com"));
        Change::Clear.put_optional(&mut email, "email", validate::email).unwrap();
        assert_eq!(email, None);
    }

    #[test]
    fn a_blank_text_clears_an_optional_field() {
        let mut po_number = Some("PO-1".to_owned());
        let blank = Change::Set("  ".to_owned());
        blank.put_optional(&mut po_number, "poNumber", validate::po_number).unwrap();
        assert_eq!(po_number, None);
    }

    #[test]
    fn a_required_field_can_be_replaced_but_not_cleared() {
        let mut name = "Old".to_owned();
        Change::Set(" New ".to_owned()).put(&mut name, "name", validate::name).unwrap();
        assert_eq!(name, "New");
        let refusal = Change::Clear.put(&mut name, "name", validate::name).unwrap_err();
        assert_eq!((refusal.field, name.as_str()), (vec!["name".to_owned()], "New"));
    }
}
