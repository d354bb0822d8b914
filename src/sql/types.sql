-- Rows that functions of the extension return.
CREATE TYPE kbnorms.scheduled_job AS (jobid bigint, schedule text, command text);
COMMENT ON TYPE kbnorms.scheduled_job IS 'An entry under pg_cron.';
COMMENT ON COLUMN kbnorms.scheduled_job.jobid IS 'Its number in cron.job; empty where it is yet to be made in another database.';
COMMENT ON COLUMN kbnorms.scheduled_job.schedule IS 'When it runs, as cron writes it.';
COMMENT ON COLUMN kbnorms.scheduled_job.command IS 'What it runs.';
