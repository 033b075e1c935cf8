-- 其中一次为新生儿住院
stays.newborn
