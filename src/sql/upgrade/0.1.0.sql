-- From 0.1.0 to 0.2.0: what a base of 0.1.0 needs before the script of the
-- present one can be run over it (see src/sql/upgrade.sql).

-- Functions that have other arguments now, or are no more
DROP FUNCTION rights_of(kbnorms.capacity);
DROP FUNCTION close_job_run(bigint, text, text, bigint);
DROP FUNCTION latest_slot(time, integer, timestamp);
DROP FUNCTION release_clock(date);
DROP FUNCTION read_date(text);
DROP FUNCTION import_columns(regclass);
DROP FUNCTION check_import_source(regclass);

-- Columns
ALTER TABLE job_run
    ADD COLUMN attempts integer NOT NULL DEFAULT 1,
    ADD COLUMN done bigint;
ALTER TABLE job
    ADD COLUMN keep_days integer CHECK (keep_days >= 0);
ALTER TABLE import_reject
    ADD COLUMN kind text,
    ADD COLUMN row_no bigint,
    ADD COLUMN column_name text,
    ADD COLUMN value text,
    ADD COLUMN row_values text;
ALTER TABLE activity ADD COLUMN external_id text;
ALTER TABLE organization
    ADD COLUMN merged_into integer REFERENCES organization,
    ADD CONSTRAINT organization_merged_is_linked CHECK (merged_into IS NULL OR head_id IS NOT NULL);

ALTER TABLE position
    ADD COLUMN leads text CHECK (leads IN ('unit', 'group'));
UPDATE position
SET leads = CASE code WHEN 'group_lead' THEN 'group' ELSE 'unit' END
WHERE code IN ('group_lead', 'office_head', 'personal_sales_head', 'vtc_head', 'pool_head', 'sales_director');
ALTER TABLE compliance_history
    ADD COLUMN facts_through date;
ALTER TABLE scorecard_history
    ADD COLUMN facts_through date;
ALTER TABLE blacklist_history
    ADD COLUMN specialization text REFERENCES specialization,
    ADD COLUMN months integer,
    ADD COLUMN facts_through date;
ALTER TYPE compliance_row ADD ATTRIBUTE facts_through date;
ALTER TYPE scorecard_row ADD ATTRIBUTE facts_through date;
ALTER TYPE blacklist_row ADD ATTRIBUTE facts_through date;
ALTER TYPE check_row ADD ATTRIBUTE remedy text;
ALTER TYPE broken_row ADD ATTRIBUTE remedy text;

-- What is described otherwise
COMMENT ON TABLE import_reject IS 'Rows that the last load of each source did not take.';
COMMENT ON TYPE import_result IS 'What came of the rows of a load: read = imported + present + rejected.';
COMMENT ON COLUMN import_result.imported IS 'Rows that went in, as new ones or as corrections.';
COMMENT ON COLUMN import_result.present IS 'Rows that were there just so, before the run or by an earlier row of the source.';
