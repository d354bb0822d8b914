-- The norms: each row holds from effective_from until the next row of its key.
CREATE TABLE norm_tenure (
    specialization text REFERENCES specialization,
    from_month integer CHECK (from_month >= -1),
    effective_from date,
    min_accounts integer CHECK (min_accounts >= 0),
    max_accounts integer CHECK (max_accounts >= 0),
    min_meetings integer CHECK (min_meetings >= 0),
    min_meeting_share numeric CHECK (min_meeting_share BETWEEN 0 AND 1),
    min_cold_calls integer CHECK (min_cold_calls >= 0),
    note text,
    PRIMARY KEY (specialization, from_month, effective_from),
    CONSTRAINT norm_tenure_min_accounts_at_most_max CHECK (min_accounts <= max_accounts)
);
COMMENT ON TABLE norm_tenure IS
'Norms by specialization and tenure: size of the base, meetings, cold calls. NULL is not regulated; no row is no size at all.';
COMMENT ON COLUMN norm_tenure.specialization IS 'Specialization.';
COMMENT ON COLUMN norm_tenure.from_month IS 'Full months served from which the row holds, until the next greater one; -1 is for interns.';
COMMENT ON COLUMN norm_tenure.effective_from IS 'Day from which the row holds, until the next row of its key.';
COMMENT ON COLUMN norm_tenure.min_accounts IS 'Least number of accounts; judged, never blocks.';
COMMENT ON COLUMN norm_tenure.max_accounts IS 'Most accounts; NULL is unlimited.';
COMMENT ON COLUMN norm_tenure.min_meetings IS 'Least number of meetings outside the office in a month.';
COMMENT ON COLUMN norm_tenure.min_meeting_share IS 'Least number of meetings outside the office in a month, as a share of the accounts.';
COMMENT ON COLUMN norm_tenure.min_cold_calls IS 'Least number of cold calls in a month.';
COMMENT ON COLUMN norm_tenure.note IS 'Where the norm comes from.';

CREATE TABLE norm_specialization (
    specialization text REFERENCES specialization,
    effective_from date,
    min_paying_share numeric CHECK (min_paying_share BETWEEN 0 AND 1),
    max_off_profile integer CHECK (max_off_profile >= 0),
    may_bind_off_profile boolean,
    territory_rule kbnorms.territory_rule,
    exception_only_on_profile boolean,
    newcomers_avoid_territories boolean,
    blacklist_months integer CHECK (blacklist_months >= 1),
    blacklist_below numeric CHECK (blacklist_below >= 0),
    note text,
    PRIMARY KEY (specialization, effective_from)
);
COMMENT ON TABLE norm_specialization IS
'Norms by specialization, whatever the tenure. NULL is not regulated.';
COMMENT ON COLUMN norm_specialization.specialization IS 'Specialization.';
COMMENT ON COLUMN norm_specialization.effective_from IS 'Day from which the row holds, until the next row of its key.';
COMMENT ON COLUMN norm_specialization.min_paying_share IS 'Least share of accounts that pay more than policy.paying_above in a month.';
COMMENT ON COLUMN norm_specialization.max_off_profile IS 'Most off-profile accounts that may be held.';
COMMENT ON COLUMN norm_specialization.may_bind_off_profile IS 'May a new off-profile account be bound?';
COMMENT ON COLUMN norm_specialization.territory_rule IS 'Where the accounts must sit: in a territory of the manager (strict), in his city, or anywhere (none).';
COMMENT ON COLUMN norm_specialization.exception_only_on_profile IS 'Does a justification for an account outside the city count only where its group is target or allowed?';
COMMENT ON COLUMN norm_specialization.newcomers_avoid_territories IS 'Do interns and novices keep out of territories?';
COMMENT ON COLUMN norm_specialization.blacklist_months IS 'Months looked at for the black list.';
COMMENT ON COLUMN norm_specialization.blacklist_below IS 'Monthly turnover below which an account is listed, whatever its potential.';
COMMENT ON COLUMN norm_specialization.note IS 'Where the norm comes from.';

CREATE TABLE norm_client_group (
    specialization text REFERENCES specialization,
    client_group text REFERENCES client_group,
    effective_from date,
    stance kbnorms.stance,
    max_accounts integer CHECK (max_accounts >= 0),
    note text,
    PRIMARY KEY (specialization, client_group, effective_from)
);
COMMENT ON TABLE norm_client_group IS
'How a specialization stands to a client group. No row or a NULL stance is off-profile.';
COMMENT ON COLUMN norm_client_group.specialization IS 'Specialization.';
COMMENT ON COLUMN norm_client_group.client_group IS 'Client group.';
COMMENT ON COLUMN norm_client_group.effective_from IS 'Day from which the row holds, until the next row of its key.';
COMMENT ON COLUMN norm_client_group.stance IS 'Target, allowed or forbidden; NULL is off-profile from this date on.';
COMMENT ON COLUMN norm_client_group.max_accounts IS 'Most accounts of the group in one base.';
COMMENT ON COLUMN norm_client_group.note IS 'Where the norm comes from.';

CREATE TABLE norm_potential (
    specialization text REFERENCES specialization,
    potential text REFERENCES potential,
    effective_from date,
    stance kbnorms.stance,
    blacklist_below numeric CHECK (blacklist_below >= 0),
    note text,
    PRIMARY KEY (specialization, potential, effective_from)
);
COMMENT ON TABLE norm_potential IS
'How a specialization stands to a potential. No row or a NULL stance is off-target.';
COMMENT ON COLUMN norm_potential.specialization IS 'Specialization.';
COMMENT ON COLUMN norm_potential.potential IS 'Potential.';
COMMENT ON COLUMN norm_potential.effective_from IS 'Day from which the row holds, until the next row of its key.';
COMMENT ON COLUMN norm_potential.stance IS 'Target, allowed or forbidden.';
COMMENT ON COLUMN norm_potential.blacklist_below IS 'Monthly turnover below which an account is listed; goes before that of norm_specialization.';
COMMENT ON COLUMN norm_potential.note IS 'Where the norm comes from.';

CREATE TABLE norm_position (
    position text REFERENCES position,
    effective_from date,
    min_meetings integer CHECK (min_meetings >= 0),
    min_own_meeting_share numeric CHECK (min_own_meeting_share BETWEEN 0 AND 1),
    min_group_meetings integer CHECK (min_group_meetings >= 0),
    note text,
    PRIMARY KEY (position, effective_from)
);
COMMENT ON TABLE norm_position IS
'Norms of heads. NULL is not regulated.';
COMMENT ON COLUMN norm_position.position IS 'Position.';
COMMENT ON COLUMN norm_position.effective_from IS 'Day from which the row holds, until the next row of its key.';
COMMENT ON COLUMN norm_position.min_meetings IS 'Least number of meetings outside the office in a month.';
COMMENT ON COLUMN norm_position.min_own_meeting_share IS 'Least number of meetings in a month with organizations of the own base, as a share of its accounts.';
COMMENT ON COLUMN norm_position.min_group_meetings IS 'Least number of meetings in a month with organizations bound to the managers of the group.';
COMMENT ON COLUMN norm_position.note IS 'Where the norm comes from.';

CREATE TABLE policy (
    effective_from date PRIMARY KEY,
    paying_above numeric CHECK (paying_above >= 0),
    inactivity_months integer CHECK (inactivity_months >= 1),
    respecialization_months integer CHECK (respecialization_months >= 0),
    handover_months integer CHECK (handover_months >= 0),
    max_feed_lag_days integer CHECK (max_feed_lag_days >= 0),
    max_unbind_share numeric CHECK (max_unbind_share BETWEEN 0 AND 1),
    max_unbind_count integer CHECK (max_unbind_count >= 0),
    note text,
    cool_off_days integer CHECK (cool_off_days >= 0),
    max_new_accounts_per_day integer CHECK (max_new_accounts_per_day >= 0),
    max_moves integer CHECK (max_moves >= 0),
    move_days integer CHECK (move_days >= 1),
    max_extension_days integer CHECK (max_extension_days >= 1)
);
COMMENT ON TABLE policy IS
'Norms of the whole company. NULL is not regulated.';
COMMENT ON COLUMN policy.effective_from IS 'Day from which the row holds, until the next one.';
COMMENT ON COLUMN policy.paying_above IS 'An account pays in a month if its turnover is above this, in roubles.';
COMMENT ON COLUMN policy.inactivity_months IS 'Months without turnover after which an account is released.';
COMMENT ON COLUMN policy.respecialization_months IS 'Months to hand over what does not fit after a change of specialization.';
COMMENT ON COLUMN policy.handover_months IS 'Months to hand over a base after a dismissal or a change of position.';
COMMENT ON COLUMN policy.max_feed_lag_days IS 'Most days that the feeds may be behind for an automatic unbinding.';
COMMENT ON COLUMN policy.max_unbind_share IS 'Share of all bindings that an automatic unbinding may release unless forced.';
COMMENT ON COLUMN policy.max_unbind_count IS 'Number of bindings that it may release whatever their share.';
COMMENT ON COLUMN policy.note IS 'Where the norms come from.';
COMMENT ON COLUMN policy.cool_off_days IS 'Days before a client comes back to a manager who had it; NULL is no cool-off.';
COMMENT ON COLUMN policy.max_new_accounts_per_day IS 'Most accounts new to his base that a manager may take in a day; NULL is any number.';
COMMENT ON COLUMN policy.max_moves IS 'Most moves of a client in move_days days; NULL is any number.';
COMMENT ON COLUMN policy.max_extension_days IS 'Days beyond its release by which the hold of an account may be extended; NULL: it may not.';
COMMENT ON COLUMN policy.move_days IS 'Days in which the moves of a client are counted; NULL is no limit.';

-- The engine keeps norms in memory and reads this number to see a change.
CREATE SEQUENCE norm_version_seq;
CREATE TABLE norm_version (
    version bigint NOT NULL DEFAULT nextval('norm_version_seq'),
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row)
);
INSERT INTO norm_version DEFAULT VALUES;
COMMENT ON TABLE norm_version IS
'Number of the latest change of norms, dictionaries and rules; the engine reads it to know whether what it has in memory is current.';
COMMENT ON SEQUENCE norm_version_seq IS 'Numbers of changes of the norms; never the same twice.';
COMMENT ON COLUMN norm_version.version IS 'The number, from norm_version_seq.';
COMMENT ON COLUMN norm_version.only_row IS 'Keeps the table at one row.';
