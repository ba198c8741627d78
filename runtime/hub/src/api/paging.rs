//! Collections in pages, in the form of REST v2: `items`, `total` and `next`.
//!
//! The latest come first. A page begins behind the item that its cursor names: a time and a number,
//! which no other item has together. So what is added meanwhile shifts nothing.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use utoipa::ToSchema;

use super::problem::HubProblem;
use crate::query::Total;

/// How many items a page has by default, and at most.
const DEFAULT_LIMIT: i64 = 100;
const MAX_LIMIT: i64 = 1_000;

/// A page of a collection.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// How many items there are that fulfil the query.
    pub(crate) total: i64,
    /// Whether `total` is only about right: more than 10,000 are not counted.
    pub(crate) estimated: bool,
    /// The latest first.
    pub(crate) items: Vec<T>,
    /// What to send as `after` for the next page. None on the last page.
    pub(crate) next: Option<String>,
}

impl<T> Page<T> {
    /// All of them on one page.
    pub(crate) fn whole(items: Vec<T>) -> Self {
        Page {
            total: i64::try_from(items.len()).unwrap_or(i64::MAX),
            estimated: false,
            items,
            next: None,
        }
    }

    /// Of as many items as one more than the limit, if there are so many, behind `after`.
    pub(crate) fn of(
        total: Total,
        mut items: Vec<T>,
        Asked { limit, after }: Asked,
        cursor: impl Fn(&T) -> Cursor,
    ) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = items.len() > limit;
        items.truncate(limit);
        let last = items.last().filter(|_| has_more);
        // A first page that is the last one has them all, whatever was expected.
        let shown = i64::try_from(items.len()).unwrap_or(i64::MAX);
        let total = match after.is_none() && !has_more {
            true => Total::exact(shown),
            false => total,
        };
        let next = last.map(|item| cursor(item).to_string());
        Page {
            total: total.count,
            estimated: total.estimated,
            items,
            next,
        }
    }
}

/// Behind which item a page begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cursor {
    /// Microseconds since 1970-01-01 UTC; or another number by which items are sorted.
    pub(crate) at: i64,
    pub(crate) id: i64,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.at, self.id)
    }
}

impl FromStr for Cursor {
    type Err = HubProblem;

    fn from_str(text: &str) -> Result<Self, HubProblem> {
        let numbers = text
            .split_once('-')
            .and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?)));
        let (at, id) = numbers.ok_or_else(|| {
            HubProblem::bad_request(format!(
                "after={text:?} is no `next` of a page before: leave it out to begin"
            ))
        })?;
        Ok(Cursor { at, id })
    }
}

/// The page that a client asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    /// How many items it has at most.
    pub(crate) limit: i64,
    /// Behind which one. None on the first page.
    pub(crate) after: Option<Cursor>,
}

/// The page that a client asked for: how many items, and behind which one.
///
/// # Errors
/// No page can have that limit, or `after` is no cursor.
pub(crate) fn asked(count: Option<i64>, after: Option<&str>) -> Result<Asked, HubProblem> {
    Ok(Asked {
        limit: limit(count)?,
        after: after.map(str::parse).transpose()?,
    })
}

/// How many items a page has.
///
/// # Errors
/// No page can have so many.
pub(crate) fn limit(asked: Option<i64>) -> Result<i64, HubProblem> {
    let limit = asked.unwrap_or(DEFAULT_LIMIT);
    match (1..=MAX_LIMIT).contains(&limit) {
        true => Ok(limit),
        false => Err(HubProblem::bad_request(format!(
            "the limit {limit} must be 1 to {MAX_LIMIT}: read the rest with `after`"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_names_the_next_one() {
        let estimate = Total {
            count: 9,
            estimated: true,
        };
        let page = |items: Vec<i64>| {
            Page::of(
                estimate,
                items,
                Asked {
                    limit: 2,
                    after: None,
                },
                |id| Cursor { at: 5, id: *id },
            )
        };
        // It is known to be all.
        let whole = page(vec![3, 2]);
        assert_eq!((whole.next, whole.total, whole.estimated), (None, 2, false));
        let first = page(vec![3, 2, 1]);
        assert_eq!((first.total, first.estimated), (9, true));
        assert_eq!(
            (first.items, first.next.as_deref()),
            (vec![3, 2], Some("5-2"))
        );
        assert_eq!("5-2".parse::<Cursor>().unwrap(), Cursor { at: 5, id: 2 });
        for wrong in ["", "5", "a-2", "5-2-1", "-"] {
            assert!(wrong.parse::<Cursor>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn limit_has_bounds() {
        assert_eq!(limit(None).unwrap(), DEFAULT_LIMIT);
        assert_eq!(limit(Some(MAX_LIMIT)).unwrap(), MAX_LIMIT);
        assert!(limit(Some(0)).is_err() && limit(Some(MAX_LIMIT + 1)).is_err());
    }
}
