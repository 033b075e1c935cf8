-- The key under which what tells of persons lies sealed: its short name, never the key. No row means that nothing is sealed; `done` is
-- 0 while rows are being sealed that were there before.
CREATE TABLE sealing (
    one    BIGINT PRIMARY KEY CHECK (one = 1),
    key_id TEXT NOT NULL,
    begun  TEXT NOT NULL,
    done   BIGINT NOT NULL
);

-- The exemption that set a finding aside, in a column of its own: the state as a whole may be sealed, and is asked for by nobody.
ALTER TABLE finding ADD COLUMN exempted_by TEXT;
UPDATE finding SET exempted_by = (
    SELECT min(exemption_id) FROM exemption
    WHERE exemption.rule_code = finding.rule_code AND exemption.fixmedins_code = finding.fixmedins_code
      AND finding.detail LIKE '%"state":"exempted","number":"' || exemption.exemption_id || '"%')
WHERE state = 'exempted';
CREATE INDEX finding_exempted ON finding (exempted_by) WHERE exempted_by IS NOT NULL;
