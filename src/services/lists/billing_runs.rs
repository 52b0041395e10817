//! Billing runs.

use domain::viewer::Viewer;
use entity::billing_run;

use crate::{
    access,
    services::page::{Direction, List, Sort},
};

/// The runs that the viewer may see, newest first.
pub fn billing_runs(viewer: &Viewer) -> List<billing_run::Entity> {
    use billing_run::Column::{CreatedAt, Id};
    let sort = Sort::by_time(CreatedAt, Id, Direction::Descending);
    List::new(access::visible::<billing_run::Entity>(viewer), sort)
}
