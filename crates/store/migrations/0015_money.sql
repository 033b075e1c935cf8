-- What became of the money of every confirmed finding, what else a debt may come from, and what of it is owed back to the institution.
ALTER TABLE debt ADD COLUMN state TEXT NOT NULL DEFAULT 'claimed';
ALTER TABLE debt ADD COLUMN origin TEXT NOT NULL DEFAULT 'finding';
ALTER TABLE debt ADD COLUMN credit_fen BIGINT NOT NULL DEFAULT 0;

-- The bank's list on which a payment was found.
ALTER TABLE posting_entry ADD COLUMN reconciled TEXT;

-- What is left of each instalment, so that ages are summed over all debts. Filled from the debts when a database is opened.
CREATE TABLE due_part (
    debt_id    TEXT NOT NULL,
    due        TEXT NOT NULL,
    amount_fen BIGINT NOT NULL,
    PRIMARY KEY (debt_id, due)
);

-- Lists of what the bank or the treasury says came in.
CREATE TABLE bank_list (
    list_id     TEXT PRIMARY KEY,
    version     BIGINT NOT NULL,
    name        TEXT NOT NULL,
    from_day    TEXT NOT NULL,
    to_day      TEXT NOT NULL,
    imported_by TEXT NOT NULL,
    imported_at TEXT NOT NULL
);
CREATE TABLE bank_line (
    list_id    TEXT NOT NULL,
    line       BIGINT NOT NULL,
    on_day     TEXT NOT NULL,
    payer      TEXT NOT NULL,
    receipt    TEXT NOT NULL,
    amount_fen BIGINT NOT NULL,
    fund       TEXT NOT NULL,
    PRIMARY KEY (list_id, line)
);

-- Contractual penalties and fines, each in a book of its own, apart from what goes back to the funds.
CREATE TABLE charge (
    charge_id       TEXT PRIMARY KEY,
    version         BIGINT NOT NULL,
    kind            TEXT NOT NULL,
    fixmedins_code  TEXT NOT NULL,
    institution     TEXT NOT NULL,
    region          TEXT NOT NULL,
    number          TEXT NOT NULL,
    decided_on      TEXT NOT NULL,
    due             TEXT,
    charged_fen     BIGINT NOT NULL,
    outstanding_fen BIGINT NOT NULL,
    detail          TEXT NOT NULL
);
CREATE UNIQUE INDEX charge_number ON charge (kind, number);
CREATE TABLE charge_entry (
    charge_id  TEXT NOT NULL,
    posting    BIGINT NOT NULL,
    entry      BIGINT NOT NULL,
    on_day     TEXT NOT NULL,
    means      TEXT NOT NULL,
    account    TEXT NOT NULL,
    book       TEXT NOT NULL,
    amount_fen BIGINT NOT NULL,
    PRIMARY KEY (charge_id, posting, entry)
);
