//! Refusal（不予受理）: a lawful "no", shown to whoever asked.

use claims::{Day, Fen, Moment};

use crate::actor::UserId;
use crate::policy::Action;

/// Refusal（不予受理）: why a command was not carried out. It is expected, and never logged as a fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The role may not do it.
    #[error("您的角色不能{}", .0.label())]
    NotPermitted(Action),
    /// The finding is not among those that the actor may see. It looks as if there were none.
    #[error("没有这条疑点")]
    OutOfScope,
    /// It is not its turn.
    #[error("这条疑点现在是“{state}”，不能{}", .action.label())]
    WrongState {
        /// What was asked.
        action: Action,
        /// Where the finding stands.
        state: &'static str,
    },
    /// Nobody judges again what they judged themselves.
    #[error("审核过这条疑点的人员不能再作这一步的决定")]
    OwnDecision,
    /// Somebody else has it in hand.
    #[error("{} 正在审这条疑点，占用到 {until}", .by.0)]
    Held {
        /// Who.
        by: UserId,
        /// Until when.
        until: Moment,
    },
    /// Reasons are part of the decision.
    #[error("请写明理由")]
    BlankReason,
    /// Too late.
    #[error("申诉期限已于 {closed_on} 届满")]
    AppealClosed {
        /// Its last day.
        closed_on: Day,
    },
    /// The institution may still answer.
    #[error("机构可以答复到 {answer_by}，逾期未答复才能作结论")]
    StillAnswerable {
        /// Its last day.
        answer_by: Day,
    },
    /// A limit is made longer once by as much as it was.
    #[error("延长应为 1 到 {most} 个工作日")]
    ExtensionLength {
        /// Working days.
        most: u32,
    },
    /// What cannot be judged accuses nobody.
    #[error("最近一次审核不能判断这条疑点（{missing}），请补齐数据重新审核，或判为不成立")]
    InDoubt {
        /// What is missing.
        missing: String,
    },
    /// An amount is reduced, or it is upheld.
    #[error("核减后的金额应大于 0 且小于 {found} 元")]
    NotReduced {
        /// What was found.
        found: Fen,
    },
    /// The finding has no amount that could be reduced.
    #[error("这条疑点不计金额，不能核减，只能维持或者撤销")]
    NoAmount,
    /// The funds get back no more than was found.
    #[error("核定的金额 {sum} 元超过认定的 {owed} 元")]
    AboveOwed {
        /// Sum of what was named.
        sum: Fen,
        /// What the finding owes.
        owed: Fen,
    },
    /// Money that cannot be booked as it was said.
    #[error("{0}")]
    Money(#[from] crate::recovery::Refused),
    /// A line gave back already what the funds paid for it.
    #[error("明细 {line_id} 由基金支付 {fund_share} 元，{first} 已入账 {before} 元，只余 {rest} 元，现为 {amount} 元")]
    LineExhausted {
        /// Line.
        line_id: String,
        /// What the funds paid for it.
        fund_share: Fen,
        /// What came before.
        before: Fen,
        /// Who came first.
        first: String,
        /// What it has left.
        rest: Fen,
        /// What is said to come back now.
        amount: Fen,
    },
    /// What was said of a refund is not whole.
    #[error("请填写{0}")]
    Missing(&'static str),
    /// A line stands twice in one list.
    #[error("明细 {0} 重复")]
    LineTwice(String),
    /// Money does not come in on a day that has not been.
    #[error("日期 {day} 晚于今天")]
    InFuture {
        /// The day.
        day: Day,
    },
    /// Who may give an opinion was named when the panel was convened.
    #[error("您不是本次合议的成员")]
    NotOfPanel,
    /// One voice each.
    #[error("您已发表过意见")]
    AlreadySaid,
    /// A panel needs enough members.
    #[error("合议成员应为不少于 {least} 人的单数")]
    PanelSize {
        /// The least.
        least: usize,
    },
    /// Not all have said what they think.
    #[error("还有 {waiting} 位成员没有发表意见")]
    PanelOpen {
        /// How many.
        waiting: usize,
    },
    /// Whoever asks does not approve.
    #[error("申请人不能对自己的申请作决定")]
    OwnRequest,
    /// An exemption ends.
    #[error("限期例外最长 {most} 天")]
    TooLong {
        /// Days.
        most: u32,
    },
    /// It was decided on, or is not in force.
    #[error("这项例外已有决定，或者不在执行中")]
    RuledOn,
    /// A class is of one institution, one rule and one reason, and is still open.
    #[error("没有可以一并办理的同类疑点")]
    NoClass,
    /// The later result has nothing beyond what was told.
    #[error("新的结果没有超出已告知的金额，不另立疑点；对机构有利的可以采用")]
    NothingMore,
    /// What differs would raise the amount.
    #[error("新的结果金额更高，不能直接采纳；请另行立为新的疑点")]
    NotInFavour,
    /// There is nothing new.
    #[error("没有待采纳的新结果")]
    NoRevision,
    /// What is put off is put off to a later day.
    #[error("日期应晚于 {than}")]
    NotLater {
        /// Today.
        than: Day,
    },
    /// It is not the draft's turn.
    #[error("这份草案现在是“{state}”，不能{}", .action.label())]
    WrongDraft {
        /// What was asked.
        action: Action,
        /// Where the draft stands.
        state: &'static str,
    },
    /// Two people put a rule into force.
    #[error("起草、修改或提请过这份草案的人不能发布它，请由他人发布")]
    OwnProposal,
    /// Nobody knows yet what it would do.
    #[error("这一稿还没有检查通过并试算，请先检查与试算")]
    Unexamined,
    /// It was examined on top of another pack.
    #[error("检查之后规则包已有更新，请按现行规则包重新检查与试算")]
    OtherPack,
    /// Names become names of files.
    #[error("编码或名称应为 1 到 40 个字母、数字、- 或 _，以字母或数字开头")]
    DraftName,
    /// A text without bound.
    #[error("文本超过 {} KB", crate::rule_draft::LONGEST_TEXT / 1024)]
    DraftTooLong,
}
