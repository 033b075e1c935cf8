//! Draft（疑点草稿）: gathers what a hit rests on and seals it into a finding.

use claims::chart::ChartVisit;
use claims::record::FUND_COLUMNS;
use claims::{Day, Fen, Quantity, fund};
use rulebook::finding::{AmountBasis, ChargedLine, Evidence, FactUsed, Finding};
use rulebook::logic::Charge;
use rulebook::{Grade, explain, fact};

use crate::event::EventLine;
use crate::program::{CompiledRule, Program};
use crate::slots::shown;
use crate::view::{View, getter};

/// A charged line and its excess.
#[derive(Clone, Debug)]
pub(crate) struct Charged {
    pub(crate) line: EventLine,
    pub(crate) excess: Fen,
}

/// Funds by column and what each paid.
type FundParts = Vec<(&'static str, Fen)>;

/// Who is charged.
#[derive(Clone, Debug, Default)]
pub(crate) struct Who {
    pub(crate) fixmedins_code: Option<String>,
    pub(crate) psn_no: Option<String>,
    pub(crate) mdtrt_id: Option<String>,
    pub(crate) insutype: Option<String>,
    pub(crate) insu_admdvs: Option<String>,
}

impl Who {
    pub(crate) fn of(fixmedins_code: &str, visit: &ChartVisit) -> Self {
        Self {
            fixmedins_code: Some(fixmedins_code.to_owned()),
            psn_no: Some(visit.record.psn_no.to_string()),
            mdtrt_id: Some(visit.record.mdtrt_id.to_string()),
            insutype: visit.insutype.as_ref().map(ToString::to_string),
            insu_admdvs: visit.insu_admdvs.as_ref().map(ToString::to_string),
        }
    }
}

/// Draft（疑点草稿）.
pub(crate) struct Draft<'a> {
    pub(crate) program: &'a Program,
    pub(crate) rule: &'a CompiledRule,
    pub(crate) view: View<'a>,
    pub(crate) subject: &'a str,
    pub(crate) key: String,
    pub(crate) who: Who,
    pub(crate) charged: Vec<Charged>,
    pub(crate) related: Vec<String>,
    pub(crate) related_lines: Vec<String>,
    pub(crate) occurred_on: Day,
    pub(crate) grade: (Grade, Option<String>),
    pub(crate) quantity_excess: Option<Quantity>,
    pub(crate) arithmetic: Vec<String>,
    pub(crate) notes: Vec<String>,
    /// Nothing is charged, whatever the rule says of amounts.
    pub(crate) no_amount: bool,
    /// Further words for the message, by placeholder.
    pub(crate) words: Vec<(&'static str, String)>,
}

impl Draft<'_> {
    /// The finding, with id and digest.
    pub(crate) fn finding(mut self) -> Finding {
        let rule = &self.rule.rule;
        let (amount, in_scope) = self.amounts();
        let index_only = self.charged.iter().any(|c| c.line.index_only);
        let self_paid = !self.charged.is_empty() && self.charged.iter().all(|c| c.line.in_scope.is_some_and(|a| a.0 <= 0));
        if self_paid && rule.logic.charge == Charge::All {
            let because = "该明细全额自费，基金未支付".to_owned();
            self.grade = (Grade::Hint, Some(because));
        }
        let basis = match rule.logic.amount {
            _ if self.no_amount => AmountBasis::None,
            AmountBasis::Line | AmountBasis::Excess | AmountBasis::Difference if index_only => AmountBasis::Index,
            own => own,
        };
        let share =
            if basis == AmountBasis::Index || basis == AmountBasis::None { Ok((Fen::ZERO, Vec::new())) } else { self.fund() };
        let message = self.message(amount);
        let (fund_amount, fund_parts, fund_unknown) = match share {
            Ok((total, parts)) => (Some(total.0), parts, None),
            Err(why) => (None, Vec::new(), Some(why)),
        };
        let evidence = Evidence {
            facts: self.facts(),
            knowledge: self.knowledge(),
            succession: self.view.point.iter().flat_map(|point| &point.succession).map(ToString::to_string).collect(),
            parameters: self.program.settings(self.rule).used(&self.view),
            law: explain::law_on(rule, self.occurred_on),
            arithmetic: self.arithmetic,
            charged: self
                .charged
                .iter()
                .map(|c| ChargedLine { line_id: c.line.line_id.clone(), excess: c.excess, fund: share_of(c) })
                .collect(),
            in_scope_amount_fen: in_scope.map(|a| a.0),
            graded_because: self.grade.1,
            fund_unknown,
            notes: self.notes,
            cleared_by: rule.cleared_by.clone(),
        };
        Finding {
            finding_id: String::new(),
            revision: 1,
            rule_code: rule.code.clone(),
            rule_version: rule.version,
            rule_name: rule.name.clone(),
            rule_status: rule.status.name().to_owned(),
            knowledge_id: self.view.point.map(|p| p.id.to_string()),
            grade: self.grade.0,
            subject: self.subject.to_owned(),
            subject_key: self.key,
            fixmedins_code: self.who.fixmedins_code,
            psn_no: self.who.psn_no,
            mdtrt_id: self.who.mdtrt_id,
            setl_id: self.charged.iter().find_map(|c| c.line.setl_id.clone()),
            bilg_dr_code: self.charged.iter().find_map(|c| c.line.doctor.clone()),
            related: self.related,
            line_ids: self.charged.iter().map(|c| c.line.line_id.clone()).collect(),
            related_lines: self.related_lines,
            insutype: self.who.insutype,
            insu_admdvs: self.who.insu_admdvs,
            fund_parts: fund_parts.into_iter().map(|(name, fen)| (name.to_owned(), fen.0)).collect(),
            amount_basis: basis,
            occurred_on: self.occurred_on,
            quantity_excess: self.quantity_excess,
            amount_fen: if basis == AmountBasis::None { 0 } else { amount.0 },
            fund_amount_fen: fund_amount,
            message,
            evidence,
            digest: String::new(),
        }
        .sealed()
    }

    fn amounts(&self) -> (Fen, Option<Fen>) {
        let amount = self.charged.iter().map(|c| c.excess).sum();
        let in_scope: Option<Fen> = self.charged.iter().map(|c| c.line.in_scope).sum::<Option<Fen>>();
        (amount, in_scope)
    }

    /// The fund's share: per line, rounded half up, summed; split among the funds afterwards（readings 24）.
    fn fund(&self) -> Result<(Fen, FundParts), String> {
        let mut total = Fen::ZERO;
        let mut by_settlement: Vec<(Option<&str>, &[i64], Fen)> = Vec::new();
        for charged in &self.charged {
            let Some(share) = share_of(charged) else {
                return Err("结算缺少基金支付总额或符合范围金额，无法分摊".to_owned());
            };
            total += share;
            let setl = charged.line.setl_id.as_deref();
            match by_settlement.iter_mut().find(|(id, ..)| *id == setl) {
                Some((_, _, sum)) => *sum += share,
                None => by_settlement.push((setl, &charged.line.weights, share)),
            }
        }
        let mut parts = FundParts::new();
        for (_, weights, share) in by_settlement.into_iter().filter(|(.., share)| *share != Fen::ZERO) {
            let funds: FundParts = FUND_COLUMNS.iter().zip(weights).map(|((name, _), w)| (*name, Fen(*w))).collect();
            let mut split = fund::split_among_funds(share, &funds);
            if split.is_empty() {
                split.push(("fund_pay_sumamt", share));
            }
            for (name, amount) in split {
                match parts.iter_mut().find(|(n, _)| *n == name) {
                    Some((_, sum)) => *sum += amount,
                    None => parts.push((name, amount)),
                }
            }
        }
        parts.sort_by_key(|(name, _)| *name);
        Ok((total, parts))
    }

    fn facts(&self) -> Vec<FactUsed> {
        let settings = self.program.settings(self.rule);
        let mut facts = self.rule.lines.facts(&self.view, &settings);
        let of_scope = self.rule.scope.iter().flat_map(|scope| scope.facts(&self.view, &settings));
        for further in of_scope.chain(self.rule.subjects.facts(&self.view, &settings)) {
            if facts.iter().all(|f| f.name != further.name) {
                facts.push(further);
            }
        }
        facts
    }

    fn knowledge(&self) -> Vec<FactUsed> {
        let Some(point) = self.view.point else { return Vec::new() };
        let plain =
            |name: &str, label: &str, value: Option<String>| FactUsed { name: name.to_owned(), label: label.to_owned(), value };
        let mut rows = vec![
            plain("id", "知识点", Some(point.id.to_string())),
            plain("name", "名称", Some(point.name.to_string())),
            plain("batch", "批次", point.batch.map(|batch| format!("第{batch}批"))),
            plain("valid_from", "生效日", point.valid_from.map(|d| d.to_string())),
            plain("citation", "出处", point.citation.as_ref().map(ToString::to_string)),
        ];
        if let Some(descriptor) = &self.rule.descriptor {
            for (name, cell) in &point.columns {
                let label = descriptor.columns.get(name).map_or(name.as_str(), |c| c.means.as_str());
                rows.push(plain(name, label, Some(descriptor.label(name, cell))));
            }
        }
        rows.retain(|row| row.value.is_some());
        rows
    }

    /// Fills the placeholders of the rule's message.
    fn message(&self, amount: Fen) -> String {
        let template = &self.rule.rule.message;
        let mut text = String::with_capacity(template.len() * 2);
        let mut rest = template.as_str();
        while let Some(open) = rest.find('{') {
            let Some(close) = rest[open..].find('}').map(|i| open + i) else { break };
            text.push_str(&rest[..open]);
            text.push_str(&self.word(&rest[open + 1..close], amount));
            rest = &rest[close + 1..];
        }
        text.push_str(rest);
        text
    }

    fn word(&self, name: &str, amount: Fen) -> String {
        if let Some((_, word)) = self.words.iter().find(|(n, _)| *n == name) {
            return word.clone();
        }
        if name == "amount" {
            return amount.to_string();
        }
        let unknown = || "未知".to_owned();
        let Some((space, name)) = name.split_once('.') else { return unknown() };
        match space {
            "p" => self.program.settings(self.rule).show(name, &self.view).unwrap_or_else(unknown),
            "k" => self.knowledge_word(name).unwrap_or_else(unknown),
            _ => {
                let Some(fact) = fact::find(space, name) else { return unknown() };
                getter(fact).and_then(|read| shown(fact, read(&self.view).show())).unwrap_or_else(unknown)
            }
        }
    }

    fn knowledge_word(&self, name: &str) -> Option<String> {
        let point = self.view.point?;
        match name {
            "name" => Some(point.name.to_string()),
            "id" => Some(point.id.to_string()),
            "valid_from" => point.valid_from.map(|d| d.to_string()),
            own => point.columns.get(own).map(|cell| match &self.rule.descriptor {
                Some(descriptor) => descriptor.label(own, cell),
                None => cell.show(),
            }),
        }
    }
}

fn share_of(charged: &Charged) -> Option<Fen> {
    charged.line.fund.and_then(|fund| fund::finding_share(fund, charged.excess, charged.line.amount))
}
