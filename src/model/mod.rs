//! Values and rules. Pure: no input or output, no clock, no randomness, no async.

pub mod activity;
pub mod backup;
pub mod batch;
pub mod credential;
pub mod error;
pub mod factor;
pub mod fold;
pub mod group;
pub mod held;
pub mod id;
pub mod import;
pub mod link;
pub mod mail;
pub mod page;
pub mod permission;
pub mod policy;
pub mod project;
pub mod session;
pub mod settings;
pub mod text;
pub mod time;
pub mod token;
pub mod user;
pub mod view;
