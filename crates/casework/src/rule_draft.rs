//! Rule drafts（规则草案）: a rule or regional parameters on the way into a published pack, and who may take which step.
//!
//! Whoever wrote or proposed a text never publishes it. What is published was examined word for word, on top of the very pack that it
//! changes.

use std::collections::BTreeSet;

use claims::Day;
use serde::{Deserialize, Serialize};

use crate::actor::{Actor, UserId};
use crate::policy::{self, Action};
use crate::refusal::Refusal;
use crate::review::said;

/// The longest text of a draft, in bytes: a rule with all its cases takes a tenth of it.
pub const LONGEST_TEXT: usize = 512 * 1024;

/// DraftKind（草案类型）: what a draft is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DraftKind {
    /// 本地规则: a rule of one's own, or a local version that stands beside a shipped one.
    Rule,
    /// 地方参数: values that a region or an institution sets.
    Parameters,
}

impl DraftKind {
    /// As forms and the store name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Parameters => "parameters",
        }
    }

    /// As shown to people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Rule => "规则",
            Self::Parameters => "参数",
        }
    }

    /// The file of a pack that holds what goes by this name.
    pub fn file(self, name: &str) -> String {
        match self {
            Self::Rule => format!("local/{name}.toml"),
            Self::Parameters => format!("local/{name}.parameters.toml"),
        }
    }
}

/// TrialFigures（试算结果）: what a rule finds with the draft, and what it finds without.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialFigures {
    /// Rule.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Findings of the pack in force; none where it has no such rule.
    pub before: Option<u64>,
    /// Findings with the draft.
    pub after: u64,
    /// Undecided subjects with the draft.
    pub undecided: u64,
    /// Findings that only the draft has.
    pub appeared: u64,
    /// Findings that the draft no longer has.
    pub vanished: u64,
    /// Amount with the draft, each line counted once, in fen.
    pub amount_fen: i64,
    /// What of it the funds paid, in fen.
    pub fund_fen: i64,
}

/// Examination（检查与试算）: what came of checking a text and trying it over the lake.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Examination {
    /// Digest of the pack that was in force; empty before the first was published.
    pub base: String,
    /// When.
    pub at: String,
    /// What is wrong, by file and key; nothing is tried before nothing is wrong.
    pub faults: Vec<String>,
    /// What is worth knowing, and keeps nobody from publishing.
    pub notes: Vec<String>,
    /// Cases that ran.
    pub cases: u64,
    /// Mutants that were tried.
    pub mutants: u64,
    /// Version of the lake that it was tried on.
    pub lake_version: u64,
    /// Rule by rule.
    pub figures: Vec<TrialFigures>,
}

/// DraftState（草案状态）.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum DraftState {
    /// 起草中
    Drafting,
    /// 待发布
    Proposed {
        /// Who proposed it.
        by: UserId,
        /// Why.
        reason: String,
    },
    /// 已退回
    Returned {
        /// Who returned it.
        by: UserId,
        /// What is to be mended.
        reason: String,
    },
    /// 已发布
    Published {
        /// Who published it.
        by: UserId,
        /// Digest of the pack.
        pack: String,
    },
    /// 已撤回
    Withdrawn {
        /// Who withdrew it.
        by: UserId,
        /// Why.
        reason: String,
    },
}

impl DraftState {
    /// As the store names it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Drafting => "drafting",
            Self::Proposed { .. } => "proposed",
            Self::Returned { .. } => "returned",
            Self::Published { .. } => "published",
            Self::Withdrawn { .. } => "withdrawn",
        }
    }

    /// As shown to people.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Drafting => "起草中",
            Self::Proposed { .. } => "待发布",
            Self::Returned { .. } => "已退回",
            Self::Published { .. } => "已发布",
            Self::Withdrawn { .. } => "已撤回",
        }
    }

    /// Whether its text may still be changed.
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Drafting | Self::Returned { .. })
    }
}

/// RuleDraft（规则草案）.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleDraft {
    /// Its id.
    pub draft_id: String,
    /// What it is.
    pub kind: DraftKind,
    /// The rule's code, or the name under which the parameters are kept.
    pub name: String,
    /// The text of the file.
    pub text: String,
    /// All who wrote any of it.
    pub authors: BTreeSet<UserId>,
    /// What came of examining this very text.
    pub examination: Option<Examination>,
    /// Where it stands.
    pub state: DraftState,
}

/// DraftEvent（草案事件）: what happened to a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum DraftEvent {
    /// 起草
    Begun {
        /// Who.
        by: UserId,
    },
    /// 修改
    Edited {
        /// Who.
        by: UserId,
    },
    /// 检查与试算
    Examined {
        /// How many faults.
        faults: usize,
        /// Pack in force.
        base: String,
    },
    /// 提请发布
    Proposed {
        /// Who.
        by: UserId,
        /// Why.
        reason: String,
    },
    /// 发布
    Published {
        /// Who.
        by: UserId,
        /// Digest of the pack.
        pack: String,
    },
    /// 退回
    Returned {
        /// Who.
        by: UserId,
        /// What is to be mended.
        reason: String,
    },
    /// 撤回
    Withdrawn {
        /// Who.
        by: UserId,
        /// Why.
        reason: String,
    },
}

impl DraftEvent {
    /// As the log names it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Begun { .. } => "draft_begun",
            Self::Edited { .. } => "draft_edited",
            Self::Examined { .. } => "draft_examined",
            Self::Proposed { .. } => "draft_proposed",
            Self::Published { .. } => "draft_published",
            Self::Returned { .. } => "draft_returned",
            Self::Withdrawn { .. } => "draft_withdrawn",
        }
    }

    /// Who did it; nobody where the site itself did.
    pub fn actor(&self) -> &str {
        match self {
            Self::Examined { .. } => "",
            Self::Begun { by }
            | Self::Edited { by }
            | Self::Proposed { by, .. }
            | Self::Published { by, .. }
            | Self::Returned { by, .. }
            | Self::Withdrawn { by, .. } => &by.0,
        }
    }
}

/// DraftStep（草案一步）: a draft afterwards, what happened, and on which day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftStep {
    /// The draft afterwards.
    pub next: RuleDraft,
    /// What happened.
    pub event: DraftEvent,
    /// When.
    pub on: Day,
}

impl RuleDraft {
    /// 起草
    pub fn begin(
        actor: &Actor,
        draft_id: String,
        kind: DraftKind,
        name: &str,
        text: &str,
        today: Day,
    ) -> Result<DraftStep, Refusal> {
        policy::allow(actor, Action::DraftRule)?;
        let by = actor.user.clone();
        let next = Self {
            draft_id,
            kind,
            name: plain(name)?,
            text: bounded(text)?,
            authors: BTreeSet::from([by.clone()]),
            examination: None,
            state: DraftState::Drafting,
        };
        Ok(DraftStep { next, event: DraftEvent::Begun { by }, on: today })
    }

    /// 修改: whoever writes any of it is one of its authors from then on, and what was examined before was another text.
    pub fn edit(&self, actor: &Actor, text: &str, today: Day) -> Result<DraftStep, Refusal> {
        policy::allow(actor, Action::DraftRule)?;
        self.open(Action::DraftRule)?;
        let by = actor.user.clone();
        let mut next = Self { text: bounded(text)?, examination: None, state: DraftState::Drafting, ..self.clone() };
        next.authors.insert(by.clone());
        Ok(DraftStep { next, event: DraftEvent::Edited { by }, on: today })
    }

    /// 检查与试算, as the site has done it.
    pub fn examined(&self, examination: Examination, today: Day) -> Result<DraftStep, Refusal> {
        self.open(Action::DraftRule)?;
        let event = DraftEvent::Examined { faults: examination.faults.len(), base: examination.base.clone() };
        Ok(DraftStep { next: Self { examination: Some(examination), ..self.clone() }, event, on: today })
    }

    /// 提请发布
    pub fn propose(&self, actor: &Actor, reason: &str, in_force: &str, today: Day) -> Result<DraftStep, Refusal> {
        policy::allow(actor, Action::DraftRule)?;
        self.open(Action::DraftRule)?;
        self.is_fit(in_force)?;
        let (by, reason) = (actor.user.clone(), said(reason)?);
        let state = DraftState::Proposed { by: by.clone(), reason: reason.clone() };
        Ok(self.moved(state, DraftEvent::Proposed { by, reason }, today))
    }

    /// 发布: by somebody who has neither written nor proposed it.
    pub fn publish(&self, actor: &Actor, in_force: &str, pack: &str, today: Day) -> Result<DraftStep, Refusal> {
        policy::allow(actor, Action::PublishRule)?;
        let DraftState::Proposed { by: proposer, .. } = &self.state else {
            return Err(self.wrong_state(Action::PublishRule));
        };
        if *proposer == actor.user || self.authors.contains(&actor.user) {
            return Err(Refusal::OwnProposal);
        }
        self.is_fit(in_force)?;
        let (by, pack) = (actor.user.clone(), pack.to_owned());
        let state = DraftState::Published { by: by.clone(), pack: pack.clone() };
        Ok(self.moved(state, DraftEvent::Published { by, pack }, today))
    }

    /// 退回
    pub fn give_back(&self, actor: &Actor, reason: &str, today: Day) -> Result<DraftStep, Refusal> {
        policy::allow(actor, Action::PublishRule)?;
        if !matches!(self.state, DraftState::Proposed { .. }) {
            return Err(self.wrong_state(Action::PublishRule));
        }
        let (by, reason) = (actor.user.clone(), said(reason)?);
        let state = DraftState::Returned { by: by.clone(), reason: reason.clone() };
        Ok(self.moved(state, DraftEvent::Returned { by, reason }, today))
    }

    /// 撤回: whatever has not been published yet.
    pub fn withdraw(&self, actor: &Actor, reason: &str, today: Day) -> Result<DraftStep, Refusal> {
        policy::allow(actor, Action::DraftRule)?;
        if matches!(self.state, DraftState::Published { .. } | DraftState::Withdrawn { .. }) {
            return Err(self.wrong_state(Action::DraftRule));
        }
        let (by, reason) = (actor.user.clone(), said(reason)?);
        let state = DraftState::Withdrawn { by: by.clone(), reason: reason.clone() };
        Ok(self.moved(state, DraftEvent::Withdrawn { by, reason }, today))
    }

    fn moved(&self, state: DraftState, event: DraftEvent, today: Day) -> DraftStep {
        DraftStep { next: Self { state, ..self.clone() }, event, on: today }
    }

    fn open(&self, action: Action) -> Result<(), Refusal> {
        if self.state.is_open() { Ok(()) } else { Err(self.wrong_state(action)) }
    }

    fn wrong_state(&self, action: Action) -> Refusal {
        Refusal::WrongDraft { action, state: self.state.label() }
    }

    /// Examined without a fault, tried, and on top of what is in force now.
    fn is_fit(&self, in_force: &str) -> Result<(), Refusal> {
        match &self.examination {
            Some(examination) if !examination.faults.is_empty() || examination.figures.is_empty() => Err(Refusal::Unexamined),
            Some(examination) if examination.base != in_force => Err(Refusal::OtherPack),
            Some(_) => Ok(()),
            None => Err(Refusal::Unexamined),
        }
    }
}

/// A name that is safe as that of a file.
fn plain(name: &str) -> Result<String, Refusal> {
    let name = name.trim();
    let fits = (1..=40).contains(&name.len())
        && name.starts_with(|letter: char| letter.is_ascii_alphanumeric())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if fits { Ok(name.to_owned()) } else { Err(Refusal::DraftName) }
}

/// A text as it is kept: with one kind of line ends, and not without bound.
fn bounded(text: &str) -> Result<String, Refusal> {
    let text = text.replace("\r\n", "\n");
    if text.len() > LONGEST_TEXT { Err(Refusal::DraftTooLong) } else { Ok(text) }
}

/// Publication（规则包发布）: a pack as two people put it into force. It is never changed; the next one takes its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// Its number, from 1.
    pub number: i64,
    /// The digest by which runs name it.
    pub digest: String,
    /// Digest of the knowledge that it was published with.
    pub knowledge_digest: String,
    /// Rules in it.
    pub rules: u64,
    /// Regional parameters in it.
    pub parameters: u64,
    /// Version of the program that read it.
    pub program: String,
    /// The draft that it took in.
    pub draft_id: String,
    /// What the draft changed: the file.
    pub file: String,
    /// Who wrote it.
    pub authors: BTreeSet<UserId>,
    /// Who proposed it.
    pub proposed_by: UserId,
    /// Why.
    pub reason: String,
    /// Who published it.
    pub published_by: UserId,
    /// When.
    pub published_at: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actor::Role;
    use crate::sample::{actor, day};

    fn fit(base: &str) -> Examination {
        let figures = vec![TrialFigures { code: "L1".to_owned(), ..TrialFigures::default() }];
        Examination { base: base.to_owned(), figures, ..Examination::default() }
    }

    fn begun() -> RuleDraft {
        let author = actor("甲", Role::Auditor);
        RuleDraft::begin(&author, "d1".to_owned(), DraftKind::Rule, "L990100-001", "code = 1\r\n", day(1)).unwrap().next
    }

    fn proposed() -> RuleDraft {
        let examined = begun().examined(fit(""), day(2)).unwrap().next;
        examined.propose(&actor("乙", Role::Auditor), "本市限额", "", day(2)).unwrap().next
    }

    #[test]
    fn whoever_wrote_or_proposed_it_does_not_publish_it() {
        let draft = proposed();
        let publish = |name, role| draft.publish(&actor(name, role), "", "p1", day(3)).map(|step| step.next.state);
        assert_eq!(publish("甲", Role::Head), Err(Refusal::OwnProposal), "the author, under another role");
        assert_eq!(publish("乙", Role::Head), Err(Refusal::OwnProposal), "who proposed it");
        assert_eq!(publish("丙", Role::Auditor), Err(Refusal::NotPermitted(Action::PublishRule)));
        let by = UserId::new("丙");
        assert_eq!(publish("丙", Role::Head), Ok(DraftState::Published { by, pack: "p1".to_owned() }));
    }

    #[test]
    fn what_is_proposed_was_examined_word_for_word() {
        let (draft, author) = (begun(), actor("甲", Role::Auditor));
        let propose = |draft: &RuleDraft| draft.propose(&author, "本市限额", "", day(2)).map(|_| ());
        assert_eq!(propose(&draft), Err(Refusal::Unexamined));
        let faulty = Examination { faults: vec!["用例不足".to_owned()], ..fit("") };
        assert_eq!(propose(&draft.examined(faulty, day(2)).unwrap().next), Err(Refusal::Unexamined));
        let untried = Examination { figures: Vec::new(), ..fit("") };
        assert_eq!(propose(&draft.examined(untried, day(2)).unwrap().next), Err(Refusal::Unexamined));
        let examined = draft.examined(fit(""), day(2)).unwrap().next;
        assert_eq!(propose(&examined), Ok(()));
        let edited = examined.edit(&author, "code = 2", day(2)).unwrap().next;
        assert_eq!(propose(&edited), Err(Refusal::Unexamined), "another text");
    }

    #[test]
    fn a_pack_published_meanwhile_asks_for_another_look() {
        let head = actor("丙", Role::Head);
        assert_eq!(proposed().publish(&head, "p0", "p1", day(3)), Err(Refusal::OtherPack));
        let of_old = begun().examined(fit("p0"), day(2)).unwrap().next;
        assert_eq!(of_old.propose(&actor("甲", Role::Auditor), "x", "p1", day(2)).map(|_| ()), Err(Refusal::OtherPack));
    }

    #[test]
    fn what_is_returned_may_be_mended_and_what_has_ended_moves_no_more() {
        let (draft, author, head) = (proposed(), actor("甲", Role::Auditor), actor("丙", Role::Head));
        assert_eq!(draft.edit(&author, "x", day(3)).map(|_| ()), Err(draft.wrong_state(Action::DraftRule)));
        assert_eq!(draft.give_back(&head, " ", day(3)).map(|_| ()), Err(Refusal::BlankReason));
        let returned = draft.give_back(&head, "缺少依据", day(3)).unwrap().next;
        assert!(returned.state.is_open() && returned.publish(&head, "", "p1", day(3)).is_err());
        let edited = returned.edit(&actor("丁", Role::Reviewer), "x", day(4)).unwrap().next;
        assert_eq!(edited.authors.len(), 2);
        let ended = edited.withdraw(&author, "不做了", day(5)).unwrap().next;
        let published = draft.publish(&head, "", "p1", day(3)).unwrap().next;
        for draft in [ended, published] {
            assert!(draft.edit(&author, "x", day(6)).is_err() && draft.withdraw(&author, "x", day(6)).is_err());
            assert!(draft.examined(fit(""), day(6)).is_err() && draft.give_back(&head, "x", day(6)).is_err());
        }
    }

    #[test]
    fn a_name_is_that_of_a_file_and_leads_nowhere() {
        let begin = |name: &str| {
            RuleDraft::begin(&actor("甲", Role::Auditor), "d".to_owned(), DraftKind::Rule, name, "", day(1)).map(|_| ())
        };
        for bad in ["", "../x", "a/b", ".x", "规则", "a b", &"x".repeat(41)] {
            assert_eq!(begin(bad), Err(Refusal::DraftName), "{bad}");
        }
        assert_eq!(begin("L990100-001"), Ok(()));
        assert_eq!(begun().text, "code = 1\n");
        let long = "x".repeat(LONGEST_TEXT + 1);
        assert_eq!(begun().edit(&actor("甲", Role::Auditor), &long, day(1)).map(|_| ()), Err(Refusal::DraftTooLong));
    }
}
