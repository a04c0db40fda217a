//! Which column of a file says what: known by its header, or told by hand.

use std::collections::BTreeMap;

use super::refusal::unmapped;
use crate::{
    model::{
        error::Code,
        import::{Column, Field, Recognised, Source},
    },
    ops::{Result, users::export::HEADER},
};

use Field::*;

/// A header that another program writes.
struct Known {
    source: Source,
    /// All of these are in it.
    marks: &'static [&'static str],
    /// Where a field has several columns, the first that is not empty counts.
    columns: &'static [(&'static str, Field)],
}

/// In lower case, as they are compared.
const KNOWN: &[Known] = &[
    // admin.google.com: Directory, Users, Download users.
    Known {
        source: Source::GoogleWorkspace,
        marks: &["email address [required]", "first name [required]"],
        columns: &[
            ("first name [required]", FirstName),
            ("last name [required]", LastName),
            ("email address [required]", Email),
            ("work phone", Phone),
            ("mobile phone", Phone),
            ("home phone", Phone),
            ("status [read only]", State),
        ],
    },
    // admin.microsoft.com: Users, Active users, Export users.
    Known {
        source: Source::Microsoft365,
        marks: &["user principal name", "display name"],
        columns: &[
            ("display name", Name),
            ("first name", FirstName),
            ("last name", LastName),
            ("user principal name", Email),
            ("company", Company),
            ("company name", Company),
            ("phone number", Phone),
            ("mobile phone", Phone),
            ("block credential", Blocked),
        ],
    },
    // entra.microsoft.com: Users, Download users.
    Known {
        source: Source::Microsoft365,
        marks: &["userprincipalname", "displayname"],
        columns: &[
            ("displayname", Name),
            ("givenname", FirstName),
            ("surname", LastName),
            ("mail", Email),
            ("userprincipalname", Email),
            ("companyname", Company),
            ("telephonenumber", Phone),
            ("mobilephone", Phone),
            ("accountenabled", Enabled),
        ],
    },
    // The template of "Add multiple users" of Microsoft 365.
    Known {
        source: Source::Microsoft365,
        marks: &["username", "display name", "first name", "last name"],
        columns: &[
            ("display name", Name),
            ("first name", FirstName),
            ("last name", LastName),
            ("username", Email),
            ("office phone", Phone),
            ("mobile phone", Phone),
        ],
    },
    // `wp user list --format=csv`, and what the export plugins write.
    Known {
        source: Source::WordPress,
        marks: &["user_login", "user_email"],
        columns: &[
            ("display_name", Name),
            ("first_name", FirstName),
            ("last_name", LastName),
            ("user_email", Email),
            ("billing_company", Company),
            ("billing_phone", Phone),
            ("roles", Roles),
            ("role", Roles),
        ],
    },
];

/// What our own error rows carry beside the file's columns.
pub const EXTRA: [&str; 2] = ["row", "error"];

/// Words by which a column that is not known may be guessed at, to be confirmed by hand.
const GUESSES: &[(Field, &[&str])] = &[
    (Name, &["name", "full name", "display name", "displayname", "vollständiger name", "nom complet"]),
    (FirstName, &["first name", "firstname", "given name", "vorname", "prénom", "nombre"]),
    (LastName, &["last name", "lastname", "surname", "family name", "nachname", "nom", "apellidos"]),
    (Email, &["email", "e-mail", "mail", "email address", "e-mail address", "e-mail-adresse", "correo"]),
    (Company, &["company", "organisation", "organization", "firma", "unternehmen", "société", "empresa"]),
    (Phone, &["phone", "phone number", "telephone", "mobile", "telefon", "téléphone", "teléfono"]),
    (Notes, &["notes", "note", "comment", "comments", "notizen", "bemerkung"]),
    (Groups, &["groups", "group", "gruppen", "gruppe"]),
    (Roles, &["roles", "role", "rolle", "rollen"]),
    (Projects, &["projects", "project", "projekte", "projekt"]),
    (State, &["state", "status"]),
];

/// Which cells of a row say what.
#[derive(Debug)]
pub struct Columns {
    pub source: Source,
    /// For each field its columns, in the order in which they count.
    places: Vec<(Field, Vec<usize>)>,
    /// How many cells a row has.
    pub width: usize,
}

impl Columns {
    /// Whether a field has a column at all.
    pub fn has(&self, field: Field) -> bool {
        self.places.iter().any(|(known, _)| *known == field)
    }

    /// What a row says of a field: the first of its cells that is not empty, without the export's
    /// guard; "" when all are, `None` when it has no column.
    pub fn cell<'a>(&self, row: &'a csv::StringRecord, field: Field) -> Option<&'a str> {
        let (_, places) = self.places.iter().find(|(known, _)| *known == field)?;
        let cells = places.iter().map(|place| row.get(*place).unwrap_or_default());
        let first = cells.into_iter().find(|cell| !cell.trim().is_empty());
        Some(crate::ops::csv_cells::unguard(first.unwrap_or_default()))
    }

    fn of(source: Source, header: &[String], fields: &[Option<(usize, Field)>]) -> Self {
        let mut all: Vec<(usize, Field, usize)> = Vec::new();
        for (place, field) in fields.iter().enumerate() {
            all.extend(field.map(|(rank, field)| (rank, field, place)));
        }
        all.sort_unstable();
        let mut places: Vec<(Field, Vec<usize>)> = Vec::new();
        for (_, field, place) in all {
            match places.iter_mut().find(|(known, _)| *known == field) {
                Some((_, more)) => more.push(place),
                None => places.push((field, vec![place])),
            }
        }
        Self { source, places, width: header.len() }
    }
}

/// What a file is: by hand where `map` says so, else by its header.
pub fn recognise(
    mut file: Recognised,
    header: &[String],
    map: Option<&BTreeMap<String, String>>,
) -> Result<(Columns, Recognised)> {
    let found = match map {
        Some(map) => Some((Source::Mapped, mapped(&file, header, map)?)),
        None => known(header),
    };
    let Some((source, fields)) = found else {
        guess(&mut file.columns);
        let text = "This file's columns are not known. Say which column is which.";
        return Err(unmapped(Code::Required, text, file));
    };
    for (column, field) in file.columns.iter_mut().zip(&fields) {
        column.field = field.map(|(_, field)| field);
    }
    let columns = Columns::of(source, header, &fields);
    if !columns.has(Email) && !columns.has(Id) {
        let text = "No column is the e-mail address. Say which one is.";
        return Err(unmapped(Code::Required, text, file));
    }
    file.source = Some(source);
    Ok((columns, file))
}

type Fields = Vec<Option<(usize, Field)>>;

fn known(header: &[String]) -> Option<(Source, Fields)> {
    let names: Vec<String> = header.iter().map(|name| name.to_lowercase()).collect();
    let has = |wanted: &str| names.iter().any(|name| name == wanted);
    let own = |name: &str| Field::parse(name).filter(|_| HEADER.contains(&name)).map(|field| (0, field));
    let all_own = HEADER.iter().all(|name| has(name))
        && names.iter().all(|name| HEADER.contains(&name.as_str()) || EXTRA.contains(&name.as_str()));
    if all_own {
        return Some((Source::Rollcall, names.iter().map(|name| own(name)).collect()));
    }
    if let Some(known) = KNOWN.iter().find(|known| known.marks.iter().all(|mark| has(mark))) {
        let field = |name: &String| {
            let rank = known.columns.iter().position(|(column, _)| column == name)?;
            Some((rank, known.columns[rank].1))
        };
        return Some((known.source, names.iter().map(field).collect()));
    }
    let named = |name: &str| match name.replace([' ', '-'], "_").as_str() {
        "first_name" => Some((0, FirstName)),
        "last_name" => Some((0, LastName)),
        _ => own(name),
    };
    has("email").then(|| (Source::Named, names.iter().map(|name| named(name)).collect()))
}

/// A map's column names and fields; the other way round is understood too.
fn mapped(file: &Recognised, header: &[String], map: &BTreeMap<String, String>) -> Result<Fields> {
    let mut fields = vec![None; header.len()];
    for (left, right) in map {
        let place = |name: &String| header.iter().position(|known| known == name);
        let (place, field) = match (place(left), Field::parse(right)) {
            (Some(place), Some(field)) => (place, field),
            (Some(_), None) if right.is_empty() => continue,
            _ => match (place(right), Field::parse(left)) {
                (Some(place), Some(field)) => (place, field),
                (None, _) if place(left).is_none() => {
                    let name: String = left.chars().take(60).collect();
                    let text = format!("The file has no column “{name}”.");
                    return Err(unmapped(Code::Unknown, text, file.clone()));
                }
                _ => {
                    let name: String = right.chars().take(60).collect();
                    let all: Vec<&str> = Field::ALL.iter().map(|field| field.as_str()).collect();
                    let text = format!("There is no field “{name}”. There are {}.", all.join(", "));
                    return Err(unmapped(Code::Unknown, text, file.clone()));
                }
            },
        };
        fields[place] = Some((place, field));
    }
    Ok(fields)
}

/// What each column might be, at most one for each field.
fn guess(columns: &mut [Column]) {
    let mut taken = Vec::new();
    for column in columns {
        let name = column.name.to_lowercase();
        let guess = GUESSES.iter().find(|(_, words)| words.contains(&name.as_str())).map(|(field, _)| *field);
        column.field = guess.filter(|field| !taken.contains(field));
        taken.extend(column.field);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(header: &str, map: &[(&str, &str)]) -> Result<(Columns, Recognised)> {
        let header: Vec<String> = header.split(',').map(str::to_owned).collect();
        let columns = header
            .iter()
            .map(|name| Column { name: name.clone(), field: None, sample: String::new() })
            .collect();
        let file = Recognised { encoding: "UTF-8", separator: ',', source: None, columns };
        let map: BTreeMap<_, _> = map.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        recognise(file, &header, Some(&map).filter(|map| !map.is_empty()))
    }

    #[test]
    fn known_headers() {
        let own = HEADER.join(",");
        for (header, source) in [
            (own.as_str(), Source::Rollcall),
            (&format!("{own},row,error"), Source::Rollcall),
            (
                "email,name,notes,state,id,phone,company,groups,projects,created_at,last_seen_at",
                Source::Rollcall,
            ),
            ("email,name", Source::Named),
            ("Name,EMail,Email", Source::Named),
            ("First Name,last_name,Email", Source::Named),
            (
                "First Name [Required],Last Name [Required],Email Address [Required],Password [Required]",
                Source::GoogleWorkspace,
            ),
            ("Block credential,Display name,First name,User principal name", Source::Microsoft365),
            ("userPrincipalName,displayName,surname,mail,givenName,id,state", Source::Microsoft365),
            ("Username,First name,Last name,Display name,Job title", Source::Microsoft365),
            ("ID,user_login,display_name,user_email,user_registered,roles", Source::WordPress),
        ] {
            assert_eq!(told(header, &[]).expect("known").0.source, source, "{header}");
        }
    }

    #[test]
    fn names_in_two_columns_are_names() {
        let (columns, file) = told("first_name,Last Name,email,Role", &[]).expect("known");
        let row = csv::StringRecord::from(vec!["Ann", "Lee", "ann@example.com", "Boss"]);
        assert_eq!(columns.cell(&row, FirstName), Some("Ann"));
        assert_eq!(columns.cell(&row, LastName), Some("Lee"));
        assert_eq!(file.columns[3].field, None);
    }

    #[test]
    fn a_field_of_several_columns() {
        let (columns, _) =
            told("mobilePhone,userPrincipalName,displayName,mail,telephoneNumber", &[]).expect("known");
        let row = csv::StringRecord::from(vec!["2", "u@example.com", "Ann", "m@example.com", "'+1"]);
        assert_eq!(columns.cell(&row, Email), Some("m@example.com"));
        assert_eq!(columns.cell(&row, Phone), Some("+1"));
        assert_eq!(columns.cell(&row, Notes), None);
        let row = csv::StringRecord::from(vec!["2", "u@example.com", "Ann", " ", ""]);
        assert_eq!(columns.cell(&row, Email), Some("u@example.com"));
        assert_eq!(columns.cell(&row, Phone), Some("2"));
    }

    #[test]
    fn maps_both_ways_and_wrong() {
        for map in [[("Wer", "name"), ("Wo", "email")], [("name", "Wer"), ("email", "Wo")]] {
            let (columns, file) = told("Wer,Wo,Was", &map).expect("mapped");
            assert_eq!(columns.source, Source::Mapped);
            assert_eq!(file.columns[0].field, Some(Name));
            assert_eq!(file.columns[2].field, None);
        }
        let code = |map: &[(&str, &str)]| match told("Wer,Wo,Was", map) {
            Err(crate::ops::Error::Unmapped { field, .. }) => field.code,
            other => panic!("{other:?}"),
        };
        assert_eq!(code(&[]), Code::Required);
        assert_eq!(code(&[("Wer", "name")]), Code::Required);
        assert_eq!(code(&[("Wer", "password"), ("Wo", "email")]), Code::Unknown);
        assert_eq!(code(&[("Wem", "name"), ("Wo", "email")]), Code::Unknown);
    }
}
