-- Keys by which institutions sign their calls. A revoked key stays, so that it is known who signed what.
CREATE TABLE institution_key (
    key_id         TEXT PRIMARY KEY,
    fixmedins_code TEXT NOT NULL,
    algorithm      TEXT NOT NULL,
    secret         TEXT NOT NULL,
    note           TEXT NOT NULL,
    created_at     TEXT NOT NULL,
    created_by     TEXT NOT NULL,
    revoked_at     TEXT
);

-- What a signature may be used with once only, for as long as signatures are good.
CREATE TABLE nonce (
    key_id  TEXT NOT NULL,
    nonce   TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    PRIMARY KEY (key_id, nonce)
);
CREATE INDEX nonce_seen ON nonce (seen_at);

-- Calls as they were answered: the same message again gets the same answer. The key begins with the message, so that nobody looks through
-- all that an institution ever sent for what it sent on a day.
CREATE TABLE call (
    fixmedins_code TEXT NOT NULL,
    msgid          TEXT NOT NULL,
    region         TEXT NOT NULL,
    infno          TEXT NOT NULL,
    digest         TEXT NOT NULL,
    reply          TEXT NOT NULL,
    infcode        BIGINT NOT NULL,
    on_day         TEXT NOT NULL,
    reqt_time      TEXT NOT NULL,
    rsp_time       TEXT NOT NULL,
    ana_dura       BIGINT NOT NULL,
    trig_scen      TEXT,
    med_type       TEXT,
    medfee_sumamt  BIGINT,
    persons        BIGINT NOT NULL,
    orders         BIGINT NOT NULL,
    warnings       BIGINT NOT NULL,
    authenticated  TEXT NOT NULL,
    PRIMARY KEY (msgid, fixmedins_code)
);
-- A day's durations are read off in their order.
CREATE INDEX call_day ON call (on_day, infno, ana_dura, fixmedins_code, region);

-- What calls found, whether it was shown or not, with the newest answer to it. Most rows are neither shown nor decided: what only the
-- others are asked for is indexed for the others.
CREATE TABLE warning (
    jr_id          TEXT PRIMARY KEY,
    fixmedins_code TEXT NOT NULL,
    msgid          TEXT NOT NULL,
    region         TEXT NOT NULL,
    stage          TEXT NOT NULL,
    rule_code      TEXT NOT NULL,
    rule_version   BIGINT NOT NULL,
    grade          TEXT NOT NULL,
    sev_deg        TEXT,
    shown          BIGINT NOT NULL,
    held_back      TEXT,
    provisional    BIGINT NOT NULL,
    psn_no         TEXT NOT NULL,
    mdtrt_id       TEXT,
    dr_code        TEXT,
    dept_code      TEXT,
    subject_key    TEXT NOT NULL,
    repeat_key     TEXT NOT NULL,
    amount_fen     BIGINT NOT NULL,
    occurred_on    TEXT NOT NULL,
    detail         TEXT NOT NULL,
    created_at     TEXT NOT NULL,
    dspo_way       TEXT,
    dspo_way_rea   TEXT,
    dspo_at        TEXT,
    outcome        TEXT,
    finding_id     TEXT
);
CREATE INDEX warning_call ON warning (msgid, fixmedins_code);
CREATE INDEX warning_listed ON warning (created_at, jr_id) WHERE grade <> 'undecided';
CREATE INDEX warning_institution ON warning (fixmedins_code, created_at, jr_id) WHERE grade <> 'undecided';
CREATE INDEX warning_visit ON warning (mdtrt_id) WHERE grade <> 'undecided';
CREATE INDEX warning_doctor ON warning (dr_code, fixmedins_code, created_at) WHERE shown = 1;
CREATE INDEX warning_shown ON warning (created_at, region, fixmedins_code, rule_code, dept_code, dr_code, dspo_way, outcome)
    WHERE shown = 1;
CREATE INDEX warning_answered ON warning (repeat_key, fixmedins_code) WHERE dspo_way IS NOT NULL;

-- Every answer that was ever given to a warning. The warning is of one institution, and only that one may answer it.
CREATE TABLE feedback (
    jr_id          TEXT NOT NULL,
    msgid          TEXT NOT NULL,
    fixmedins_code TEXT NOT NULL,
    warn_type      TEXT NOT NULL,
    dspo_way       TEXT NOT NULL,
    dspo_way_rea   TEXT,
    received_at    TEXT NOT NULL,
    PRIMARY KEY (jr_id, msgid)
);

-- Recent visits of persons, as calls and imports tell of them.
CREATE TABLE online_visit (
    fixmedins_code TEXT NOT NULL,
    mdtrt_id       TEXT NOT NULL,
    psn_no         TEXT NOT NULL,
    region         TEXT NOT NULL,
    begin_day      TEXT NOT NULL,
    end_day        TEXT,
    in_house       BIGINT NOT NULL,
    ward           TEXT,
    room           TEXT,
    bed            TEXT,
    dept_code      TEXT,
    dept_name      TEXT,
    dr_code        TEXT,
    source         TEXT NOT NULL,
    body           TEXT NOT NULL,
    updated_at     TEXT NOT NULL,
    PRIMARY KEY (fixmedins_code, mdtrt_id)
);
CREATE INDEX online_visit_person ON online_visit (psn_no, begin_day);
CREATE INDEX online_visit_in_house ON online_visit (fixmedins_code, dept_code, ward) WHERE in_house = 1;
