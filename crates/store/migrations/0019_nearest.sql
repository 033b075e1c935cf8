-- The nearest limit of what is open of a rule or an institution is read off, however many findings there are.
CREATE INDEX finding_rule_open ON finding (rule_code, due) WHERE closed = 0;
CREATE INDEX finding_institution_open ON finding (fixmedins_code, due) WHERE closed = 0;
