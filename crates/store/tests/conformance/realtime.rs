//! Calls of institutions: each is answered once, none costs another, and what came of them is read within its scope.

use std::slice::from_ref;

use store::realtime::{
    Algorithm, Answer, Call, CallOutcome, CallRecord, EarlierReply, Feedback, Figures, FiguresBy, FiguresFilter, HeldBack,
    Judged, Judgement, MOST_VISITS, Nonce, OnlineVisit, Source, Stage, UNDECIDED, Warning, WarningFilter, Way,
};

use super::*;

const PATIENT: &str = "99010100000000002828";
/// What real time tells of a person, each in a cell of its own.
pub(super) const OF_CALLS: [&str; 6] =
    [PATIENT, "答复中的脑梗死", "提醒中的脑梗死", "患者家属坚持用药", "就诊中的脑梗死", "课题中的脑梗死"];

fn call(code: &str, number: u32, infno: &str) -> Call {
    Call {
        fixmedins_code: code.to_owned(),
        msgid: format!("{code}20260302101530{number:04}"),
        region: code[1..7].to_owned(),
        infno: infno.to_owned(),
        digest: format!("digest-{number}"),
        reply: format!("{{\"infcode\":0,\"n\":{number},\"text\":\"答复中的脑梗死\"}}"),
        infcode: 0,
        reqt_time: at(2),
        rsp_time: at(2),
        ana_dura: 800 + i64::from(number),
        trig_scen: Some("5".to_owned()),
        med_type: Some("21".to_owned()),
        medfee_sumamt: Some(84_260),
        persons: 1,
        orders: 3,
        signed: false,
    }
}

fn asked(code: &str, number: u32, warnings: Vec<Warning>) -> CallRecord {
    CallRecord { call: call(code, number, "3101"), nonce: None, warnings, visits: Vec::new(), feedback: Vec::new() }
}

fn warning(id: &str, held_back: Option<HeldBack>) -> Warning {
    Warning {
        jr_id: id.to_owned(),
        stage: Stage::Pre,
        rule_code: "rule-a".to_owned(),
        rule_version: 2,
        grade: if held_back == Some(HeldBack::Undecided) { UNDECIDED } else { "violation" }.to_owned(),
        sev_deg: held_back.is_none().then(|| "1".to_owned()),
        held_back,
        provisional: false,
        psn_no: PATIENT.to_owned(),
        mdtrt_id: Some("M1".to_owned()),
        dr_code: Some("D1".to_owned()),
        dept_code: Some("A07".to_owned()),
        subject_key: format!("{PATIENT}|课题中的脑梗死"),
        repeat_key: format!("repeat-{id}"),
        amount_fen: 2_400,
        occurred_on: at(2).day(),
        detail: "{\"vola_cont\":\"提醒中的脑梗死\"}".to_owned(),
    }
}

/// A message that answers these warnings, so many seconds later.
fn answered(code: &str, number: u32, seconds: i64, answers: &[(&str, Way)]) -> CallRecord {
    let reqt_time = at(2).plus_seconds(seconds);
    let feedback = |(id, way): &(&str, Way)| Feedback {
        jr_id: (*id).to_owned(),
        warn_type: "1".to_owned(),
        way: *way,
        reason: (*way == Way::GoOn).then(|| format!("患者家属坚持用药 {number}")),
    };
    let call = Call { reqt_time, rsp_time: reqt_time, ..call(code, number, "3103") };
    CallRecord { call, feedback: answers.iter().map(feedback).collect(), ..asked(code, number, Vec::new()) }
}

fn visit(code: &str, id: &str, begin: i32) -> OnlineVisit {
    OnlineVisit {
        fixmedins_code: code.to_owned(),
        mdtrt_id: id.to_owned(),
        psn_no: PATIENT.to_owned(),
        region: code[1..7].to_owned(),
        begin_day: at(begin).day(),
        end_day: Some(at(begin).day()),
        in_house: false,
        ward: Some("W07".to_owned()),
        room: None,
        bed: Some("03".to_owned()),
        dept_code: Some("A07".to_owned()),
        dept_name: Some("神经内科".to_owned()),
        dr_code: Some("D1".to_owned()),
        source: Source::Call,
        body: "{\"dise\":\"就诊中的脑梗死\"}".to_owned(),
        updated_at: at(2),
    }
}

fn lying(code: &str, id: &str, begin: i32) -> OnlineVisit {
    OnlineVisit { end_day: None, in_house: true, ..visit(code, id, begin) }
}

fn kept() -> CallOutcome {
    CallOutcome::Kept { unknown: Vec::new() }
}

fn admin() -> Actor {
    staff("管理员", Role::Administrator)
}

fn bureau() -> Actor {
    staff("甲", Role::Auditor)
}

async fn ids(store: &Store, by: &Actor, filter: &WarningFilter) -> Vec<String> {
    let mut ids: Vec<String> =
        store.warnings(by, filter, 0, 1_000).await.unwrap().into_iter().map(|kept| kept.warning.jr_id).collect();
    ids.sort();
    ids
}

async fn answer_of(store: &Store, id: &str) -> Option<Answer> {
    store.warning(&bureau(), id).await.unwrap().answer
}

pub(super) async fn a_message_is_answered_once(store: Store) {
    let first = asked(HOSPITAL, 1, vec![warning("w1", None)]);
    assert_eq!(store.record_calls(&[]).await.unwrap(), []);
    assert_eq!(store.earlier_reply(HOSPITAL, &first.call.msgid).await.unwrap(), None);
    assert_eq!(store.record_calls(from_ref(&first)).await.unwrap(), [kept()]);
    let reply = EarlierReply { digest: "digest-1".to_owned(), reply: first.call.reply.clone(), infcode: 0 };
    assert_eq!(store.earlier_reply(HOSPITAL, &first.call.msgid).await.unwrap(), Some(reply.clone()));

    // The same message with another body is told apart by its digest; nothing of it is written.
    let mut other = asked(HOSPITAL, 1, vec![warning("w2", None)]);
    "another".clone_into(&mut other.call.digest);
    other.visits = vec![visit(HOSPITAL, "M1", 1)];
    let same_name = asked(OTHER, 1, vec![warning("w3", None)]);
    let mut elsewhere = same_name.clone();
    elsewhere.call.msgid.clone_from(&first.call.msgid);
    let group = [other, elsewhere.clone(), asked(HOSPITAL, 2, vec![warning("w4", None)])];
    assert_eq!(store.record_calls(&group).await.unwrap(), [CallOutcome::Earlier(reply), kept(), kept()]);
    let all = actor("甲", Role::Auditor, Scope::All);
    assert_eq!(ids(&store, &all, &WarningFilter::default()).await, ["w1", "w3", "w4"]);
    assert!(store.visits_of(PATIENT, at(-100).day(), 10).await.unwrap().is_empty());

    // Sent twice at once, it is one message, and the second is told what the first was answered.
    let mut twice = [asked(HOSPITAL, 3, vec![warning("w5", None)]), asked(HOSPITAL, 3, vec![warning("w6", None)])];
    "later".clone_into(&mut twice[1].call.digest);
    let outcomes = store.record_calls(&twice).await.unwrap();
    assert_eq!(outcomes[0], kept());
    assert!(matches!(&outcomes[1], CallOutcome::Earlier(reply) if reply.digest == "digest-3"), "{outcomes:?}");
    assert_eq!(ids(&store, &all, &WarningFilter::default()).await, ["w1", "w3", "w4", "w5"]);

    // An id that was given out keeps what it was given out for.
    let mut again = warning("w1", None);
    "rule-b".clone_into(&mut again.rule_code);
    assert_eq!(store.record_calls(&[asked(OTHER, 9, vec![again])]).await.unwrap(), [kept()]);
    let known = store.warning(&all, "w1").await.unwrap();
    assert_eq!((known.fixmedins_code.as_str(), known.msgid.as_str()), (HOSPITAL, first.call.msgid.as_str()));
    assert_eq!(known.warning, first.warnings[0]);
}

pub(super) async fn many_calls_at_once_are_each_kept_once(store: Store) {
    // Groups that overlap, in opposite orders: neither waits for the other for ever.
    let group = |from: u32, to: u32| -> Vec<CallRecord> {
        let record = |number| {
            let mut record = asked(HOSPITAL, number, Vec::new());
            record.warnings = (0..5).map(|n| warning(&format!("w{number}-{n}"), Some(HeldBack::Undecided))).collect();
            record.visits = vec![lying(HOSPITAL, &format!("M{}", number % 7), 1)];
            record
        };
        (from..to).map(record).collect()
    };
    let mut tasks = Vec::new();
    for n in 0..8 {
        let mut calls = group(n * 20, n * 20 + 60);
        if n % 2 == 1 {
            calls.reverse();
        }
        let store = store.clone();
        tasks.push(tokio::spawn(async move { store.record_calls(&calls).await.unwrap() }));
    }
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.extend(task.await.unwrap());
    }
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == kept()).count(), 200);
    assert!(outcomes.iter().all(|outcome| matches!(outcome, CallOutcome::Kept { .. } | CallOutcome::Earlier(_))), "{outcomes:?}");
    let all = WarningFilter { undecided: true, ..WarningFilter::default() };
    assert_eq!(store.count_warnings(&bureau(), &all).await.unwrap(), 1_000);
    assert_eq!(store.count_warnings(&bureau(), &WarningFilter::default()).await.unwrap(), 0);
    let one = WarningFilter { msgid: Some(call(HOSPITAL, 44, "").msgid), undecided: true, ..WarningFilter::default() };
    assert_eq!(ids(&store, &bureau(), &one).await, ["w44-0", "w44-1", "w44-2", "w44-3", "w44-4"]);
    assert_eq!(store.in_house(&bureau(), None, 0, 100).await.unwrap().len(), 7);
}

pub(super) async fn a_bad_call_costs_no_other(store: Store) {
    // Something that the database will not have, on either of the two.
    store.tamper("CREATE UNIQUE INDEX odd ON call (trig_scen) WHERE trig_scen = 'odd'").await.unwrap();
    let odd = |number: u32| {
        let mut record = asked(HOSPITAL, number, vec![warning(&format!("w{number}"), None)]);
        record.call.trig_scen = Some("odd".to_owned());
        CallRecord { nonce: Some(Nonce { key_id: "K1".to_owned(), nonce: format!("n{number}") }), ..record }
    };
    let unknown = answered(HOSPITAL, 3, 60, &[("w1", Way::GoBack), ("nothing", Way::GoBack)]);
    let group =
        [asked(HOSPITAL, 9, vec![warning("w9", None)]), odd(1), odd(2), unknown, asked(OTHER, 4, vec![warning("w4", None)])];
    let outcomes = store.record_calls(&group).await.unwrap();
    assert!(matches!(outcomes[2], CallOutcome::Refused(_)), "{outcomes:?}");
    let unknown = CallOutcome::Kept { unknown: vec!["nothing".to_owned()] };
    assert_eq!([&outcomes[0], &outcomes[1], &outcomes[3], &outcomes[4]], [&kept(), &kept(), &unknown, &kept()]);
    let all = actor("甲", Role::Auditor, Scope::All);
    assert_eq!(ids(&store, &all, &WarningFilter::default()).await, ["w1", "w4", "w9"]);
    assert_eq!(answer_of(&store, "w1").await.map(|answer| answer.way), Some(Way::GoBack));
    // Nothing of the bad one is there, and it may come again.
    assert_eq!(store.earlier_reply(HOSPITAL, &group[2].call.msgid).await.unwrap(), None);
    store.tamper("DROP INDEX odd").await.unwrap();
    assert_eq!(store.record_calls(&group[2..3]).await.unwrap(), [kept()]);
}

pub(super) async fn feedback_answers_what_its_institution_was_shown(store: Store) {
    let budget = warning("held", Some(HeldBack::Budget));
    let calls =
        [asked(HOSPITAL, 1, vec![warning("w1", None), warning("w2", None), budget]), asked(OTHER, 1, vec![warning("x1", None)])];
    store.record_calls(&calls).await.unwrap();
    assert_eq!(answer_of(&store, "w1").await, None);

    let first = answered(HOSPITAL, 2, 60, &[("w1", Way::GoOn), ("held", Way::GoOn), ("x1", Way::GoOn), ("?", Way::GoOn)]);
    let outcome = store.record_calls(from_ref(&first)).await.unwrap().remove(0);
    assert_eq!(outcome, CallOutcome::Kept { unknown: ["held", "x1", "?"].map(str::to_owned).to_vec() });
    let answer = Answer { way: Way::GoOn, reason: Some("患者家属坚持用药 2".to_owned()), at: first.call.reqt_time };
    assert_eq!(answer_of(&store, "w1").await, Some(answer.clone()));
    let all = actor("甲", Role::Auditor, Scope::All);
    assert_eq!(store.warning(&all, "x1").await.unwrap().answer, None);
    assert_eq!(store.warning(&all, "held").await.unwrap().answer, None);

    // Sent again, it is one answer. What was said earlier and comes later changes nothing; the newest holds, whatever order it comes in.
    let again = store.record_calls(from_ref(&first)).await.unwrap().remove(0);
    assert!(matches!(again, CallOutcome::Earlier(_)));
    store.record_calls(&[answered(HOSPITAL, 3, 30, &[("w1", Way::GoBack)])]).await.unwrap();
    assert_eq!(answer_of(&store, "w1").await, Some(answer));
    let twice = answered(HOSPITAL, 4, 90, &[("w1", Way::GoOn), ("w1", Way::GoBack)]);
    let group = [twice, answered(HOSPITAL, 5, 120, &[("w2", Way::GoBack)]), answered(HOSPITAL, 6, 100, &[("w2", Way::GoOn)])];
    assert_eq!(store.record_calls(&group).await.unwrap(), [kept(), kept(), kept()]);
    assert_eq!(answer_of(&store, "w1").await.map(|answer| (answer.way, answer.reason)), Some((Way::GoBack, None)));
    assert_eq!(answer_of(&store, "w2").await.map(|answer| answer.way), Some(Way::GoBack));

    // What was asked and answered within one group counts as well.
    let group = [asked(HOSPITAL, 7, vec![warning("w7", None)]), answered(HOSPITAL, 8, 200, &[("w7", Way::GoBack)])];
    assert_eq!(store.record_calls(&group).await.unwrap(), [kept(), kept()]);
    assert!(answer_of(&store, "w7").await.is_some());
}

pub(super) async fn nobody_reads_calls_beyond_their_scope(store: Store) {
    let mut here = asked(HOSPITAL, 1, vec![warning("here", None), warning("held", Some(HeldBack::Grade))]);
    here.visits = vec![lying(HOSPITAL, "M1", 1)];
    let mut there = asked(OTHER, 1, vec![warning("there", None)]);
    there.visits = vec![lying(OTHER, "M2", 1)];
    store.record_calls(&[here, there]).await.unwrap();
    let all = WarningFilter::default();
    assert_eq!(ids(&store, &bureau(), &all).await, ["held", "here"]);
    assert!(matches!(store.warning(&bureau(), "there").await, Err(StoreError::NotFound)));
    // A hospital reads what it was shown.
    assert_eq!(ids(&store, &hospital(), &all).await, ["here"]);
    assert!(matches!(store.warning(&hospital(), "held").await, Err(StoreError::NotFound)));
    assert_eq!(store.count_warnings(&hospital(), &WarningFilter { undecided: true, ..all.clone() }).await.unwrap(), 1);
    let in_house = |visits: Vec<OnlineVisit>| visits.into_iter().map(|visit| visit.mdtrt_id).collect::<Vec<_>>();
    assert_eq!(in_house(store.in_house(&bureau(), None, 0, 10).await.unwrap()), ["M1"]);
    assert_eq!(in_house(store.in_house(&hospital(), None, 0, 10).await.unwrap()), ["M1"]);
    assert!(store.in_house(&bureau(), Some(OTHER), 0, 10).await.unwrap().is_empty());
    let (counted, by) = (FiguresFilter::default(), FiguresBy::Rule);
    for who in [bureau(), hospital()] {
        assert_eq!(store.warning_figures(&who, &counted, by, 10).await.unwrap()[0].shown, 1);
        assert_eq!(store.calls_by_day(&who, &counted).await.unwrap()[0].calls, 1);
    }
    let everywhere = actor("乙", Role::Statistician, Scope::All);
    assert_eq!(store.warning_figures(&everywhere, &counted, by, 10).await.unwrap()[0].shown, 2);
    assert!(matches!(store.warnings(&everywhere, &all, 0, 10).await, Err(StoreError::Refused(_))), "who counts reads no rows");
    assert!(matches!(store.warning_figures(&admin(), &counted, by, 10).await, Err(StoreError::Refused(_))));
    assert!(matches!(store.in_house(&admin(), None, 0, 10).await, Err(StoreError::Refused(_))));
}

pub(super) async fn a_nonce_is_good_once(store: Store) {
    assert!(store.claim_nonce("K1", "n1", at(2)).await.unwrap());
    assert!(!store.claim_nonce("K1", "n1", at(2)).await.unwrap() && store.claim_nonce("K2", "n1", at(2)).await.unwrap());
    let signed = |number: u32, nonce: &str| {
        let nonce = Nonce { key_id: "K1".to_owned(), nonce: nonce.to_owned() };
        let mut record = asked(HOSPITAL, number, vec![warning(&format!("w{number}"), None)]);
        record.call.signed = true;
        CallRecord { nonce: Some(nonce), ..record }
    };
    let group = [signed(1, "n1"), signed(2, "n2"), signed(3, "n2"), signed(4, "n3")];
    let replayed = CallOutcome::Replayed;
    assert_eq!(store.record_calls(&group).await.unwrap(), [replayed.clone(), kept(), replayed.clone(), kept()]);
    assert_eq!(ids(&store, &bureau(), &WarningFilter::default()).await, ["w2", "w4"]);
    // Overheard and sent again, a message is not even told its answer; signed anew, it is.
    assert_eq!(store.record_calls(&[signed(2, "n2")]).await.unwrap(), [replayed]);
    assert!(matches!(store.record_calls(&[signed(2, "n4")]).await.unwrap()[0], CallOutcome::Earlier(_)));
    assert!(!store.claim_nonce("K1", "n4", at(3)).await.unwrap());
    assert_eq!(store.forget_nonces(at(2)).await.unwrap(), 0);
    assert_eq!(store.forget_nonces(at(3)).await.unwrap(), 5);
    assert!(store.claim_nonce("K1", "n1", at(3)).await.unwrap());
}

pub(super) async fn what_is_known_of_visits_is_bounded(store: Store) {
    let told = |number: u32, visits: Vec<OnlineVisit>| CallRecord { visits, ..asked(HOSPITAL, number, Vec::new()) };
    let later = OnlineVisit { bed: Some("04".to_owned()), updated_at: at(3), ..lying(HOSPITAL, "M1", 1) };
    let earlier = lying(HOSPITAL, "M1", 1);
    store.record_calls(&[told(1, vec![later.clone()]), told(2, vec![earlier, lying(OTHER, "M9", 1)])]).await.unwrap();
    let since = |day: i32| store.visits_of(PATIENT, at(day).day(), 1_000);
    assert_eq!(since(-400).await.unwrap(), from_ref(&later), "the newest holds, and nobody speaks for another institution");
    assert_eq!(since(30).await.unwrap(), from_ref(&later), "a stay that goes on is not over");
    let import = |id: &str, begin| OnlineVisit { source: Source::Import, ..visit(OTHER, id, begin) };
    let old = OnlineVisit { updated_at: at(1), in_house: false, source: Source::Import, ..later.clone() };
    store.keep_visits(&[import("M9", 1), import("M8", -30), old]).await.unwrap();
    let ids = |visits: Vec<OnlineVisit>| visits.into_iter().map(|visit| visit.mdtrt_id).collect::<Vec<_>>();
    assert_eq!(ids(since(-400).await.unwrap()), ["M1", "M9", "M8"]);
    assert_eq!(ids(since(0).await.unwrap()), ["M1", "M9"]);
    assert_eq!(ids(store.visits_of(PATIENT, at(-400).day(), 1).await.unwrap()), ["M1"]);
    assert!(store.visits_of("nobody", at(-400).day(), 10).await.unwrap().is_empty());

    // Of one person no more than that many are kept: what goes on, then the latest.
    let many: Vec<OnlineVisit> = (0..300).map(|n| import(&format!("N{n:03}"), 2 + n)).collect();
    store.keep_visits(&many).await.unwrap();
    let left = ids(since(-400).await.unwrap());
    assert_eq!(i64::try_from(left.len()).unwrap(), MOST_VISITS);
    assert_eq!((left[0].as_str(), left[198].as_str(), left[199].as_str()), ("N299", "N101", "M1"));
    let other = OnlineVisit { psn_no: "P2".to_owned(), ..import("P2-1", 1) };
    store.keep_visits(from_ref(&other)).await.unwrap();

    assert_eq!(
        store.drop_visits_before(at(203).day()).await.unwrap(),
        102,
        "100 of the many, and two that went on or were long ago"
    );
    assert_eq!(ids(since(-400).await.unwrap()).len(), 99);
    assert!(store.visits_of("P2", at(-400).day(), 10).await.unwrap().is_empty());
    store.record_calls(&[told(3, vec![OnlineVisit { updated_at: at(203), ..later }])]).await.unwrap();
    assert_eq!(store.drop_visits_before(at(203).day()).await.unwrap(), 0, "of what is spoken of, it stays while it goes on");
}

pub(super) async fn figures_say_what_became_of_warnings(store: Store) {
    let mut one = asked(HOSPITAL, 1, ["w1", "w2", "w3"].map(|id| warning(id, None)).to_vec());
    one.warnings.push(warning("held", Some(HeldBack::Repeated)));
    "rule-b".clone_into(&mut one.warnings[2].rule_code);
    one.warnings[2].dr_code = None;
    let mut two = asked(OTHER, 2, vec![warning("x1", None)]);
    two.call.reqt_time = at(5);
    two.call.rsp_time = at(5);
    store.record_calls(&[one, two]).await.unwrap();
    store.record_calls(&[answered(HOSPITAL, 3, 60, &[("w1", Way::GoOn), ("w3", Way::GoBack)])]).await.unwrap();
    let judged = |id: &str, judgement| Judged { jr_id: id.to_owned(), judgement, finding_id: Some(format!("f-{id}")) };
    let all = [judged("w1", Judgement::Confirmed), judged("w3", Judgement::Dismissed), judged("?", Judgement::Dismissed)];
    assert_eq!(store.judge_warnings(&all).await.unwrap(), 2);
    let known = store.warning(&bureau(), "w1").await.unwrap();
    assert_eq!((known.judgement, known.finding_id.as_deref()), (Some(Judgement::Confirmed), Some("f-w1")));

    let everywhere = actor("乙", Role::Statistician, Scope::All);
    let figures = |key: &str, code: &str, counts: [i64; 6]| Figures {
        key: key.to_owned(),
        fixmedins_code: code.to_owned(),
        shown: counts[0],
        followed: counts[1],
        overridden: counts[2],
        unanswered: counts[3],
        confirmed: counts[4],
        dismissed: counts[5],
    };
    let any = FiguresFilter::default();
    let rules = store.warning_figures(&everywhere, &any, FiguresBy::Rule, 10).await.unwrap();
    assert_eq!(rules, [figures("rule-a", "", [3, 0, 1, 2, 1, 0]), figures("rule-b", "", [1, 1, 0, 0, 0, 1])]);
    let doctors = store.warning_figures(&everywhere, &any, FiguresBy::Doctor, 10).await.unwrap();
    let of_none = figures("", HOSPITAL, [1, 1, 0, 0, 0, 1]);
    assert_eq!(doctors, [figures("D1", HOSPITAL, [2, 0, 1, 1, 1, 0]), of_none, figures("D1", OTHER, [1, 0, 0, 1, 0, 0])]);
    let here = FiguresFilter { from: Some(at(2).day()), to: Some(at(2).day()), ..FiguresFilter::default() };
    let departments = store.warning_figures(&everywhere, &here, FiguresBy::Department, 10).await.unwrap();
    assert_eq!(departments, [figures("A07", HOSPITAL, [3, 1, 1, 1, 1, 1])]);
    let there = FiguresFilter { fixmedins_code: Some(OTHER.to_owned()), ..FiguresFilter::default() };
    assert_eq!(store.warning_figures(&everywhere, &there, FiguresBy::Rule, 10).await.unwrap()[0].shown, 1);

    let keys = ["repeat-w1", "repeat-w2", "repeat-w3", "repeat-x1", "repeat-held"].map(str::to_owned);
    let seen: Vec<String> = store.answered_before(HOSPITAL, &keys).await.unwrap().into_iter().collect();
    assert_eq!(seen, ["repeat-w1", "repeat-w3"]);
    assert!(store.answered_before(OTHER, &keys).await.unwrap().is_empty());
    assert_eq!(store.shown_within(HOSPITAL, "D1", at(2)).await.unwrap(), 2);
    assert_eq!(store.shown_within(HOSPITAL, "D1", at(2).plus_seconds(1)).await.unwrap(), 0);
    let filtered = async |filter: WarningFilter| ids(&store, &bureau(), &filter).await;
    let (go_on, any) = (Some(Way::GoOn), WarningFilter::default());
    assert_eq!(filtered(WarningFilter { way: go_on, ..any.clone() }).await, ["w1"]);
    assert_eq!(filtered(WarningFilter { unanswered: true, ..any.clone() }).await, ["w2"]);
    assert_eq!(filtered(WarningFilter { shown: true, rule_code: Some("rule-a".to_owned()), ..any.clone() }).await, ["w1", "w2"]);
    assert_eq!(filtered(WarningFilter { mdtrt_ids: vec!["M0".to_owned()], ..any.clone() }).await, Vec::<String>::new());
    let all = WarningFilter {
        mdtrt_ids: vec!["M0".to_owned(), "M1".to_owned()],
        grades: vec!["violation".to_owned()],
        dept_code: Some("A07".to_owned()),
        dr_code: Some("D1".to_owned()),
        stage: Some(Stage::Pre),
        from: Some(at(2).day()),
        to: Some(at(2).day()),
        fixmedins_code: Some(HOSPITAL.to_owned()),
        ..any
    };
    assert_eq!(filtered(all).await, ["held", "w1", "w2"]);
}

pub(super) async fn days_tell_how_quickly_calls_were_answered(store: Store) {
    let mut calls: Vec<CallRecord> = (0..200).map(|n| asked(HOSPITAL, n, Vec::new())).collect();
    calls.push(answered(HOSPITAL, 900, 60, &[]));
    store.record_calls(&calls).await.unwrap();
    let days = store.calls_by_day(&bureau(), &FiguresFilter::default()).await.unwrap();
    let shown: Vec<_> = days.iter().map(|day| (day.day.as_str(), day.infno.as_str(), day.calls, day.p50, day.p99)).collect();
    assert_eq!(shown, [("2026-03-02", "3101", 200, 899, 997), ("2026-03-02", "3103", 1, 1_700, 1_700)]);
    let later = FiguresFilter { from: Some(at(3).day()), to: Some(at(9).day()), fixmedins_code: Some(HOSPITAL.to_owned()) };
    assert!(store.calls_by_day(&bureau(), &later).await.unwrap().is_empty());
}

pub(super) async fn a_key_is_given_out_and_revoked(store: Store) {
    assert!(!store.has_keys().await.unwrap());
    let refused = store.add_key(&bureau(), HOSPITAL, Algorithm::HmacSm3, "", at(1)).await;
    assert!(matches!(refused, Err(StoreError::Refused(_))), "who judges gives out no keys");
    assert!(store.add_key(&admin(), OTHER, Algorithm::HmacSm3, "", at(1)).await.is_err(), "of another region");
    assert!(store.add_key(&admin(), " ", Algorithm::HmacSm3, "", at(1)).await.is_err());
    let key = store.add_key(&admin(), HOSPITAL, Algorithm::HmacSm3, " 门诊 ", at(1)).await.unwrap();
    let other = store.add_key(&admin(), HOSPITAL, Algorithm::HmacSha256, "住院", at(2)).await.unwrap();
    assert!(key.secret != other.secret && key.secret.len() == 64 && !format!("{key:?}").contains(&key.secret));
    assert_eq!(store.key(&key.key_id).await.unwrap(), Some(key.clone()));
    assert!(store.has_keys().await.unwrap() && store.key("?").await.unwrap().is_none());
    store.revoke_key(&admin(), &key.key_id, at(3)).await.unwrap();
    assert!(store.key(&key.key_id).await.unwrap().is_none());
    assert!(matches!(store.revoke_key(&admin(), &key.key_id, at(4)).await, Err(StoreError::NotFound)));
    let lines = store.keys(&admin()).await.unwrap();
    let shown: Vec<_> = lines.iter().map(|line| (line.note.as_str(), line.algorithm, line.revoked_at.is_some())).collect();
    assert_eq!(shown, [("住院", Algorithm::HmacSha256, false), ("门诊", Algorithm::HmacSm3, true)]);
    let elsewhere = actor("管理员二", Role::Administrator, Scope::Regions(BTreeSet::from(["9902".to_owned()])));
    assert!(store.keys(&elsewhere).await.unwrap().is_empty());
    assert!(store.revoke_key(&elsewhere, &other.key_id, at(4)).await.is_err() && store.keys(&bureau()).await.is_err());
    store.revoke_key(&admin(), &other.key_id, at(4)).await.unwrap();
    assert!(store.has_keys().await.unwrap(), "to take back the last key opens no door");
    let told = store.entries(&format!("institution_key:{}", key.key_id)).await.unwrap();
    assert_eq!(told.iter().map(|entry| entry.kind.as_str()).collect::<Vec<_>>(), ["key_added", "key_revoked"]);
    assert!(told.iter().all(|entry| !entry.body.contains(&key.secret)));
    assert!(store.verify().await.unwrap().faults.is_empty());
}

pub(super) async fn a_backup_holds_the_calls(store: Store) {
    let secret = told_in_real_time(&store).await;
    // More than a page, of several institutions.
    let numbered = |n: u32| asked(if n.is_multiple_of(2) { HOSPITAL } else { OTHER }, n, vec![warning(&format!("w{n}"), None)]);
    let many: Vec<CallRecord> = (1_000..3_500).map(numbered).collect();
    store.record_calls(&many).await.unwrap();
    let mut backup = Vec::new();
    let written = store.backup(&mut backup).await.unwrap();
    assert!(matches!(store.restore(&mut backup.as_slice()).await, Err(StoreError::Unfit(_))));
    let folder = tempfile::tempdir().unwrap();
    let other = open(&format!("sqlite://{}", folder.path().join("x.db").display()), folder.path()).await;
    assert_eq!(other.restore(&mut backup.as_slice()).await.unwrap(), written);
    is_known_as_ever(&other, &secret).await;
    let all = actor("甲", Role::Auditor, Scope::All);
    assert_eq!(other.count_warnings(&all, &WarningFilter::default()).await.unwrap(), 2_501);
    assert!(!other.claim_nonce("K1", "n1", at(2)).await.unwrap());
    let mut second = Vec::new();
    other.backup(&mut second).await.unwrap();
    assert!(second == backup, "the copy of the copy is the copy");
}

/// A call that tells of a person all over, its answer, and a key. Returns the key's secret.
pub(super) async fn told_in_real_time(store: &Store) -> String {
    let key = store.add_key(&admin(), HOSPITAL, Algorithm::HmacSm3, "", at(1)).await.unwrap();
    let nonce = Some(Nonce { key_id: "K1".to_owned(), nonce: "n1".to_owned() });
    let asked = asked(HOSPITAL, 1, vec![warning("w1", None)]);
    let asked = CallRecord { nonce, visits: vec![lying(HOSPITAL, "M1", 1)], ..asked };
    store.record_calls(&[asked, answered(HOSPITAL, 2, 60, &[("w1", Way::GoOn)])]).await.unwrap();
    key.secret
}

/// What was told is read as it was told.
pub(super) async fn is_known_as_ever(store: &Store, secret: &str) {
    let known = store.warning(&bureau(), "w1").await.unwrap();
    assert_eq!(known.warning, warning("w1", None));
    assert_eq!(known.answer.and_then(|answer| answer.reason).as_deref(), Some("患者家属坚持用药 2"));
    assert_eq!(store.visits_of(PATIENT, at(1).day(), 10).await.unwrap(), [lying(HOSPITAL, "M1", 1)]);
    let call = call(HOSPITAL, 1, "3101");
    assert_eq!(store.earlier_reply(HOSPITAL, &call.msgid).await.unwrap().map(|earlier| earlier.reply), Some(call.reply));
    let key_id = store.keys(&admin()).await.unwrap().remove(0).key_id;
    assert_eq!(store.key(&key_id).await.unwrap().map(|key| key.secret).as_deref(), Some(secret));
}
