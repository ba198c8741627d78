/** Any value of JSON. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export type Stage = "collect" | "validate" | "extract" | "integrate";

/** A problem as the server sends it (RFC 9457). */
export interface Problem {
  type: string;
  status: number;
  title: string;
  detail: string;
  code: string;
  runId?: string;
  current?: Json;
}

export declare class EndpointError extends Error {
  readonly status: number;
  readonly code: string;
  readonly problem: Problem | null;
}

export interface RunState {
  id: string;
  state: "running" | "succeeded" | "failed" | "stopped" | "cancelled" | "lost" | "interrupted";
  reason: string | null;
  /** As it was asked for; a whole publish has neither. */
  until: Stage | null;
  only: Stage | null;
  targets: string[];
  comment: string;
  /** Seconds since 1970. */
  started: number;
  ended: number | null;
  /** From 0 to 1. */
  progress: number;
  /** Milliseconds, where it is known. */
  remaining: number | null;
  stage: Stage | null;
  succeeded: number;
  failed: number;
  collected: number | null;
  continuesRunId: string | null;
}

/** Where a publish can be done that is handed over. */
export type JobPlace = "farm" | "here";

/** An attempt at a task of a job. */
export interface AttemptState {
  attempt: number;
  /** By which its events and its report are read. */
  epoch: number;
  worker: string;
  /** Seconds since 1970. */
  started: number;
  ended: number | null;
  success: boolean | null;
  failure: "invalid" | "failed" | "refused" | "host-lost" | "worker-lost" | "interrupted" | "cancelled" | "error" | null;
  message: string | null;
  exit: number | null;
  runs: number[];
}

/** A part of a job that one worker does. */
export interface TaskState {
  number: number;
  kind: "publish" | "extract" | "integrate";
  instance: string | null;
  state: "waiting" | "ready" | "running" | "succeeded" | "failed" | "cancelled";
  attempt: number;
  notBefore: number | null;
  /** From 0 to 1. */
  progress: number;
  doing: string;
  history: AttemptState[];
}

/** A publish that was handed over. */
export interface JobState {
  id: number;
  name: string;
  user: string;
  origin: string;
  adapter: string;
  host: string | null;
  state: "queued" | "running" | "succeeded" | "failed" | "cancelled";
  priority: number;
  labels: string[];
  attempts: number;
  submitter: string;
  place: JobPlace;
  session: string | null;
  cancelled: boolean;
  /** Seconds since 1970. */
  created: number;
  ended: number | null;
  /** Empty in lists. */
  tasks: TaskState[];
}

export interface JobRequest {
  place?: JobPlace;
  /** Names; none for all that take part. */
  instances?: string[];
  comment?: string;
  targets?: string[];
  split?: boolean;
  skipValidation?: boolean;
  priority?: number;
  labels?: string[];
  attempts?: number;
  name?: string;
}

export interface SessionState {
  id: string;
  adapter: string;
  adapterVersion: string;
  hosts: string[];
  host: { [key: string]: Json };
  revision: number;
  sequence: number;
  state: "idle" | "busy" | "down" | "closing";
  doing: string | null;
  plugins: number;
  instances: number;
  broken: { file: string; message: string }[];
  run: RunState | null;
  continuableRunId: string | null;
  /** Empty without a hub. */
  jobPlaces: JobPlace[];
}

/** Something that users can set for a plug-in, or for each instance that it fits. */
export interface Attribute {
  key: string;
  scope: "plugin" | "instance";
  /** The key of the value in the data of the context, or of an instance. */
  dataKey: string;
  type: "boolean" | "integer" | "number" | "text" | "texts" | "choice" | "choices";
  label: string | null;
  help: string | null;
  group: string | null;
  default: Json;
  minimum: number | null;
  maximum: number | null;
  choices: { value: Json; label: string | null }[];
  multiline: boolean;
  readOnly: boolean;
}

export interface Plugin {
  id: string;
  name: string;
  label: string | null;
  doc: string | null;
  order: number;
  stage: Stage;
  families: string[];
  hosts: string[];
  targets: string[];
  optional: boolean;
  active: boolean;
  processes: { context: boolean; instance: boolean };
  repairs: { context: boolean; instance: boolean };
  actions: { id: string; label: string; icon: string | null; kind: "action" | "separator" | "category"; on: string }[];
  attributes: Attribute[];
}

export interface Instance {
  id: string;
  name: string;
  data: { [key: string]: Json };
  members: string[];
  stages: { stage: Stage; state: "pending" | "done" | "failed" }[];
  state: "unprocessed" | "succeeded" | "failed";
}

export interface Failure {
  title: string | null;
  message: string;
  detail: string | null;
  traceback: string | null;
  kind: string;
}

/** What a plug-in did. In a list, it also has the id of the plug-in, and what that was asked to do. */
export interface Result {
  plugin: string;
  pluginId?: string | null;
  instance: string | null;
  instanceId: string | null;
  mode?: "process" | "repair" | { action: string };
  success: boolean;
  error: Failure | null;
  /** Seconds since 1970. */
  started: number;
  /** Milliseconds. */
  duration: number;
  records: LogRecord[];
}

export interface LogRecord {
  /** Python's: 10 debug, 20 info, 30 warning, 40 error, 50 critical. */
  level: number;
  message: string;
  logger: string;
  traceback: string | null;
  /** Seconds since 1970. */
  created: number;
}

/** An event. `id` is null for those that tell of the stream itself: `behind` and `gap`. */
export interface Event {
  id: number | null;
  name: string;
  data: any;
}

export interface RunRequest {
  until?: Stage;
  only?: Stage;
  targets?: string[];
  instanceIds?: string[];
  pluginIds?: string[];
  comment?: string;
  continuesRunId?: string;
}

export interface DataChange {
  revision: number;
  set?: { [key: string]: Json };
  unset?: string[];
  /** Whether a user chose this: it is then made again after a reset. */
  remember?: boolean;
}

export interface Options {
  /** The server's token; a browser that came with a code needs none. */
  token?: string;
  /** In place of the global `fetch`. */
  fetch?: typeof fetch;
}

export declare class Endpoint {
  constructor(address: string, options?: Options);
  adapters(): Promise<{ [key: string]: Json }[]>;
  sessions(): Promise<SessionState[]>;
  session(id?: string): Promise<Session>;
  open(request: { adapter: string; [key: string]: Json }): Promise<Session>;
  job(id: number): Job;
}

export declare class Session {
  readonly id: string;
  read(): Promise<SessionState>;
  plugins(): Promise<{ items: Plugin[]; total: number; revision: number; broken: { file: string; message: string }[]; targets: string[] }>;
  context(): Promise<{ data: { [key: string]: Json } }>;
  instances(filter?: { family?: string; state?: Instance["state"] }): AsyncGenerator<Instance>;
  results(filter?: {
    pluginId?: string;
    instanceId?: string;
    state?: "succeeded" | "warned" | "failed";
    latest?: boolean;
    newestFirst?: boolean;
  }): AsyncGenerator<Result>;
  reset(): Promise<SessionState>;
  restart(): Promise<SessionState>;
  process(pluginId: string, instanceId?: string): Promise<Result>;
  repair(pluginId: string, instanceId?: string): Promise<Result>;
  /** Asks what a plug-in does outside of a run to stop; by force after so many milliseconds. */
  cancel(grace?: number): Promise<void>;
  select(instanceIds: string[]): Promise<void>;
  act(pluginId: string, actionId: string, instanceId?: string): Promise<Result>;
  replaceThumbnail(instance: string, picture: string | null): Promise<Instance>;
  changePlugin(plugin: string, change: { active: boolean; revision: number; remember?: boolean }): Promise<Plugin>;
  changeInstance(instance: string, change: DataChange): Promise<Instance>;
  changeContext(change: DataChange): Promise<{ data: { [key: string]: Json } }>;
  start(request?: RunRequest): Promise<Run>;
  handOver(request?: JobRequest): Promise<{ job: JobState; told: string }>;
  jobs(page?: { after?: string; limit?: number }): Promise<{ items: JobState[]; total: number; next: string | null }>;
  runs(): AsyncGenerator<RunState>;
  run(id: string): Run;
  events(options?: { after?: number; signal?: AbortSignal }): AsyncGenerator<Event>;
  close(): Promise<null>;
}

export declare class Job {
  readonly id: number;
  read(): Promise<JobState>;
  cancel(): Promise<JobState>;
  retry(): Promise<JobState>;
  events(task: number, epoch: number, after?: number): Promise<{ sequence: number; at: number; run: number | null; name: string; body: any }[]>;
  report(task: number, epoch: number, format?: "json"): Promise<any>;
  report(task: number, epoch: number, format: "html" | "junit"): Promise<string>;
}

export declare class Run {
  readonly id: string;
  read(): Promise<RunState>;
  /** `grace` is in milliseconds. */
  cancel(grace?: number): Promise<RunState>;
  wait(options?: { signal?: AbortSignal }): Promise<RunState>;
  report(format?: "json"): Promise<any>;
  report(format: "html" | "junit"): Promise<string>;
}
