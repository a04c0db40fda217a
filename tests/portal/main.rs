//! One test binary: a file per noun, against the real thing.

mod mail_transport;
mod mail_worker;
mod smtp;
