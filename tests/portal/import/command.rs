//! `rollcall import`, on a folder at rest.

use std::fs;

use tempfile::TempDir;

use super::super::binary::{Ran, Rollcall, Running};

fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    let create = ["admin", "create", "--name", "Ada", "--email", "ada@portal.test", "--password-stdin"];
    Rollcall::on(folder.path(), &create).told("mellow-otter-42-quartz").ok();
    folder
}

fn import(folder: &TempDir, csv: &str, more: &[&str]) -> Ran {
    let file = folder.path().join("people.csv");
    fs::write(&file, csv).unwrap();
    Rollcall::on(folder.path(), &["import", file.to_str().unwrap()]).args(more).run()
}

fn exported(folder: &TempDir) -> String {
    Rollcall::on(folder.path(), &["export"]).run().ok().to_owned()
}

#[test]
fn previewed_then_applied() {
    let folder = folder();
    let before = exported(&folder);
    let csv = "name,email,groups\nAnn,ann@people.test,Night Shift\nBo,bo,\nAda,ada@portal.test,\n";
    let seen = import(&folder, csv, &[]);
    assert_eq!(
        seen.ok(),
        "0 to create, 0 to change, 1 unchanged, 2 in error.\nNothing was changed: add --apply to do it.\n"
    );
    let lines: Vec<&str> = seen.err.lines().collect();
    assert!(lines[0].starts_with("row 2 (ann@people.test): There is no group “Night Shift”"), "{seen:?}");
    assert!(lines[1].starts_with("row 3 (bo): "), "{seen:?}");
    assert_eq!(exported(&folder), before);

    let done = import(&folder, csv, &["--apply", "--create-missing", "--welcome"]);
    assert!(
        done.ok()
            .starts_with("1 created, 0 changed, 1 unchanged, 1 in error.\nIt can be undone for 30 days, with POST /api/v1/undo/")
    );
    let after = exported(&folder);
    assert!(after.contains("Ann,ann@people.test,,,Night Shift,,invited"), "{after}");
    let again = import(&folder, &after, &["--apply"]);
    assert_eq!(again.ok(), "0 created, 0 changed, 2 unchanged, 0 in error.\n");
    assert_eq!(exported(&folder), after, "byte for byte");
}

#[test]
fn columns_are_mapped_by_hand() {
    let folder = folder();
    let csv = "Wer;Wo\nAnn;ann@people.test\n";
    import(&folder, csv, &[]).refused(1, &["columns are not known", "--map", "Wer, Wo"]);
    import(&folder, csv, &["--map", "Wer"]).refused(2, &["COLUMN=FIELD"]);
    let done = import(&folder, csv, &["--map", "Wer=name", "--map", "Wo=email", "--apply"]);
    assert!(done.ok().starts_with("1 created"));
    assert!(exported(&folder).contains("Ann,ann@people.test"));
}

#[test]
fn what_can_t_be_read_is_told_in_one_line() {
    let folder = folder();
    let nowhere = folder.path().join("nothing.csv");
    Rollcall::on(folder.path(), &["import", nowhere.to_str().unwrap()])
        .run()
        .refused(1, &["nothing.csv can't be read"]);
    import(&folder, "", &["--apply"]).refused(1, &["empty"]);
    import(&folder, "name,email\nAnn,\"ann@people.test\n", &["--apply"]).refused(1, &["never closed"]);
    let running = Running::start(folder.path());
    import(&folder, "name,email\nAnn,ann@people.test\n", &["--apply"])
        .refused(1, &["another Rollcall is running"]);
    assert_eq!(running.terminate(), Some(0));
}
