-- 可能属于账单上的新生儿
CASE WHEN visit.baby_on_bill THEN CAST(NULL AS BOOLEAN) ELSE FALSE END
