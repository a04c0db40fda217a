//! The list of users: search, sort and paging, the same at a hundred users and at a million. The
//! only user of tantivy.
//!
//! What is typed is read by [`language`]; texts are compared in the form that
//! [`crate::model::fold`] and [`words`] give them, by the one rule in [`matcher`]. A search sees one [`snapshot`]: search
//! terms on disk ([`terms`]), all users in columns and sorted ([`base`], [`order`]), and those
//! changed since ([`overlay`]). The store is the truth: everything here can be built anew from it.

mod addresses;
mod base;
mod bits;
mod build;
mod census;
mod check;
mod collate;
mod directory;
mod disk;
pub mod document;
mod draft;
mod error;
mod evaluate;
mod facets;
mod files;
mod filter;
mod keep;
pub mod language;
mod marks;
mod matcher;
mod order;
mod overlay;
mod page;
mod pieces;
mod plain;
pub mod query;
mod saved;
mod schema;
mod search;
mod sets;
mod snapshot;
mod source;
mod terms;
mod texts;
mod wanted;
mod words;
mod work;
pub mod worker;

#[cfg(test)]
mod tests;

pub use document::{Names, Source, Touched, UserDocument};
pub use error::Error;
pub use keep::{Building, Index};
pub use query::{Disabled, Facets, Field, Found, Marks, Matched, Query, Sort};
pub use worker::Worker;
