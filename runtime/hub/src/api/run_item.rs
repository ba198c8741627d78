//! A run, as lists of runs show it.

use serde::Serialize;
use tokio_postgres::Row;
use utoipa::ToSchema;

/// Where rows of runs come from.
pub(super) const FROM: &str =
    "runs r JOIN machines m ON m.id = r.machine_id JOIN sessions s ON s.id = r.session_id";

/// What is read of each: so many columns.
pub(super) const RUN_COLUMNS: usize = 19;

/// These.
pub(super) const COLUMNS: &str =
    "r.id, r.number, m.name, s.id, s.name, r.state, r.reason, r.person, r.adapter,
    r.host, r.project, r.task, r.comment, (extract(epoch FROM r.started) * 1000000)::bigint,
    extract(epoch FROM r.ended)::float8, r.succeeded, r.failed, s.is_open,
    extract(epoch FROM s.heard)::float8";

/// A run.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunItem {
    /// Unique in the hub.
    pub(super) id: i64,
    /// Its id on its machine, such as `r7`.
    run_id: String,
    /// The machine.
    machine: String,
    /// The session, in the hub.
    session_id: i64,
    /// The session's id on its machine.
    session: String,
    /// `running`, `succeeded`, `failed`, `stopped`, `cancelled`, `lost` or `interrupted`.
    state: String,
    /// Why it was stopped or lost.
    reason: Option<String>,
    /// The user that the runtime ran as.
    user: Option<String>,
    adapter: String,
    host: Option<String>,
    project: Option<String>,
    task: Option<String>,
    /// The artist's comment.
    comment: Option<String>,
    /// Seconds since 1970.
    started: f64,
    /// Likewise.
    ended: Option<f64>,
    /// How many pairs succeeded.
    succeeded: i64,
    /// How many pairs failed.
    failed: i64,
    /// Whether its machine has the session open.
    open: bool,
    /// When the hub last heard of the session: a running run of which nothing was heard for minutes
    /// may have ended with its machine.
    heard: f64,
    #[serde(skip)]
    pub(super) cursor: i64,
}

impl RunItem {
    /// Of a row that begins with [`COLUMNS`].
    pub(crate) fn of(row: &Row) -> Self {
        let micros: i64 = row.get(13);
        RunItem {
            id: row.get(0),
            run_id: format!("r{}", row.get::<_, i64>(1)),
            machine: row.get(2),
            session_id: row.get(3),
            session: row.get(4),
            state: row.get(5),
            reason: row.get(6),
            user: row.get(7),
            adapter: row.get(8),
            host: row.get(9),
            project: row.get(10),
            task: row.get(11),
            comment: row.get(12),
            started: micros as f64 / 1e6,
            ended: row.get(14),
            succeeded: row.get(15),
            failed: row.get(16),
            open: row.get(17),
            heard: row.get(18),
            cursor: micros,
        }
    }
}
