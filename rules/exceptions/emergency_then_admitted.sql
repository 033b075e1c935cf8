-- 急诊结束后24小时内在同一机构入院，属于这次住院
visit.class = 'emergency' AND visit.before_admission
