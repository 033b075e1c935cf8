-- Why a rule speaks of it, as far as findings share that: a knowledge row; empty where the rule has none. It stands in the sheet, which may be
-- sealed, so it is filled from there when the database is opened.
ALTER TABLE finding ADD COLUMN reason TEXT;
CREATE INDEX finding_class ON finding (rule_code, fixmedins_code, reason, state);
CREATE INDEX finding_no_reason ON finding (finding_id) WHERE reason IS NULL;

-- Who was named to the panel about a finding.
CREATE TABLE panel_member (
    finding_id TEXT NOT NULL,
    member     TEXT NOT NULL,
    PRIMARY KEY (finding_id, member)
);
CREATE INDEX panel_member_of ON panel_member (member);

-- One act on many findings: what was shown before it, and what became of each.
CREATE TABLE bulk_decision (
    bulk_id  TEXT PRIMARY KEY,
    version  BIGINT NOT NULL,
    made_by  TEXT NOT NULL,
    made_at  TEXT NOT NULL,
    begun_at TEXT,
    step_at  TEXT,
    ended_at TEXT,
    detail   TEXT NOT NULL
);
CREATE TABLE bulk_member (
    bulk_id    TEXT NOT NULL,
    finding_id TEXT NOT NULL,
    version    BIGINT NOT NULL,
    excepted   BIGINT NOT NULL,
    outcome    TEXT,
    PRIMARY KEY (bulk_id, finding_id)
);
CREATE INDEX bulk_member_waiting ON bulk_member (bulk_id, excepted, outcome, finding_id);

-- What people have set for themselves.
CREATE TABLE preference (
    owner TEXT NOT NULL,
    name  TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (owner, name)
);
