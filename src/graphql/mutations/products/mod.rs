//! What can be changed about products.

pub mod create;
pub mod update;

use async_graphql::MergedObject;

#[derive(Default, MergedObject)]
pub struct ProductMutations(create::CreateProductMutation, update::UpdateProductMutation);
