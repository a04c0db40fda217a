//! Places for connections: so many in all, and of one address of origin three quarters of them at most,
//! so that nobody keeps everybody else out.

use std::{net::IpAddr, sync::Arc};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    config::Network,
    ops::{
        limits::origin_key,
        shares::{Share, Shares},
    },
};

pub struct Places {
    free: Arc<Semaphore>,
    shares: Shares,
    /// Many people come from there.
    proxies: Vec<Network>,
}

/// A place that is still anybody's.
pub struct Free(OwnedSemaphorePermit);

/// A place, until it is dropped.
pub struct Taken {
    _place: OwnedSemaphorePermit,
    _share: Option<Share>,
}

impl Places {
    pub fn new(all: usize, proxies: &[Network]) -> Self {
        // Of three and fewer one address may have all: there is nothing to divide.
        let shares = Shares::new(usize::MAX, all - all / 4);
        Self { free: Arc::new(Semaphore::new(all)), shares, proxies: proxies.to_vec() }
    }

    /// Waits for a place.
    pub async fn free(&self) -> Option<Free> {
        Arc::clone(&self.free).acquire_owned().await.ok().map(Free)
    }

    /// Takes it for somebody; `None` for whoever has their share.
    pub fn take(&self, free: Free, peer: IpAddr) -> Option<Taken> {
        let peer = peer.to_canonical();
        if peer.is_loopback() || self.proxies.iter().any(|network| network.holds(peer)) {
            return Some(Taken { _place: free.0, _share: None });
        }
        let whose = origin_key(&peer.to_string());
        let share = self.shares.take(&whose);
        if share.is_none() {
            tracing::info!(whose, "one address has as many connections as it may; one more was closed");
        }
        share.map(|share| Taken { _place: free.0, _share: Some(share) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of so many places somebody gets who takes all that they can.
    async fn got(places: &Places, peer: &str, tries: usize) -> Vec<Taken> {
        let mut got = Vec::new();
        for _ in 0..tries {
            got.extend(places.take(places.free().await.unwrap(), peer.parse().unwrap()));
        }
        got
    }

    #[tokio::test]
    async fn nobody_has_all_places_but_those_through_whom_many_come() {
        let proxies: Vec<Network> = serde_json::from_str("[\"10.0.0.0/8\"]").unwrap();
        for (peer, all, most) in [
            ("192.0.2.1", 200, 150),
            ("::ffff:192.0.2.1", 200, 150),
            ("2001:db8::1", 200, 150),
            ("127.0.0.1", 200, 200),
            ("::1", 200, 200),
            ("::ffff:10.1.2.3", 200, 200),
            ("192.0.2.1", 4, 3),
            ("192.0.2.1", 3, 3),
            ("192.0.2.1", 1, 1),
        ] {
            let places = Places::new(all, &proxies);
            assert_eq!(got(&places, peer, all).await.len(), most, "{peer} of {all}");
        }
    }

    #[tokio::test]
    async fn what_is_closed_is_free_and_neighbours_have_one_share() {
        let places = Places::new(8, &[]);
        let first = got(&places, "2001:db8::1", 6).await;
        assert!(got(&places, "2001:db8::ffff:2", 1).await.is_empty(), "one subscriber's");
        let other = got(&places, "2001:db8:0:1::1", 2).await;
        assert_eq!((first.len(), other.len()), (6, 2));
        drop(first);
        assert_eq!(got(&places, "2001:db8::2", 6).await.len(), 6);
    }
}
