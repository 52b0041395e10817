//! A key with which a program calls this API. Its secret is shown once, when the key is created.

use entity::api_key;

use super::{Customer, Partner};
use crate::{
    access,
    graphql::read::table::{object, one},
};

object! {
    /// A key with which a program calls this API. Its secret is shown once, when the key is created.
    ApiKey of api_key(ApiKeyId), seen as access::visible::<api_key::Entity>;

    /// The id of the key.
    id;
    /// What the key is for.
    name;
    /// The part of the key that is not secret.
    prefix;
    /// What a caller with the key may do.
    role;
    /// The partner that the key speaks for. Null: none.
    partner = one!(Partner, api_key.partner_id);
    /// The customer that the key speaks for. Null: none.
    customer = one!(Customer, api_key.customer_id);
    /// When it was created.
    created_at;
    /// When it stops working by itself. Null: never.
    expires_at;
    /// When it was revoked. Null: it was not.
    revoked_at;
}
