//! The one crossing from the async server to the synchronous portal.

use std::sync::Arc;

use poem::{FromRequest, Request};
use tokio::sync::Semaphore;

use super::{auth::Caller, problem::Problem};
use crate::{
    model::policy::{Actor, Who},
    ops::{Error, Portal, sessions},
};

/// Operations at a time: most take microseconds, those that hash wait for their turn, and the
/// others must not wait for them.
const AT_ONCE: usize = 256;

/// What all handlers share.
#[derive(Clone)]
pub struct Shared {
    pub portal: Arc<Portal>,
    threads: Arc<Semaphore>,
}

impl Shared {
    pub fn new(portal: Arc<Portal>) -> Self {
        Self { portal, threads: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Works out who calls, and runs an operation in their name on a thread that may block.
    pub async fn call<T: Send + 'static>(
        &self,
        caller: &Caller,
        operation: impl FnOnce(&Arc<Portal>, &Actor) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Problem> {
        let caller = caller.clone();
        let done = self.blocking(move |portal| {
            let who = caller
                .token
                .as_ref()
                .map_or(Ok(Who::Anonymous), |token| sessions::identify(portal, token))?;
            let origin = Some(caller.device.origin);
            operation(portal, &Actor { who, origin })
        });
        done.await.map_err(Problem::from)
    }

    /// Runs what may block, a bounded number at a time.
    pub async fn blocking<T: Send + 'static>(
        &self,
        f: impl FnOnce(&Arc<Portal>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let portal = Arc::clone(&self.portal);
        let stopping = |_| Error::Unavailable("the portal is stopping".to_owned());
        let permit = Arc::clone(&self.threads).acquire_owned().await.map_err(stopping)?;
        let run = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            f(&portal)
        });
        run.await.unwrap_or_else(|panic| Err(Error::Internal(format!("an operation panicked: {panic}"))))
    }
}

/// What all handlers share, as the server put it into the request.
pub fn shared(request: &Request) -> poem::Result<&Shared> {
    let unavailable = || poem::Error::from_status(poem::http::StatusCode::SERVICE_UNAVAILABLE);
    request.extensions().get::<Shared>().ok_or_else(unavailable)
}

impl<'a> FromRequest<'a> for Shared {
    async fn from_request(request: &'a Request, _: &mut poem::RequestBody) -> poem::Result<Self> {
        shared(request).cloned()
    }
}
