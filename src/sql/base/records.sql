-- Closed months, jobs and their runs, and what else is written down.
CREATE TABLE closed_month (
    month kbnorms.month PRIMARY KEY,
    as_of date NOT NULL,
    facts_through date,
    closed_at timestamptz NOT NULL DEFAULT now(),
    closed_by text NOT NULL DEFAULT current_user,
    checksum text NOT NULL
);
COMMENT ON TABLE closed_month IS
'The months on record: what is frozen of them stands in the tables named ..._history. Neither is changed or removed afterwards.';
COMMENT ON COLUMN closed_month.month IS 'The month.';
COMMENT ON COLUMN closed_month.as_of IS 'The day that it was judged by: its last one.';
COMMENT ON COLUMN closed_month.facts_through IS 'Day through which turnover and activity were both loaded when it was closed; NULL where one never was.';
COMMENT ON COLUMN closed_month.closed_at IS 'When it was closed.';
COMMENT ON COLUMN closed_month.closed_by IS 'Database role that closed it.';
COMMENT ON COLUMN closed_month.checksum IS 'What month_checksum said of its rows when it was closed.';

CREATE TABLE compliance_history (
    month kbnorms.month,
    manager_id integer REFERENCES manager,
    measure text,
    actual numeric,
    norm_min numeric,
    norm_max numeric,
    verdict kbnorms.verdict,
    as_of date,
    facts_through date,
    waiver_id bigint,
    PRIMARY KEY (month, manager_id, measure)
);
CREATE INDEX compliance_history_manager ON compliance_history (manager_id);
COMMENT ON TABLE compliance_history IS
'Verdicts of closed months, frozen.';
COMMENT ON COLUMN compliance_history.month IS 'Month.';
COMMENT ON COLUMN compliance_history.manager_id IS 'Person.';
COMMENT ON COLUMN compliance_history.measure IS 'Measure.';
COMMENT ON COLUMN compliance_history.actual IS 'The figure.';
COMMENT ON COLUMN compliance_history.norm_min IS 'Least that was asked.';
COMMENT ON COLUMN compliance_history.norm_max IS 'Most that was allowed.';
COMMENT ON COLUMN compliance_history.verdict IS 'Met, missed, pending or exempt.';
COMMENT ON COLUMN compliance_history.as_of IS 'Day that the month was judged by.';
COMMENT ON COLUMN compliance_history.facts_through IS 'Day through which turnover and activity were both loaded; NULL where one never was.';
COMMENT ON COLUMN compliance_history.waiver_id IS 'Waiver by which it was exempt.';
COMMENT ON INDEX compliance_history_manager IS 'The verdicts on a person.';

CREATE TABLE scorecard_history (
    month kbnorms.month,
    manager_id integer REFERENCES manager,
    manager_name text NOT NULL,
    unit_id integer REFERENCES unit,
    unit_name text,
    position text REFERENCES position,
    specialization text REFERENCES specialization,
    status kbnorms.manager_status,
    base_size kbnorms.verdict,
    base_size_actual numeric,
    paying_share kbnorms.verdict,
    paying_share_actual numeric,
    off_profile kbnorms.verdict,
    off_profile_actual numeric,
    client_group kbnorms.verdict,
    client_group_actual numeric,
    group_quota kbnorms.verdict,
    group_quota_actual numeric,
    territory kbnorms.verdict,
    territory_actual numeric,
    newcomer_territory kbnorms.verdict,
    newcomer_territory_actual numeric,
    meetings kbnorms.verdict,
    meetings_actual numeric,
    cold_calls kbnorms.verdict,
    cold_calls_actual numeric,
    respecialization kbnorms.verdict,
    respecialization_actual numeric,
    handover kbnorms.verdict,
    handover_actual numeric,
    head_meetings kbnorms.verdict,
    head_meetings_actual numeric,
    lead_own_meetings kbnorms.verdict,
    lead_own_meetings_actual numeric,
    lead_group_meetings kbnorms.verdict,
    lead_group_meetings_actual numeric,
    missed integer,
    compliant boolean,
    as_of date,
    facts_through date,
    PRIMARY KEY (month, manager_id)
);
CREATE INDEX scorecard_history_manager ON scorecard_history (manager_id);
CREATE INDEX scorecard_history_unit ON scorecard_history (unit_id);
COMMENT ON TABLE scorecard_history IS
'Scorecards of closed months, frozen: one row for each person.';
COMMENT ON COLUMN scorecard_history.month IS 'Month.';
COMMENT ON COLUMN scorecard_history.manager_id IS 'Person.';
COMMENT ON COLUMN scorecard_history.manager_name IS 'His full name.';
COMMENT ON COLUMN scorecard_history.unit_id IS 'Unit of his post.';
COMMENT ON COLUMN scorecard_history.unit_name IS 'Its name.';
COMMENT ON COLUMN scorecard_history.position IS 'Position.';
COMMENT ON COLUMN scorecard_history.specialization IS 'Specialization.';
COMMENT ON COLUMN scorecard_history.status IS 'Status by tenure.';
COMMENT ON COLUMN scorecard_history.base_size IS 'Verdict on accounts.';
COMMENT ON COLUMN scorecard_history.base_size_actual IS 'Figure: accounts.';
COMMENT ON COLUMN scorecard_history.paying_share IS 'Verdict on share of paying accounts.';
COMMENT ON COLUMN scorecard_history.paying_share_actual IS 'Figure: share of paying accounts.';
COMMENT ON COLUMN scorecard_history.off_profile IS 'Verdict on off-profile accounts.';
COMMENT ON COLUMN scorecard_history.off_profile_actual IS 'Figure: off-profile accounts.';
COMMENT ON COLUMN scorecard_history.client_group IS 'Verdict on accounts of a forbidden group.';
COMMENT ON COLUMN scorecard_history.client_group_actual IS 'Figure: accounts of a forbidden group.';
COMMENT ON COLUMN scorecard_history.group_quota IS 'Verdict on accounts above the caps of their groups.';
COMMENT ON COLUMN scorecard_history.group_quota_actual IS 'Figure: accounts above the caps of their groups.';
COMMENT ON COLUMN scorecard_history.territory IS 'Verdict on accounts outside the city without a justification that counts.';
COMMENT ON COLUMN scorecard_history.territory_actual IS 'Figure: accounts outside the city without a justification that counts.';
COMMENT ON COLUMN scorecard_history.newcomer_territory IS 'Verdict on accounts of a newcomer in territories.';
COMMENT ON COLUMN scorecard_history.newcomer_territory_actual IS 'Figure: accounts of a newcomer in territories.';
COMMENT ON COLUMN scorecard_history.meetings IS 'Verdict on meetings outside the office.';
COMMENT ON COLUMN scorecard_history.meetings_actual IS 'Figure: meetings outside the office.';
COMMENT ON COLUMN scorecard_history.cold_calls IS 'Verdict on cold calls.';
COMMENT ON COLUMN scorecard_history.cold_calls_actual IS 'Figure: cold calls.';
COMMENT ON COLUMN scorecard_history.respecialization IS 'Verdict on accounts that do not fit the new specialization.';
COMMENT ON COLUMN scorecard_history.respecialization_actual IS 'Figure: accounts that do not fit the new specialization.';
COMMENT ON COLUMN scorecard_history.handover IS 'Verdict on accounts to hand over.';
COMMENT ON COLUMN scorecard_history.handover_actual IS 'Figure: accounts to hand over.';
COMMENT ON COLUMN scorecard_history.head_meetings IS 'Verdict on meetings of a head.';
COMMENT ON COLUMN scorecard_history.head_meetings_actual IS 'Figure: meetings of a head.';
COMMENT ON COLUMN scorecard_history.lead_own_meetings IS 'Verdict on meetings of a group lead with his own base.';
COMMENT ON COLUMN scorecard_history.lead_own_meetings_actual IS 'Figure: meetings of a group lead with his own base.';
COMMENT ON COLUMN scorecard_history.lead_group_meetings IS 'Verdict on meetings of a group lead with the bases of his group.';
COMMENT ON COLUMN scorecard_history.lead_group_meetings_actual IS 'Figure: meetings of a group lead with the bases of his group.';
COMMENT ON COLUMN scorecard_history.missed IS 'Number of measures missed.';
COMMENT ON COLUMN scorecard_history.compliant IS 'Was none missed?';
COMMENT ON COLUMN scorecard_history.as_of IS 'Day that the month was judged by.';
COMMENT ON COLUMN scorecard_history.facts_through IS 'Day through which turnover and activity were both loaded; NULL where one never was.';
COMMENT ON INDEX scorecard_history_manager IS 'The scorecards of a person.';
COMMENT ON INDEX scorecard_history_unit IS 'The scorecards of a unit.';

CREATE TABLE blacklist_history (
    month kbnorms.month,
    manager_id integer REFERENCES manager,
    account_id integer REFERENCES organization,
    manager_name text NOT NULL,
    account_name text NOT NULL,
    unit_id integer REFERENCES unit,
    potential text REFERENCES potential,
    threshold numeric,
    turnover numeric,
    as_of date,
    specialization text REFERENCES specialization,
    months integer,
    facts_through date,
    PRIMARY KEY (month, manager_id, account_id)
);
CREATE INDEX blacklist_history_manager ON blacklist_history (manager_id);
CREATE INDEX blacklist_history_account ON blacklist_history (account_id);
COMMENT ON TABLE blacklist_history IS
'Black lists of closed months, frozen.';
COMMENT ON COLUMN blacklist_history.month IS 'Month.';
COMMENT ON COLUMN blacklist_history.manager_id IS 'Manager.';
COMMENT ON COLUMN blacklist_history.account_id IS 'Account.';
COMMENT ON COLUMN blacklist_history.manager_name IS 'Full name of the manager.';
COMMENT ON COLUMN blacklist_history.account_name IS 'Name of the account.';
COMMENT ON COLUMN blacklist_history.unit_id IS 'Unit of the manager''s post.';
COMMENT ON COLUMN blacklist_history.potential IS 'Potential of the account.';
COMMENT ON COLUMN blacklist_history.threshold IS 'Turnover below which it was listed.';
COMMENT ON COLUMN blacklist_history.turnover IS 'The largest of the months looked at.';
COMMENT ON COLUMN blacklist_history.as_of IS 'Day that the list was drawn up for.';
COMMENT ON COLUMN blacklist_history.specialization IS 'Specialization of the manager.';
COMMENT ON COLUMN blacklist_history.months IS 'How many full months were looked at.';
COMMENT ON COLUMN blacklist_history.facts_through IS 'Day through which turnover was loaded; NULL where it never was.';
COMMENT ON INDEX blacklist_history_manager IS 'The black lists of a manager.';
COMMENT ON INDEX blacklist_history_account IS 'The black lists with an account.';

CREATE TABLE job (
    code text PRIMARY KEY,
    title_en text NOT NULL,
    title_ru text NOT NULL,
    run_at time,
    day_of_month integer CHECK (day_of_month BETWEEN 1 AND 31),
    enabled boolean DEFAULT true,
    keep_days integer CHECK (keep_days >= 0)
);
COMMENT ON TABLE job IS
'Jobs that run by themselves.';
COMMENT ON COLUMN job.code IS 'Code.';
COMMENT ON COLUMN job.title_en IS 'Title in English.';
COMMENT ON COLUMN job.title_ru IS 'Title in Russian.';
COMMENT ON COLUMN job.run_at IS 'Time of day from which it is due, in the company''s time zone.';
COMMENT ON COLUMN job.day_of_month IS 'Day of the month on which it is due; NULL is every day.';
COMMENT ON COLUMN job.enabled IS 'Does it run?';
COMMENT ON COLUMN job.keep_days IS 'For jobs that remove what is old: how many days are kept; NULL keeps all.';

CREATE TABLE job_run (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    job text NOT NULL REFERENCES job,
    slot timestamptz,
    as_of date,
    state text NOT NULL DEFAULT 'running'
        CHECK (state IN ('running', 'done', 'dry', 'refused', 'failed', 'skipped')),
    started_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    released bigint NOT NULL DEFAULT 0,
    held_back bigint NOT NULL DEFAULT 0,
    forced boolean NOT NULL DEFAULT false,
    reason text,
    error text,
    pid integer,
    attempts integer NOT NULL DEFAULT 1,
    done bigint,
    UNIQUE (job, slot)
);
COMMENT ON TABLE job_run IS
'Runs of jobs.';
COMMENT ON SEQUENCE job_run_id_seq IS 'Numbers of job_run.';
COMMENT ON COLUMN job_run.id IS 'Number.';
COMMENT ON COLUMN job_run.job IS 'Job.';
COMMENT ON COLUMN job_run.slot IS 'The due time that the run was for; NULL for a direct call.';
COMMENT ON COLUMN job_run.as_of IS 'Day that it worked for.';
COMMENT ON COLUMN job_run.state IS 'State: running, done, dry, refused, failed or skipped.';
COMMENT ON COLUMN job_run.started_at IS 'When it began.';
COMMENT ON COLUMN job_run.finished_at IS 'When it ended.';
COMMENT ON COLUMN job_run.released IS 'Bindings that it released, or would have in a dry run.';
COMMENT ON COLUMN job_run.held_back IS 'Accounts that overdue receivables kept from release.';
COMMENT ON COLUMN job_run.forced IS 'Was it told to go on in spite of the bounds?';
COMMENT ON COLUMN job_run.reason IS 'Reason that a forced run was given.';
COMMENT ON COLUMN job_run.error IS 'Why it was refused or failed.';
COMMENT ON COLUMN job_run.pid IS 'Process of the server that ran it.';
COMMENT ON COLUMN job_run.attempts IS 'How often its slot was tried.';
COMMENT ON COLUMN job_run.done IS 'How many things the last attempt did, in the job''s own count; NULL if it did not end well.';

CREATE TABLE released_binding (
    job_run_id bigint REFERENCES job_run ON DELETE CASCADE,
    organization_id integer,
    manager_id integer,
    bound_on date NOT NULL,
    additional boolean NOT NULL,
    territory_exception text,
    released_on date NOT NULL,
    restored_on date,
    PRIMARY KEY (job_run_id, organization_id, manager_id)
);
COMMENT ON TABLE released_binding IS
'What each run of the release took, as it was, so that it can be given back: see restore_bindings.';
COMMENT ON COLUMN released_binding.job_run_id IS 'Run of unbind_inactive.';
COMMENT ON COLUMN released_binding.organization_id IS 'Organization; no foreign key, as in binding_log.';
COMMENT ON COLUMN released_binding.manager_id IS 'Manager; no foreign key, as in binding_log.';
COMMENT ON COLUMN released_binding.bound_on IS 'First day of the binding that was ended.';
COMMENT ON COLUMN released_binding.additional IS 'Was it an additional binding?';
COMMENT ON COLUMN released_binding.territory_exception IS 'Its justification for the territory.';
COMMENT ON COLUMN released_binding.released_on IS 'Day on which it was ended.';
COMMENT ON COLUMN released_binding.restored_on IS 'Day on which it was given back; NULL if it was not.';

CREATE TABLE import_reject (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    source text NOT NULL,
    organization_id bigint,
    inn text,
    manager_id bigint,
    personnel_no text,
    bound_on date,
    additional boolean,
    territory_exception text,
    reason text NOT NULL,
    rejected_by text NOT NULL DEFAULT current_user,
    rejected_at timestamptz NOT NULL DEFAULT now(),
    kind text,
    row_no bigint,
    column_name text,
    value text,
    row_values text
);
CREATE INDEX import_reject_source ON import_reject (source, kind);
COMMENT ON TABLE import_reject IS
'Rows that the last load of each source did not take.';
COMMENT ON INDEX import_reject_source IS 'What a load of a source did not take.';
COMMENT ON SEQUENCE import_reject_id_seq IS 'Numbers of import_reject.';
COMMENT ON COLUMN import_reject.id IS 'Number.';
COMMENT ON COLUMN import_reject.source IS 'Relation that was imported.';
COMMENT ON COLUMN import_reject.organization_id IS 'Organization number in the row.';
COMMENT ON COLUMN import_reject.inn IS 'Taxpayer number in the row.';
COMMENT ON COLUMN import_reject.manager_id IS 'Manager number in the row.';
COMMENT ON COLUMN import_reject.personnel_no IS 'Personnel number in the row.';
COMMENT ON COLUMN import_reject.bound_on IS 'First day of the binding in the row.';
COMMENT ON COLUMN import_reject.additional IS 'Was it an additional binding?';
COMMENT ON COLUMN import_reject.territory_exception IS 'Its justification for the territory.';
COMMENT ON COLUMN import_reject.reason IS 'Why it was not taken.';
COMMENT ON COLUMN import_reject.rejected_by IS 'Database role that imported.';
COMMENT ON COLUMN import_reject.rejected_at IS 'When.';
COMMENT ON COLUMN import_reject.kind IS 'What was loaded: bindings, turnover and so on.';
COMMENT ON COLUMN import_reject.row_no IS 'Number of the row in the source, from 1: of a table filled by COPY, in the order of the file.';
COMMENT ON COLUMN import_reject.column_name IS 'Column of the source that is at fault.';
COMMENT ON COLUMN import_reject.value IS 'What it holds; NULL where it lacks a value.';
COMMENT ON COLUMN import_reject.row_values IS 'The whole row, as JSON.';

CREATE TABLE change_log (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    table_name text NOT NULL,
    row_key text NOT NULL,
    operation text NOT NULL CHECK (operation IN ('insert', 'update', 'delete')),
    column_name text NOT NULL,
    old_value text,
    new_value text,
    changed_by text NOT NULL DEFAULT current_user,
    acting_for text DEFAULT nullif(current_setting('kbnorms.acting_for', true), ''),
    changed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE change_log IS
'Who changed which norm, rule, authority, post or organization; one row for each value that changed.';
COMMENT ON SEQUENCE change_log_id_seq IS 'Numbers of change_log.';
COMMENT ON COLUMN change_log.id IS 'Number, in the order of writing.';
COMMENT ON COLUMN change_log.table_name IS 'Table.';
COMMENT ON COLUMN change_log.row_key IS 'Key of the row.';
COMMENT ON COLUMN change_log.operation IS 'Insert, update or delete.';
COMMENT ON COLUMN change_log.column_name IS 'Column.';
COMMENT ON COLUMN change_log.old_value IS 'Value before, as text.';
COMMENT ON COLUMN change_log.new_value IS 'Value after, as text.';
COMMENT ON COLUMN change_log.changed_by IS 'Database role that made the change.';
COMMENT ON COLUMN change_log.acting_for IS 'Person behind the role, as the session says in kbnorms.acting_for; not verified.';
COMMENT ON COLUMN change_log.changed_at IS 'When the transaction began.';

CREATE TABLE alert (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    raised_on date NOT NULL DEFAULT kbnorms.today(),
    due_on date,
    manager_id integer REFERENCES manager,
    organization_id integer REFERENCES organization,
    message text NOT NULL,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'acknowledged', 'closed')),
    subject text,
    step integer,
    first_seen timestamptz NOT NULL DEFAULT now(),
    raised_at timestamptz NOT NULL DEFAULT now(),
    last_seen timestamptz NOT NULL DEFAULT now(),
    acknowledged_by text,
    acknowledged_at timestamptz,
    note text,
    closed_at timestamptz
);
CREATE UNIQUE INDEX alert_once ON alert (kind, subject) WHERE state <> 'closed';
CREATE INDEX alert_manager ON alert (manager_id);
CREATE INDEX alert_organization ON alert (organization_id);
COMMENT ON TABLE alert IS
'What needs attention: raised and closed by the job alerts, acknowledged by people.';
COMMENT ON SEQUENCE alert_id_seq IS 'Numbers of alert.';
COMMENT ON COLUMN alert.id IS 'Number.';
COMMENT ON COLUMN alert.kind IS 'Kind of alert.';
COMMENT ON COLUMN alert.raised_on IS 'Day on which it was raised.';
COMMENT ON COLUMN alert.due_on IS 'Day by which something is to be done.';
COMMENT ON COLUMN alert.manager_id IS 'Person concerned.';
COMMENT ON COLUMN alert.organization_id IS 'Organization concerned.';
COMMENT ON COLUMN alert.message IS 'What it is about, in the language of the session that raised it (lc_messages).';
COMMENT ON COLUMN alert.state IS 'open, acknowledged (somebody looks after it) or closed (mended).';
COMMENT ON COLUMN alert.subject IS 'What it is about, for the job: of one kind and subject one alert is not closed. NULL in alerts that the company writes itself, which the job leaves alone.';
COMMENT ON COLUMN alert.step IS 'Days before due_on for which it was raised last, of alert_step; NULL without steps, 0 when that day has come.';
COMMENT ON COLUMN alert.first_seen IS 'When it was first seen.';
COMMENT ON COLUMN alert.raised_at IS 'When it was last raised: then, or when it came to its next step.';
COMMENT ON COLUMN alert.last_seen IS 'When it was last seen to be so.';
COMMENT ON COLUMN alert.acknowledged_by IS 'Database role that looks after it.';
COMMENT ON COLUMN alert.acknowledged_at IS 'Since when.';
COMMENT ON COLUMN alert.note IS 'What it said.';
COMMENT ON COLUMN alert.closed_at IS 'When it was seen to be mended.';
COMMENT ON INDEX alert_once IS 'One alert of a kind and subject at a time.';
COMMENT ON INDEX alert_manager IS 'The alerts of a person.';
COMMENT ON INDEX alert_organization IS 'The alerts about an organization.';
