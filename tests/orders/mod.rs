mod decisions;
mod life;
mod moved_customers;
mod names;
mod race;
