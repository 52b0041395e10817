//! Rules that say when an order needs whose answer.

use domain::viewer::Viewer;
use entity::approval_rule;

use crate::{
    access,
    services::page::{Direction, List, Sort},
};

/// The rules that the viewer may see.
pub fn approval_rules(viewer: &Viewer, direction: Direction) -> List<approval_rule::Entity> {
    use approval_rule::Column::{CreatedAt, Id};
    let rules = access::visible::<approval_rule::Entity>(viewer);
    List::new(rules, Sort::by_time(CreatedAt, Id, direction))
}
