-- 产妇账单上有新生儿，限新生儿的药品、项目、耗材视为新生儿所用
visit.baby_on_bill AND NOT line.for_baby
