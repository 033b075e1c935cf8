-- 作废就诊：有结算，而全部结算都已作废。列：mdtrt_id
SELECT v.mdtrt_id FROM (SELECT DISTINCT mdtrt_id FROM void_settlement) v JOIN setl_d s ON s.mdtrt_id = v.mdtrt_id
LEFT JOIN void_settlement x ON x.setl_id = s.setl_id
GROUP BY v.mdtrt_id HAVING count(*) = count(x.setl_id)
