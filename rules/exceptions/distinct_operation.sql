-- 手术记录显示窗口内另有手术或另一切口
pair.distinct_operation
