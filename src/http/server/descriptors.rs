//! How many connections the system's limit of open files leaves room for.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// More are of no use, and an unlimited number is none.
const MOST: u64 = 1 << 20;

/// Raises the soft limit to the hard one, and answers how many connections there may be: as many
/// as are wanted (0: any number), and few enough that some files are left for store, index and mail.
pub fn connections(wanted: usize) -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let (soft, hard) = (current.unwrap_or(MOST), maximum.unwrap_or(MOST));
    let limit = if soft < hard {
        match setrlimit(Resource::Nofile, Rlimit { current: Some(hard), maximum }) {
            Ok(()) => hard,
            Err(error) => {
                tracing::warn!("the limit of open files stays at {soft}: {error}");
                soft
            }
        }
    } else {
        soft
    };
    within(limit.min(MOST), wanted)
}

fn within(limit: u64, wanted: usize) -> usize {
    let left = limit.saturating_sub(kept(limit)).max(1);
    let left = usize::try_from(left).unwrap_or(usize::MAX);
    if wanted == 0 { left } else { wanted.min(left) }
}

/// What store, index, mail and files need at most.
fn kept(limit: u64) -> u64 {
    (limit / 8).clamp(32, 256)
}

#[cfg(test)]
mod tests {
    use super::within;

    #[test]
    fn connections_leave_files_for_the_rest() {
        for (limit, wanted, most) in [
            (1024, 10_000, 896),
            (20_000, 10_000, 10_000),
            (20_000, 0, 19_744),
            (64, 10_000, 32),
            (64, 5, 5),
            (16, 100, 1),
        ] {
            assert_eq!(within(limit, wanted), most, "{limit} {wanted}");
        }
    }
}
