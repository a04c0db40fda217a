//! One test binary: a file per noun, against the real thing.

mod access_matrix;
mod binary;
mod cli;
mod coming_in;
mod crash;
mod harness;
mod mail_transport;
mod mail_worker;
mod setup;
mod smtp;
