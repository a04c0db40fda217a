//! Rollcall: a self-hosted user portal in one executable.
pub mod clock;
pub mod entropy;
pub mod index;
pub mod model;
pub mod store;
