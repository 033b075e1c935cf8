-- 后次登记为由前次转诊
stays.referred
