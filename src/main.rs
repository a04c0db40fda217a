//! The executable: everything is in the library.

fn main() -> std::process::ExitCode {
    rollcall::cli::run()
}
