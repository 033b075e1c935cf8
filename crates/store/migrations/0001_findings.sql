-- Findings as they stand. `detail` holds the whole state; the other columns are what lists filter, sort and sum by.
CREATE TABLE finding (
    finding_id     TEXT PRIMARY KEY,
    version        BIGINT NOT NULL,
    state          TEXT NOT NULL,
    told           BIGINT NOT NULL,
    closed         BIGINT NOT NULL,
    due            TEXT,
    assignee       TEXT,
    reviewer       TEXT,
    snoozed_until  TEXT,
    differs        BIGINT NOT NULL,
    rule_code      TEXT NOT NULL,
    rule_name      TEXT NOT NULL,
    grade          TEXT NOT NULL,
    fixmedins_code TEXT,
    institution    TEXT NOT NULL,
    region         TEXT NOT NULL,
    bilg_dr_code   TEXT,
    psn_no         TEXT,
    mdtrt_id       TEXT,
    occurred_on    TEXT NOT NULL,
    amount_fen     BIGINT NOT NULL,
    fund_fen       BIGINT NOT NULL,
    owed_fen       BIGINT,
    message        TEXT NOT NULL,
    digest         TEXT NOT NULL,
    filed_on       TEXT NOT NULL,
    last_run       TEXT NOT NULL,
    detail         TEXT NOT NULL
);
CREATE INDEX finding_due ON finding (state, due, finding_id);
CREATE INDEX finding_open ON finding (closed, due, finding_id);
CREATE INDEX finding_amount ON finding (amount_fen DESC, finding_id);
CREATE INDEX finding_occurred ON finding (occurred_on DESC, finding_id);
CREATE INDEX finding_rule ON finding (rule_code, fixmedins_code, state, region, due, amount_fen, fund_fen);
CREATE INDEX finding_institution ON finding (fixmedins_code, state, due, region, amount_fen, fund_fen);
CREATE INDEX finding_doctor ON finding (bilg_dr_code, rule_code, fixmedins_code, state, region, due, amount_fen, fund_fen);
CREATE INDEX finding_person ON finding (psn_no, rule_code, fixmedins_code, state, region, due, amount_fen, fund_fen);
CREATE INDEX finding_assignee ON finding (assignee, state, due);

-- What a finding shows, frozen under the digest of its evidence.
CREATE TABLE sheet (
    finding_id TEXT NOT NULL,
    digest     TEXT NOT NULL,
    body       TEXT NOT NULL,
    PRIMARY KEY (finding_id, digest)
);

-- What each filing of a run covered, and what came of it.
CREATE TABLE filing (
    run_id    TEXT PRIMARY KEY,
    filed_on  TEXT NOT NULL,
    filed_by  TEXT NOT NULL,
    coverage  TEXT NOT NULL,
    outcome   TEXT NOT NULL
);

-- Everything that ever happened, a chain a subject: each hash covers the one before.
CREATE TABLE event (
    subject TEXT NOT NULL,
    seq     BIGINT NOT NULL,
    at      TEXT NOT NULL,
    on_day  TEXT NOT NULL,
    actor   TEXT NOT NULL,
    kind    TEXT NOT NULL,
    body    TEXT NOT NULL,
    hash    TEXT NOT NULL,
    PRIMARY KEY (subject, seq)
);
CREATE INDEX event_day ON event (on_day, at);
CREATE INDEX event_actor ON event (actor, at);

-- A day's root over the heads of all chains that grew on it.
CREATE TABLE seal (
    on_day   TEXT PRIMARY KEY,
    subjects BIGINT NOT NULL,
    root     TEXT NOT NULL
);
