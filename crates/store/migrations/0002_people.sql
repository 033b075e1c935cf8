CREATE TABLE account (
    name         TEXT PRIMARY KEY,
    display      TEXT NOT NULL,
    role         TEXT NOT NULL,
    scope        TEXT NOT NULL,
    password     TEXT NOT NULL,
    totp         TEXT,
    failed       BIGINT NOT NULL,
    locked_until TEXT,
    disabled     BIGINT NOT NULL,
    version      BIGINT NOT NULL
);

-- Only the hash of a session's token is kept: who reads the database cannot sign in with it.
CREATE TABLE session (
    token_hash TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    csrf       TEXT NOT NULL,
    begun      TEXT NOT NULL,
    last_seen  TEXT NOT NULL
);
CREATE INDEX session_name ON session (name);

-- Filters that somebody keeps under a name.
CREATE TABLE saved_view (
    owner TEXT NOT NULL,
    name  TEXT NOT NULL,
    query TEXT NOT NULL,
    PRIMARY KEY (owner, name)
);

-- Papers handed in with appeals: what they are, by the digest of their content. The content lies in files of that name.
CREATE TABLE paper (
    digest     TEXT NOT NULL,
    finding_id TEXT NOT NULL,
    name       TEXT NOT NULL,
    kind       TEXT NOT NULL,
    size       BIGINT NOT NULL,
    asked_for  TEXT NOT NULL,
    handed_by  TEXT NOT NULL,
    at         TEXT NOT NULL,
    PRIMARY KEY (finding_id, digest)
);

-- What people say about a finding or a rule to each other.
CREATE TABLE remark (
    subject TEXT NOT NULL,
    seq     BIGINT NOT NULL,
    at      TEXT NOT NULL,
    author  TEXT NOT NULL,
    body    TEXT NOT NULL,
    PRIMARY KEY (subject, seq)
);
