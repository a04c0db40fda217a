//! A page of a list.

/// Which page is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paging {
    /// From 1.
    pub page: u64,
    /// 1 to [`Paging::MOST`].
    pub per_page: u32,
}

impl Paging {
    pub const MOST: u32 = 200;
    pub const USUAL: u32 = 50;

    /// How many things come before this page; past any list's end when that overflows.
    pub fn offset(self) -> u64 {
        (self.page - 1).saturating_mul(u64::from(self.per_page))
    }

    /// This page of a list that is at hand whole.
    pub fn of<T>(self, all: Vec<T>) -> Page<T> {
        let total = all.len() as u64;
        let offset = usize::try_from(self.offset()).unwrap_or(usize::MAX);
        let items = all.into_iter().skip(offset).take(self.per_page as usize).collect();
        Page { items, total, paging: self }
    }
}

#[derive(Debug, Clone)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// How many there are on all pages.
    pub total: u64,
    pub paging: Paging,
}

impl<T> Page<T> {
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), total: self.total, paging: self.paging }
    }
}
