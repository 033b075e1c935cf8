-- 有知识点写明的可以例外的诊断
op.excused
