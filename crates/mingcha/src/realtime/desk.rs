//! Desk（实时审核台）: a message comes in, the rules that answer at its moment are asked, and its answer is on the disk before it goes out.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use claims::{Moment, Text};
use realtime::answer::{self, Asked};
use realtime::budget::{self, Known};
use realtime::dialect::Dialects;
use realtime::question::{self, PersonTold, Question};
use realtime::records::{self, Mark, VisitTold};
use realtime::signature::SKEW;
use realtime::{Dialect, Envelope, Refusal, Reply, Service, Told, feedback};
use rulebook::Undecided;
use rulebook::rule::Stage;
use serde_json::{Value, json};
use store::Store;
use store::realtime::{self as kept, Call, CallOutcome, CallRecord, Nonce, OnlineVisit, Source, Warning};

use tokio::sync::{Mutex, MutexGuard};

use super::checks::Checks;
use super::settings::Settings;
use super::writer::Writer;
use crate::today::now;

/// Visits of a person that are looked back at, in days.
const HISTORY_DAYS: i32 = 400;

/// Locks of visits. Two visits that share one wait for each other, which harms nobody.
const VISITS: usize = 1_024;

/// Decided findings, from which on their share of confirmed ones counts.
const LEAST_DECIDED: u64 = 20;

/// An hour, in seconds: the budget is one of a doctor's hour.
const HOUR: i64 = 3_600;

/// Desk（实时审核台）.
pub(crate) struct Desk {
    store: Store,
    writer: Writer,
    /// Visits that are being asked about: one message after another, because each adds to what is kept of its visit.
    visits: Vec<Mutex<()>>,
    checks: RwLock<Option<Arc<Checks>>>,
    /// Of a hundred findings of a rule, how many stood, by rule.
    precision: RwLock<HashMap<String, u32>>,
    settings: Settings,
    dialects: Dialects,
}

/// Where a message comes from, as far as its signature tells.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sender {
    /// The key that signed, and the text that it signs with once; none where unsigned calls are accepted.
    pub(crate) signed: Option<Nonce>,
}

/// An answer, and whether it is one to hear later: then nothing of the message was kept.
pub(crate) struct Answered {
    pub(crate) reply: String,
    pub(crate) later: bool,
}

/// What was made of a message before it is written down.
#[derive(Default)]
struct Worked {
    output: Value,
    warn_msg: String,
    warnings: Vec<Warning>,
    visits: Vec<OnlineVisit>,
    feedback: Vec<kept::Feedback>,
    trig_scen: Option<Text>,
    med_type: Option<Text>,
    medfee_sumamt: Option<i64>,
    persons: usize,
    orders: usize,
}

/// Why a message is not answered as it should be.
enum Fault {
    /// It cannot be: its sender is told what to change.
    Refused(Refusal),
    /// We cannot, now: its sender is told to ask again.
    Ours(String),
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<store::StoreError> for Fault {
    fn from(problem: store::StoreError) -> Self {
        Self::Ours(problem.to_string())
    }
}

impl Desk {
    /// Over a store, without rules yet: until they are ready callers are told to ask again.
    pub(crate) fn new(store: Store, settings: Settings, dialects: Dialects) -> Self {
        Self {
            writer: Writer::begin(store.clone()),
            visits: (0..VISITS).map(|_| Mutex::new(())).collect(),
            store,
            checks: RwLock::default(),
            precision: RwLock::default(),
            settings,
            dialects,
        }
    }

    /// Puts new rules in the place of the old ones.
    pub(crate) fn put(&self, checks: Checks) {
        *self.checks.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(checks));
    }

    /// The rules in force; none before they are ready.
    pub(crate) fn checks(&self) -> Option<Arc<Checks>> {
        self.checks.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks up how often the findings of each rule stood: what is said first rests on it.
    pub(crate) async fn learn(&self) -> Result<(), store::StoreError> {
        let records = self.store.rule_records().await?;
        // Of each rule the newest version that people have decided on.
        let decided = records.iter().filter(|(_, record)| record.confirmed + record.overturned >= LEAST_DECIDED);
        let percent = decided.map(|((rule, _), record)| {
            let share = record.confirmed * 100 / (record.confirmed + record.overturned);
            (rule.clone(), u32::try_from(share).unwrap_or(100))
        });
        *self.precision.write().unwrap_or_else(PoisonError::into_inner) = percent.collect();
        Ok(())
    }

    /// Drops visits that nobody looks back at any more, and texts of signatures that are too old to be sent again.
    pub(crate) async fn forget(&self) -> Result<(), store::StoreError> {
        let now = now();
        self.store.drop_visits_before(now.day().plus(-HISTORY_DAYS)).await?;
        self.store.forget_nonces(now.plus_seconds(-2 * SKEW)).await?;
        Ok(())
    }

    /// Answers a message.
    pub(crate) async fn answer(&self, envelope: Result<Envelope, Refusal>, sender: Sender, received: Moment) -> Answered {
        let begin = Instant::now();
        let envelope = match envelope {
            Ok(envelope) => envelope,
            Err(refusal) => return stamped(Reply::refused(&refusal), None, received, begin, false),
        };
        let digest = envelope.digest();
        match self.answer_new(&envelope, &digest, sender, received, begin).await {
            Ok(answered) => answered,
            Err(Fault::Refused(refusal)) => stamped(Reply::refused(&refusal), Some(&envelope), received, begin, false),
            Err(Fault::Ours(problem)) => {
                tracing::error!(%problem, infno = envelope.service.infno(), "a call was not answered");
                let busy = Refusal::new("服务暂时不能处理，请稍后用同一 msgid 重发");
                stamped(Reply::refused(&busy), Some(&envelope), received, begin, true)
            }
        }
    }

    async fn answer_new(
        &self,
        envelope: &Envelope,
        digest: &str,
        sender: Sender,
        received: Moment,
        begin: Instant,
    ) -> Result<Answered, Fault> {
        let (worked, _one_at_a_time) = match self.work(envelope, received).await {
            Ok(worked) => worked,
            // A message that cannot be read is kept with its refusal, and not lost.
            Err(Fault::Refused(refusal)) => return self.keep(envelope, digest, sender, received, begin, Err(refusal)).await,
            Err(ours) => return Err(ours),
        };
        self.keep(envelope, digest, sender, received, begin, Ok(worked)).await
    }

    /// What is made of a message, and the hold on the visits that it tells of.
    async fn work(&self, envelope: &Envelope, received: Moment) -> Result<(Worked, Vec<MutexGuard<'_, ()>>), Fault> {
        let region = envelope.mdtrtarea_admvs.as_deref().unwrap_or_default();
        let dialect = self.dialects.of(region);
        match envelope.service {
            Service::Feedback => Ok((told_feedback(&feedback::read(envelope)?), Vec::new())),
            Service::Before | Service::During => {
                let checks = self.checks().ok_or_else(|| Fault::Ours("规则还没有准备好".to_owned()))?;
                let question = question::read(envelope, dialect, received)?;
                let held = self.hold(envelope, &question).await;
                let mut worked =
                    Worked { persons: question.persons.len(), trig_scen: question.trig_scen.clone(), ..Worked::default() };
                let mut results = Vec::new();
                let mut notes = Vec::new();
                for person in &question.persons {
                    let asking = Asking { desk: self, checks: &checks, envelope, question: &question, dialect, received };
                    results.extend(asking.person(person, &mut worked, &mut notes).await?);
                }
                notes.extend(Some(question.remarks.told()).filter(|told| !told.is_empty()));
                notes.extend(question.faults.first().map(ToString::to_string));
                notes.dedup();
                worked.output = json!({ "result": results });
                worked.warn_msg = notes.join("；");
                Ok((worked, held))
            }
        }
    }

    /// Holds the visits of a question, in one order for all, so that no two messages wait for each other.
    async fn hold(&self, envelope: &Envelope, question: &Question) -> Vec<MutexGuard<'_, ()>> {
        let place = |person: &PersonTold| {
            let mut hash = DefaultHasher::new();
            (&envelope.fixmedins_code, &person.current).hash(&mut hash);
            usize::try_from(hash.finish() % VISITS as u64).unwrap_or_default()
        };
        let places: BTreeSet<usize> = question.persons.iter().map(place).collect();
        let mut held = Vec::with_capacity(places.len());
        for place in places {
            held.push(self.visits[place].lock().await);
        }
        held
    }

    /// Writes a message down with its answer, together with others that wait at the same moment.
    async fn keep(
        &self,
        envelope: &Envelope,
        digest: &str,
        sender: Sender,
        received: Moment,
        begin: Instant,
        worked: Result<Worked, Refusal>,
    ) -> Result<Answered, Fault> {
        let (mut reply, worked) = match worked {
            Ok(worked) => (Reply::answered(worked.output.clone(), &worked.warn_msg), worked),
            Err(refusal) => (Reply::refused(&refusal), Worked::default()),
        };
        stamp(&mut reply, Some(envelope), received, begin);
        let text = reply.json();
        let record = CallRecord {
            call: Call {
                fixmedins_code: envelope.fixmedins_code.to_string(),
                msgid: envelope.msgid.to_string(),
                region: region_of(envelope),
                infno: envelope.service.infno().to_owned(),
                digest: digest.to_owned(),
                reply: text.clone(),
                infcode: i64::from(reply.infcode),
                reqt_time: received,
                rsp_time: received.plus_seconds(i64::try_from(begin.elapsed().as_secs()).unwrap_or_default()),
                ana_dura: i64::try_from(begin.elapsed().as_micros()).unwrap_or(i64::MAX),
                trig_scen: worked.trig_scen.map(|code| code.to_string()),
                med_type: worked.med_type.map(|code| code.to_string()),
                medfee_sumamt: worked.medfee_sumamt,
                persons: i64::try_from(worked.persons).unwrap_or(i64::MAX),
                orders: i64::try_from(worked.orders).unwrap_or(i64::MAX),
                signed: sender.signed.is_some(),
            },
            nonce: sender.signed,
            warnings: worked.warnings,
            visits: worked.visits,
            feedback: worked.feedback,
        };
        match self.writer.keep(record).await.map_err(Fault::Ours)? {
            CallOutcome::Kept { unknown } if unknown.is_empty() => Ok(Answered { reply: text, later: false }),
            CallOutcome::Kept { unknown } => {
                let few = unknown.iter().take(3).cloned().collect::<Vec<_>>().join("、");
                let note = format!("{} 条反馈的违规标识不是本机构收到过的提醒（{few}），其余已保存", unknown.len());
                let reply = Reply { warn_msg: note, ..reply };
                Ok(Answered { reply: reply.json(), later: false })
            }
            CallOutcome::Earlier(earlier) if earlier.digest == digest => Ok(Answered { reply: earlier.reply, later: false }),
            CallOutcome::Earlier(_) => {
                Err(Refusal::new(format!("msgid“{}”已用于另一份报文，请换一个报文编号", envelope.msgid)).into())
            }
            CallOutcome::Replayed => Err(Refusal::new("签名的随机串已用过，请换一个 x-mc-nonce 重新签名").into()),
            CallOutcome::Refused(problem) => {
                tracing::error!(%problem, "a call could not be kept");
                Err(Refusal::new("报文中有数据库不能保存的内容，未保存，请检查字段长度和字符").into())
            }
        }
    }
}

/// Asking（一次提问）: what judging one person of a message needs.
struct Asking<'a> {
    desk: &'a Desk,
    checks: &'a Checks,
    envelope: &'a Envelope,
    question: &'a Question,
    dialect: &'a Dialect,
    received: Moment,
}

impl Asking<'_> {
    const fn stage(&self) -> Stage {
        if matches!(self.envelope.service, Service::Before) { Stage::Pre } else { Stage::Mid }
    }

    /// The findings on a person that are sent; what is kept goes into `worked`.
    async fn person(&self, person: &PersonTold, worked: &mut Worked, notes: &mut Vec<String>) -> Result<Vec<Value>, Fault> {
        let since = self.received.day().plus(-HISTORY_DAYS);
        let before = self.desk.store.visits_of(&person.person.psn_no, since, kept::MOST_VISITS).await?;
        let complete = self.stage() == Stage::Mid && self.question.scene.is_settling();
        let earlier: HashMap<(&str, &str), Value> = before
            .iter()
            // A message at settlement holds all of its own visit: what earlier ones told of it is not asked.
            .filter(|visit| {
                !complete || visit.mdtrt_id != *person.current || visit.fixmedins_code != *self.envelope.fixmedins_code
            })
            .filter_map(|visit| {
                Some(((visit.fixmedins_code.as_str(), visit.mdtrt_id.as_str()), serde_json::from_str(&visit.body).ok()?))
            })
            .collect();
        let visits = self.joined(person, &earlier, complete);
        let marks: HashMap<&str, &Mark> = person.marks().map(|mark| (mark.line_id.as_str(), mark)).collect();
        let Some(asked_visit) = person.asked() else { return Ok(Vec::new()) };
        let asked = Asked {
            fixmedins_code: &self.envelope.fixmedins_code,
            msgid: &self.envelope.msgid,
            sent: self.envelope.inf_time.unwrap_or(self.received),
            task_id: self.question.task_id.as_deref(),
            stage: self.stage(),
            scene: self.question.scene,
            psn_no: &person.person.psn_no,
            mdtrt_id: &person.current,
            marks: &marks,
            dialect: self.dialect,
        };
        let folders = records::folders(&person.person, visits);
        let checked = self.checks.at(self.stage()).check(folders).map_err(Fault::Ours)?;
        let known_rule = |rule: &str| self.question.rule_ids.iter().any(|asked| asked == rule);
        let asks_some = self.checks.at(self.stage()).rules().any(|rule| known_rule(&rule.code));
        let findings = checked.findings.into_iter().filter(|finding| !asks_some || known_rule(&finding.rule_code)).collect();
        let mut told = answer::weigh(findings, &asked).told;
        let known = self.known(&told).await?;
        budget::hold_back(&mut told, &self.desk.settings.budget_of(&self.envelope.fixmedins_code), &known);
        let sent: Vec<Value> = told
            .iter()
            .filter(|one| one.held_back.is_none())
            .map(|one| one.result(self.checks.class(&one.finding.rule_code), &asked))
            .collect();
        if self.checks.lake_version.is_none() && earlier.is_empty() && person.visits.len() < 2 {
            notes.push("没有该参保人的既往就诊，需要既往就诊的规则未审核".to_owned());
        }
        worked.warnings.extend(told.iter().map(|one| self.warning(one, person)));
        worked.warnings.extend(self.undecided(&checked.undecided, &asked));
        worked.visits.push(self.visit(
            person,
            asked_visit,
            earlier.get(&(self.envelope.fixmedins_code.as_str(), person.current.as_str())),
            complete,
        ));
        worked.orders += asked_visit.lines.len();
        worked.med_type = asked_visit.visit.med_type.clone().or(worked.med_type.take());
        worked.medfee_sumamt = asked_visit.medfee_sumamt.map(|fen| fen.0).or(worked.medfee_sumamt);
        Ok(sent)
    }

    /// The visits told, each with its orders of earlier messages, and those that only earlier messages told.
    fn joined(&self, person: &PersonTold, earlier: &HashMap<(&str, &str), Value>, complete: bool) -> Vec<VisitTold> {
        let mut visits = person.visits.clone();
        let told: HashSet<(Text, Text)> =
            visits.iter().map(|told| (told.visit.fixmedins_code.clone(), told.visit.mdtrt_id.clone())).collect();
        for ((institution, mdtrt_id), body) in earlier {
            if !told.contains(&(Text::from(*institution), Text::from(*mdtrt_id))) {
                visits.extend(question::recalled(body, self.dialect));
            } else if !complete
                && *mdtrt_id == person.current
                && let Some(own) = visits.iter_mut().find(|told| told.visit.mdtrt_id == person.current)
                && let Some(recalled) = question::recalled(body, self.dialect)
            {
                own.join(recalled);
            }
        }
        visits
    }

    /// What was said of the same orders before, and how much each doctor was shown within the hour.
    async fn known(&self, told: &[Told]) -> Result<Known, Fault> {
        let open: Vec<&Told> = told.iter().filter(|one| one.held_back.is_none()).collect();
        if open.is_empty() {
            return Ok(Known::default());
        }
        let keys: Vec<String> = open.iter().map(|one| one.repeat_key.clone()).collect();
        let institution = &self.envelope.fixmedins_code;
        let answered = self.desk.store.answered_before(institution, &keys).await?.into_iter().collect();
        let mut shown = HashMap::new();
        if self.desk.settings.budget_of(institution).per_doctor_hour.is_some() {
            let doctors: HashSet<&str> = open.iter().filter_map(|one| one.doctor.as_deref()).collect();
            for doctor in doctors {
                let count = self.desk.store.shown_within(institution, doctor, self.received.plus_seconds(-HOUR)).await?;
                shown.insert(doctor.to_owned(), u32::try_from(count).unwrap_or(u32::MAX));
            }
        }
        let precision = self.desk.precision.read().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(Known { answered, shown, precision })
    }

    fn warning(&self, one: &Told, person: &PersonTold) -> Warning {
        let detail = json!({
            "sentence": one.sentence(),
            "open": one.open,
            "pack": self.checks.pack_digest,
            "finding": one.finding,
        });
        Warning {
            jr_id: one.jr_id.clone(),
            stage: kept_stage(self.stage()),
            rule_code: one.finding.rule_code.clone(),
            rule_version: one.finding.rule_version,
            grade: one.grade.name().to_owned(),
            sev_deg: self.dialect.sev_deg(one.grade).map(str::to_owned),
            held_back: one.held_back.and_then(|why| kept::HeldBack::named(why.name())),
            provisional: !one.open.is_empty(),
            psn_no: person.person.psn_no.clone(),
            mdtrt_id: Some(person.current.to_string()),
            dr_code: one.doctor.clone(),
            dept_code: one.dept.clone(),
            subject_key: one.finding.subject_key.clone(),
            repeat_key: one.repeat_key.clone(),
            amount_fen: one.finding.amount_fen,
            occurred_on: one.finding.occurred_on,
            detail: detail.to_string(),
        }
    }

    /// What could not be judged, all of it one entry: it is kept and never sent.
    fn undecided(&self, undecided: &[Undecided], asked: &Asked<'_>) -> Option<Warning> {
        // Thirty orders lack the same fact: it is told once, with the orders.
        let mut by_rule: BTreeMap<&str, BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
        let of_visit = |one: &&Undecided| one.mdtrt_id.as_deref().is_none_or(|visit| visit == asked.mdtrt_id);
        for one in undecided.iter().filter(of_visit) {
            by_rule.entry(&one.rule_code).or_default().entry(&one.reason).or_default().extend(one.line_id.as_deref());
        }
        let first = by_rule.keys().next()?;
        Some(Warning {
            jr_id: answer::jr_id("JU", asked, "undecided"),
            stage: kept_stage(self.stage()),
            rule_code: if by_rule.len() == 1 { (*first).to_owned() } else { format!("{first}…") },
            rule_version: 0,
            grade: kept::UNDECIDED.to_owned(),
            sev_deg: None,
            held_back: Some(kept::HeldBack::Undecided),
            provisional: true,
            psn_no: asked.psn_no.to_owned(),
            mdtrt_id: Some(asked.mdtrt_id.to_owned()),
            dr_code: None,
            dept_code: None,
            subject_key: asked.mdtrt_id.to_owned(),
            repeat_key: String::new(),
            amount_fen: 0,
            occurred_on: asked.sent.day(),
            detail: json!({ "undecided": by_rule }).to_string(),
        })
    }

    /// The visit as it is kept for later questions, and for the list of patients in hospital.
    fn visit(&self, person: &PersonTold, told: &VisitTold, before: Option<&Value>, complete: bool) -> OnlineVisit {
        let written = matches!(self.envelope.service, Service::During);
        let inpatient =
            claims::visit_class::visit_class(told.visit.med_type.as_deref(), &told.visit.fixmedins_code).is_inpatient();
        let in_house = inpatient && told.visit.endtime.is_none() && self.question.scene.in_house() != Some(false);
        OnlineVisit {
            fixmedins_code: self.envelope.fixmedins_code.to_string(),
            mdtrt_id: person.current.to_string(),
            psn_no: person.person.psn_no.clone(),
            region: region_of(self.envelope),
            begin_day: told.visit.begntime.day(),
            end_day: told.visit.endtime.map(Moment::day),
            in_house,
            ward: owned(told.bed.ward.as_ref()),
            room: owned(told.bed.room.as_ref()),
            bed: owned(told.bed.bed.as_ref()),
            dept_code: owned(told.bed.dept_code.as_ref()),
            dept_name: owned(told.bed.dept_name.as_ref()),
            dr_code: owned(told.visit.chfpdr_code.as_ref()),
            source: Source::Call,
            body: question::kept_after(before, &person.body, written, complete).to_string(),
            updated_at: self.received,
        }
    }
}

const fn kept_stage(stage: Stage) -> kept::Stage {
    if matches!(stage, Stage::Pre) { kept::Stage::Pre } else { kept::Stage::Mid }
}

fn owned(text: Option<&Text>) -> Option<String> {
    text.map(ToString::to_string)
}

/// Region of the institution: by its code, else as the message says.
fn region_of(envelope: &Envelope) -> String {
    let of_code = claims::code::region_of_institution(&envelope.fixmedins_code);
    of_code.or(envelope.mdtrtarea_admvs.as_deref()).unwrap_or_default().to_owned()
}

fn told_feedback(answers: &feedback::Answers) -> Worked {
    let warn_type = match answers.stage {
        Some(Stage::Pre) => "1",
        Some(_) => "2",
        None => "",
    };
    let all = answers.all.iter().map(|one| kept::Feedback {
        jr_id: one.warn_rslt_id.to_string(),
        warn_type: warn_type.to_owned(),
        way: if one.way == realtime::Way::GoOn { kept::Way::GoOn } else { kept::Way::GoBack },
        reason: one.reason.as_ref().map(ToString::to_string),
    });
    let left_out: Vec<String> = answers.faults.iter().map(ToString::to_string).collect();
    Worked { output: json!({}), feedback: all.collect(), warn_msg: left_out.join("；"), ..Worked::default() }
}

fn stamped(mut reply: Reply, envelope: Option<&Envelope>, received: Moment, begin: Instant, later: bool) -> Answered {
    stamp(&mut reply, envelope, received, begin);
    Answered { reply: reply.json(), later }
}

/// Gives a reply its number and times.
fn stamp(reply: &mut Reply, envelope: Option<&Envelope>, received: Moment, begin: Instant) {
    let digits = |moment: Moment| moment.to_string().chars().filter(char::is_ascii_digit).collect::<String>();
    let region = envelope.and_then(|one| one.mdtrtarea_admvs.as_deref()).unwrap_or("000000");
    let elapsed = begin.elapsed();
    reply.refmsg_time = format!("{}000", digits(received));
    let responded = received.plus_seconds(i64::try_from(elapsed.as_secs()).unwrap_or_default());
    reply.respond_time = format!("{}{:03}", digits(responded), elapsed.subsec_millis());
    reply.inf_refmsgid = format!("{region:.6}{}{:010}", digits(received), super::next_serial());
}
