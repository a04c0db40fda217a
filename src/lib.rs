//! Rollcall: a self-hosted user portal in one executable.
pub mod mail;
pub mod model;
