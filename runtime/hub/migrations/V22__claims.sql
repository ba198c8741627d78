-- The ready tasks that a worker of the farm may do, at most so many, with a lock on each.
--
-- The planner cannot know how many tasks the conditions leave, and takes it for one: so it would read
-- and sort all ready tasks for each claim. The index has them in their order already.
CREATE FUNCTION lock_ready_tasks(most integer, worker text[], adapters text[], hosts text[])
RETURNS TABLE (task_id bigint, task_priority integer)
LANGUAGE plpgsql
SET enable_sort = off
SET enable_seqscan = off
SET enable_bitmapscan = off
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
    RETURN QUERY
        SELECT id, priority FROM tasks
        WHERE state = 'ready' AND not_before <= clock_timestamp() AND here IS NULL
            AND labels <@ worker AND adapter = ANY(adapters)
            AND (host IS NULL OR host = ANY(hosts))
        ORDER BY priority DESC, id LIMIT most FOR UPDATE SKIP LOCKED;
END
$$;
