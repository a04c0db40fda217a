//! Which methods a path of the API has: `Allow` of a 405 (RFC 9110), which poem leaves out.

use serde_json::Value;

/// The paths of the API document with their methods.
pub struct Allow(Vec<(String, String)>);

impl Allow {
    /// Reads the document that the code has generated.
    pub fn of(document: &str) -> Self {
        let document: Value = serde_json::from_str(document).unwrap_or_default();
        let paths = document["paths"].as_object().into_iter().flatten();
        let methods = |path: &Value| -> String {
            let names = path.as_object().into_iter().flat_map(|methods| methods.keys());
            // Whatever can be got can be asked about (RFC 9110, 9.3.2).
            let names =
                names.map(|name| if name == "get" { "GET, HEAD".to_owned() } else { name.to_uppercase() });
            names.collect::<Vec<_>>().join(", ")
        };
        let mut all: Vec<_> = paths.map(|(path, item)| (path.clone(), methods(item))).collect();
        // Where several fit, the one with the fewest parameters is meant.
        all.sort_by_key(|(path, _)| path.matches('{').count());
        Self(all)
    }

    /// The methods of a path such as `/api/v1/users/7`; of what is no operation: reading.
    pub fn methods(&self, path: &str) -> &str {
        let path = path.strip_prefix("/api/v1").unwrap_or_default();
        let known = self.0.iter().find(|(pattern, _)| fits(pattern, path));
        known.map_or("GET, HEAD", |(_, methods)| methods)
    }
}

fn fits(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(part), Some(_)) if part.starts_with('{') => {}
            (Some(a), Some(b)) if a == b => {}
            _ => return false,
        }
    }
}
