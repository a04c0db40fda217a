//! The index over the real store, as the program runs it.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    clock::Clock,
    index::{Index, Query},
    model::{
        activity::Action,
        group::Group,
        id::{GroupId, Id, ProjectId, UserId},
        permission::Permissions,
        project::{Membership, Project, ProjectState, Via},
        text::{EmailAddress, FullName, GroupName, ProjectName},
        time::Timestamp,
        user::{LastSeen, Standing, User},
    },
    store::{Error, Missing, Store},
};

fn user(id: UserId, name: &str, group: GroupId) -> User {
    User {
        id,
        version: 0,
        name: FullName::parse(name).unwrap(),
        email: EmailAddress::parse(&format!("{}@example.org", name.to_lowercase())).unwrap(),
        company: None,
        phone: None,
        notes: None,
        groups: BTreeSet::from([group]),
        standing: Standing::Active,
        disabled: false,
        deleted_at: None,
        created_at: Timestamp::from_microseconds(1),
    }
}

#[test]
fn what_is_answered_is_in_the_list_and_survives() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("data"), Missing::Begin, Clock::system()).unwrap();
    let store = Arc::new(store);
    let [group, project] = [1, 2].map(uuid::Uuid::from_u128);
    let (group, project) = (GroupId::from_uuid(group), ProjectId::from_uuid(project));
    let (ann, bob) =
        (UserId::from_uuid(uuid::Uuid::from_u128(3)), UserId::from_uuid(uuid::Uuid::from_u128(4)));
    let found = |index: &Index, text: &str| {
        index.search(&Query { text: text.to_owned(), ..Query::default() }).unwrap().ids
    };

    let written = write(&store, ann, bob, group, project);
    written.unwrap();
    let index = Index::open(&dir.path().join("index"), store.clone()).unwrap();
    let publish = index.publisher();
    store.follow(move |commit| publish(&commit.touched));
    assert_eq!(found(&index, ""), [ann, bob]);
    assert_eq!(found(&index, "keepers project:apollo"), [bob]);
    assert_eq!(index.check().unwrap(), Vec::<String>::new());

    let renamed = store.write(move |tx| tx.save(user(ann, "Zoe", group), Action::UserUpdated));
    renamed.unwrap();
    assert_eq!(found(&index, ""), [bob, ann]);
    assert_eq!(found(&index, "zoe@"), [ann]);
    let gone = store.write(move |tx| {
        tx.remove::<Membership>((project, bob), Action::MemberRemoved)?;
        tx.remove::<User>(bob, Action::UserPurged)
    });
    gone.unwrap();
    assert_eq!(found(&index, ""), [ann]);
    index.close().unwrap();
    assert_eq!(index.check().unwrap(), Vec::<String>::new());
    drop(index);
    let index = Index::open(&dir.path().join("index"), store.clone()).unwrap();
    assert_eq!(found(&index, "zoe"), [ann]);
}

fn write(store: &Store, ann: UserId, bob: UserId, group: GroupId, project: ProjectId) -> Result<(), Error> {
    store.write(move |tx| {
        let name = GroupName::parse("Zoo keepers").unwrap();
        let keepers = Group {
            id: group,
            name,
            description: None,
            permissions: Permissions::NONE,
            limited_to: None,
            built_in: None,
        };
        tx.save(keepers, Action::GroupCreated)?;
        let apollo = Project {
            id: project,
            version: 0,
            name: ProjectName::parse("Apollo").unwrap(),
            description: None,
            state: ProjectState::Active,
            created_by: None,
            created_at: tx.now(),
        };
        tx.save(apollo, Action::ProjectCreated)?;
        tx.save(user(ann, "Ann", group), Action::UserCreated)?;
        tx.save(user(bob, "Bob", group), Action::UserCreated)?;
        let member = Membership { project, user: bob, via: Via::Added, by: None, since: tx.now() };
        tx.save(member, Action::MemberAdded)?;
        tx.note(&LastSeen { user: bob, at: tx.now() })
    })
}
