//! 13. Migration from every older version of the store that there is a file of, killed again and
//! again on the way: the next start goes on, and nothing is lost. (Cut off after each single
//! commit, and refused by an older program: `tests/portal/evidence/migration.rs`.)

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use super::{Plan, portal::binary::Rollcall, process::Site, report::Report};

/// Stores of older versions, kept with the tests as `tests/data/store-vN.redb.gz`.
fn kept() -> Vec<PathBuf> {
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let entries = fs::read_dir(data).into_iter().flatten().flatten().map(|entry| entry.path());
    let name = |path: &PathBuf| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    entries.filter(|path| name(path).starts_with("store-v") && name(path).ends_with(".redb.gz")).collect()
}

/// A folder with such a store in it.
fn unpacked(file: &Path) -> Site {
    let home = TempDir::new().expect("a folder");
    let data = home.path().join("data");
    fs::create_dir(&data).expect("a folder");
    let store = fs::File::create(data.join("rollcall.redb")).expect("a file");
    let done = Command::new("gunzip").arg("--stdout").arg(file).stdout(store).status();
    assert!(done.expect("gunzip").success());
    Site { home, data }
}

pub async fn run(plan: Plan, report: Report) {
    let rounds = plan.either(6, 60);
    let all = kept();
    report.says("older versions that there is a store of", all.len());
    for file in all {
        let (mut copies, mut whole) = (0, 0);
        for round in 0..rounds {
            let site = unpacked(&file);
            let before = fs::metadata(site.data.join("rollcall.redb")).expect("the store").len();
            for wait in [5 + 7 * round, 15 + 11 * round] {
                site.kill_after(wait).await;
            }
            let started = site.start();
            assert_eq!(started.terminate().0, Some(0));
            site.command(&["check"]);
            let listed = Rollcall::on(&site.data, &["admin", "list"]).run().ok().to_owned();
            whole += usize::from(listed.contains("ada@portal.test"));
            // Not byte for byte: redb writes into a file when it opens it. That the rows are the same is
            // for the portal's own tests to say.
            let same = |path: &PathBuf| {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let whole = |file: fs::Metadata| file.len() >= before;
                name.starts_with("rollcall.redb.v") && fs::metadata(path).is_ok_and(whole)
            };
            let beside = fs::read_dir(&site.data).expect("the folder").flatten().map(|entry| entry.path());
            copies += usize::from(beside.into_iter().any(|path| same(&path)));
        }
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        report.is(
            &format!("{name}: killed twice on the way, then sound (`check`) and whole"),
            rounds as usize,
            whole,
        );
        report.is(&format!("{name}: a copy of it, made first"), rounds as usize, copies);
    }
}
