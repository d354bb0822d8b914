-- From 0.1.0 to 0.2.0: what a base of 0.1.0 needs before the script of the
-- present one can be run over it (see src/sql/upgrade.sql).

-- Functions that have other arguments now, or are no more
DROP FUNCTION rights_of(kbnorms.capacity);
DROP FUNCTION close_job_run(bigint, text, text, bigint);
DROP FUNCTION latest_slot(time, integer, timestamp);
DROP FUNCTION release_clock(date);
DROP FUNCTION release_due(date, integer[]);
DROP FUNCTION read_date(text);
DROP FUNCTION import_columns(regclass);
DROP FUNCTION check_import_source(regclass);
-- until the script replaces it too, it stands on nothing that goes
CREATE OR REPLACE FUNCTION judged(month kbnorms.month) RETURNS SETOF judged_row
LANGUAGE sql STABLE PARALLEL SAFE ROWS 100000
BEGIN ATOMIC
    SELECT (j).* FROM (SELECT NULL::judged_row AS j) none WHERE false;
END;
DROP FUNCTION base_figures(date, kbnorms.month);

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
UPDATE import_reject SET kind = 'bindings'; -- nothing else was imported
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
    ADD COLUMN facts_through date,
    ADD COLUMN waiver_id bigint;
ALTER TABLE scorecard_history
    ADD COLUMN facts_through date;
ALTER TABLE blacklist_history
    ADD COLUMN specialization text REFERENCES specialization,
    ADD COLUMN months integer,
    ADD COLUMN facts_through date;
ALTER TABLE alert
    ADD COLUMN state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'acknowledged', 'closed')),
    ADD COLUMN subject text,
    ADD COLUMN step integer,
    ADD COLUMN first_seen timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN raised_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN last_seen timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN acknowledged_by text,
    ADD COLUMN acknowledged_at timestamptz,
    ADD COLUMN note text,
    ADD COLUMN closed_at timestamptz;
ALTER TYPE compliance_row ADD ATTRIBUTE facts_through date, ADD ATTRIBUTE waiver_id bigint;
ALTER TYPE scorecard_row ADD ATTRIBUTE facts_through date;
ALTER TYPE blacklist_row ADD ATTRIBUTE facts_through date;
ALTER TYPE check_row ADD ATTRIBUTE remedy text;
ALTER TYPE broken_row ADD ATTRIBUTE remedy text;
ALTER TABLE policy
    ADD COLUMN cool_off_days integer CHECK (cool_off_days >= 0),
    ADD COLUMN max_new_accounts_per_day integer CHECK (max_new_accounts_per_day >= 0),
    ADD COLUMN max_moves integer CHECK (max_moves >= 0),
    ADD COLUMN move_days integer CHECK (move_days >= 1),
    ADD COLUMN max_extension_days integer CHECK (max_extension_days >= 1);
ALTER TABLE binding_log
    ADD COLUMN taken_on date,
    ADD COLUMN waivers text;

-- What is described otherwise
COMMENT ON TABLE alert IS 'What needs attention: raised and closed by the job alerts, acknowledged by people.';
COMMENT ON COLUMN alert.message IS 'What it is about, in the language of the session that raised it (lc_messages).';
COMMENT ON TABLE import_reject IS 'Rows that the last load of each source did not take.';
COMMENT ON TYPE import_result IS 'What came of the rows of a load: read = imported + present + rejected.';
COMMENT ON COLUMN import_result.imported IS 'Rows that went in, as new ones or as corrections.';
COMMENT ON COLUMN import_result.present IS 'Rows that were there just so, before the run or by an earlier row of the source.';

-- Row types
ALTER TYPE profile_at_row ADD ATTRIBUTE stance_since date;
CREATE TYPE base_accounts_row AS (
    manager_id integer,
    account_id integer,
    organization_id integer,
    bound_on date,
    client_group text,
    max_accounts integer,
    stance_since date,
    amount numeric,
    is_due boolean,
    is_on_profile boolean,
    off_profile boolean,
    off_profile_organization_id integer,
    forbidden boolean,
    outside_city boolean,
    outside_city_organization_id integer,
    in_territory boolean,
    in_territory_organization_id integer,
    barred boolean,
    is_misfit boolean,
    counts boolean
);
ALTER TYPE base_figures_row RENAME ATTRIBUTE accounts_before_duty TO due;
ALTER TYPE base_figures_row
    ADD ATTRIBUTE bound_ons date[],
    ADD ATTRIBUTE wrong base_accounts_row[];
ALTER TYPE judged_row
    ADD ATTRIBUTE norm_since date,
    ADD ATTRIBUTE deadline date,
    ADD ATTRIBUTE bound_ons date[],
    ADD ATTRIBUTE wrong base_accounts_row[],
    ADD ATTRIBUTE waiver_id bigint;
