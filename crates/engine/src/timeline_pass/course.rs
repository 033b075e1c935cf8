//! Course（疗程，T3）: service days of a course against a limit, over all institutions.

use claims::Day;

use super::{UseDraft, finding_of_uses, undecided_use, weakest};
use crate::event::UseEvent;
use crate::judge::named;
use crate::program::Program;
use crate::sink::Sink;

pub(super) fn judge(program: &Program, number: usize, uses: &[UseEvent], sink: &mut Sink) {
    for course in courses(uses) {
        judge_course(program, number, &course, sink);
    }
}

/// Splits uses into courses: by stay, by a long pause, or not at all.
fn courses(uses: &[UseEvent]) -> Vec<Vec<&UseEvent>> {
    let mut courses: Vec<Vec<&UseEvent>> = Vec::new();
    for one in uses {
        let same = |course: &Vec<&UseEvent>| {
            let last = course.last().expect("a course begins with a use");
            match one.reach.as_deref() {
                Some("stay") => last.stay_id == one.stay_id && last.fixmedins_code == one.fixmedins_code,
                Some("lifetime") => true,
                _ => {
                    let pause = i64::from(one.line.day.since(last.line.day));
                    one.new_course_after.is_none_or(|after| pause <= after)
                }
            }
        };
        match courses.iter_mut().rev().find(|c| same(c)) {
            Some(course) => course.push(one),
            None => courses.push(vec![one]),
        }
    }
    courses
}

/// A service day of a course.
struct CourseDay<'a> {
    day: Day,
    uses: Vec<&'a UseEvent>,
    /// Its place in the course, counting certain days only, and counting all.
    low: i64,
    high: i64,
    too_soon: bool,
}

impl CourseDay<'_> {
    fn certain(&self) -> bool {
        self.uses.iter().any(|u| u.certain)
    }
}

fn days<'a>(course: &[&'a UseEvent]) -> Vec<CourseDay<'a>> {
    let mut days: Vec<CourseDay<'a>> = Vec::new();
    for one in course {
        match days.last_mut() {
            Some(last) if last.day == one.line.day => last.uses.push(one),
            _ => days.push(CourseDay { day: one.line.day, uses: vec![one], low: 0, high: 0, too_soon: false }),
        }
    }
    let by_span = course.iter().any(|u| u.by_span);
    let (mut low, mut high) = (0, 0);
    let mut first_certain: Option<Day> = None;
    let mut previous_certain: Option<Day> = None;
    for index in 0..days.len() {
        let certain = days[index].certain();
        let day = days[index].day;
        high += 1;
        if certain {
            low += 1;
            first_certain.get_or_insert(day);
        }
        let gap = days[index].uses.iter().find_map(|u| u.least_gap);
        days[index].too_soon = certain && previous_certain.zip(gap).is_some_and(|(last, gap)| i64::from(day.since(last)) < gap);
        if certain {
            previous_certain = Some(day);
        }
        if by_span {
            let first = days[0].day;
            days[index].high = i64::from(day.since(first)) + 1;
            days[index].low = first_certain.map_or(0, |from| i64::from(day.since(from)) + 1);
        } else {
            days[index].low = if certain { low } else { low + 1 };
            days[index].high = high;
        }
    }
    days
}

fn judge_course(program: &Program, number: usize, course: &[&UseEvent], sink: &mut Sink) {
    let rule = &program.rules[number];
    let days = days(course);
    let limit = course.iter().find_map(|u| u.limit);
    let over = |d: &&CourseDay<'_>| limit.is_some_and(|limit| d.low > limit) || d.too_soon;
    let maybe = |d: &&CourseDay<'_>| limit.is_none_or(|limit| d.high > limit);
    let hits: Vec<&CourseDay<'_>> = days.iter().filter(|d| d.certain()).filter(over).collect();
    let charged: Vec<&UseEvent> =
        hits.iter().flat_map(|d| d.uses.iter().copied()).filter(|u| u.certain && u.chargeable).collect();
    if !charged.is_empty() {
        let limit_word = limit.map_or("未定".to_owned(), |l| l.to_string());
        let mut arithmetic = vec![format!("本疗程自 {} 起，共 {} 个服务日，限 {limit_word} 天", days[0].day, days.len())];
        arithmetic.extend(hits.iter().map(|d| {
            let why = if d.too_soon { "与前一次间隔不足" } else { "超出疗程" };
            format!("{}：第 {} 天，{why}", d.day, d.low)
        }));
        let draft = UseDraft {
            grade: weakest(rule, &charged),
            related: course.iter().copied().filter(|u| !charged.iter().any(|c| c.line.line_id == u.line.line_id)).collect(),
            subject: "course",
            key: format!("{}|{}|{}", course[0].psn_no, course[0].group, days[0].day),
            arithmetic,
            words: vec![
                ("quantity", days.len().to_string()),
                ("limit", limit_word),
                ("first_day", days[0].day.to_string()),
                ("last_day", days[days.len() - 1].day.to_string()),
            ],
            charged,
        };
        sink.hit(number, finding_of_uses(program, rule, draft));
        return;
    }
    let uncertain: Vec<&UseEvent> = course.iter().copied().filter(|u| !u.certain).collect();
    if days.iter().any(|d| maybe(&d)) && !uncertain.is_empty() {
        let missing = named(uncertain.iter().flat_map(|u| u.missing.clone()).collect());
        sink.undecided(number, &missing, || undecided_use(rule, "course", uncertain[0], &missing));
    } else {
        sink.clear(number);
    }
}
