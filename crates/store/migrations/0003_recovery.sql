-- A debt and where it stands; its movements are postings whose entries sum to zero in each fund.
CREATE TABLE debt (
    debt_id         TEXT PRIMARY KEY,
    version         BIGINT NOT NULL,
    fixmedins_code  TEXT NOT NULL,
    institution     TEXT NOT NULL,
    region          TEXT NOT NULL,
    rule_code       TEXT NOT NULL,
    opened_on       TEXT NOT NULL,
    due             TEXT,
    claimed_fen     BIGINT NOT NULL,
    outstanding_fen BIGINT NOT NULL,
    detail          TEXT NOT NULL
);
CREATE INDEX debt_open ON debt (outstanding_fen, due);
CREATE INDEX debt_institution ON debt (fixmedins_code, due);

CREATE TABLE posting_entry (
    debt_id    TEXT NOT NULL,
    posting    BIGINT NOT NULL,
    entry      BIGINT NOT NULL,
    on_day     TEXT NOT NULL,
    means      TEXT NOT NULL,
    account    TEXT NOT NULL,
    fund       TEXT NOT NULL,
    amount_fen BIGINT NOT NULL,
    PRIMARY KEY (debt_id, posting, entry)
);
CREATE INDEX posting_entry_day ON posting_entry (on_day, account);

-- What decisions have booked on single lines, so that no line gives back more than the funds paid for it.
CREATE TABLE line_booking (
    line_id    TEXT NOT NULL,
    decision   TEXT NOT NULL,
    amount_fen BIGINT NOT NULL,
    PRIMARY KEY (line_id, decision)
);
CREATE INDEX line_booking_decision ON line_booking (decision);

-- Whoever books lines changes this row first, so that two decisions on one line see each other on either database.
CREATE TABLE ledger_turn (
    id    BIGINT PRIMARY KEY,
    taken BIGINT NOT NULL
);
INSERT INTO ledger_turn (id, taken) VALUES (1, 0);
