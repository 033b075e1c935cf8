-- Day up to which the institution has the ball. Until then what was told was due on it; from now on that is the bureau's own day.
ALTER TABLE finding ADD COLUMN awaited TEXT;
UPDATE finding SET awaited = due WHERE state = 'told';
CREATE INDEX finding_awaited ON finding (awaited) WHERE awaited IS NOT NULL;
