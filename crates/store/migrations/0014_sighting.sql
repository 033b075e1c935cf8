-- Who saw which insured person, where and on which day: a row for each person, account, place and day, however often they looked. The
-- entry is the one of the account's own chain that holds a digest over the rows added with it.
CREATE TABLE sighting (
    account TEXT NOT NULL,
    entry   BIGINT NOT NULL,
    number  BIGINT NOT NULL,
    place   TEXT NOT NULL,
    on_day  TEXT NOT NULL,
    at      TEXT NOT NULL,
    psn_no  TEXT NOT NULL,
    about   TEXT NOT NULL,
    PRIMARY KEY (account, entry, number)
);
CREATE UNIQUE INDEX sighting_person ON sighting (psn_no, account, on_day, place);
