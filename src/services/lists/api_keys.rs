//! API keys.

use domain::viewer::Viewer;
use entity::api_key;

use crate::{
    access,
    services::page::{Direction, List, Sort},
};

/// The keys of the viewer's tenant, newest first.
pub fn api_keys(viewer: &Viewer) -> List<api_key::Entity> {
    let sort =
        Sort::by_time(api_key::Column::CreatedAt, api_key::Column::Id, Direction::Descending);
    List::new(access::visible::<api_key::Entity>(viewer), sort)
}
