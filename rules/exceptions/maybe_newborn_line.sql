-- 可能是产妇账单上的新生儿费用
CASE WHEN visit.baby_on_bill AND NOT line.for_baby THEN CAST(NULL AS BOOLEAN) ELSE FALSE END
