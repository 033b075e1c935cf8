-- A one-time code is good once: the step of the last one that signed somebody in.
ALTER TABLE account ADD COLUMN totp_step BIGINT NOT NULL DEFAULT 0;
