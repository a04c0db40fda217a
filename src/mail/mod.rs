//! Mail, from its words to the server's answer. The only user of mail-send and mail-builder.
//!
//! A [`letter::Letter`] says what is to be told; [`template::render`] makes the text and the
//! HTML of it, which wait in the outbox with a mark where the one-time link belongs
//! ([`link`]). When a mail is due, the [`worker`] has [`message::compose`] make it a MIME
//! message and [`transport::Smtp`] hand that to the server, and notes what became of it.

pub mod failure;
pub mod letter;
pub mod link;
pub mod message;
mod outbox;
mod retry;
pub mod template;
pub mod transport;
mod words;
pub mod worker;
mod wrap;
