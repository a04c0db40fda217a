//! One test binary: a file per noun, against the real thing.

mod access_matrix;
mod activity;
mod bad_input;
mod binary;
mod bulk;
mod cli;
mod coming_in;
mod crash;
mod groups;
mod harness;
mod headers;
mod housekeeping;
mod impersonation;
mod import;
mod layers;
mod mail_transport;
mod mail_worker;
mod outbox;
mod projects;
mod settings;
mod setup;
mod smtp;
mod users;
mod users_csv;
mod users_list;
mod users_state;
