//! The formats of reports.

use std::str::FromStr;

use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use crate::headers::{POLICY, REPORT_POLICY};
use pyblish_report::{self as report, Report};

/// A format of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReportFormat {
    Json,
    Html,
    Junit,
}

impl FromStr for ReportFormat {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        match text {
            "json" => Ok(ReportFormat::Json),
            "html" => Ok(ReportFormat::Html),
            "junit" => Ok(ReportFormat::Junit),
            other => Err(Problem::bad_request(format!(
                "{other:?} is not a format of reports; the formats are json, html and junit"
            ))),
        }
    }
}

impl ReportFormat {
    /// The report in this format. It takes as long as it has results.
    pub(super) fn write(self, report: &Report) -> String {
        match self {
            ReportFormat::Json => report::to_json(report).to_string(),
            ReportFormat::Html => report::to_html(report),
            ReportFormat::Junit => report::to_junit(report),
        }
    }

    /// The answer with such a document.
    pub(super) fn response(self, body: String) -> Response {
        let (kind, policy) = match self {
            ReportFormat::Json => ("application/json", POLICY),
            ReportFormat::Html => ("text/html; charset=utf-8", REPORT_POLICY),
            ReportFormat::Junit => ("application/xml", POLICY),
        };
        let headers = [
            (header::CONTENT_TYPE, kind),
            (header::CONTENT_SECURITY_POLICY, policy),
        ];
        (headers, body).into_response()
    }
}
