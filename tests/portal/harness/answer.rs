//! What came back, and what a test expects of it.

use serde_json::Value;

/// An answer of the portal's.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Method and target, to say which answer it was.
    pub asked: String,
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("UTF-8")
    }

    /// The body as JSON; null when there is none.
    #[track_caller]
    pub fn json(&self) -> Value {
        if self.body.is_empty() {
            return Value::Null;
        }
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{}: {error}: {}", self.asked, self))
    }

    /// Expects this status; the body.
    #[track_caller]
    pub fn ok(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}: {self}", self.asked);
        self.json()
    }

    /// Expects a problem (RFC 9457) with this status and code; the problem.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}: {self}", self.asked);
        let problem = self.json();
        assert_eq!((self.status, problem["code"].as_str()), (status, Some(code)), "{}: {self}", self.asked);
        assert_eq!(problem["type"], "about:blank", "{self}");
        assert_eq!(problem["status"], status, "{self}");
        for words in ["title", "detail"] {
            assert!(problem[words].as_str().is_some_and(|text| !text.is_empty()), "{words} in {self}");
        }
        problem
    }

    /// Expects 422, and just these fields with these codes, in any order; the problem.
    #[track_caller]
    pub fn invalid(&self, expected: &[(&str, &str)]) -> Value {
        let problem = self.problem(422, "validation-failed");
        let errors =
            problem["errors"].as_array().unwrap_or_else(|| panic!("{}: errors in {self}", self.asked));
        let text = |error: &Value, key: &str| error[key].as_str().expect("a text").to_owned();
        let mut told: Vec<_> = errors.iter().map(|e| (text(e, "field"), text(e, "code"))).collect();
        let mut expected: Vec<_> = expected.iter().map(|(f, c)| ((*f).to_owned(), (*c).to_owned())).collect();
        told.sort();
        expected.sort();
        assert_eq!(told, expected, "{}: {self}", self.asked);
        assert!(errors.iter().all(|error| !text(error, "message").is_empty()), "{self}");
        problem
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.status, String::from_utf8_lossy(&self.body))
    }
}
