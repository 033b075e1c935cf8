-- Work to be done. Whoever claims a job gets a fence, and only the newest fence may say how it went.
CREATE TABLE job (
    job_id      TEXT PRIMARY KEY,
    kind        TEXT NOT NULL,
    body        TEXT NOT NULL,
    state       TEXT NOT NULL,
    fence       BIGINT NOT NULL,
    owner       TEXT,
    lease_until TEXT,
    progress    TEXT NOT NULL,
    asked_by    TEXT NOT NULL,
    asked_at    TEXT NOT NULL,
    ended_at    TEXT,
    outcome     TEXT
);
CREATE INDEX job_state ON job (state, asked_at);

-- The server that writes to this database, while it is alive.
CREATE TABLE server (
    id         BIGINT PRIMARY KEY,
    owner      TEXT NOT NULL,
    address    TEXT NOT NULL,
    alive_until TEXT NOT NULL
);
