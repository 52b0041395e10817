mod approvals;
mod decisions;
mod life;
mod lines;
mod moved_customers;
mod names;
mod race;
mod taxes;
