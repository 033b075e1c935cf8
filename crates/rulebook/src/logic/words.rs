//! What the parts of a logic are called in Chinese, where people read them.

use super::{Charge, Kind, LineSubject, Measure, StayPairs};

impl Charge {
    /// As shown to people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::InScope => "只计基金触及的明细",
            Self::All => "计全部净明细",
        }
    }
}

impl Measure {
    /// As shown to people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Quantity => "数量",
            Self::InScope => "符合范围金额（元）",
        }
    }
}

impl StayPairs {
    /// As shown to people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Consecutive => "同一机构前后相邻的两次住院",
            Self::Overlapping => "不同机构重叠或相接的两次住院",
        }
    }
}

impl Kind {
    /// As shown to people.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Line(_) => "单条明细",
            Self::Diagnosis => "诊断",
            Self::Pair => "项目配对",
            Self::Window(_) => "窗口限量",
            Self::Period(_) => "周期限次",
            Self::Course(_) => "疗程",
            Self::Discount(_) => "手术折价",
            Self::Prescription(_) => "处方",
            Self::Operation(_) => "手术操作",
            Self::Stay => "住院",
            Self::StayPair(_) => "两次住院",
            Self::Elsewhere => "住院期间他处就医",
            Self::Stock(_) => "进销存",
            Self::Trace(_) => "追溯码",
            Self::Rate(_) => "同行对比",
            Self::Group(_) => "团伙",
            Self::Query(_) => "整表查询",
        }
    }
}

impl LineSubject {
    /// As shown to people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Line => "明细",
            Self::Visit => "就诊",
            Self::Person => "参保人",
        }
    }
}
