-- How many findings of each month of service there are, and their sums, kept with every step: trends of a million findings count here.
CREATE TABLE month_tally (
    region         TEXT NOT NULL,
    fixmedins_code TEXT NOT NULL,
    month          TEXT NOT NULL,
    state          TEXT NOT NULL,
    closed         BIGINT NOT NULL,
    told           BIGINT NOT NULL,
    findings       BIGINT NOT NULL,
    amount_fen     BIGINT NOT NULL,
    fund_fen       BIGINT NOT NULL,
    index_fen      BIGINT NOT NULL,
    PRIMARY KEY (fixmedins_code, month, state, told, region)
);
INSERT INTO month_tally (region, fixmedins_code, month, state, closed, told, findings, amount_fen, fund_fen, index_fen)
SELECT region, coalesce(fixmedins_code, ''), substr(occurred_on, 1, 7), state, closed, told, count(*),
       CAST(sum(amount_fen) AS BIGINT), CAST(sum(fund_fen) AS BIGINT), CAST(sum(index_fen) AS BIGINT)
FROM finding
GROUP BY region, coalesce(fixmedins_code, ''), substr(occurred_on, 1, 7), state, closed, told;
