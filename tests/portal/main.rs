//! One test binary: a file per noun, against the real thing.

mod harness;
mod mail_transport;
mod mail_worker;
mod setup;
mod smtp;
