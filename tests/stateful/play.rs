//! Plays a sequence of steps against a real server, and checks that each promise was kept.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::client::Clients;
use super::listener::{Listener, checked};
use super::model::{Checked, Finding, broken};
use super::residue::{self, Usage};
use super::step::{Disk, FIRST, SLOTS, Step};
use super::world::{LARGE, Running, World};

/// How often each session is opened and closed at the end, so that leaks of a session show.
const ROUNDS: usize = 3;

/// How often the session that takes much memory is opened and closed: first until all caches are
/// full, and then to see what is kept of each.
const FIRST_CLOSED: usize = 4;
const MORE_CLOSED: usize = 16;

struct Play {
    world: World,
    server: Running,
    clients: Arc<Clients>,
    listeners: [Option<Listener>; SLOTS],
    /// The last event that each listener saw.
    seen: [u64; SLOTS],
    /// The resources of the server at the beginning; none if the system does not tell.
    base: Option<Usage>,
}

/// Plays these steps from an empty world to an orderly end; the first finding ends it.
pub fn play(steps: &[Step], small_disk: bool) -> Checked {
    let world = World::new(small_disk);
    let server = world.start()?;
    let mut play = Play {
        world,
        server,
        clients: Arc::new(Clients::new()),
        listeners: Default::default(),
        seen: [0; SLOTS],
        base: None,
    };
    play.attach();
    play.round()?;
    play.base = Usage::with_one_session(play.server.pid());
    for step in steps {
        play.step(step)?;
        if !play.clients.ending.load(Ordering::SeqCst) && play.server.ended() {
            let words = play.server.log_tail();
            return broken("the server goes on", words);
        }
    }
    play.finish()
}

impl Play {
    /// Tells the clients about the server that runs now.
    fn attach(&mut self) {
        // Nobody listens or asks while there is no server.
        let clients = Arc::get_mut(&mut self.clients).expect("all listeners have left");
        clients.address.clone_from(&self.server.address);
        clients.token.clone_from(&self.server.token);
        clients.ending.store(false, Ordering::SeqCst);
        let mut ids = clients.ids.lock().expect("no client crashed");
        ids[FIRST] = vec![self.server.session.clone()];
    }

    fn step(&mut self, step: &Step) -> Checked {
        match step {
            Step::Kill => {
                self.kill();
                self.start_again()
            }
            Step::Terminate => {
                self.clients.ending.store(true, Ordering::SeqCst);
                self.end_orderly()?;
                self.start_again()
            }
            Step::Disk(disk) => {
                self.set_disk(*disk);
                match self.world.disk_refuses_all() {
                    true => self.clients.trouble_is_said(),
                    false => Ok(()),
                }
            }
            Step::Clock(seconds) => {
                self.world.set_clock(*seconds);
                Ok(())
            }
            Step::Listen(slot) => self.listen(*slot),
            Step::Leave(slot) => self.leave(*slot),
            Step::Rest(slot) => self.clients.rest(*slot),
            Step::Check => self.check(),
            Step::AtOnce { steps, kill } => {
                self.at_once(steps, *kill)?;
                match kill {
                    Some(_) => self.start_again(),
                    None => Ok(()),
                }
            }
            of_client => self.clients.step(of_client),
        }
    }

    fn set_disk(&mut self, disk: Disk) {
        // Events may be lost from now on. This is noted before the disk fails, because listeners
        // get events meanwhile.
        let fails = matches!(disk, Disk::Full | Disk::Broken);
        if fails {
            self.clients.disk_fails.store(true, Ordering::SeqCst);
            for told in self.clients.told().sessions.values_mut() {
                told.trouble = true;
                if disk == Disk::Broken {
                    told.nothing_is_marked();
                }
            }
        }
        self.world.set_disk(disk);
        let refuses = self.world.disk_refuses_all();
        self.clients.disk_refuses.store(refuses, Ordering::SeqCst);
        let fails = !self.world.disk_keeps();
        self.clients.disk_fails.store(fails, Ordering::SeqCst);
    }

    /// Data that was not written may be lost with the server.
    fn server_ended(&self) {
        for told in self.clients.told().sessions.values_mut() {
            told.server_ended();
        }
    }

    fn kill(&mut self) {
        self.clients.ending.store(true, Ordering::SeqCst);
        self.server.kill();
    }

    fn end_orderly(&mut self) -> Checked {
        self.server.terminate()?;
        if self.server.leaves_processes() {
            return broken("nothing of an ended server runs on", "a process is left");
        }
        Ok(())
    }

    /// Starts another server after one has ended. Everything that clients were told must be there.
    fn start_again(&mut self) -> Checked {
        self.server.log_is_clean()?;
        for slot in 0..SLOTS {
            self.leave(slot)?;
        }
        self.server_ended();
        for slot in 0..SLOTS {
            let known = self.clients.id(slot).map(|id| self.clients.known(&id));
            let sequence = known.map_or(0, |known| known.sequence);
            self.seen[slot] = self.seen[slot].min(sequence);
        }
        residue::versions_are_whole(&self.world.path("out"))?;
        // The disk is checked while it fails, and the user makes room before the next start.
        self.set_disk(Disk::Healthy);
        self.server = self.world.start()?;
        self.attach();
        self.check()
    }

    fn at_once(&mut self, steps: &[Step], kill: Option<u64>) -> Checked {
        let clients = &self.clients;
        let server = &mut self.server;
        clients.alone.store(false, Ordering::SeqCst);
        let done = std::thread::scope(|scope| {
            let at_work: Vec<_> = steps
                .iter()
                .map(|step| scope.spawn(move || clients.step(step)))
                .collect();
            if let Some(after) = kill {
                std::thread::sleep(Duration::from_millis(after));
                clients.ending.store(true, Ordering::SeqCst);
                server.kill();
            }
            at_work
                .into_iter()
                .try_for_each(|client| client.join().expect("a client does not crash"))
        });
        clients.alone.store(true, Ordering::SeqCst);
        done
    }

    fn listen(&mut self, slot: usize) -> Checked {
        self.leave(slot)?;
        if let Some(id) = self.clients.id(slot) {
            self.listeners[slot] = Listener::start(&self.clients, &id, self.seen[slot])?;
        }
        Ok(())
    }

    fn leave(&mut self, slot: usize) -> Checked {
        match self.listeners[slot].take().map(Listener::leave) {
            None => Ok(()),
            Some(Ok(seen)) => {
                self.seen[slot] = seen;
                Ok(())
            }
            Some(finding) => checked(finding),
        }
    }

    fn check(&mut self) -> Checked {
        for id in self.clients.open_sessions()? {
            self.clients.check(&id)?;
        }
        Ok(())
    }

    /// Everything comes to rest, is checked, ends in order, and is checked again.
    fn finish(&mut self) -> Checked {
        self.set_disk(Disk::Healthy);
        for slot in 0..SLOTS {
            self.clients.step(&Step::Cancel { slot, grace: 0.0 })?;
            self.clients.rest(slot)?;
            self.leave(slot)?;
        }
        self.check()?;
        self.gives_back()?;
        self.clients.ending.store(true, Ordering::SeqCst);
        self.end_orderly()?;
        self.server.log_is_clean()?;
        residue::versions_are_whole(&self.world.path("out"))?;
        // `list` removes what killed servers have left.
        self.world.list();
        let kept = [self.world.path("data"), self.world.cache()];
        let kept: Vec<_> = kept.iter().map(|path| path.as_path()).collect();
        residue::nothing_half_stands(&self.world.path("run"), &kept)?;
        // Checks everything once more, from disk, with every session that ever was.
        self.server = self.world.start()?;
        self.attach();
        for slot in 1..SLOTS {
            for _ in self.clients.ids(slot) {
                self.clients.step(&Step::Open(slot))?;
            }
        }
        self.check()?;
        self.all_was_looked_at()?;
        self.clients.ending.store(true, Ordering::SeqCst);
        self.end_orderly()
    }

    /// Checks that each known session is open again, and so was checked.
    fn all_was_looked_at(&self) -> Checked {
        let open = self.clients.open_sessions()?;
        let told = self.clients.told();
        match told.sessions.keys().find(|id| !open.contains(id)) {
            Some(id) => broken("a session that was there can be opened again", id),
            None => Ok(()),
        }
    }

    /// Opens each session, runs something, and closes it.
    fn round(&self) -> Checked {
        for slot in 1..SLOTS {
            self.clients.step(&Step::Open(slot))?;
        }
        let (slot, what, key) = (1, 0, None);
        self.clients.step(&Step::Run { slot, what, key })?;
        self.clients.rest(slot)?;
        self.clients.close_others()
    }

    /// Checks that closed sessions keep no memory, threads, files or processes.
    fn gives_back(&self) -> Checked {
        self.clients.close_others()?;
        (0..ROUNDS).try_for_each(|_| self.round())?;
        self.closed_sessions_take_no_memory()?;
        residue::is_back(self.server.pid(), self.base.as_ref())
    }

    /// A session takes some megabytes while it is open. If closed sessions are kept, that shows
    /// here.
    fn closed_sessions_take_no_memory(&self) -> Checked {
        let pid = self.server.pid();
        let opened_and_closed = |times: usize| {
            (0..times).try_for_each(|_| {
                self.clients.open_large()?;
                self.clients.close_others()
            })
        };
        opened_and_closed(FIRST_CLOSED)?;
        let Some(before) = residue::memory(pid) else {
            return Ok(());
        };
        opened_and_closed(MORE_CLOSED)?;
        let most = before + (MORE_CLOSED * LARGE) as u64 / 2;
        let after = residue::memory_is_within(pid, most)?;
        eprintln!(
            "  memory after {FIRST_CLOSED} large sessions, and {MORE_CLOSED} more: {} KiB, {} KiB",
            before >> 10,
            after >> 10
        );
        Ok(())
    }
}

/// Shortens a sequence with a finding: removes as many steps as possible in this time.
pub fn shortened(
    steps: Vec<Step>,
    finding: &Finding,
    small_disk: bool,
    time: Duration,
) -> Vec<Step> {
    let begin = Instant::now();
    let mut best = steps;
    let mut size = best.len().div_ceil(2);
    while size > 0 {
        let mut from = 0;
        while from < best.len() {
            if begin.elapsed() > time {
                return best;
            }
            let mut shorter = best.clone();
            shorter.drain(from..(from + size).min(best.len()));
            match play(&shorter, small_disk) {
                Err(same) if same.what == finding.what => best = shorter,
                _ => from += size,
            }
        }
        size /= 2;
    }
    best
}
