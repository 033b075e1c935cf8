-- 机构的等级，以机构信息表为准。列：fixmedins_code、hosp_lv
SELECT fixmedins_code, max(hosp_lv) AS hosp_lv FROM fixmedins_b WHERE coalesce(vali_flag, '1') <> '0' GROUP BY fixmedins_code
