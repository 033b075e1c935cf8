//! Refused（不予入账）: the ledger's lawful "no".

use claims::Fen;

/// Refused（不予入账）: why a movement was not booked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Amounts are positive.
    #[error("金额应大于 0")]
    NotPositive,
    /// Nobody pays more than is owed.
    #[error("金额 {amount} 元超过未收的 {outstanding} 元")]
    TooMuch {
        /// Asked.
        amount: Fen,
        /// Left.
        outstanding: Fen,
    },
    /// Instalments make up what is left.
    #[error("各期合计 {planned} 元，与未收的 {outstanding} 元不同")]
    PlanDiffers {
        /// Sum of the plan.
        planned: Fen,
        /// Left.
        outstanding: Fen,
    },
    /// Instalments come one after another.
    #[error("各期的日期应依次在后")]
    PlanOrder,
    /// A receipt is booked once.
    #[error("收据 {0} 已在这笔款项入账")]
    SameReceipt(String),
    /// What proves a movement is part of it.
    #[error("请填写{0}")]
    Missing(&'static str),
    /// Settlements are told by year and month.
    #[error("清算年月应为六位数字，如 202603，现为“{0}”")]
    Period(String),
    /// Money is of a fund that settlements name.
    #[error("没有基金“{0}”")]
    UnknownFund(String),
    /// A fund is named once.
    #[error("基金“{0}”重复")]
    FundTwice(String),
    /// What is split stays as much as it was.
    #[error("各基金合计 {named} 元，应为未明基金的 {unnamed} 元")]
    SplitDiffers {
        /// Sum of what was named.
        named: Fen,
        /// What stands without a fund.
        unnamed: Fen,
    },
    /// Penalties and fines are paid or given up, each by itself.
    #[error("违约金、罚款只能缴纳、免除或冲正，不与其他款项抵扣")]
    NeverSetOff,
    /// It is only ever lowered.
    #[error("调减后应低于现在的应追回金额，各基金均不得增加")]
    NotLower,
    /// There is no such posting, or it was taken back already, or it cannot be.
    #[error("第 {0} 笔记账不能冲正")]
    NotReversible(usize),
}
