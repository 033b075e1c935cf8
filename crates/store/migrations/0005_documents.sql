-- Numbers of documents as they were given out: one for each kind and subject, without gaps within a year.
CREATE TABLE document (
    kind      TEXT NOT NULL,
    year      BIGINT NOT NULL,
    number    BIGINT NOT NULL,
    subject   TEXT NOT NULL,
    issued_by TEXT NOT NULL,
    at        TEXT NOT NULL,
    PRIMARY KEY (kind, year, number)
);
CREATE UNIQUE INDEX document_subject ON document (kind, subject);
