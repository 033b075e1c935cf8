-- 诊断等条件符合知识点所列的豁免情形
CASE WHEN k.exempt_tree IS NULL THEN FALSE ELSE indication.met END
