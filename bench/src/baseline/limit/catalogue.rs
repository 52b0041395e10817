//! Offers and products, read once a second.

use std::{collections::HashMap, sync::Arc, time::Duration};

use sea_orm::sqlx::{self, PgPool};
use tokio::{sync::watch, time::sleep};
use uuid::Uuid;

/// How old what is remembered may be.
const AGE: Duration = Duration::from_secs(1);

/// What an answer says of them, by the bytes of their ids.
#[derive(Default)]
pub(super) struct Catalogue(HashMap<[u8; 16], String>);

impl Catalogue {
    async fn read(pool: &PgPool, tenant: Uuid) -> Result<Self, sqlx::Error> {
        let sql = "SELECT 'offer_', id, name FROM offer WHERE tenant_id = $1 \
             UNION ALL SELECT 'product_', id, name FROM product WHERE tenant_id = $1";
        let rows: Vec<(String, Uuid, String)> =
            sqlx::query_as(sql).bind(tenant).fetch_all(pool).await?;
        let shown = rows.into_iter().map(|(prefix, id, name)| {
            let name = serde_json::Value::from(name);
            (id.into_bytes(), format!(r#"{{"id":"{prefix}{}","name":{name}}}"#, id.simple()))
        });
        Ok(Self(shown.collect()))
    }

    pub(super) fn get(&self, id: &[u8]) -> Option<&String> {
        self.0.get(id)
    }
}

/// Reads the catalogue, and again before what is remembered is too old.
pub(super) async fn remember(
    pool: PgPool,
    tenant: Uuid,
) -> Result<watch::Receiver<Arc<Catalogue>>, sqlx::Error> {
    let (sender, receiver) = watch::channel(Arc::new(Catalogue::read(&pool, tenant).await?));
    tokio::spawn(async move {
        loop {
            sleep(AGE).await;
            // What cannot be read now is read the next time.
            if let Ok(catalogue) = Catalogue::read(&pool, tenant).await {
                sender.send_replace(Arc::new(catalogue));
            }
        }
    });
    Ok(receiver)
}
