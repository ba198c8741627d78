//! The thread that sends.
//!
//! It sends one batch at a time. Each open session has its turn, and then the histories that nobody
//! has open. While a batch is on its way, more events gather for the next one, so a busy machine
//! sends larger batches and not more of them.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use futures_util::future::select_all;
use tokio::sync::{oneshot, watch};
use tokio::time::timeout;

use super::backoff::Backoff;
use super::batch::{self, Batch};
use super::cursor::CursorFolder;
use super::delivery::{Delivered, Trouble, deliver};
use super::lane::Lane;
use super::policy::SendPolicy;
use super::source::{Histories, Source};
use super::state::ShippingState;
use super::wire::BatchHead;
use pyblish_client::RemoteClient;

/// How often the open sessions are looked at, where no event comes.
const TICK: Duration = Duration::from_secs(1);

/// How often the hub hears of an open session in which nothing happens.
const HEARTBEAT: Duration = Duration::from_mins(1);

/// How often the folder is searched for histories of other programs, such as `publish`.
const SEARCH: Duration = Duration::from_mins(1);

/// What to send, and to whom.
pub struct ShipperConfig {
    /// The hub.
    pub client: RemoteClient,
    /// What may leave the machine.
    pub policy: SendPolicy,
    /// The version of this program.
    pub program: String,
}

/// The running thread.
pub struct Shipper {
    state: ShippingState,
    stop: watch::Sender<bool>,
    ended: oneshot::Receiver<()>,
}

impl Shipper {
    /// Starts it.
    ///
    /// # Errors
    /// The system has no room for a thread or its event loop.
    pub fn start(config: ShipperConfig, histories: Arc<dyn Histories>) -> io::Result<Self> {
        let state = ShippingState::default();
        let (stop, stopping) = watch::channel(false);
        let (end, ended) = oneshot::channel();
        let event_loop = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let work = Work {
            cursors: CursorFolder::of(&histories.folder()),
            histories,
            config,
            state: state.clone(),
            stopping,
            backoff: Backoff::default(),
            lanes: BTreeMap::new(),
            open: BTreeSet::new(),
            searched: None,
            failing: false,
        };
        thread::Builder::new()
            .name("shipping".into())
            .spawn(move || {
                event_loop.block_on(work.run());
                // Nobody may be waiting for it.
                let _ = end.send(());
            })?;
        Ok(Shipper { state, stop, ended })
    }

    /// How far it is.
    pub fn state(&self) -> ShippingState {
        self.state.clone()
    }

    /// Sends what is left, as far as that goes within this time. The rest is sent after the next
    /// start. Returns false if the time was up.
    pub async fn stop(self, patience: Duration) -> bool {
        self.stop.send_replace(true);
        timeout(patience, self.ended).await.is_ok()
    }
}

/// What the thread owns.
struct Work {
    histories: Arc<dyn Histories>,
    cursors: CursorFolder,
    config: ShipperConfig,
    state: ShippingState,
    stopping: watch::Receiver<bool>,
    backoff: Backoff,
    lanes: BTreeMap<String, Lane>,
    /// The sessions that were open in the last round.
    open: BTreeSet<String>,
    /// When the folder was last searched.
    searched: Option<Instant>,
    /// Whether the last try failed.
    failing: bool,
}

impl Work {
    async fn run(mut self) {
        while !*self.stopping.borrow() {
            match self.round().await {
                Ok(true) => {}
                Ok(false) => self.wait().await,
                Err(trouble) => {
                    let wait = self.backoff.next();
                    self.failed(&trouble, wait);
                    let mut stopping = self.stopping.clone();
                    // An error means that the server is gone, which is an end, too.
                    let _ = timeout(wait, stopping.wait_for(|stop| *stop)).await;
                }
            }
        }
        // What the sessions did at their end. A hub that is away is not waited for.
        self.searched = None;
        if !self.failing {
            loop {
                match self.round().await {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(trouble) => {
                        tracing::warn!(
                            "the rest is sent to the hub after the next start: {trouble}"
                        );
                        break;
                    }
                }
            }
        }
        for lane in self.lanes.values_mut() {
            if let Err(error) = lane.keep(&self.cursors, &self.state, true) {
                tracing::warn!("events will be sent to the hub again: {error}");
            }
        }
    }

    fn failed(&mut self, trouble: &Trouble, wait: Duration) {
        let address = self.config.client.address();
        let message = format!("nothing can be sent to the hub {address}: {trouble}");
        if self.failing {
            tracing::debug!("{message}; the next try is in {wait:?}");
        } else {
            tracing::warn!("{message}; work goes on, and it is sent later");
        }
        self.failing = true;
        self.state.set_failure(Some(trouble.to_string()));
    }

    /// Gives each session its turn. Returns whether anything was sent, so that more may be waiting.
    async fn round(&mut self) -> Result<bool, Trouble> {
        let open = self.histories.open();
        let ids: BTreeSet<String> = open.iter().map(|(id, _)| id.clone()).collect();
        if self.open.iter().any(|id| !ids.contains(id)) {
            // It has closed meanwhile; its last events are on disk.
            self.searched = None;
        }
        self.open = ids;
        let mut sent = false;
        for (id, history) in open {
            sent |= self.attempt(&id, &Source::Open(history)).await?;
        }
        if self.searched.is_none_or(|at| at.elapsed() >= SEARCH) {
            self.search()?;
        }
        let waiting: Vec<String> = self
            .lanes
            .iter()
            .filter(|(id, lane)| !lane.is_done && !self.open.contains(*id))
            .map(|(id, _)| id.clone())
            .collect();
        for id in waiting {
            match self.histories.closed(&id) {
                Ok(Some(store)) => sent |= self.attempt(&id, &Source::Closed(store)).await?,
                // Another process has it open, and it is looked at again later.
                Ok(None) => self.lane(&id)?.is_done = true,
                Err(error) => self.unreadable(&id, &error)?,
            }
        }
        Ok(sent)
    }

    /// The same as a turn, but a history that cannot be read, or that the hub cannot take, keeps no
    /// other one from being sent.
    async fn attempt(&mut self, id: &str, source: &Source) -> Result<bool, Trouble> {
        let broken = self.lanes.get(id).and_then(|lane| lane.broken);
        if broken.is_some_and(|at| at.elapsed() < SEARCH) {
            return Ok(false);
        }
        match self.turn(id, source).await {
            Err(trouble) if trouble.is_of_one_session() => {
                self.unreadable(id, &trouble).map(|()| false)
            }
            turned => turned,
        }
    }

    fn unreadable(&mut self, id: &str, error: &dyn std::error::Error) -> Result<(), Trouble> {
        let lane = self.lane(id)?;
        lane.is_done = true;
        if lane.broken.replace(Instant::now()).is_none() {
            tracing::warn!("the history of {id} is not sent to the hub: {error}");
        }
        Ok(())
    }

    /// Finds the histories on disk.
    fn search(&mut self) -> Result<(), Trouble> {
        self.searched = Some(Instant::now());
        let found = self.histories.on_disk();
        let found: BTreeSet<String> = found.map_err(Trouble::Files)?.into_iter().collect();
        let known: BTreeSet<String> = found.union(&self.open).cloned().collect();
        self.cursors.tidy(&known).map_err(Trouble::Files)?;
        self.lanes.retain(|id, _| known.contains(id));
        for id in found {
            self.lane(&id)?.is_done = false;
        }
        Ok(())
    }

    fn lane(&mut self, id: &str) -> Result<&mut Lane, Trouble> {
        if !self.lanes.contains_key(id) {
            let history = self.histories.log(id).map_err(batch::BatchError::from)?;
            let lane = Lane::open(&self.cursors, id, history).map_err(Trouble::Files)?;
            self.lanes.insert(id.to_owned(), lane);
        }
        self.lanes
            .get_mut(id)
            .ok_or_else(|| Trouble::Files(io::ErrorKind::NotFound.into()))
    }

    /// Sends one batch of this session, if there is something to send. Returns whether there was.
    async fn turn(&mut self, id: &str, source: &Source) -> Result<bool, Trouble> {
        let latest = source.latest().map_err(batch::BatchError::from)?;
        self.check_history(id, source)?;
        let lane = self.lane(id)?;
        let (acknowledged, log) = (lane.acknowledged(), lane.log().to_owned());
        let is_told = lane.told.is_some_and(|(at, was_open)| {
            was_open == source.is_open() && (!was_open || at.elapsed() < HEARTBEAT)
        });
        // The hub knows that a session is closed if it never heard that it is open.
        let is_quiet = lane.told.is_none() && !source.is_open();
        if acknowledged == latest && (is_told || is_quiet) {
            lane.is_done = !source.is_open();
            return self.keep(id).map(|()| false);
        }
        let facts = self.histories.facts(id);
        let head = BatchHead {
            session: id.to_owned(),
            log,
            first: 0,
            forgotten: None,
            adapter: facts.adapter,
            adapter_version: facts.adapter_version,
            hosts: facts.hosts,
            open: source.is_open(),
            program: self.config.program.clone(),
        };
        let Batch { last, gone, bytes } =
            batch::after(source, acknowledged, head, &self.config.policy)?;
        let delivered = deliver(&mut self.config.client, bytes).await?;
        self.works();
        let cursors = self.cursors.clone();
        let lane = self.lane(id)?;
        match delivered {
            Delivered::Has(has) if has > latest.max(last) => {
                tracing::warn!(
                    "the hub has events of {id} up to {has}, and the history ends at {latest}: it is sent as another log"
                );
                lane.begin_again(&cursors).map_err(Trouble::Files)?;
            }
            Delivered::Has(has) => {
                if gone > 0 {
                    tracing::warn!(
                        "{gone} events of {id} were removed from the history before they could be sent to the hub"
                    );
                }
                lane.acknowledge(has, gone);
                lane.told = Some((Instant::now(), source.is_open()));
            }
            Delivered::Wants(wanted) => {
                tracing::info!("the hub asks for the events of {id} from {wanted} on");
                lane.acknowledge(wanted.saturating_sub(1), 0);
            }
        }
        lane.broken = None;
        self.keep(id)?;
        Ok(true)
    }

    /// Begins again where another history has taken the place of the one that was known. Nobody can
    /// exchange it while this process has it open.
    fn check_history(&mut self, id: &str, source: &Source) -> Result<(), Trouble> {
        let lane = self.lane(id)?;
        if lane
            .told
            .is_some_and(|(_, was_open)| was_open && source.is_open())
        {
            return Ok(());
        }
        let history = self.histories.log(id).map_err(batch::BatchError::from)?;
        if !self.lane(id)?.is_of(history) {
            self.lanes.remove(id);
        }
        Ok(())
    }

    fn works(&mut self) {
        self.backoff.reset();
        if self.failing {
            tracing::info!(
                "the hub {} can be reached again",
                self.config.client.address()
            );
            self.failing = false;
            self.state.set_failure(None);
        }
    }

    fn keep(&mut self, id: &str) -> Result<(), Trouble> {
        let kept = match self.lanes.get_mut(id) {
            Some(lane) => lane.keep(&self.cursors, &self.state, false),
            None => Ok(()),
        };
        kept.map_err(Trouble::Files)
    }

    /// Waits for the next event of an open session, for a moment at most.
    async fn wait(&mut self) {
        let mut stopping = self.stopping.clone();
        let mut changes: Vec<_> = Vec::new();
        for (id, history) in self.histories.open() {
            let lane = self.lanes.get(&id);
            if lane.is_some_and(|lane| lane.broken.is_some()) {
                continue;
            }
            let seen = lane.map_or(0, Lane::acknowledged);
            let mut log = history.log().watch();
            changes.push(Box::pin(async move {
                // The log ends with its session.
                let _ = log.wait_for(|latest| *latest > seen).await;
            }));
        }
        let changed = async {
            match changes.is_empty() {
                true => std::future::pending().await,
                false => drop(select_all(changes).await),
            }
        };
        tokio::select! {
            () = changed => {}
            () = tokio::time::sleep(TICK) => {}
            _ = stopping.wait_for(|stop| *stop) => {}
        }
    }
}
