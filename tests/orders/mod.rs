mod life;
mod race;
