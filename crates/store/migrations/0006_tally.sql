-- How many findings of each kind there are, and their sums, kept with every step. Lists of a million count here.
CREATE TABLE tally (
    region         TEXT NOT NULL,
    fixmedins_code TEXT NOT NULL,
    institution    TEXT NOT NULL,
    rule_code      TEXT NOT NULL,
    rule_name      TEXT NOT NULL,
    grade          TEXT NOT NULL,
    state          TEXT NOT NULL,
    closed         BIGINT NOT NULL,
    told           BIGINT NOT NULL,
    assignee       TEXT NOT NULL,
    snoozed_until  TEXT NOT NULL,
    differs        BIGINT NOT NULL,
    findings       BIGINT NOT NULL,
    amount_fen     BIGINT NOT NULL,
    fund_fen       BIGINT NOT NULL,
    PRIMARY KEY (fixmedins_code, rule_code, state, grade, assignee, snoozed_until, told, differs, region)
);
INSERT INTO tally (region, fixmedins_code, institution, rule_code, rule_name, grade, state, closed, told, assignee, snoozed_until, differs,
                   findings, amount_fen, fund_fen)
SELECT region, coalesce(fixmedins_code, ''), max(institution), rule_code, max(rule_name), grade, state, closed, told,
       coalesce(assignee, ''), coalesce(snoozed_until, ''), differs, count(*), CAST(sum(amount_fen) AS BIGINT),
       CAST(sum(fund_fen) AS BIGINT)
FROM finding
GROUP BY region, coalesce(fixmedins_code, ''), rule_code, grade, state, closed, told, coalesce(assignee, ''),
         coalesce(snoozed_until, ''), differs;
