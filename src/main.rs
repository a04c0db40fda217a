//! The executable: everything is in the library.

/// It gives memory back soon after a peak (an import, a rebuilding) and keeps small things together.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    rollcall::cli::run()
}
