//! Tax codes.

use domain::viewer::Viewer;
use entity::tax_code;

use crate::{
    access,
    services::page::{Direction, List, Sort},
};

/// The tax codes of the viewer's tenant.
pub fn tax_codes(viewer: &Viewer, direction: Direction) -> List<tax_code::Entity> {
    use tax_code::Column::{CreatedAt, Id};
    List::new(access::visible::<tax_code::Entity>(viewer), Sort::by_time(CreatedAt, Id, direction))
}
