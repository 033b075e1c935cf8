-- 急诊抢救
visit.class = 'emergency'
