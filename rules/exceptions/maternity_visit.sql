-- 就诊登记了生育类别，属于生育相关就诊
visit.matn_type IS NOT NULL
