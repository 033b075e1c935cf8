-- 已被退费的结算：一条有效结算的 init_setl_id 指向它。列：setl_id
SELECT DISTINCT init_setl_id AS setl_id FROM setl_d
WHERE init_setl_id <> setl_id AND coalesce(vali_flag, '1') <> '0'
  AND NOT regexp_like(trim(init_setl_id), '^(0*|无|-|--|/|(?i:NA|N/A|NULL|NONE|UNKNOWN)|未知|匿名|不详|其他|未知/匿名)$')
