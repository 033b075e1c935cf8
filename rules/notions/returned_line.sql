-- 已退明细：每条收费明细被退掉的数量、金额、符合范围金额（均为正数）；没有退过的不在表中。本查询找出与退费有关的明细，
-- 退给哪一条由引擎按与逐行规则同一套配对得出。列：mdtrt_id、bkkp_sn、cnt、det_item_fee_sumamt、inscp_amt
SELECT f.mdtrt_id, f.bkkp_sn, f.setl_id, f.init_feedetl_sn, f.fee_ocur_time, f.med_list_codg, f.medins_list_name, f.hilist_name, f.cnt, f.pric,
       f.det_item_fee_sumamt, f.inscp_amt, f.vali_flag, d.setl_id IS NOT NULL AS setl_void, p.setl_id IS NOT NULL AS setl_paired
FROM (
  SELECT mdtrt_id, array_agg(init_feedetl_sn) AS numbers, array_agg(substr(upper(trim(med_list_codg)), 1, 15)) AS codes,
         array_agg(coalesce(medins_list_name, hilist_name)) AS names
  FROM fee_list_d WHERE (cnt < 0 OR det_item_fee_sumamt < 0) AND coalesce(vali_flag, '1') <> '0' GROUP BY mdtrt_id
) r
JOIN fee_list_d f ON f.mdtrt_id = r.mdtrt_id AND (array_has(r.numbers, f.bkkp_sn)
  OR array_has(r.codes, substr(upper(trim(f.med_list_codg)), 1, 15)) OR array_has(r.names, coalesce(f.medins_list_name, f.hilist_name)))
LEFT JOIN (SELECT DISTINCT setl_id FROM void_settlement) d ON d.setl_id = f.setl_id
LEFT JOIN paired_refund_settlement p ON p.setl_id = f.setl_id
