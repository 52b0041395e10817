//! What the demo fills GraphiQL in with.

use entity::Role;
use secrecy::ExposeSecret;

use super::documents::{self, Document};
use crate::{
    demo::World,
    http::{GraphiqlPage, GraphiqlTab},
};

/// The page, signed in as ADMIN.
pub(super) fn page(world: &World) -> GraphiqlPage {
    let key = world.shop.keys.iter().find(|key| key.role == Role::Admin);
    let authorization = key.map(|key| format!("Bearer {}", key.secret.expose_secret()));
    GraphiqlPage {
        default_headers: authorization
            .map(|bearer| ("Authorization".to_owned(), bearer))
            .into_iter()
            .collect(),
        default_tabs: documents::all(world).iter().map(tab).collect(),
        live: true,
        notice: Some(
            "Demo: you are ADMIN of Northwind Cloud, which is made up. Every change of an order shows up on the left; go through the tabs from the first to the last."
                .to_owned(),
        ),
    }
}

fn tab(document: &Document) -> GraphiqlTab {
    let variables = (!document.variables.is_null())
        .then(|| serde_json::to_string_pretty(&document.variables).unwrap_or_default());
    GraphiqlTab { name: Some(document.name.to_owned()), query: document.text.to_owned(), variables }
}
