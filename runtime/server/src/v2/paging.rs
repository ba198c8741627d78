//! Collections in pages. Each collection answers in one shape, and is read on in one way.
//!
//! Each item has a number, by which the collection is sorted: its place in the list, or for a run
//! the number in its id. A page has the items behind the number `after`, up to `limit` of them.
//! `next` is the `after` of the next page, and null where there is none. So events, whose numbers
//! are their ids, are read on in the same way.

use serde::Deserialize;
use utoipa::IntoParams;

use super::problem::Problem;

/// How many items a page has by default.
const DEFAULT_LIMIT: usize = 100;

/// How many items a page has at most.
pub(super) const MAX_LIMIT: usize = 10_000;

/// Which page of a collection to return.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct PageQuery {
    /// Only what comes after this number: the `next` of the page before.
    pub(super) after: Option<u64>,
    /// How many to return: 100 by default, 10,000 at most.
    #[param(minimum = 1, maximum = 10_000)]
    pub(super) limit: Option<usize>,
}

impl PageQuery {
    pub(super) fn paging(&self) -> Result<Paging, Problem> {
        Paging::new(self.after, self.limit)
    }
}

/// Which items to take of a collection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paging {
    after: Option<u64>,
    limit: usize,
}

/// A page of a collection.
#[derive(Debug, PartialEq)]
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    /// How many items the collection has.
    pub(super) total: usize,
    /// The number of the last item, if others come after it.
    pub(super) next: Option<u64>,
}

impl Paging {
    /// Refuses a limit that no page can have.
    pub(super) fn new(after: Option<u64>, limit: Option<usize>) -> Result<Self, Problem> {
        let limit = limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(Problem::bad_request(format!(
                "the limit {limit} must be 1 to {MAX_LIMIT}: read the rest with `after`"
            )));
        }
        Ok(Paging { after, limit })
    }

    /// Of a list, whose items have their places, from 1, as numbers.
    pub(super) fn of_list<T>(self, items: impl IntoIterator<Item = T>) -> Page<T> {
        self.rising((1..).zip(items))
    }

    /// Of numbered items, the lowest number first.
    pub(super) fn rising<T>(self, items: impl IntoIterator<Item = (u64, T)>) -> Page<T> {
        self.take(items, |number, after| number > after)
    }

    /// Of numbered items, the highest number first.
    pub(super) fn falling<T>(self, items: impl IntoIterator<Item = (u64, T)>) -> Page<T> {
        self.take(items, |number, after| number < after)
    }

    fn take<T>(
        self,
        items: impl IntoIterator<Item = (u64, T)>,
        is_behind: fn(u64, u64) -> bool,
    ) -> Page<T> {
        let mut page = Page {
            items: Vec::new(),
            total: 0,
            next: None,
        };
        let mut last = None;
        for (number, item) in items {
            page.total += 1;
            if self.after.is_some_and(|after| !is_behind(number, after)) {
                continue;
            }
            if page.items.len() < self.limit {
                page.items.push(item);
                last = Some(number);
            } else {
                page.next = last;
            }
        }
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_each_item_once() {
        for limit in 1..=4 {
            let mut seen = Vec::new();
            let mut after = None;
            loop {
                let paging = Paging::new(after, Some(limit)).unwrap();
                let page = paging.of_list(["a", "b", "c"]);
                assert_eq!(page.total, 3);
                assert!(page.items.len() <= limit);
                seen.extend(page.items);
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(seen, ["a", "b", "c"], "{limit}");
        }
    }

    #[test]
    fn latest_items_come_first() {
        let paging = |after| Paging::new(after, Some(2)).unwrap();
        let items = || [(9, "r9"), (7, "r7"), (2, "r2")];
        let first = paging(None).falling(items());
        assert_eq!((first.items, first.next), (vec!["r9", "r7"], Some(7)));
        let second = paging(Some(7)).falling(items());
        assert_eq!((second.items, second.next), (vec!["r2"], None));
        assert_eq!(second.total, 3);
        assert!(paging(Some(1)).falling(items()).items.is_empty());
    }

    #[test]
    fn limit_has_bounds() {
        for limit in [1, MAX_LIMIT] {
            assert_eq!(Paging::new(None, Some(limit)).unwrap().limit, limit);
        }
        for limit in [0, MAX_LIMIT + 1] {
            let refused = Paging::new(None, Some(limit)).unwrap_err().into_detail();
            assert!(refused.contains("1 to 10000"), "{refused}");
        }
        assert_eq!(Paging::new(None, None).unwrap().limit, DEFAULT_LIMIT);
    }
}
