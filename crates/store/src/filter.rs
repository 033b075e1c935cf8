//! Filter（筛选条件）: which findings are meant, and in what order. Lists, sums, reports and leases ask in the same words.

use claims::Day;

use crate::db::{Statement, Value};

/// Filter（筛选条件）. What is empty filters nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// States by their names in the store.
    pub states: Vec<String>,
    /// Only what nobody has finished.
    pub open: bool,
    /// Grades.
    pub grades: Vec<String>,
    /// Rule.
    pub rule_code: Option<String>,
    /// Any of these rules.
    pub rule_codes: Vec<String>,
    /// Institution; empty asks for what names none.
    pub fixmedins_code: Option<String>,
    /// Doctor.
    pub bilg_dr_code: Option<String>,
    /// Person.
    pub psn_no: Option<String>,
    /// The person of that finding: addresses of pages name a finding, never a person.
    pub person_of: Option<String>,
    /// The reason that findings share; empty asks for those without one.
    pub reason: Option<String>,
    /// Who was named to its panel.
    pub panel_member: Option<String>,
    /// First day of service.
    pub from: Option<Day>,
    /// Last day of service.
    pub to: Option<Day>,
    /// Least amount, in fen.
    pub least_fen: Option<i64>,
    /// Who is to deal with it.
    pub assignee: Option<String>,
    /// Nobody is to deal with it yet.
    pub unassigned: bool,
    /// Due up to and with that day.
    pub due_by: Option<Day>,
    /// A later run came to another result.
    pub differs: bool,
    /// Hidden: what is put off beyond that day.
    pub awake_on: Option<Day>,
    /// Words that the sentence, the rule or the institution contains.
    pub words: Option<String>,
    /// How the institution answered, whatever came of it.
    pub reply: Option<Reply>,
}

/// Reply（机构答复）: what an institution made of what it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// 认可
    Accepted,
    /// 逾期未答复
    Silent,
    /// 申诉
    Appealed,
}

impl Reply {
    /// The event that it is.
    const fn event(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Silent => "silent",
            Self::Appealed => "appealed",
        }
    }
}

/// What a list is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// 时限, the nearest first.
    #[default]
    Due,
    /// 金额, the largest first.
    Amount,
    /// 服务日, the newest first.
    Occurred,
}

impl Filter {
    /// Whether the tally knows all that it asks for.
    pub(crate) fn is_tallied(&self) -> bool {
        let rows = self.bilg_dr_code.is_some() || self.psn_no.is_some() || self.person_of.is_some() || self.from.is_some();
        let rows = rows || self.reason.is_some() || self.panel_member.is_some() || self.reply.is_some();
        let more = self.to.is_some() || self.least_fen.is_some() || self.due_by.is_some() || self.words.is_some();
        !rows && !more
    }

    /// Whether it asks for nothing but an institution and states, which is what months are counted by.
    pub(crate) fn is_tallied_by_month(&self) -> bool {
        let known =
            Self { states: self.states.clone(), open: self.open, fixmedins_code: self.fixmedins_code.clone(), ..Self::default() };
        *self == known
    }
}

impl Filter {
    /// Whether few findings fit, however many there are: one rule at one institution, one doctor, one person.
    const fn is_narrow(&self) -> bool {
        let one_rule_at_one = self.rule_code.is_some() && self.fixmedins_code.is_some();
        one_rule_at_one || self.bilg_dr_code.is_some() || self.psn_no.is_some() || self.person_of.is_some()
    }
}

pub(crate) const fn ordered(order: Order, filter: &Filter) -> &'static str {
    match order {
        // A sum has no index: SQLite, which knows nothing of how many rows fit, would walk the order of all findings for these few.
        Order::Due if filter.is_narrow() => " ORDER BY closed + 0, due, finding_id",
        Order::Amount if filter.is_narrow() => " ORDER BY amount_fen + 0 DESC, finding_id",
        // What has no limit any more comes last, on both databases.
        Order::Due => " ORDER BY closed, due, finding_id",
        Order::Amount => " ORDER BY amount_fen DESC, finding_id",
        Order::Occurred => " ORDER BY occurred_on DESC, finding_id",
    }
}

pub(crate) fn filtered(query: &mut Statement, filter: &Filter) {
    if !filter.states.is_empty() {
        query.and(" AND state IN ").list(&filter.states);
    }
    if filter.open {
        query.and(" AND closed = 0");
    }
    if !filter.grades.is_empty() {
        query.and(" AND grade IN ").list(&filter.grades);
    }
    if let Some(code) = &filter.rule_code {
        query.and(" AND rule_code = ").bind(code);
    }
    if !filter.rule_codes.is_empty() {
        query.and(" AND rule_code IN ").list(&filter.rule_codes);
    }
    match filter.fixmedins_code.as_deref() {
        None => {}
        // The list has none there, the tally an empty text.
        Some("") => {
            query.and(" AND coalesce(fixmedins_code, '') = ''");
        }
        Some(code) => {
            query.and(" AND fixmedins_code = ").bind(code);
        }
    }
    if let Some(code) = &filter.bilg_dr_code {
        query.and(" AND bilg_dr_code = ").bind(code);
    }
    if let Some(code) = &filter.psn_no {
        query.and(" AND psn_no = ").bind(Value::secret(code));
    }
    if let Some(id) = &filter.person_of {
        query.and(" AND psn_no = (SELECT psn_no FROM finding WHERE finding_id = ").bind(id).and(")");
    }
    if let Some(reason) = &filter.reason {
        query.and(" AND reason = ").bind(reason);
    }
    beside(query, filter);
    if let Some(day) = filter.from {
        query.and(" AND occurred_on >= ").bind(day.to_string());
    }
    if let Some(day) = filter.to {
        query.and(" AND occurred_on <= ").bind(day.to_string());
    }
    if let Some(least) = filter.least_fen {
        query.and(" AND amount_fen >= ").bind(least);
    }
    if let Some(user) = &filter.assignee {
        query.and(" AND assignee = ").bind(user);
    }
    if filter.unassigned {
        query.and(" AND coalesce(assignee, '') = ''");
    }
    if let Some(day) = filter.due_by {
        query.and(" AND due <= ").bind(day.to_string());
    }
    if filter.differs {
        query.and(" AND differs = 1");
    }
    if let Some(day) = filter.awake_on {
        query.and(" AND (snoozed_until IS NULL OR snoozed_until <= ").bind(day.to_string()).and(")");
    }
    if let Some(words) = &filter.words {
        containing(query, words);
    }
}

/// Conditions on what lies beside a finding: its institution's reply, the members of its panel.
fn beside(query: &mut Statement, filter: &Filter) {
    if let Some(reply) = filter.reply {
        query.and(" AND EXISTS (SELECT 1 FROM event WHERE event.subject = 'finding:' || finding.finding_id AND event.kind = ");
        query.bind(reply.event()).and(")");
    }
    if let Some(member) = &filter.panel_member {
        query.and(" AND EXISTS (SELECT 1 FROM panel_member m WHERE m.finding_id = finding.finding_id AND m.member = ");
        query.bind(member).and(")");
    }
}

/// Adds the words that a finding, its rule or its institution contains, or that name it, its visit or its person.
fn containing(query: &mut Statement, words: &str) {
    // What means something to LIKE is searched for as it stands.
    let pattern = format!("%{}%", words.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
    query.and(" AND (message LIKE ").bind(pattern.as_str()).and(" ESCAPE '\\' OR rule_name LIKE ").bind(pattern.as_str());
    query.and(" ESCAPE '\\' OR institution LIKE ").bind(pattern.as_str()).and(" ESCAPE '\\' OR finding_id = ").bind(words);
    query
        .and(" OR mdtrt_id = ")
        .bind(words)
        .and(" OR psn_no = ")
        .bind(Value::secret(words))
        .and(" OR rule_code = ")
        .bind(words)
        .and(")");
}
