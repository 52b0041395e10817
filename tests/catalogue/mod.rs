mod announced;
mod changes;
mod partners;
mod remembered;
mod settings;
mod uniqueness;
