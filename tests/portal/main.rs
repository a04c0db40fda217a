//! One test binary: a file per noun, against the real thing.

mod access_matrix;
mod activity;
mod binary;
mod cli;
mod coming_in;
mod crash;
mod harness;
mod headers;
mod impersonation;
mod mail_transport;
mod mail_worker;
mod outbox;
mod settings;
mod setup;
mod smtp;
