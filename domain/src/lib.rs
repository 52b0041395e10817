//! The rules. Nothing here waits, reads a clock or touches the database.

pub mod approval;
pub mod approval_rules;
pub mod billing;
pub mod line_actions;
pub mod line_life;
pub mod mail;
pub mod money;
pub mod numbers;
pub mod order_actions;
pub mod order_life;
pub mod partner_tree;
pub mod payment_agreement_life;
pub mod plan_choice;
pub mod subscription_life;
pub mod viewer;
pub mod webhook_tries;
