-- 后次住院有周期治疗（化疗、放疗、透析等）的药品、项目或操作
later.cycle_therapy
