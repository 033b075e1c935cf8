-- 作废结算：无效（vali_flag 为 0）、已退费（refd_setl_flag 为 1）、本身是退费结算，或已被退费。
-- 退费与原结算有一方标明即可，与逐行规则的口径一致。列：setl_id、mdtrt_id
SELECT s.setl_id, s.mdtrt_id FROM setl_d s LEFT JOIN refunded_settlement r ON r.setl_id = s.setl_id
WHERE r.setl_id IS NOT NULL OR s.refd_setl_flag = '1' OR s.vali_flag = '0'
  OR (s.init_setl_id <> s.setl_id
      AND NOT regexp_like(trim(s.init_setl_id), '^(0*|无|-|--|/|(?i:NA|N/A|NULL|NONE|UNKNOWN)|未知|匿名|不详|其他|未知/匿名)$'))
