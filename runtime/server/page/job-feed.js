// The jobs of a session: publishes that were handed over. No event tells of them, so the runtime is
// asked, more often while one is under way.

import { attemptEvents, attemptReport, readJob } from "./api.js";
import { Attempt } from "./job-attempt.js";

/** How long to wait until the next reading, in milliseconds: while a job is under way, and else. */
const SOON = 1000;
const LATER = 10_000;

/** How many jobs are shown. */
export const MOST_JOBS = 50;

/** Whether a job has ended, in whatever way. */
export const hasEnded = (job) => !["queued", "running"].includes(job.state);

export class JobFeed {
  #timer = null;
  #reading = null;
  #again = false;
  #closed = false;
  /** The states that were told, by job. */
  #told = new Map();
  /** What is known of each attempt, by its key. */
  #attempts = new Map();

  constructor(store) {
    this.store = store;
    /** The jobs with their tasks, the latest first; null until they were read. */
    this.jobs = null;
    this.total = 0;
    /** Why they cannot be read now. */
    this.problem = null;
    /** The job that the user looks at, of which the log is read. */
    this.open = null;
    /** Called with a job that has just ended. */
    this.onEnded = () => {};
  }

  /** Whether a publish can be handed over at all. */
  get isOffered() {
    return (this.store.session?.jobPlaces?.length ?? 0) > 0;
  }

  get unfinished() {
    return (this.jobs ?? []).filter((job) => !hasEnded(job));
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** Reads them now, and from then on again and again. */
  read() {
    if (!this.isOffered || this.#closed) return Promise.resolve();
    if (this.#reading) {
      this.#again = true;
      return this.#reading;
    }
    clearTimeout(this.#timer);
    this.#reading = this.#readAll().finally(() => {
      this.#reading = null;
      if (this.#closed) return;
      const wait = this.#again ? 0 : this.unfinished.length ? SOON : LATER;
      this.#again = false;
      this.#timer = setTimeout(() => this.read(), wait);
    });
    return this.#reading;
  }

  async #readAll() {
    try {
      const { items, total } = await this.store.api.jobs(MOST_JOBS);
      const known = new Map((this.jobs ?? []).map((job) => [job.id, job]));
      const read = items.map((job) => {
        const before = known.get(job.id);
        const isSame = before && hasEnded(before) && before.state === job.state && before.ended === job.ended;
        return isSame ? before : readJob(job.id);
      });
      this.jobs = await Promise.all(read);
      this.total = total;
      this.problem = null;
      await this.#readAttempts();
    } catch (problem) {
      this.problem = problem;
    }
    if (this.#closed) return;
    this.#tell();
    this.store.touch("jobs");
  }

  /** Reads what is new of the attempts that the user looks at. */
  async #readAttempts() {
    const job = this.jobs.find(({ id }) => id === this.open);
    if (!job) return;
    for (const task of job.tasks) {
      for (const { epoch, ended } of task.history) await this.attempt(job, task, epoch).read(ended !== null);
    }
  }

  /** What is known of an attempt. */
  attempt(job, task, epoch) {
    const key = `${job.id} ${task.number} ${epoch}`;
    if (!this.#attempts.has(key)) {
      const path = [job.id, task.number, epoch];
      this.#attempts.set(key, new Attempt({ events: (after) => attemptEvents(path, after), report: () => attemptReport(path) }));
    }
    return this.#attempts.get(key);
  }

  /** Calls back for each job that has ended since the last reading. */
  #tell() {
    const isFirst = this.#told.size === 0 && this.jobs?.every(hasEnded);
    for (const job of this.jobs ?? []) {
      const before = this.#told.get(job.id);
      this.#told.set(job.id, job.state);
      if (!isFirst && before && before !== job.state && hasEnded(job)) this.onEnded(job);
    }
  }
}
