//! Finding（疑点详情）: lines, proof, the person's timeline, and the decisions that its state allows.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use casework::{Action, Finding, FirstReview, Opinion, Role, Sheet, State as Stage, Step, UserId, Verdict, policy};
use claims::{Day, Fen, Moment};
use serde_json::Value as Json;
use store::{Paper, Place, Remark, Versioned};

use crate::answer::{Answer, Trouble, see_other};
use crate::app::{App, FeeLine, Visit};
use crate::correction::Beside;
use crate::document;
use crate::guard::{Fields, Posted, Who};
use crate::history::{self, Happened, verdict_label};
use crate::layout::Frame;
use crate::lease::{self, Held};
use crate::queue::{filter, order};
use crate::sight;
use crate::text::{self, Clock};

/// A fee line as the left pane shows it.
pub(crate) struct Shown {
    pub(crate) line: FeeLine,
    pub(crate) amount: String,
    /// Whether it offends, is involved, or is neither.
    pub(crate) mark: &'static str,
}

/// A label with its value.
pub(crate) struct Fact {
    pub(crate) label: String,
    pub(crate) value: String,
}

/// A visit with its amount written out.
pub(crate) struct Stay {
    pub(crate) visit: Visit,
    pub(crate) amount: String,
    pub(crate) here: bool,
}

/// What both the bureau's and the institution's page show of a finding.
pub(crate) struct Card {
    pub(crate) id: String,
    pub(crate) version: i64,
    pub(crate) finding: Finding,
    pub(crate) sheet: Sheet,
    pub(crate) grade: (&'static str, &'static str),
    pub(crate) state: (&'static str, &'static str),
    pub(crate) clock: Option<Clock>,
    pub(crate) amount: String,
    pub(crate) fund: String,
    pub(crate) funds: Vec<(String, String)>,
    pub(crate) person: String,
    pub(crate) facts: Vec<Fact>,
    pub(crate) knowledge: Vec<Fact>,
    pub(crate) law: Vec<String>,
    pub(crate) arithmetic: Vec<String>,
    pub(crate) parameters: Vec<Fact>,
    pub(crate) lines: Vec<Shown>,
    pub(crate) lines_problem: String,
    /// All that happened; to an institution, nothing of it.
    pub(crate) history: Vec<Happened>,
    /// What of it the institution may see.
    pub(crate) disclosed: Vec<Happened>,
    pub(crate) papers: Vec<Paper>,
    pub(crate) owed: Option<String>,
}

impl Card {
    pub(crate) async fn of(app: &App, who: &Who, id: &str) -> Result<Self, Trouble> {
        let actor = who.actor();
        let Versioned { value: finding, version } = app.store.finding(id, &actor).await?;
        let sheet = app.store.sheet(id, &finding.filed.digest).await?;
        let evidence: Json = serde_json::from_str(&sheet.evidence).unwrap_or_default();
        let (lines, lines_problem) = match &sheet.mdtrt_id {
            Some(visit) => match app.records.lines(finding.filed.fixmedins_code.as_deref(), visit).await {
                Ok(lines) => (lines, String::new()),
                Err(problem) => (Vec::new(), problem),
            },
            None => (Vec::new(), String::new()),
        };
        let entries = app.store.entries(&store::finding::subject(id)).await?;
        let history = if actor.role == Role::Institution {
            Vec::new()
        } else {
            let names = app.store.accounts().await?;
            let display = |name: &str| {
                names.iter().find(|known| known.name == name).map_or_else(|| name.to_owned(), |known| known.display.clone())
            };
            history::of_bureau(&entries, &display)
        };
        let funds = finding.filed.fund_parts.iter().map(|(fund, fen)| (text::fund(fund).to_owned(), text::yuan(*fen)));
        let owed = if let Stage::Confirmed { owed, .. } = finding.state { Some(text::yuan(owed.0)) } else { None };
        Ok(Self {
            id: id.to_owned(),
            version,
            grade: text::grade(&sheet.grade),
            state: text::state(finding.state.name()),
            clock: Clock::between(
                finding.due(app.clocks.limits.of(&finding.filed.region), &app.clocks.calendar),
                finding.awaited(),
                app.today(),
                &app.clocks.calendar,
            ),
            amount: text::amount(finding.filed.amount_fen),
            fund: text::yuan(finding.filed.fund_amount().0),
            funds: funds.collect(),
            person: sheet.psn_no.as_deref().map_or_else(|| "—".to_owned(), text::masked),
            facts: facts(&evidence["facts"], "label"),
            knowledge: facts(&evidence["knowledge"], "label"),
            parameters: facts(&evidence["parameters"], "means"),
            law: sentences(&evidence["law"]),
            arithmetic: sentences(&evidence["arithmetic"]),
            lines: lines.into_iter().map(|line| shown(line, &sheet)).collect(),
            lines_problem,
            history,
            disclosed: history::of_institution(&entries),
            papers: app.store.papers(id, &actor).await?,
            owed,
            finding,
            sheet,
        })
    }
}

fn shown(line: FeeLine, sheet: &Sheet) -> Shown {
    let mark = if sheet.line_ids.contains(&line.line_id) {
        "hit"
    } else if sheet.related_lines.contains(&line.line_id) {
        "involved"
    } else {
        ""
    };
    Shown { amount: text::yuan(line.amount_fen), mark, line }
}

fn facts(list: &Json, label: &str) -> Vec<Fact> {
    let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let fact = |fact: &Json| Fact { label: text(&fact[label]), value: text(&fact["value"]) };
    list.as_array().into_iter().flatten().map(fact).collect()
}

pub(crate) fn sentences(list: &Json) -> Vec<String> {
    let sentence = |part: &Json| match part {
        Json::String(text) => text.clone(),
        other => format!("《{}》{}", other["law"].as_str().unwrap_or_default(), other["article"].as_str().unwrap_or_default()),
    };
    list.as_array().into_iter().flatten().map(sentence).collect()
}

/// What the actor may do to the finding as it stands.
#[expect(clippy::struct_excessive_bools, reason = "each is one button of the page")]
struct Acts {
    review: bool,
    tell: bool,
    decide: bool,
    convene: bool,
    opine: bool,
    conclude: bool,
    adopt: bool,
    anew: bool,
    handle: bool,
    unmask: bool,
    figures: bool,
    log: bool,
    notice: bool,
    decision: bool,
    refund: bool,
}

impl Acts {
    fn of(card: &Card, who: &Who, held: Option<&Held>) -> Self {
        // What another has in hand is theirs to judge.
        let free = held.is_none_or(|held| held.own);
        let may = |action| policy::permits(who.0.account.role, action);
        let own = card.finding.reviewer.as_ref().is_some_and(|reviewer| reviewer.0 == who.0.account.name);
        let appealed = matches!(card.finding.state, Stage::UnderAppeal { .. });
        let panel = if let Stage::InPanel(panel) = &card.finding.state { Some(panel) } else { None };
        let waiting =
            panel.is_some_and(|panel| panel.opinions.get(&UserId::new(&who.0.account.name)).is_some_and(Option::is_none));
        let told = &card.finding.filed;
        let less = card
            .finding
            .revision
            .as_ref()
            .is_some_and(|new| new.amount_fen <= told.amount_fen && new.fund_amount() <= told.fund_amount());
        let dismissed = card.finding.state == Stage::Dismissed;
        let more = card.finding.revision.as_ref().is_some_and(|new| dismissed || new.amount_fen > told.amount_fen);
        Self {
            review: free && card.finding.state == Stage::Filed && may(Action::Review),
            tell: card.finding.state == Stage::Passed && may(Action::Tell),
            decide: free && appealed && may(Action::DecideAppeal) && !own,
            convene: free && appealed && may(Action::ConvenePanel) && !own,
            opine: waiting && may(Action::GiveOpinion),
            conclude: panel.is_some_and(|panel| panel.waiting() == 0) && may(Action::ConcludePanel) && !own,
            adopt: less && !card.finding.state.is_closed() && may(Action::AdoptRevision),
            anew: more && may(Action::AdoptRevision),
            handle: !card.finding.state.is_closed() && may(Action::Assign),
            unmask: card.sheet.psn_no.is_some() && may(Action::Unmask),
            figures: may(Action::ViewFigures),
            log: card.sheet.psn_no.is_some() && may(Action::ViewLog),
            notice: card.finding.told && may(Action::Tell),
            decision: document::is_decided(&card.disclosed) && may(Action::DecideAppeal),
            refund: card.owed.is_some() && may(Action::BookRecovery),
        }
    }
}

#[derive(Template)]
#[template(path = "finding.html")]
struct FindingPage {
    frame: Frame,
    card: Card,
    acts: Acts,
    beside: Beside,
    doubt: Option<(String, String)>,
    held: Option<Held>,
    own: bool,
    stays: Vec<Stay>,
    alike: Vec<(String, String, String)>,
    remarks: Vec<Remark>,
    opinions: Vec<(String, String)>,
    experts: Vec<(String, String)>,
    people: Vec<(String, String)>,
    revision: Option<(String, String, String)>,
    class: Option<String>,
    exemption: Option<String>,
    /// What became of the money, for whoever may see that.
    recovery: Option<String>,
    opened: String,
    unmasked: Option<String>,
    query: String,
    before: Option<String>,
    after: Option<String>,
    place: String,
    said: Option<String>,
}

/// GET /findings/{id}
pub(crate) async fn page(State(app): State<App>, who: Who, Path(id): Path<String>, RawQuery(query): RawQuery) -> Answer {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    show(&app, &who, &id, &fields, None).await
}

async fn show(app: &App, who: &Who, id: &str, fields: &Fields, unmasked: Option<String>) -> Answer {
    let card = Card::of(app, who, id).await?;
    let actor = who.actor();
    sight::of_person(app, who, Place::Finding, card.sheet.psn_no.as_deref(), id).await?;
    let stays = match &card.sheet.psn_no {
        Some(person) => app.records.visits(person).await.unwrap_or_default(),
        None => Vec::new(),
    };
    let here = card.sheet.mdtrt_id.clone();
    let stay = |visit: Visit| Stay { amount: text::yuan(visit.amount_fen), here: here.as_ref() == Some(&visit.mdtrt_id), visit };
    let list = filter(fields, &actor, app.today());
    let neighbours = app.store.neighbours(&actor, &list, order(fields), id).await?;
    let listed = app.store.totals(&actor, &list).await?.findings;
    let accounts = app.store.accounts().await?;
    let experts = accounts.iter().filter(|account| account.role == Role::Expert && !account.disabled);
    let experts = experts.map(|account| (account.name.clone(), account.display.clone())).collect();
    let display =
        |name: &str| accounts.iter().find(|known| known.name == name).map_or(name, |known| known.display.as_str()).to_owned();
    let held = Held::of(app, who, id, &display).await?;
    let acts = Acts::of(&card, who, held.as_ref());
    let own = card.finding.reviewer.as_ref().is_some_and(|reviewer| reviewer.0 == who.0.account.name);
    let opinions = if let Stage::InPanel(panel) = &card.finding.state {
        let said = |opinion: &Option<Opinion>| {
            opinion.as_ref().map_or_else(
                || "尚未发表".to_owned(),
                |opinion| format!("{}：{}", verdict_label(opinion.verdict), opinion.reason),
            )
        };
        panel.opinions.iter().map(|(member, opinion)| (display(&member.0), said(opinion))).collect()
    } else {
        Vec::new()
    };
    let revision = match &card.finding.revision {
        Some(new) => {
            let sheet = app.store.sheet(id, &new.digest).await?;
            Some((text::amount(new.amount_fen), text::yuan(new.fund_amount().0), sheet.message))
        }
        None => None,
    };
    crate::answer::page(&FindingPage {
        frame: Frame::of(app, who, "/findings").await,
        alike: alike(app, &actor, &card).await?,
        remarks: app.store.remarks(&store::finding::subject(id)).await?,
        opinions,
        experts,
        people: crate::queue::people(app).await?,
        revision,
        class: app.store.class_of(id).await?,
        exemption: if let Stage::Exempted { number } = &card.finding.state { Some(number.clone()) } else { None },
        recovery: crate::recoveries::of_finding(app, who, id).await?,
        opened: app.now().to_string(),
        unmasked,
        stays: stays.into_iter().map(stay).collect(),
        query: fields.with(&[("said", "")]),
        before: neighbours.before,
        after: neighbours.after,
        place: neighbours.place.map_or_else(String::new, |place| format!("{place} / {listed}")),
        said: fields.one("said").map(str::to_owned),
        beside: Beside::of(&card.finding, who.0.account.role, own, app.today()),
        doubt: card.finding.doubt.as_ref().map(|doubt| (doubt.run_id.clone(), doubt.absence.said())),
        card,
        acts,
        own: held.as_ref().is_some_and(|held| held.own),
        held,
    })
}

/// How often the same was found of the same institution, doctor and rule, and what became of it.
async fn alike(app: &App, actor: &casework::Actor, card: &Card) -> Result<Vec<(String, String, String)>, Trouble> {
    let rule = card.finding.filed.rule_code.clone();
    let mut rows = Vec::new();
    let same = store::Filter { rule_code: Some(rule.clone()), ..store::Filter::default() };
    let places = [
        ("本院同规则", "inst", card.finding.filed.fixmedins_code.clone()),
        ("本医师同规则", "dr", card.sheet.bilg_dr_code.clone()),
        ("本人同规则", "person", card.sheet.psn_no.is_some().then(|| card.id.clone())),
    ];
    for (label, name, key) in places {
        let Some(key) = key else { continue };
        let mut filter = same.clone();
        match name {
            "inst" => filter.fixmedins_code = Some(key.clone()),
            "dr" => filter.bilg_dr_code = Some(key.clone()),
            _ => filter.person_of = Some(key.clone()),
        }
        let states = app.store.tallied(actor, &filter, store::Grouping::State, 20).await?;
        let of = |state: &str| states.iter().filter(|group| group.key == state).map(|group| group.totals.findings).sum::<i64>();
        let all: i64 = states.iter().map(|group| group.totals.findings).sum();
        let (confirmed, dismissed) = (of("confirmed"), of("dismissed"));
        let query = Fields::default().with(&[("view", "all"), ("rule", &rule), (name, &key)]);
        rows.push((label.to_owned(), format!("{all} 条，认定 {confirmed}，撤销 {dismissed}"), query));
    }
    Ok(rows)
}

/// Saves what was decided over the version that the page showed, and opens the next of the list.
pub(crate) async fn decide(
    app: &App,
    who: &Who,
    id: &str,
    fields: &Fields,
    step: impl FnOnce(&Finding) -> Result<Step, casework::Refusal>,
) -> Answer {
    let actor = who.actor();
    let mut finding = app.store.finding(id, &actor).await?;
    finding.version = fields.version()?;
    let mut step = step(&finding.value)?;
    if step.event.is_judgement() || matches!(step.event, casework::Event::Said { .. }) {
        let lease = lease::running(app, id).await?.filter(|lease| lease.by == actor.user);
        let opened = lease.map(|lease| lease.since).or_else(|| fields.one("opened").and_then(Moment::parse));
        if let Some(opened) = opened {
            let limits = app.clocks.limits.of(&step.next.filed.region);
            step.next = step.next.looked_at(opened, app.now(), limits);
        }
    }
    let list = Fields::parse(fields.one("back").unwrap_or_default().as_bytes());
    let leased = fields.one("leased").is_some();
    // The next is looked for before this one leaves the list.
    let wanted = filter(&list, &actor, app.today());
    let next = app.store.neighbours(&actor, &wanted, order(&list), id).await?.after.filter(|next| next != id);
    let label = step.event.label();
    app.store.apply(&finding, step, &app.clocks, app.now()).await?;
    let said = format!("已记录：{label}");
    if leased && fields.one("stay").is_none() {
        return lease::open_next(app, who, &list, &said).await;
    }
    let said = list.with(&[("said", &said)]);
    match next.filter(|_| fields.one("stay").is_none()) {
        Some(next) => see_other(&format!("/findings/{next}?{said}")),
        None => see_other(&format!("/findings/{id}?{said}")),
    }
}

/// POST /findings/{id}/review
pub(crate) async fn review(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    let reason = fields.one("reason").unwrap_or_default().to_owned();
    let review = if fields.one("verdict") == Some("pass") { FirstReview::Pass } else { FirstReview::Dismiss { reason } };
    decide(&app, &who, &id, &fields, |finding| finding.review(&who.actor(), review, app.today())).await
}

/// POST /findings/{id}/tell
pub(crate) async fn tell(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    let clocks = app.clocks.clone();
    decide(&app, &who, &id, &fields, |finding| {
        let limits = clocks.limits.of(&finding.filed.region);
        finding.tell(&who.actor(), limits, &clocks.calendar, app.today())
    })
    .await
}

/// A verdict as a form says it.
pub(crate) fn verdict(fields: &Fields) -> Result<Verdict, Trouble> {
    match fields.one("verdict") {
        Some("uphold") => Ok(Verdict::Upheld),
        Some("overturn") => Ok(Verdict::Overturned),
        Some("reduce") => {
            let text = fields.need("owed", "核减后的金额")?;
            let owed = text::parse_yuan(text).ok_or_else(|| Trouble::Input(format!("金额应如 1234.50，单位元，现为“{text}”")))?;
            Ok(Verdict::Reduced { owed: Fen(owed) })
        }
        _ => Err(Trouble::Input("请选择维持、核减或撤销".to_owned())),
    }
}

/// POST /findings/{id}/verdict
pub(crate) async fn conclude_appeal(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    let (verdict, reason) = (verdict(&fields)?, fields.one("reason").unwrap_or_default().to_owned());
    decide(&app, &who, &id, &fields, |finding| finding.decide_appeal(&who.actor(), verdict, &reason, app.today())).await
}

/// POST /findings/{id}/panel
pub(crate) async fn convene(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    let members: Vec<UserId> = fields.all("member").into_iter().map(UserId::new).collect();
    decide(&app, &who, &id, &fields, |finding| finding.convene(&who.actor(), members, app.today())).await
}

/// POST /findings/{id}/opinion
pub(crate) async fn opine(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    let (verdict, reason) = (verdict(&fields)?, fields.one("reason").unwrap_or_default().to_owned());
    decide(&app, &who, &id, &fields, |finding| finding.give_opinion(&who.actor(), verdict, &reason, app.today())).await
}

/// POST /findings/{id}/conclusion
pub(crate) async fn conclude_panel(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    let (verdict, reason) = (verdict(&fields)?, fields.one("reason").unwrap_or_default().to_owned());
    decide(&app, &who, &id, &fields, |finding| finding.conclude_panel(&who.actor(), verdict, &reason, app.today())).await
}

/// POST /findings/{id}/adopt
pub(crate) async fn adopt(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    decide(&app, &who, &id, &fields, |finding| finding.adopt_revision(&who.actor(), app.today())).await
}

/// POST /findings/{id}/anew: what the later result has beyond what was told becomes a finding of its own.
pub(crate) async fn file_anew(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    let actor = who.actor();
    let mut finding = app.store.finding(&id, &actor).await?;
    finding.version = fields.version()?;
    let new = app.store.file_anew(&finding, &actor, &app.clocks, app.now()).await?;
    let list = Fields::parse(fields.one("back").unwrap_or_default().as_bytes());
    see_other(&format!("/findings/{new}?{}", list.with(&[("said", &format!("已由 {id} 另立疑点 {new}"))])))
}

/// POST /findings/{id}/assign
pub(crate) async fn assign(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    let to = fields.need("to", "分派给谁")?.to_owned();
    app.store.account(&to).await.map_err(|_| Trouble::Input(format!("没有用户“{to}”")))?;
    decide(&app, &who, &id, &fields, |finding| finding.assign(&who.actor(), UserId::new(to), app.today())).await
}

/// POST /findings/{id}/snooze
pub(crate) async fn snooze(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    let typed = fields.need("until", "暂缓到哪一天")?;
    let until = Day::parse(typed).ok_or_else(|| Trouble::Input(format!("日期应如 2026-03-02，现为“{typed}”")))?;
    let reason = fields.one("reason").unwrap_or_default().to_owned();
    decide(&app, &who, &id, &fields, |finding| finding.snooze(&who.actor(), until, &reason, app.today())).await
}

/// POST /findings/{id}/remark
pub(crate) async fn remark(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    let card = app.store.finding(&id, &who.actor()).await?;
    let body = fields.one("body").unwrap_or_default();
    app.store.remark(&store::finding::subject(&id), &who.0.account.display, body, app.now()).await?;
    if fields.one("rule").is_some() {
        // What is said of the rule is read on the rule's page as well.
        app.store.remark(&format!("rule:{}", card.value.filed.rule_code), &who.0.account.display, body, app.now()).await?;
    }
    see_other(&format!("/findings/{id}?{}", fields.one("back").unwrap_or_default()))
}

/// POST /findings/{id}/unmask: the whole number of the person, for a reason, for this one view.
pub(crate) async fn unmask(State(app): State<App>, who: Who, Path(id): Path<String>, Posted(fields): Posted) -> Answer {
    let reason = fields.need("reason", "查看事由")?;
    let finding = app.store.finding(&id, &who.actor()).await?;
    let sheet = app.store.sheet(&id, &finding.value.filed.digest).await?;
    let Some(person) = sheet.psn_no else { return Err(Trouble::Input("这条疑点不涉及单个参保人".to_owned())) };
    let body = serde_json::json!({ "finding": id, "reason": reason }).to_string();
    app.store.record(&format!("person:{person}"), &who.0.account.name, "unmasked", body, app.now()).await?;
    let list = Fields::parse(fields.one("back").unwrap_or_default().as_bytes());
    show(&app, &who, &id, &list, Some(person)).await
}

/// GET /findings/{id}/papers/{digest}
pub(crate) async fn paper(State(app): State<App>, who: Who, Path((id, digest)): Path<(String, String)>) -> Answer {
    use axum::http::header;
    use axum::response::IntoResponse;
    let (paper, content) = app.store.paper(&id, &digest, &who.actor()).await?;
    let line = app.store.lines(&who.actor(), std::slice::from_ref(&id)).await?.into_iter().next();
    sight::of_person(&app, &who, Place::Paper, line.and_then(|line| line.psn_no).as_deref(), &id).await?;
    let name: String = url::form_urlencoded::byte_serialize(paper.name.as_bytes()).collect::<String>().replace('+', "%20");
    let headers = [
        (header::CONTENT_TYPE, paper.kind.clone()),
        // Never shown as a page of ours, whatever is in it.
        (header::CONTENT_DISPOSITION, format!("attachment; filename*=UTF-8''{name}")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, content).into_response())
}
