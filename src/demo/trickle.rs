//! What goes on while somebody watches: about one step every two seconds.

use std::{sync::Arc, time::Duration};

use domain::viewer::Viewer;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::World;
use crate::{
    app::App,
    error::{Error, Outcome},
    services::unit::Unit,
};

const STEP_EVERY: Duration = Duration::from_secs(2);

impl World {
    /// Tells on until `stop`.
    pub async fn go_on(mut self, app: Arc<App>, stop: CancellationToken) {
        let mut steps = tokio::time::interval(STEP_EVERY);
        loop {
            tokio::select! {
                _ = steps.tick() => {}
                () = stop.cancelled() => return,
            }
            match Box::pin(self.step(&app)).await {
                Ok(()) => {}
                // Whoever tries the demo acts on the same orders, and may have been first.
                Err(Error::Refused(refusals)) => {
                    debug!(?refusals, "a step of the demo was refused");
                }
                Err(Error::Failed(cause)) => warn!("a step of the demo failed: {cause:#}"),
            }
        }
    }

    async fn step(&mut self, app: &App) -> Outcome<()> {
        let viewer = Arc::new(Viewer::system(self.shop.tenant_id));
        let mut unit = Unit::begin(app, viewer).await?;
        self.story.go_on(&mut unit).await?;
        unit.commit().await.map_err(Error::from)
    }
}
