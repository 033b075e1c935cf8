//! Fact（事实）: the vocabulary of rule expressions. Every name a rule may read stands here once, with its meaning.

/// Kind of a fact's values in SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FactKind {
    /// TEXT
    Text,
    /// BIGINT
    Int,
    /// BOOLEAN
    Flag,
    /// DATE
    Day,
    /// TIMESTAMP
    Moment,
    /// DECIMAL(18,4): quantities
    Quantity,
    /// DECIMAL(18,6): prices, ratios
    Decimal,
}

/// Fact（事实）: a name in a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fact {
    /// Namespace, such as `line`.
    pub space: &'static str,
    /// Name inside it.
    pub name: &'static str,
    /// Kind of its values.
    pub kind: FactKind,
    /// What it is, in Chinese; shown when it is missing and in evidence.
    pub label: &'static str,
}

impl Fact {
    /// `space.name`.
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.space, self.name)
    }
}

macro_rules! facts {
    ($($space:literal { $($name:literal $kind:ident $label:literal),* $(,)? })*) => {
        /// Every fact, in the order of the manual.
        pub const FACTS: &[Fact] = &[
            $($(Fact { space: $space, name: $name, kind: FactKind::$kind, label: $label },)*)*
        ];
    };
}

facts! {
    "line" {
        "code" Text "医保目录编码",
        "name" Text "项目名称",
        "list_type" Text "目录类别",
        "charge_type" Text "医疗收费项目类别",
        "cnt" Quantity "净数量",
        "unit_price" Decimal "计费单价",
        "amount_fen" Int "净金额（分）",
        "in_scope_fen" Int "符合范围金额（分）",
        "fund_fen" Int "基金分摊金额（分）",
        "service_day" Day "费用发生日",
        "service_time" Moment "费用发生时刻",
        "age_years" Int "服务日年龄（周岁）",
        "age_months" Int "服务日月龄",
        "age_days" Int "服务日日龄",
        "sex" Text "患者性别",
        "for_baby" Flag "母亲账单上的新生儿费用",
        "doctor" Text "开单医师",
        "dept" Text "开单科室",
        "insutype" Text "明细所属结算的险种类型",
        "maternity" Flag "生育费用标志",
        "circulated" Flag "处方流转标志",
        "take_home" Flag "出院带药标志",
    }
    "history" {
        "uses" Int "回溯期内既往使用天数",
        "level" Int "既往使用时机构的最高级别",
        "covered" Flag "库中数据覆盖整个回溯期",
        "complete" Flag "库中数据覆盖整个回溯期且既往机构级别已知",
    }
    "indication" {
        "met" Flag "条件成立",
        "tree" Text "支付或使用条件",
        "diagnoses" Text "就诊诊断",
    }
    "companion" {
        "present" Flag "同一时段有要求的伴随项目",
        "known_day" Day "已对照编码的伴随项目最早的一天",
        "first_day" Day "伴随项目最早的一天",
    }
    "register" {
        "found" Flag "登记中有在服务日有效的记录",
        "delivered" Flag "登记已提供",
    }
    "visit" {
        "id" Text "就诊ID",
        "class" Text "就医方式",
        "med_type" Text "医疗类别",
        "insutype" Text "险种类型",
        "insu_admdvs" Text "参保地区划",
        "begin_day" Day "就诊开始日",
        "end_day" Day "就诊结束日",
        "clr_way" Text "清算方式",
        "matn_type" Text "生育类别",
        "dscg_way" Text "离院方式",
        "babies" Int "胎儿数",
        "baby_on_bill" Flag "账单含新生儿",
        "before_admission" Flag "急诊或普通门诊后24小时内在同一机构入院",
        "main_diagnosis" Text "主诊断",
        "family_account" Flag "家庭共济账户支付",
        "sex" Text "患者性别",
    }
    "stay" {
        "id" Text "住院（合并后）首个就诊ID",
        "begin_day" Day "入院日",
        "end_day" Day "出院日",
        "begin_time" Moment "入院时刻",
        "end_time" Moment "出院时刻",
        "inpatient" Flag "住院",
        "billable_days" Int "计费床日数",
        "dates_unreliable" Flag "费用时间不可靠",
        "merged" Flag "由多次就诊合并",
        "med_type" Text "医疗类别",
        "clr_way" Text "清算方式",
        "amount_fen" Int "住院净金额（分）",
        "interior_days" Int "入出院之间的整天数",
        "idle_days" Int "无诊疗的整天数",
        "idle_run" Int "连续无诊疗的最长天数",
        "drug_share" Decimal "药费占比",
        "exam_share" Decimal "检查化验费占比",
        "treatment_share" Decimal "治疗手术费占比",
        "material_share" Decimal "材料费占比",
        "exam_kinds" Int "检查化验的项目种数",
        "late_exam_days" Int "入院次日以后有检查化验的天数",
        "operations" Int "手术操作记录数",
        "service_days" Int "有费用的天数",
        "main_diagnosis" Text "主诊断",
        "dscg_way" Text "离院方式",
        "dept" Text "入院科室",
    }
    "person" {
        "psn_no" Text "人员编号",
        "death_day" Day "死亡日",
        "dead_without_date" Flag "已死亡但无日期",
    }
    "inst" {
        "code" Text "定点机构编号",
        "level" Int "机构级别（3三级 2二级 1一级）",
        "kind" Text "机构类型",
        "region" Text "就医地区划",
    }
    "diag" {
        "code" Text "诊断编码",
        "name" Text "诊断名称",
        "main" Flag "主诊断标志",
    }
    "op" {
        "code" Text "手术操作编码",
        "day" Day "手术日期",
        "begin" Moment "手术开始时刻",
        "end" Moment "手术结束时刻",
        "main_diagnosis" Text "主诊断",
        "diagnosis_related" Flag "诊断与手术相符",
        "charged" Flag "有相应的手术收费",
        "excused" Flag "有可排除的诊断（如感染）",
        "antibiotic_allowed" Flag "所用抗菌药物均在允许品种内",
        "first_dose_minutes" Int "首剂早于手术开始的分钟数",
        "last_dose_hours" Int "末剂晚于手术结束的小时数",
    }
    "rx" {
        "kinds" Int "处方中药品种数",
        "quantity" Quantity "处方数量合计",
        "amount_fen" Int "处方金额（分）",
        "beside" Int "同日其他处方上的同类明细行数",
    }
    "pair" {
        "window" Text "时间窗口",
        "distinct_operation" Flag "手术记录显示另一次或另一切口手术",
        "two_places" Flag "同日急诊与病房为两处",
        "times_known" Flag "两项时刻均已知",
    }
    "w" {
        "day" Day "窗口起始日",
        "quantity" Quantity "窗口内净数量合计",
        "possible_hours" Quantity "当日在院最多小时数",
        "stay_hours" Quantity "整次住院最多小时数",
        "ordered_hours" Quantity "当日医嘱起止之间的小时数",
        "multiplier" Int "按胎儿数放大的倍数",
    }
    "earlier" {
        "inst" Text "前次机构",
        "begin_day" Day "前次入院日",
        "end_day" Day "前次出院日",
        "main_diagnosis" Text "前次主诊断",
        "category" Text "前次主诊断类目",
        "dscg_way" Text "前次离院方式",
        "med_type" Text "前次医疗类别",
        "cycle_therapy" Flag "前次有周期治疗的药品或操作",
    }
    "later" {
        "inst" Text "后次机构",
        "begin_day" Day "后次入院日",
        "end_day" Day "后次出院日",
        "main_diagnosis" Text "后次主诊断",
        "category" Text "后次主诊断类目",
        "dscg_way" Text "后次离院方式",
        "med_type" Text "后次医疗类别",
        "cycle_therapy" Flag "后次有周期治疗的药品或操作",
        "newborn" Flag "后次为新生儿",
    }
    "stays" {
        "gap_days" Int "前次出院到后次入院的天数",
        "overlap_hours" Int "两次住院重叠的小时数",
        "overlap_known" Flag "重叠由已知日期或明细确定",
        "related" Flag "两次住院诊断相关",
        "referred" Flag "登记为转诊",
        "newborn" Flag "其中一次为新生儿",
    }
    "elsewhere" {
        "inst" Text "另一机构",
        "class" Text "另一次就医方式",
        "service_day" Day "另一次就诊日",
        "interior" Flag "在入院日与出院日之间",
        "same_institution" Flag "同一机构",
        "mdtrt_id" Text "另一次就诊ID",
    }
    "rate" {
        "unit" Text "对比单位",
        "period" Text "期间",
        "value" Decimal "比值",
        "numerator" Decimal "分子",
        "denominator" Decimal "分母",
        "peers" Int "同组单位数",
        "median" Decimal "同组中位数",
        "z" Decimal "稳健z值",
        "percentile" Decimal "同组百分位",
        "previous" Decimal "上期比值",
        "highest" Decimal "以前各期中最高的比值，没有以前各期的为0",
        "periods" Int "以前的期数",
        "error" Decimal "占比因偶然而有的标准误",
        "scale" Decimal "同组稳健标准差（绝对中位差的1.4826倍）",
    }
    "group" {
        "size" Int "成员数",
        "links" Int "联系数",
        "weight" Int "联系强度合计",
        "days" Int "联系发生的天数",
        "density" Decimal "联系密度",
        "shared" Text "共同点",
        "shared_links" Int "有同一共同点的联系数",
        "amount_fen" Int "涉及金额（分）",
        "period" Text "期间",
    }
    "stock" {
        "item" Text "药品编码",
        "opening_known" Flag "有期初盘存",
        "unit_known" Flag "计量单位可换算",
        "opening" Quantity "期初数量",
        "inflow" Quantity "入库数量",
        "outflow" Quantity "退库等出库数量",
        "expected_out" Quantity "可销售数量",
        "billed" Quantity "计费数量（最小单位）",
        "lowest" Quantity "期间最低结存",
        "gap_fen" Int "超出部分金额（分）",
    }
    "trace" {
        "code" Text "追溯码",
        "sales" Int "整盒销售的有效结算次数",
        "institutions" Int "整盒销售的机构数",
    }
}

/// The fact of that namespace and name.
pub fn find(space: &str, name: &str) -> Option<&'static Fact> {
    FACTS.iter().find(|fact| fact.space == space && fact.name == name)
}

/// All facts of the namespaces.
pub fn of<'a>(spaces: &'a [&str]) -> impl Iterator<Item = &'static Fact> + 'a {
    FACTS.iter().filter(move |fact| spaces.contains(&fact.space))
}
