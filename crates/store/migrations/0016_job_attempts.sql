-- How often a job was begun without an end of its own: what takes its server with it every time is not begun for ever.
ALTER TABLE job ADD COLUMN attempts BIGINT NOT NULL DEFAULT 0;
