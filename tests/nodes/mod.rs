//! Several nodes on one PostgreSQL database.

mod leases;
mod wakeups;
