//! Rollcall: a self-hosted user portal in one executable.
pub mod model;
