//! Where API tokens lie.

use serde_json::json;

use super::{Entity, Facts, Index, Noted, index, unique, user_subject};
use crate::{
    model::{
        activity::Subject,
        id::{Id, TokenId},
        token::{Token, TokenUsed},
    },
    store::{error::Error, kv::Reader, tables::Table},
};

/// Its subject is the user: "what may act in my name?" is asked of a user's page.
impl Entity for Token {
    const TABLE: Table = Table::Tokens;
    type Id = TokenId;
    fn id(&self) -> TokenId {
        self.id
    }
    fn key_of(id: TokenId) -> Vec<u8> {
        id.bytes().to_vec()
    }
    fn indexes(&self) -> Vec<Index> {
        vec![
            unique(Table::TokensByHash, *self.hash.bytes()),
            index(Table::TokensByUser, &[&self.user.bytes(), &self.id.bytes()]),
        ]
    }
    fn subject(&self, tx: &dyn Reader) -> Result<Option<Subject>, Error> {
        user_subject(tx, self.user)
    }
    fn facts(&self, _: &dyn Reader) -> Result<Facts, Error> {
        Ok(vec![
            ("token", json!(self.name)),
            ("permissions", json!(self.permissions)),
            ("expires_at", json!(self.expires_at.to_string())),
        ])
    }
}

impl Entity for TokenUsed {
    const TABLE: Table = Table::TokensUsed;
    type Id = TokenId;
    fn id(&self) -> TokenId {
        self.token
    }
    fn key_of(id: TokenId) -> Vec<u8> {
        id.bytes().to_vec()
    }
    fn subject(&self, _: &dyn Reader) -> Result<Option<Subject>, Error> {
        Ok(None)
    }
    fn facts(&self, _: &dyn Reader) -> Result<Facts, Error> {
        Ok(Vec::new())
    }
}
impl Noted for TokenUsed {}
