//! What is kept on disk of each user: search terms, the projects, the id to delete by, and the
//! slot in memory. Nothing is stored for reading back; the store has it.

use tantivy::{
    TantivyDocument,
    schema::{FAST, Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions},
    tokenizer::{Token, TokenStream, Tokenizer, TokenizerManager},
};

use super::{
    texts::Record,
    words::{normal_address, normal_name, part_terms, start_terms},
};
use crate::model::id::{ProjectId, UserId};

/// Grows whenever the terms change; an index of another version is built anew.
pub const VERSION: u32 = 2;

#[derive(Debug, Clone, Copy)]
pub struct Fields {
    pub id: Field,
    pub slot: Field,
    pub project: Field,
    /// Starts of words and whole words.
    pub name: Field,
    pub email: Field,
    pub company: Field,
    /// Threes of letters of all three.
    pub parts: Field,
}

pub const SLOT: &str = "slot";

impl Fields {
    pub fn new() -> (Schema, Self) {
        let mut schema = Schema::builder();
        let mut terms = |name, tokenizer| {
            let indexing = TextFieldIndexing::default()
                .set_tokenizer(tokenizer)
                .set_index_option(IndexRecordOption::Basic)
                .set_fieldnorms(false);
            schema.add_text_field(name, TextOptions::default().set_indexing_options(indexing))
        };
        let [id, project] = ["id", "project"].map(|name| terms(name, "raw"));
        let [name, email, company] = ["name", "email", "company"].map(|name| terms(name, "starts"));
        let parts = terms("parts", "parts");
        let slot = schema.add_u64_field(SLOT, FAST);
        (schema.build(), Self { id, slot, project, name, email, company, parts })
    }

    /// A user's terms.
    pub fn document(
        &self,
        id: UserId,
        slot: u32,
        texts: Record<'_>,
        projects: &[ProjectId],
    ) -> TantivyDocument {
        let mut document = TantivyDocument::new();
        document.add_text(self.id, id.to_string());
        document.add_u64(self.slot, slot.into());
        for project in projects {
            document.add_text(self.project, project.to_string());
        }
        let (name, email) = (normal_name(texts.name), normal_address(texts.email));
        document.add_text(self.name, &name);
        document.add_text(self.email, &email);
        document.add_text(self.parts, name);
        document.add_text(self.parts, email);
        if !texts.company.is_empty() {
            let company = normal_name(texts.company);
            document.add_text(self.company, &company);
            document.add_text(self.parts, company);
        }
        document
    }

    /// The term that all of a user's terms are deleted by.
    pub fn user(&self, id: UserId) -> tantivy::Term {
        tantivy::Term::from_field_text(self.id, &id.to_string())
    }
}

/// Cuts terms from a normal text.
#[derive(Clone)]
struct Cut(fn(&str) -> Vec<String>);

pub fn register(tokenizers: &TokenizerManager) {
    tokenizers.register("starts", Cut(start_terms));
    tokenizers.register("parts", Cut(part_terms));
}

impl Tokenizer for Cut {
    type TokenStream<'a> = Terms;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Terms {
        Terms { rest: (self.0)(text).into_iter(), token: Token::default() }
    }
}

struct Terms {
    rest: std::vec::IntoIter<String>,
    token: Token,
}

impl TokenStream for Terms {
    fn advance(&mut self) -> bool {
        let Some(text) = self.rest.next() else { return false };
        self.token.position = self.token.position.wrapping_add(1);
        self.token.text = text;
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}
