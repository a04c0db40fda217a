//! Which methods a path has: an answer of 405 must say so (RFC 9110, 15.5.6).

use serde_json::Value;

/// The paths of the API, their methods beside them.
pub struct Allowed(Vec<(Vec<String>, String)>);

impl Allowed {
    /// As the API document (OpenAPI 3) has them.
    pub fn new(document: &str) -> Self {
        let document: Value = serde_json::from_str(document).unwrap_or_default();
        let paths = document["paths"].as_object().into_iter().flatten();
        let mut all: Vec<_> = paths.map(|(path, methods)| (parts(path), list(methods))).collect();
        // Where several match, the one with the fewest parameters is meant.
        all.sort_by_key(|(path, _)| path.iter().filter(|part| is_parameter(part)).count());
        Self(all)
    }

    /// What can be done at a path; what is no part of the API can only be read.
    pub fn at(&self, path: &str) -> &str {
        let Some(path) = path.strip_prefix("/api/v1") else { return "GET, HEAD" };
        let given = parts(path);
        let same = |known: &[String]| {
            known.len() == given.len() && known.iter().zip(&given).all(|(k, g)| is_parameter(k) || k == g)
        };
        self.0.iter().find(|(known, _)| same(known)).map_or("GET, HEAD", |(_, methods)| methods)
    }
}

fn parts(path: &str) -> Vec<String> {
    path.split('/').map(str::to_owned).collect()
}

fn is_parameter(part: &str) -> bool {
    part.starts_with('{')
}

fn list(methods: &Value) -> String {
    let names = methods.as_object().into_iter().flatten().map(|(name, _)| name.to_uppercase());
    // Whatever can be got can be asked about (RFC 9110, 9.3.2).
    let names = names.flat_map(|name| if name == "GET" { vec![name, "HEAD".to_owned()] } else { vec![name] });
    names.collect::<Vec<_>>().join(", ")
}
