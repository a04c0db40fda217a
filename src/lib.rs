//! Rollcall: a self-hosted user portal in one executable.

pub mod clock;
pub mod config;
pub mod entropy;
pub mod index;
pub mod mail;
pub mod model;
pub mod ops;
pub mod password;
pub mod store;
