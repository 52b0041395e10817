mod announced;
mod changes;
mod parties;
mod partners;
mod remembered;
mod settings;
mod uniqueness;
