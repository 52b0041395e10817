//! A page of a list, as it is read for one viewer.

use crate::services::page::{InvalidPage, PageRequest, Paged, Sorted, Window};

/// A page of a list that is wanted, if it can be.
pub(super) struct BoundPage {
    pub(super) list: Box<dyn Paged>,
    pub(super) sorted: Sorted,
    pub(super) window: Result<Window, InvalidPage>,
}

impl BoundPage {
    pub(super) fn new(list: Box<dyn Paged>, request: &PageRequest) -> Self {
        let sorted = list.sorted();
        let window = Window::read(request, &sorted);
        Self { list, sorted, window }
    }
}
