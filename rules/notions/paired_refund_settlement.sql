-- 退费结算中，原结算也已报送的那些：两者的明细互相冲抵。列：setl_id
SELECT DISTINCT s.setl_id FROM (
  SELECT setl_id, init_setl_id FROM setl_d WHERE init_setl_id <> setl_id AND coalesce(vali_flag, '1') <> '0'
) s JOIN setl_d o ON o.setl_id = s.init_setl_id
