//! Parameters of path and query. None of them fails before the operation looks at it: a
//! malformed id is one that nobody has, a bad number is told with its name.

use std::borrow::Cow;

use poem_openapi::{
    registry::{MetaSchema, MetaSchemaRef},
    types::{ParseFromParameter, ParseResult, Type},
};
use uuid::Uuid;

use crate::{
    model::{
        error::{Code, FieldError},
        id::Id,
        page::Paging,
        time::Timestamp,
    },
    ops::{Draft, Error},
};

macro_rules! lenient {
    ($($(#[$doc:meta])* $name:ident: $type:literal, $format:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name(pub String);

        impl Type for $name {
            const IS_REQUIRED: bool = true;
            type RawValueType = Self;
            type RawElementValueType = Self;
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn schema_ref() -> MetaSchemaRef {
                let schema: MetaSchema = match $format {
                    Some(format) => MetaSchema::new_with_format($type, format),
                    None => MetaSchema::new($type),
                };
                MetaSchemaRef::Inline(Box::new(schema))
            }
            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }
            fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
                Box::new(self.as_raw_value().into_iter())
            }
        }

        impl ParseFromParameter for $name {
            fn parse_from_parameter(value: &str) -> ParseResult<Self> {
                Ok(Self(value.to_owned()))
            }
        }
    )*};
}

lenient! {
    /// An id in a path or a query.
    IdText: "string", Some("uuid");
    /// A whole number in a query.
    Whole: "integer", None::<&str>;
    /// A moment in a query (RFC 3339).
    Moment: "string", Some("date-time");
}

impl IdText {
    /// The id; one that is malformed is that of nothing at all. (Not the nil one: the settings have that.)
    pub fn id<I: Id + std::str::FromStr>(&self) -> I {
        self.0.parse().unwrap_or_else(|_| I::from_uuid(Uuid::max()))
    }

    /// The same of whatever kind; `None` for an empty one, which asks for nothing.
    pub fn uuid(&self) -> Option<Uuid> {
        (!self.0.is_empty()).then(|| self.0.parse().unwrap_or(Uuid::max()))
    }
}

/// Reads the parameters of a list, gathering everything that is wrong with them.
#[derive(Default)]
pub struct Params {
    errors: Vec<FieldError>,
}

impl Params {
    fn refuse(&mut self, field: &str, message: String) {
        self.errors.push(FieldError::new(field, Code::Invalid, message));
    }

    pub fn paging(&mut self, page: Option<Whole>, per_page: Option<Whole>) -> Paging {
        let page = self.whole("page", page, 1, u64::MAX, 1);
        let most = u64::from(Paging::MOST);
        let per_page = self.whole("per_page", per_page, 1, most, u64::from(Paging::USUAL));
        Paging { page, per_page: u32::try_from(per_page).unwrap_or(Paging::USUAL) }
    }

    fn whole(&mut self, field: &str, given: Option<Whole>, from: u64, to: u64, usual: u64) -> u64 {
        let Some(Whole(text)) = given else { return usual };
        match text.parse::<u64>().ok().filter(|n| (from..=to).contains(n)) {
            Some(number) => number,
            None => {
                let bounds =
                    if to == u64::MAX { format!("from {from}") } else { format!("from {from} to {to}") };
                self.refuse(field, format!("{field} must be a whole number {bounds}."));
                usual
            }
        }
    }

    /// Whether something is wanted: `true` or `false`; left out, it is not.
    pub fn flag(&mut self, field: &str, given: Option<String>) -> bool {
        match given.as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => {
                self.refuse(field, format!("{field} is true or false."));
                false
            }
        }
    }

    /// One of several words; left out or empty, none of them.
    pub fn word<T>(
        &mut self,
        field: &str,
        given: Option<String>,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = given.filter(|text| !text.is_empty())?;
        let parsed = parse(&text);
        if parsed.is_none() {
            self.refuse(field, format!("{field} can't be “{}”.", text.chars().take(50).collect::<String>()));
        }
        parsed
    }

    /// An id to filter by; a malformed one is nobody's, so nothing matches.
    pub fn id<I: Id + std::str::FromStr>(&mut self, given: Option<IdText>) -> Option<I> {
        given.filter(|given| !given.0.is_empty()).map(|given| given.id())
    }

    pub fn moment(&mut self, field: &str, given: Option<Moment>) -> Option<Timestamp> {
        self.word(field, given.map(|given| given.0), Timestamp::parse)
    }

    pub fn finish<T>(self, value: T) -> Draft<T> {
        if self.errors.is_empty() {
            Ok(value)
        } else {
            Err(Error::Invalid { fields: self.errors, user: None })
        }
    }
}

/// Just which page.
pub fn paging(page: Option<Whole>, per_page: Option<Whole>) -> Draft<Paging> {
    let mut params = Params::default();
    let paging = params.paging(page, per_page);
    params.finish(paging)
}

/// The versions that `If-Match` names (RFC 9110, 13.1.1): a list of entity tags, over one line
/// or several. Kept as it came; [`versions`] reads it.
pub struct EntityTags(Vec<String>);

impl Type for EntityTags {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;
    fn name() -> Cow<'static, str> {
        "EntityTags".into()
    }
    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema::new("string")))
    }
    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(self.as_raw_value().into_iter())
    }
}

impl ParseFromParameter for EntityTags {
    fn parse_from_parameter(value: &str) -> ParseResult<Self> {
        Ok(Self(vec![value.to_owned()]))
    }
    fn parse_from_parameters<I: IntoIterator<Item = A>, A: AsRef<str>>(lines: I) -> ParseResult<Self> {
        Ok(Self(lines.into_iter().map(|line| line.as_ref().to_owned()).collect()))
    }
}

/// The versions that will do; `None`: any (`*`, or no header). Tags that are not ours, weak ones
/// among them, are versions of nothing; neither is a list that can't be read.
pub fn versions(if_match: Option<EntityTags>) -> Option<Vec<u64>> {
    let EntityTags(lines) = if_match?;
    let list = lines.join(",");
    if list.trim() == "*" {
        return None;
    }
    Some(strong_tags(&list).unwrap_or_default().iter().filter_map(|tag| number(tag)).collect())
}

/// A tag of ours: digits alone, for `parse` would take a sign too.
fn number(tag: &str) -> Option<u64> {
    tag.bytes().all(|byte| byte.is_ascii_digit()).then(|| tag.parse().ok()).flatten()
}

/// The strong tags of a list, without their quotes. A comma within a tag divides nothing.
fn strong_tags(list: &str) -> Option<Vec<&str>> {
    let (mut tags, mut rest) = (Vec::new(), list);
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return Some(tags);
        }
        let (strong, quoted) = rest.strip_prefix("W/").map_or((true, rest), |weak| (false, weak));
        let (tag, after) = quoted.strip_prefix('"')?.split_once('"')?;
        tags.extend(strong.then_some(tag));
        rest = after.trim_start_matches([' ', '\t']);
        if !rest.is_empty() && !rest.starts_with(',') {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_match_is_a_list_of_strong_tags() {
        let read = |lines: &[&str]| {
            versions(Some(EntityTags(lines.iter().map(|line| (*line).to_owned()).collect())))
        };
        assert_eq!(versions(None), None);
        assert_eq!(read(&["*"]), None);
        assert_eq!(read(&["\"3\""]), Some(vec![3]));
        assert_eq!(read(&["\"3\", \"x\" ,,\"4\"", "\"5\""]), Some(vec![3, 4, 5]));
        for other in
            ["W/\"3\"", "w/\"3\"", "3", "\"3", "\"+3\"", "\"\"", "", "\"3\" \"4\"", "\"*\"", "*, \"x\""]
        {
            assert_eq!(read(&[other]), Some(vec![]), "{other}");
        }
        assert_eq!(read(&["W/\"3\", \"4\""]), Some(vec![4]));
        // A comma within a tag divides nothing.
        assert_eq!(read(&["\"a,\"3\",b\""]), Some(vec![]));
        assert_eq!(read(&["\"a,3,b\", \"4\""]), Some(vec![4]));
    }

    proptest::proptest! {
        #[test]
        fn no_list_of_tags_fails(lines in proptest::collection::vec("[W/\", *0-9a-z]{0,20}|\\PC{0,30}", 0..3)) {
            let _ = versions(Some(EntityTags(lines)));
        }

        #[test]
        fn a_version_is_found_in_every_list(version: u64, before in "(W/)?\"[a-z,]{0,5}\"", between in "[ \t,]{0,4}") {
            let list = format!("{before},{between}\"{version}\"{between}");
            proptest::prop_assert_eq!(versions(Some(EntityTags(vec![list]))), Some(vec![version]));
        }
    }
}
