-- Who has a finding in hand, and until when. Nothing of it is kept when it is over.
CREATE TABLE lease (
    finding_id TEXT PRIMARY KEY,
    holder     TEXT NOT NULL,
    begun      TEXT NOT NULL,
    ends       TEXT NOT NULL
);
CREATE INDEX lease_holder ON lease (holder);

-- Rules that do not speak of an institution for a while, with who asked for it and who approved.
CREATE TABLE exemption (
    exemption_id   TEXT PRIMARY KEY,
    version        BIGINT NOT NULL,
    state          TEXT NOT NULL,
    fixmedins_code TEXT NOT NULL,
    institution    TEXT NOT NULL,
    region         TEXT NOT NULL,
    rule_code      TEXT NOT NULL,
    from_day       TEXT NOT NULL,
    until_day      TEXT NOT NULL,
    detail         TEXT NOT NULL
);
CREATE INDEX exemption_rule ON exemption (rule_code, fixmedins_code, state);

-- Findings of one institution, rule and reason that are contested together, with one set of papers.
CREATE TABLE class_appeal (
    appeal_id      TEXT PRIMARY KEY,
    version        BIGINT NOT NULL,
    fixmedins_code TEXT NOT NULL,
    institution    TEXT NOT NULL,
    region         TEXT NOT NULL,
    rule_code      TEXT NOT NULL,
    rule_name      TEXT NOT NULL,
    appealed_on    TEXT NOT NULL,
    detail         TEXT NOT NULL
);
CREATE TABLE class_member (
    appeal_id  TEXT NOT NULL,
    finding_id TEXT NOT NULL,
    PRIMARY KEY (appeal_id, finding_id)
);
CREATE INDEX class_member_finding ON class_member (finding_id);

-- What a stay paid by case or day was found of is no money of the funds, and is summed apart.
ALTER TABLE finding ADD COLUMN index_fen BIGINT NOT NULL DEFAULT 0;
-- The finding whose differing result was filed anew as this one.
ALTER TABLE finding ADD COLUMN split_from TEXT;
CREATE INDEX finding_split ON finding (split_from);
-- Sheets are text in JSON without blanks; what lies inside their evidence has its quotation marks escaped.
UPDATE finding SET index_fen = amount_fen
WHERE EXISTS (SELECT 1 FROM sheet
              WHERE sheet.finding_id = finding.finding_id AND sheet.digest = finding.digest AND sheet.body LIKE '%"amount_basis":"index"%');
ALTER TABLE tally ADD COLUMN index_fen BIGINT NOT NULL DEFAULT 0;
DELETE FROM tally;
INSERT INTO tally (region, fixmedins_code, institution, rule_code, rule_name, grade, state, closed, told, assignee, snoozed_until, differs,
                   findings, amount_fen, fund_fen, index_fen)
SELECT region, coalesce(fixmedins_code, ''), max(institution), rule_code, max(rule_name), grade, state, closed, told,
       coalesce(assignee, ''), coalesce(snoozed_until, ''), differs, count(*), CAST(sum(amount_fen) AS BIGINT),
       CAST(sum(fund_fen) AS BIGINT), CAST(sum(index_fen) AS BIGINT)
FROM finding
GROUP BY region, coalesce(fixmedins_code, ''), rule_code, grade, state, closed, told, coalesce(assignee, ''),
         coalesce(snoozed_until, ''), differs;

-- How long people looked at the findings of a rule, and what came back of those whose time is known. Counted anew from the findings.
ALTER TABLE rule_outcome ADD COLUMN review_seconds BIGINT NOT NULL DEFAULT 0;
ALTER TABLE rule_outcome ADD COLUMN timed_fund_fen BIGINT NOT NULL DEFAULT 0;
DELETE FROM rule_outcome;
