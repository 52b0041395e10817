mod changes;
mod partners;
mod uniqueness;
