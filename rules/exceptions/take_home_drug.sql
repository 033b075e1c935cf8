-- 出院带药
coalesce(line.take_home, FALSE)
