//! Request bodies. A body is read here but judged in the operation, after it is known that the
//! caller may do what they ask: so [`Body`] never fails, and gives a [`Draft`].

use std::marker::PhantomData;

use poem::{Request, RequestBody};
use poem_openapi::{
    ApiExtractor, ApiExtractorType, ExtractParamOptions,
    registry::{MetaMediaType, MetaRequest, Registry},
    types::Type,
};
use serde_json::{Map, Value};
use tokio::io::AsyncReadExt;

use super::{call::shared, turns::Turn};
use crate::{
    model::{
        credential::{Password, Secret},
        error::{Code, FieldError, Refused},
        id::Id,
        text::EmailAddress,
        time::Timestamp,
    },
    ops::{Draft, Error, error::Unreadable, password::Typed},
};

/// Bytes of a JSON body, at most.
pub const LIMIT: usize = 1 << 20;
/// A larger one than this waits for its turn: of thousands who send as much at once the memory is bounded.
const SMALL: usize = 16 << 10;
/// Values in one body, at most: in memory each takes many times what a digit and a comma do.
const VALUES: usize = 40_000;
/// The same of an object that another reads: a passkey's answer has some twenty.
const RAW_VALUES: usize = 200;
/// Errors that are told of one body, at most.
const ERRORS: usize = 50;

/// What can be read from a JSON object, field by field.
pub trait Form: Sized {
    /// What the API document says of it.
    type Document: Type;
    /// `None` when a field was no good: the fields know which.
    fn read(fields: &mut Fields) -> Option<Self>;
}

/// A body of JSON that was read as far as it could be.
pub struct Body<T> {
    value: Result<Value, Error>,
    form: PhantomData<T>,
    /// Of a large one, until it is a draft.
    _turn: Option<Turn>,
}

impl<T: Form> Body<T> {
    /// The e-mail address in it, whatever else is wrong: whether it is taken is told with the rest.
    pub fn email(&self) -> Option<EmailAddress> {
        EmailAddress::parse(self.text("email")?).ok()
    }

    /// A text in it, whatever else is wrong: what is asked for says what it needs.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.value.as_ref().ok()?.get(name)?.as_str()
    }

    /// The password in it, and the words it must not be made of, whatever else is wrong: whether
    /// it will do is told with the rest.
    pub fn typed(&self, password: &str) -> Option<Typed> {
        let text = |name: &str| self.value.as_ref().ok()?.get(name)?.as_str();
        let password = text(password).filter(|text| !text.is_empty()).map(Password::new)?;
        let words = ["portal_name", "name", "email", "company"].into_iter().filter_map(text);
        Some(Typed { password, words: words.map(|text| text.chars().take(300).collect()).collect() })
    }

    /// The body's fields, or everything that is wrong with them.
    pub fn draft(self) -> Draft<T> {
        let Value::Object(object) = self.value? else {
            let text = "the body must be a JSON object";
            return Err(Error::Unreadable(Unreadable::Malformed(text.to_owned())));
        };
        let mut fields = Fields { object, path: String::new(), errors: Vec::new() };
        let form = T::read(&mut fields);
        fields.finish();
        match form {
            Some(form) if fields.errors.is_empty() => Ok(form),
            _ => Err(Error::Invalid { fields: fields.errors, user: None }),
        }
    }
}

async fn read(request: &Request, body: &mut RequestBody, turn: &mut Option<Turn>) -> Result<Value, Error> {
    let unreadable =
        |error: &dyn std::fmt::Display| Error::Unreadable(Unreadable::Malformed(error.to_string()));
    let shared = shared(request).map_err(|error| unreadable(&error))?;
    let too_large = Error::Unreadable(Unreadable::TooLarge(LIMIT));
    let announced = request.header("content-length").and_then(|length| length.parse::<usize>().ok());
    if announced.is_some_and(|length| length > LIMIT) {
        return Err(too_large);
    }
    unencoded(request)?;
    let body = body.take().map_err(|error| unreadable(&error))?;
    let patience = shared.portal.config().deadlines.body();
    let taking = async {
        let (mut reader, mut bytes) = (body.into_async_read(), Vec::new());
        (&mut reader).take(SMALL as u64 + 1).read_to_end(&mut bytes).await.map_err(|e| unreadable(&e))?;
        if bytes.len() > SMALL {
            *turn = Some(shared.large_body(request).await?);
            let rest = (LIMIT + 1 - bytes.len()) as u64;
            reader.take(rest).read_to_end(&mut bytes).await.map_err(|error| unreadable(&error))?;
        }
        if bytes.len() > LIMIT { Err(too_large) } else { Ok(bytes) }
    };
    let bytes = tokio::time::timeout(patience, taking)
        .await
        .map_err(|_| unreadable(&"the body did not come in time"))??;
    // A POST without a body is an empty object, whatever type it says it has.
    if bytes.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    let json = request.content_type().is_some_and(|text| {
        let essence = text.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("application/json")
    });
    if !json {
        return Err(Error::Unreadable(Unreadable::MediaType("application/json")));
    }
    if values(&bytes) > VALUES {
        return Err(unreadable(&format!("the body holds more than {VALUES} values")));
    }
    serde_json::from_slice(&bytes).map_err(|error| unreadable(&format!("the body is not JSON: {error}")))
}

/// What comes packed is not unpacked: nobody can say beforehand what comes out.
pub fn unencoded(request: &Request) -> Result<(), Error> {
    match request.header("content-encoding").map(str::trim) {
        None | Some("" | "identity") => Ok(()),
        Some(_) => Err(Error::Unreadable(Unreadable::Encoded)),
    }
}

/// How many values a text of JSON holds, or a few more: what begins or divides one, outside of strings.
fn values(json: &[u8]) -> usize {
    let (mut found, mut quoted, mut escaped) = (1, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' | b'[' | b'{' if !quoted => found += 1,
            _ => {}
        }
    }
    found
}

/// The same of one that was read.
fn values_in(value: &Value) -> usize {
    1 + match value {
        Value::Array(all) => all.iter().map(values_in).sum(),
        Value::Object(all) => all.values().map(values_in).sum(),
        _ => 0,
    }
}

impl<'a, T: Form + Send> ApiExtractor<'a> for Body<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        T::Document::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        let schema = T::Document::schema_ref();
        let content = vec![MetaMediaType { content_type: "application/json", schema }];
        Some(MetaRequest { description: None, content, required: true })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let mut turn = None;
        Ok(Self { value: read(request, body, &mut turn).await, form: PhantomData, _turn: turn })
    }
}

/// The body of a call that asks for nothing: what is sent all the same is held to that.
pub struct NoBody(Body<Nothing>);

pub struct Nothing;

impl Form for Nothing {
    type Document = String;
    fn read(_: &mut Fields) -> Option<Self> {
        Some(Self)
    }
}

impl NoBody {
    pub fn draft(self) -> Draft<()> {
        self.0.draft().map(|Nothing| ())
    }
}

impl<'a> ApiExtractor<'a> for NoBody {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        Body::from_request(request, body, options).await.map(Self)
    }
}

/// As much of what was sent as is worth repeating.
pub fn shortened(text: &str) -> String {
    text.chars().take(60).collect()
}

/// The fields of an object, taken out one by one; what is wrong with any is gathered.
pub struct Fields {
    object: Map<String, Value>,
    /// Where this object stands in the body, such as `welcome.`.
    path: String,
    errors: Vec<FieldError>,
}

impl Fields {
    /// What is wrong past this many times is not told: the answer is no larger than the question.
    pub fn refuse(&mut self, name: &str, refused: Refused) {
        if self.errors.len() >= ERRORS {
            return;
        }
        let name: String = name.chars().take(100).collect();
        let field = format!("{}{name}", self.path);
        self.errors.push(refused.at(&field));
    }

    /// Whether anything is wrong so far.
    pub fn refused(&self) -> bool {
        !self.errors.is_empty()
    }

    fn mistyped(&mut self, name: &str, wanted: &str) {
        self.refuse(name, Refused::new(Code::Type, format!("This must be {wanted}.")));
    }

    /// A text that must be there.
    pub fn required<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, Refused>) -> Option<T> {
        match self.object.remove(name) {
            None | Some(Value::Null) => {
                let missing = parse("").err().filter(|refused| refused.code == Code::Required);
                self.refuse(
                    name,
                    missing.unwrap_or_else(|| Refused::new(Code::Required, "This is missing.")),
                );
                None
            }
            Some(Value::String(text)) => self.parsed(name, &text, parse),
            Some(_) => {
                self.mistyped(name, "a text");
                None
            }
        }
    }

    /// A text that may be left out; null and "" are the same as leaving it out.
    pub fn optional<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, Refused>) -> Option<T> {
        self.patch(name, parse).flatten()
    }

    /// A text to change: left out it is left alone (`None`), null and "" clear it (`Some(None)`).
    pub fn patch<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, Refused>) -> Option<Option<T>> {
        match self.object.remove(name)? {
            Value::Null => Some(None),
            Value::String(text) if text.trim().is_empty() => Some(None),
            Value::String(text) => self.parsed(name, &text, parse).map(Some),
            _ => {
                self.mistyped(name, "a text or null");
                None
            }
        }
    }

    /// A text to change that can't be cleared: left out, it is left alone.
    pub fn changed<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, Refused>) -> Option<T> {
        if self.object.contains_key(name) { self.required(name, parse) } else { None }
    }

    fn parsed<T>(&mut self, name: &str, text: &str, parse: impl Fn(&str) -> Result<T, Refused>) -> Option<T> {
        parse(text).map_err(|refused| self.refuse(name, refused)).ok()
    }

    pub fn flag(&mut self, name: &str) -> Option<bool> {
        match self.object.remove(name) {
            None | Some(Value::Null) => None,
            Some(Value::Bool(flag)) => Some(flag),
            Some(_) => {
                self.mistyped(name, "true or false");
                None
            }
        }
    }

    /// A flag to change: left out it is left alone, and there is nothing that null could make of it.
    pub fn changed_flag(&mut self, name: &str) -> Option<bool> {
        if matches!(self.object.get(name), Some(Value::Null)) {
            self.object.remove(name);
            self.refuse(name, Refused::new(Code::Required, "This must be true or false."));
        }
        self.flag(name)
    }

    /// A whole number within bounds.
    pub fn number(&mut self, name: &str, from: u16, to: u16) -> Option<u16> {
        let value = self.object.remove(name)?;
        let number = value.as_u64().and_then(|n| u16::try_from(n).ok()).filter(|n| (from..=to).contains(n));
        if number.is_none() {
            let code = if value.is_number() { Code::Invalid } else { Code::Type };
            self.refuse(
                name,
                Refused::new(code, format!("This must be a whole number from {from} to {to}.")),
            );
        }
        number
    }

    /// A list of texts.
    pub fn list<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, Refused>) -> Option<Vec<T>> {
        let items = match self.object.remove(name) {
            None | Some(Value::Null) => return None,
            Some(Value::Array(items)) if items.len() <= 10_000 => items,
            Some(_) => {
                self.mistyped(name, "a list of at most 10,000 texts");
                return None;
            }
        };
        let mut out = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Value::String(text) => out.extend(self.parsed(name, &text, &parse)),
                _ => self.mistyped(name, "a list of texts"),
            }
        }
        Some(out)
    }

    /// A list to change: left out it is left alone, null and "" empty it.
    pub fn changed_list<T>(
        &mut self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, Refused>,
    ) -> Option<Vec<T>> {
        let clears = match self.object.get(name)? {
            Value::Null => true,
            Value::String(text) => text.trim().is_empty(),
            _ => false,
        };
        if clears {
            return self.object.remove(name).map(|_| Vec::new());
        }
        self.list(name, parse)
    }

    /// A list of ids to change: left out it is left alone, null and "" empty it.
    pub fn changed_ids<I: Id + std::str::FromStr>(&mut self, name: &str) -> Option<Vec<I>> {
        self.changed_list(name, parse_id)
    }

    /// A list of ids.
    pub fn ids<I: Id + std::str::FromStr>(&mut self, name: &str) -> Option<Vec<I>> {
        self.list(name, parse_id)
    }

    /// The same where an empty list is not the same as none.
    pub fn patch_ids<I: Id + std::str::FromStr>(&mut self, name: &str) -> Option<Option<Vec<I>>> {
        match self.object.get(name)? {
            Value::Null => self.object.remove(name).map(|_| None),
            _ => self.ids(name).map(Some),
        }
    }

    /// An id that may be left out.
    pub fn id<I: Id + std::str::FromStr>(&mut self, name: &str) -> Option<I> {
        self.optional(name, parse_id)
    }

    /// One of several words, if it is there.
    pub fn word<T>(&mut self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        self.optional(name, |text| {
            let unknown = || Refused::new(Code::Invalid, format!("{name} can't be “{}”.", shortened(text)));
            parse(text).ok_or_else(unknown)
        })
    }

    /// A password, as typed. Whether it will do is for the operation to say.
    pub fn password(&mut self, name: &str) -> Option<Password> {
        self.required(name, |text| match text {
            "" => Err(Refused::new(Code::Required, "The password is missing.")),
            text => Ok(Password::new(text)),
        })
    }

    /// A link's or the set-up's token; one that can't be a token is nobody's.
    pub fn token(&mut self, name: &str) -> Option<Secret> {
        self.required(name, |text| match text {
            "" => Err(Refused::new(Code::Required, "The token is missing.")),
            text => Ok(super::auth::secret(text).unwrap_or(Secret::new([0; 32]))),
        })
    }

    /// A moment (RFC 3339) that may be left out.
    pub fn moment(&mut self, name: &str) -> Option<Timestamp> {
        self.optional(name, |text| {
            let wrong = || Refused::new(Code::Invalid, "This is not a time, such as 2026-12-31T12:00:00Z.");
            Timestamp::parse(text).ok_or_else(wrong)
        })
    }

    /// An object within this one.
    pub fn object<T>(&mut self, name: &str, read: impl FnOnce(&mut Fields) -> T) -> Option<T> {
        match self.object.remove(name) {
            None | Some(Value::Null) => None,
            Some(Value::Object(object)) => {
                let path = format!("{}{name}.", self.path);
                let mut inner = Fields { object, path, errors: Vec::new() };
                let out = read(&mut inner);
                inner.finish();
                self.errors.append(&mut inner.errors);
                Some(out)
            }
            Some(_) => {
                self.mistyped(name, "an object");
                None
            }
        }
    }

    /// An object to change: null clears all that is in it, which are `fields`.
    pub fn changed_object<T>(
        &mut self,
        name: &str,
        fields: &[&str],
        read: impl FnOnce(&mut Fields) -> T,
    ) -> Option<T> {
        if let Some(value @ Value::Null) = self.object.get_mut(name) {
            *value =
                fields.iter().map(|field| ((*field).to_owned(), Value::Null)).collect::<Map<_, _>>().into();
        }
        self.object(name, read)
    }

    /// An object that another reads, as it is.
    pub fn raw(&mut self, name: &str) -> Option<Value> {
        match self.object.remove(name) {
            None | Some(Value::Null) => None,
            Some(object @ Value::Object(_)) if values_in(&object) <= RAW_VALUES => Some(object),
            Some(_) => {
                self.mistyped(name, "an object");
                None
            }
        }
    }

    /// Whatever was not asked for is not known.
    fn finish(&mut self) {
        for name in std::mem::take(&mut self.object).keys() {
            self.refuse(name, Refused::new(Code::Unknown, "There is no such field."));
        }
    }
}

fn parse_id<I: std::str::FromStr>(text: &str) -> Result<I, Refused> {
    let unknown = || format!("There is nothing with the id {}.", shortened(text));
    text.parse().map_err(|_| Refused::new(Code::NotFound, unknown()))
}
