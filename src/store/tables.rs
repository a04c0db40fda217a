//! Every table, on one page. Keys sort as bytes; ids are sixteen bytes, texts in keys end
//! with a zero byte where something follows.

/// A table of ordered byte keys and values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Text → anything there is one of: the store's version, the instance, the sequence, the settings.
    Meta,
    /// User id → User.
    Users,
    /// Folded e-mail → user id. Unique, those in the bin included.
    UsersByEmail,
    /// Group id, user id → nothing.
    UsersByGroup,
    /// When, user id → nothing: those in the bin, oldest first.
    UsersInBin,
    /// User id → LastSeen.
    LastSeen,
    /// Day, fingerprint of a set of groups → Visits.
    Visits,
    /// User id → Credential.
    Credentials,
    /// User id, factor id → Factor.
    Factors,
    /// A passkey's own id → user id, factor id. Unique.
    FactorsByCredential,
    /// Group id → Group.
    Groups,
    /// Folded name → group id. Unique.
    GroupsByName,
    /// Project id → Project.
    Projects,
    /// Folded name → project id. Unique.
    ProjectsByName,
    /// Project id, user id → Membership.
    Members,
    /// User id, project id → nothing.
    MembersByUser,
    /// Session id → Session.
    Sessions,
    /// SHA-256 of the token → session id.
    SessionsByToken,
    /// User id (the real one, and the one impersonated), session id → nothing.
    SessionsByUser,
    /// Session id → SessionSeen.
    SessionsSeen,
    /// Token id → Token.
    Tokens,
    /// SHA-256 of the secret → token id.
    TokensByHash,
    /// User id, token id → nothing.
    TokensByUser,
    /// Token id → TokenUsed.
    TokensUsed,
    /// Link id or token id → nothing: those found to have run out.
    RunOut,
    /// Link id → Link.
    Links,
    /// SHA-256 of the token → link id.
    LinksByToken,
    /// User or sign-up id, link id → nothing.
    LinksByBearer,
    /// Sign-up id → SignUp.
    SignUps,
    /// Folded e-mail → sign-up id. Unique: the newest claim replaces the older.
    SignUpsByEmail,
    /// Mail id → Mail.
    Mails,
    /// Time of the next attempt, mail id → nothing.
    MailsDue,
    /// Mail id → nothing: those that were given up.
    MailsFailed,
    /// User id (or key of an address that is no user's), kind, zero byte, mail id → nothing.
    MailsByUser,
    /// Activity id → Row. In the order of the chain too.
    Activities,
    /// Subject's id, activity id → nothing.
    ActivitiesBySubject,
    /// User id (the real one, and the one acted as), activity id → nothing.
    ActivitiesByActor,
    /// Action, zero byte, activity id → nothing.
    ActivitiesByAction,
    /// Key of a person, activity id → nothing: what holds values of theirs and has another subject.
    ActivitiesByPerson,
    /// Key of a person → Blanking: whose values are being taken out of the activity.
    Blanking,
    /// Batch id → Batch.
    Batches,
    /// Batch id, user id → BatchItem.
    BatchItems,
    /// User id, view id → View.
    Views,
    /// User id, folded name → user id, view id. Unique.
    ViewsByName,
    /// Backup id → Backup.
    Backups,
    /// Sequence → what was touched, for the search index.
    IndexQueue,
}

impl Table {
    pub const ALL: [Table; 46] = [
        Table::Meta,
        Table::Users,
        Table::UsersByEmail,
        Table::UsersByGroup,
        Table::UsersInBin,
        Table::LastSeen,
        Table::Visits,
        Table::Credentials,
        Table::Factors,
        Table::FactorsByCredential,
        Table::Groups,
        Table::GroupsByName,
        Table::Projects,
        Table::ProjectsByName,
        Table::Members,
        Table::MembersByUser,
        Table::Sessions,
        Table::SessionsByToken,
        Table::SessionsByUser,
        Table::SessionsSeen,
        Table::Tokens,
        Table::TokensByHash,
        Table::TokensByUser,
        Table::TokensUsed,
        Table::RunOut,
        Table::Links,
        Table::LinksByToken,
        Table::LinksByBearer,
        Table::SignUps,
        Table::SignUpsByEmail,
        Table::Mails,
        Table::MailsDue,
        Table::MailsFailed,
        Table::MailsByUser,
        Table::Activities,
        Table::ActivitiesBySubject,
        Table::ActivitiesByActor,
        Table::ActivitiesByAction,
        Table::ActivitiesByPerson,
        Table::Blanking,
        Table::Batches,
        Table::BatchItems,
        Table::Views,
        Table::ViewsByName,
        Table::Backups,
        Table::IndexQueue,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Table::Meta => "meta",
            Table::Users => "users",
            Table::UsersByEmail => "users_by_email",
            Table::UsersByGroup => "users_by_group",
            Table::UsersInBin => "users_in_bin",
            Table::LastSeen => "last_seen",
            Table::Visits => "visits",
            Table::Credentials => "credentials",
            Table::Factors => "factors",
            Table::FactorsByCredential => "factors_by_credential",
            Table::Groups => "groups",
            Table::GroupsByName => "groups_by_name",
            Table::Projects => "projects",
            Table::ProjectsByName => "projects_by_name",
            Table::Members => "members",
            Table::MembersByUser => "members_by_user",
            Table::Sessions => "sessions",
            Table::SessionsByToken => "sessions_by_token",
            Table::SessionsByUser => "sessions_by_user",
            Table::SessionsSeen => "sessions_seen",
            Table::Tokens => "tokens",
            Table::TokensByHash => "tokens_by_hash",
            Table::TokensByUser => "tokens_by_user",
            Table::TokensUsed => "tokens_used",
            Table::RunOut => "run_out",
            Table::Links => "links",
            Table::LinksByToken => "links_by_token",
            Table::LinksByBearer => "links_by_bearer",
            Table::SignUps => "sign_ups",
            Table::SignUpsByEmail => "sign_ups_by_email",
            Table::Mails => "mails",
            Table::MailsDue => "mails_due",
            Table::MailsFailed => "mails_failed",
            Table::MailsByUser => "mails_by_user",
            Table::Activities => "activities",
            Table::ActivitiesBySubject => "activities_by_subject",
            Table::ActivitiesByActor => "activities_by_actor",
            Table::ActivitiesByAction => "activities_by_action",
            Table::ActivitiesByPerson => "activities_by_person",
            Table::Blanking => "blanking",
            Table::Batches => "batches",
            Table::BatchItems => "batch_items",
            Table::Views => "views",
            Table::ViewsByName => "views_by_name",
            Table::Backups => "backups",
            Table::IndexQueue => "index_queue",
        }
    }

    /// Whether a backup leaves it out: what lets somebody in, what waits to be done once, what is
    /// of this folder alone.
    pub const fn passing(self) -> bool {
        matches!(
            self,
            Table::Sessions
                | Table::SessionsByToken
                | Table::SessionsByUser
                | Table::SessionsSeen
                | Table::Tokens
                | Table::TokensByHash
                | Table::TokensByUser
                | Table::TokensUsed
                | Table::RunOut
                | Table::Links
                | Table::LinksByToken
                | Table::LinksByBearer
                | Table::MailsDue
                | Table::Backups
                | Table::IndexQueue
        )
    }
}

/// The keys of [`Table::Meta`].
pub mod meta {
    pub const VERSION: &[u8] = b"version";
    pub const INSTANCE: &[u8] = b"instance";
    pub const SEQUENCE: &[u8] = b"sequence";
    pub const SETTINGS: &[u8] = b"settings";
    pub const CHORES: &[u8] = b"chores";
    /// By how many milliseconds an activity's id was ahead of its time, at most.
    pub const ACTIVITY_LEAD: &[u8] = b"activity-lead";
    /// The end of the chain of activities.
    pub const ACTIVITY_HEAD: &[u8] = b"activity-head";
    /// Where the chain begins, once something was trimmed.
    pub const ACTIVITY_ANCHOR: &[u8] = b"activity-anchor";
    /// There while a migration is under way.
    pub const MIGRATING: &[u8] = b"migrating";
}

/// A key made of parts, one after the other.
pub fn key(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}
