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
    CHECK (min_accounts <= max_accounts)
);

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

CREATE TABLE norm_client_group (
    specialization text REFERENCES specialization,
    client_group text REFERENCES client_group,
    effective_from date,
    stance kbnorms.stance,
    max_accounts integer CHECK (max_accounts >= 0),
    note text,
    PRIMARY KEY (specialization, client_group, effective_from)
);

CREATE TABLE norm_potential (
    specialization text REFERENCES specialization,
    potential text REFERENCES potential,
    effective_from date,
    stance kbnorms.stance,
    blacklist_below numeric CHECK (blacklist_below >= 0),
    note text,
    PRIMARY KEY (specialization, potential, effective_from)
);

CREATE TABLE norm_position (
    position text REFERENCES position,
    effective_from date,
    min_meetings integer CHECK (min_meetings >= 0),
    min_own_meeting_share numeric CHECK (min_own_meeting_share BETWEEN 0 AND 1),
    min_group_meetings integer CHECK (min_group_meetings >= 0),
    note text,
    PRIMARY KEY (position, effective_from)
);

CREATE TABLE policy (
    effective_from date PRIMARY KEY,
    paying_above numeric CHECK (paying_above >= 0),
    inactivity_months integer CHECK (inactivity_months >= 1),
    respecialization_months integer CHECK (respecialization_months >= 0),
    handover_months integer CHECK (handover_months >= 0),
    max_feed_lag_days integer CHECK (max_feed_lag_days >= 0),
    max_unbind_share numeric CHECK (max_unbind_share BETWEEN 0 AND 1),
    max_unbind_count integer CHECK (max_unbind_count >= 0),
    note text
);

-- The engine keeps norms in memory and reads this number to see a change.
CREATE SEQUENCE norm_version_seq;
CREATE TABLE norm_version (
    version bigint NOT NULL DEFAULT nextval('norm_version_seq'),
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row)
);
INSERT INTO norm_version DEFAULT VALUES;
