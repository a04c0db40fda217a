//! Made-up users, for trying out and for load tests: many scripts, companies, groups, projects.
//! The same number always gives the same people.

use std::{collections::BTreeSet, sync::Arc};

use super::{Error, Handle, Portal, Result, WriteHandle, members, stats};
use crate::{
    model::{
        activity::Action,
        credential::{Credential, Password},
        group::{BuiltIn, Group},
        id::{GroupId, ProjectId},
        permission::Permissions,
        policy::{Actor, Need},
        project::{Project, ProjectState, Via},
        text::{Company, Description, EmailAddress, FullName, GroupName, Phone, ProjectName},
        time::Span,
        user::{LastSeen, Standing, User},
        visits::{Day, Visits},
    },
    store::{Read, tables::Table},
};

/// So many in one transaction: others do not wait longer than for a save.
const AT_ONCE: u64 = 500;

const PEOPLE: &[(&[&str], &[&str], &[&str])] = &[
    (
        &[
            "Ada", "James", "Olivia", "Noah", "Emma", "Liam", "Grace", "Henry", "Alice", "Oscar", "Ruth",
            "Walter",
        ],
        &[
            "Lovelace", "Smith", "Johnson", "Baker", "Carter", "Wright", "Hughes", "Morgan", "Bell", "Ward",
            "O’Hara",
        ],
        &[
            "ada", "james", "olivia", "noah", "emma", "liam", "grace", "henry", "alice", "oscar", "ruth",
            "walter",
        ],
    ),
    (
        &["José", "María", "Ramón", "Inés", "Iñaki", "Lucía", "Andrés", "Begoña"],
        &["García", "Núñez", "Ibáñez", "Peña", "Martínez", "Jiménez", "Cañas"],
        &["jose", "maria", "ramon", "ines", "inaki", "lucia", "andres", "begona"],
    ),
    (
        &["Jürgen", "Zoë", "Björn", "Käthe", "Søren", "Åsa", "Günter", "Heiß"],
        &["Müller", "Strauß", "Weiß", "Lindström", "Ærø", "Øster", "Köhler"],
        &["juergen", "zoe", "bjoern", "kaethe", "soeren", "asa", "guenter", "heiss"],
    ),
    (
        &["Łukasz", "Agnieszka", "Małgorzata", "Jiří", "Željko", "Ştefan", "Ágnes"],
        &["Kowalski", "Wójcik", "Dvořák", "Horvat", "Ionescu", "Nagy", "Żak"],
        &["lukasz", "agnieszka", "malgorzata", "jiri", "zeljko", "stefan", "agnes"],
    ),
    (
        &["Иван", "Ольга", "Наталья", "Дмитрий"],
        &["Петров", "Соколова", "Иванов"],
        &["ivan", "olga", "natalia", "dmitri"],
    ),
    (&["Γιώργος", "Ελένη", "Νίκος"], &["Παπαδόπουλος", "Νικολάου"], &["giorgos", "eleni", "nikos"]),
    (
        &["田中", "佐藤", "鈴木", "高橋"],
        &["太郎", "花子", "さくら", "健一"],
        &["tanaka", "sato", "suzuki", "takahashi"],
    ),
    (&["王", "李", "张", "陈"], &["伟", "芳", "秀英", "建国"], &["wang", "li", "zhang", "chen"]),
    (&["김", "이", "박"], &["민준", "서연", "지우"], &["kim", "lee", "park"]),
    (&["محمد", "فاطمة", "أحمد"], &["العلي", "حسن", "منصور"], &["mohammed", "fatima", "ahmed"]),
    (&["आरव", "अनन्या", "रोहन"], &["शर्मा", "पटेल", "सिंह"], &["aarav", "ananya", "rohan"]),
    (&["Nguyễn Văn", "Trần Thị"], &["An", "Bình", "Hương"], &["nguyen", "tran"]),
];

const COMPANIES: &[&str] = &[
    "Northwind Traders",
    "Acme Corporation",
    "東京製作所",
    "Bäckerei Krüger GmbH",
    "Société Générale de Bois",
    "Łódź Logistics",
    "Nordic Øl ApS",
    "Contoso",
    "Globex",
    "Initech",
    "Umbrella Gardens",
    "ООО Ромашка",
    "Café São Jorge",
    "上海贸易有限公司",
    "Stark & Sons",
    "Wayne Interiors",
    "Hooli",
    "Vandelay Imports",
];

const PROJECTS: &[&str] = &[
    "Website relaunch",
    "Warehouse move",
    "Annual report",
    "Customer survey",
    "Price list",
    "Trade fair Berlin",
    "Support handbook",
    "Fleet renewal",
    "Solar roof",
    "Payroll change",
];

const GROUPS: &[&str] = &["Support", "Sales", "Partner", "Wholesale"];

/// Adds so many users; `progress` is told how many there are so far.
pub fn fill(portal: &Arc<Portal>, n: u64, progress: &dyn Fn(u64)) -> Result<()> {
    // Nobody knows this password: demo users are looked at, not signed in as.
    let nobody: String = crate::entropy::random()
        .map_err(|error| Error::Internal(error.to_string()))?
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let phc = portal.passwords.hash(&Password::new(&nobody))?;
    let system = Actor::system();
    let (groups, projects) = portal.write(&system, Need::NOTHING, |tx| Ok((groups(tx)?, projects(tx)?)))?;
    let mut done = 0;
    while done < n {
        let until = (done + AT_ONCE).min(n);
        let (phc, groups, projects) = (phc.clone(), groups.clone(), projects.clone());
        portal.write(&system, Need::NOTHING, move |tx| {
            for i in done..until {
                person(tx, i, &phc, &groups, &projects)?;
            }
            Ok(())
        })?;
        done = until;
        progress(done);
    }
    Ok(())
}

/// A well-mixed number for each person and purpose (splitmix64).
fn mix(i: u64, purpose: u64) -> u64 {
    let mut z = i.wrapping_mul(31).wrapping_add(purpose).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn pick<T>(all: &[T], i: u64, purpose: u64) -> &T {
    &all[(mix(i, purpose) % all.len() as u64) as usize]
}

fn person(
    tx: &mut WriteHandle<'_, '_>,
    i: u64,
    phc: &str,
    groups: &[GroupId],
    projects: &[ProjectId],
) -> Result<()> {
    let (given, family, latin) = pick(PEOPLE, i, 1);
    let which = (mix(i, 2) % given.len() as u64) as usize;
    let glue = if given[which].chars().count() < 3 && !given[which].is_ascii() { "" } else { " " };
    let name = format!("{}{glue}{}", given[which], pick(family, i, 3));
    let slug = latin[which.min(latin.len() - 1)];
    let email = format!("{slug}.{i}@{}", pick(&["example.com", "example.org", "mail.example.net"], i, 4));
    let (Ok(name), Ok(email)) = (FullName::parse(&name), EmailAddress::parse(&email)) else { return Ok(()) };
    if tx.user_by_email(&email)?.is_some() {
        return Ok(());
    }
    let now = tx.now();
    let age = Span::minutes((mix(i, 5) % (3 * 365 * 24 * 60)) as i64);
    let invited = mix(i, 6).is_multiple_of(12);
    let mut in_groups = BTreeSet::from([match mix(i, 7) % 20 {
        0..=1 => BuiltIn::Employee.id(),
        2..=3 => BuiltIn::Vendor.id(),
        _ => BuiltIn::Customer.id(),
    }]);
    if mix(i, 8).is_multiple_of(10) {
        in_groups.insert(*pick(groups, i, 9));
    }
    let user = User {
        id: tx.new_id()?,
        version: 0,
        name,
        email,
        company: if mix(i, 10).is_multiple_of(5) {
            None
        } else {
            Company::parse(pick::<&str>(COMPANIES, i, 11)).ok()
        },
        phone: Phone::parse(&format!("+49 30 {:07}", mix(i, 12) % 10_000_000))
            .ok()
            .filter(|_| mix(i, 13).is_multiple_of(3)),
        notes: None,
        groups: in_groups,
        standing: if invited { Standing::Invited } else { Standing::Active },
        disabled: mix(i, 14).is_multiple_of(15),
        deleted_at: None,
        created_at: now.minus(age),
    };
    let user = tx.save(user, Action::UserCreated)?;
    if !invited {
        tx.save(
            Credential { user: user.id, phc: phc.to_owned(), changed_at: user.created_at },
            Action::PasswordChosen,
        )?;
        let since = age.as_seconds().max(1) as u64;
        let at = now.minus(Span::seconds((mix(i, 15) % since) as i64));
        tx.note(&LastSeen { user: user.id, at })?;
        if Day::of(at) > Day::of(now).before(Visits::KEPT) {
            stats::count_visit(tx, &user, Day::of(at))?;
        }
    }
    if mix(i, 16).is_multiple_of(4) {
        members::join(tx, *pick(projects, i, 17), user.id, Via::Added)?;
    }
    Ok(())
}

fn groups(tx: &mut WriteHandle<'_, '_>) -> Result<Vec<GroupId>> {
    let mut ids = Vec::new();
    for name in GROUPS {
        let Ok(name) = GroupName::parse(name) else { continue };
        let key = crate::model::text::fold_name(name.as_str());
        if let Some(group) = tx.by_index::<Group>(Table::GroupsByName, key.as_bytes())? {
            ids.push(group.id);
            continue;
        }
        let (id, description) = (tx.new_id()?, Description::parse("Made up").ok());
        let group =
            Group { id, name, description, permissions: Permissions::NONE, limited_to: None, built_in: None };
        ids.push(tx.save(group, Action::GroupCreated)?.id);
    }
    Ok(ids)
}

fn projects(tx: &mut WriteHandle<'_, '_>) -> Result<Vec<ProjectId>> {
    let mut ids = Vec::new();
    for name in PROJECTS {
        let Ok(name) = ProjectName::parse(name) else { continue };
        let key = crate::model::text::fold_name(name.as_str());
        if let Some(project) = tx.by_index::<Project>(Table::ProjectsByName, key.as_bytes())? {
            ids.push(project.id);
            continue;
        }
        let (id, created_at) = (tx.new_id()?, tx.now());
        let state = ProjectState::Active;
        let project =
            Project { id, version: 0, name, description: None, state, created_by: None, created_at };
        ids.push(tx.save(project, Action::ProjectCreated)?.id);
    }
    Ok(ids)
}
