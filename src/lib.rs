//! Rollcall: a self-hosted user portal in one executable.
//!
//! The map, in reading order (ARCHITECTURE.md tells more): what there is, where it is kept, how
//! it is found and mailed, what is done with it, and who may ask.

#![warn(clippy::unwrap_used)]

pub mod model;

pub mod clock;
pub mod config;
pub mod entropy;
pub mod password;

pub mod store;

pub mod index;
pub mod mail;

pub mod ops;

pub mod http;

pub mod app;
pub mod cli;
