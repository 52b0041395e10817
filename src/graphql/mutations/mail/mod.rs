//! What can be changed about mail and about who gets it.

pub mod create_recipient;
pub mod delete_recipient;
pub mod retry;
pub mod update_recipient;

use async_graphql::MergedObject;

#[derive(Default, MergedObject)]
pub struct MailMutations(
    create_recipient::CreateMailRecipientMutation,
    update_recipient::UpdateMailRecipientMutation,
    delete_recipient::DeleteMailRecipientMutation,
    retry::RetryMailMutation,
);
