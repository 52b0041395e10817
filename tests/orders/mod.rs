mod decisions;
mod life;
mod names;
mod race;
