-- What was decided on the findings of each version of a rule, kept with every decision.
CREATE TABLE rule_outcome (
    rule_code    TEXT NOT NULL,
    rule_version BIGINT NOT NULL,
    confirmed    BIGINT NOT NULL,
    overturned   BIGINT NOT NULL,
    PRIMARY KEY (rule_code, rule_version)
);
