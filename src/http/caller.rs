//! Callers, as limits count them.

use domain::viewer::Viewer;
use entity::TenantId;

/// Names a caller on this node: its tenant and its subject.
pub(super) type Caller = (TenantId, String);

/// The name of a viewer among all callers.
pub(super) fn caller(viewer: &Viewer) -> Caller {
    (viewer.tenant_id, viewer.subject.clone())
}
