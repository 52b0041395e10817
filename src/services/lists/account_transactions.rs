//! What moved on the account of a customer.

use domain::viewer::Viewer;
use entity::{CustomerId, account_transaction};
use sea_orm::{ColumnTrait, QueryFilter, Select};

use crate::{
    access,
    services::page::{Direction, List, Sort},
};

/// What moved on the accounts of a customer, newest first.
pub fn account_transactions_of_customer(
    viewer: &Viewer,
    id: CustomerId,
) -> List<account_transaction::Entity> {
    use account_transaction::Column::{CreatedAt, CustomerId, Id};
    let rows = access::visible::<account_transaction::Entity>(viewer).filter(CustomerId.eq(id));
    List::new(rows, Sort::by_time(CreatedAt, Id, Direction::Descending))
}

/// What moved in one currency, of which the sum is the balance.
pub fn moved(
    viewer: &Viewer,
    id: CustomerId,
    currency: &str,
) -> Select<account_transaction::Entity> {
    access::visible::<account_transaction::Entity>(viewer)
        .filter(account_transaction::Column::CustomerId.eq(id))
        .filter(account_transaction::Column::Currency.eq(currency))
}
