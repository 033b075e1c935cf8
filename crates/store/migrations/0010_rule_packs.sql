-- Drafts of rules and of regional parameters, on their way into a pack.
CREATE TABLE rule_draft (
    draft_id   TEXT PRIMARY KEY,
    version    BIGINT NOT NULL,
    kind       TEXT NOT NULL,
    name       TEXT NOT NULL,
    state      TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    detail     TEXT NOT NULL
);
CREATE INDEX rule_draft_changed ON rule_draft (changed_at);

-- Packs as they were published. A row is written once and never changed; the one with the greatest number is in force.
CREATE TABLE rule_pack (
    number       BIGINT PRIMARY KEY,
    digest       TEXT NOT NULL,
    published_at TEXT NOT NULL,
    detail       TEXT NOT NULL
);
CREATE INDEX rule_pack_digest ON rule_pack (digest);

-- Texts of files by the digest of their content: what most packs have in common is kept once.
CREATE TABLE rule_text (
    digest TEXT PRIMARY KEY,
    body   TEXT NOT NULL
);

-- The files of each pack.
CREATE TABLE rule_pack_file (
    number BIGINT NOT NULL,
    name   TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (number, name)
);
