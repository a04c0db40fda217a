//! Rollcall: a self-hosted user portal in one executable.
pub mod clock;
pub mod entropy;
pub mod mail;
pub mod model;
pub mod store;
