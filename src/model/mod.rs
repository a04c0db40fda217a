//! Values and rules. Pure: no input or output, no clock, no randomness, no async.

pub mod error;
pub mod id;
pub mod text;
pub mod time;
