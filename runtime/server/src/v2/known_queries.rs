//! The queries that each route knows: an unknown name is a mistake of the client, and not nothing.

use axum::extract::Request;
use axum::http::{Method, StatusCode};
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{OpenApi, RefOr};

use super::operations::operations;
use crate::refusal::Refusal;

/// The names of queries by route.
pub(crate) struct KnownQueries(Vec<Route>);

struct Route {
    method: Method,
    /// The parts of its path; none for one that can be anything.
    path: Vec<Option<String>>,
    names: Vec<String>,
}

impl KnownQueries {
    /// Those of this document.
    pub(super) fn of(document: &OpenApi) -> Self {
        let routes = operations(document).map(|(method, path, operation)| Route {
            method,
            path: parts(path).map(part).collect(),
            names: names(operation),
        });
        KnownQueries(routes.collect())
    }

    /// # Errors
    /// The query has a name that the route does not know.
    pub(crate) fn check(&self, request: &Request) -> Result<(), Refusal> {
        let Some(query) = request.uri().query().filter(|query| !query.is_empty()) else {
            return Ok(());
        };
        let path = request.uri().path();
        let route = self.0.iter().find(|route| route.is(request.method(), path));
        // A path without a route is refused as that.
        let Some(route) = route else {
            return Ok(());
        };
        let mut given = form_urlencoded::parse(query.as_bytes());
        let is_known = |name: &str| route.names.iter().any(|known| known == name);
        let Some((name, _)) = given.find(|(name, _)| !is_known(name)) else {
            return Ok(());
        };
        let known = match route.names.as_slice() {
            [] => "it takes none".to_owned(),
            names => format!("it takes {}", names.join(", ")),
        };
        let detail = format!("the query of this route has no {name:?}; {known}");
        let bad = StatusCode::BAD_REQUEST;
        Err(Refusal::new(bad, "Bad request", detail).with_code("unknown-query"))
    }
}

impl Route {
    fn is(&self, method: &Method, path: &str) -> bool {
        let mut given = parts(path);
        let fits = |part: &Option<String>| {
            let given = given.next();
            given.is_some_and(|given| part.as_deref().is_none_or(|part| part == given))
        };
        *method == self.method && self.path.iter().all(fits) && given.next().is_none()
    }
}

fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
}

fn part(part: &str) -> Option<String> {
    (!part.starts_with('{')).then(|| part.to_owned())
}

fn names(operation: &Operation) -> Vec<String> {
    let parameters = operation.parameters.iter().flatten();
    let names = parameters.filter_map(|parameter| match parameter {
        RefOr::T(it) if matches!(it.parameter_in, ParameterIn::Query) => Some(it.name.clone()),
        // Our parameters are all described where they are used.
        RefOr::T(_) | RefOr::Ref(_) => None,
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[test]
    fn only_known_names_are_allowed() {
        let (_, document) = super::super::described();
        let known = KnownQueries::of(&document);
        let check = |path: &str| {
            let uri = format!("/pyblish/v2{path}");
            let request = Request::builder().uri(uri).body(Body::empty()).unwrap();
            known.check(&request).map_err(|refusal| refusal.detail)
        };
        assert_eq!(
            check("/sessions/s/results?latest=true&state=failed"),
            Ok(())
        );
        assert_eq!(check("/sessions/s/results"), Ok(()));
        assert_eq!(check("/nothing?a=b"), Ok(()));
        let wrong = check("/sessions/s/results?latst=true").unwrap_err();
        assert!(
            wrong.contains("no \"latst\"") && wrong.contains("latest"),
            "{wrong}"
        );
        let wrong = check("/sessions/s/states?all=true").unwrap_err();
        assert!(wrong.contains("it takes none"), "{wrong}");
    }
}
