//! One test binary: a file per noun, against the real thing.

mod access_matrix;
mod harness;
mod mail_transport;
mod mail_worker;
mod setup;
mod smtp;
