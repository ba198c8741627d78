-- What the page asks for.

-- How long the latest runs of an adapter took.
CREATE INDEX runs_adapter ON runs (adapter, started DESC, id DESC);
-- The latest failures of a plug-in are in `results_failed`; this is the history of one plug-in.
CREATE INDEX plugin_days_plugin ON plugin_days (plugin, day);
-- The audit, the latest first, is read by its key.
