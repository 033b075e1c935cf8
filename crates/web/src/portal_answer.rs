//! Answers（机构答复）of an institution: it accepts, or appeals with the papers that would clear it, each under the name by which the
//! rule asks for it.

use std::collections::BTreeMap;

use axum::extract::{Multipart, State};
use axum::response::{IntoResponse, Response};
use casework::{Actor, Finding};
use store::{Dealt, Handed, Left, Seen, StoreError};

use crate::answer::{Answer, Trouble, see_other};
use crate::app::App;
use crate::guard::{Fields, Who, check_token};
use crate::upload::{Upload, read};

/// What a paper is that no rule asks for.
const OTHER: &str = "其他材料";
/// What a paper is that the bureau asked for during an appeal.
const SUPPLEMENT: &str = "补充材料";
/// How the field of a paper that is asked for begins; its number leads to the field that says what is asked for.
const ASKED: &str = "paper-";

/// A paper with what it is handed in as.
#[derive(Clone)]
struct Labelled {
    labels: Vec<String>,
    digest: String,
    name: String,
    content: Vec<u8>,
}

impl Labelled {
    fn handed<'a>(&'a self, label: &'a str) -> Handed<'a> {
        Handed { asked_for: label, name: &self.name, content: &self.content }
    }

    fn label(&self) -> String {
        self.labels.join("；")
    }

    /// Whether it is for a finding that asks for these: for every one of them, where it is no paper that was asked for.
    fn is_for(&self, asked: &[String]) -> bool {
        self.labels.iter().any(|label| label == OTHER || asks(asked, label))
    }
}

fn asks(asked: &[String], label: &str) -> bool {
    asked.iter().any(|known| known.trim() == label)
}

/// What each paper is handed in as. One content is one paper, in however many fields it came; nothing is handed in as what nobody asked
/// for, and nothing that is no paper.
fn labelled(fields: &Fields, uploads: Vec<Upload>, asked: &[String]) -> Result<Vec<Labelled>, Trouble> {
    let mut papers: Vec<Labelled> = Vec::new();
    for Upload { field, name, content } in uploads {
        let label = match field.strip_prefix(ASKED) {
            Some(number) => fields.need(&format!("label-{number}"), "材料名称")?,
            None => OTHER,
        };
        if label != OTHER && !asks(asked, label) {
            return Err(Trouble::Input(format!("选中的疑点没有要求“{label}”，请刷新页面后再提交")));
        }
        store::paper::fitting(&name, &content)?;
        let digest = store::paper::digest(&content);
        match papers.iter_mut().find(|paper| paper.digest == digest) {
            Some(known) if known.labels.iter().any(|known| known == label) => {}
            Some(known) => known.labels.push(label.to_owned()),
            None => papers.push(Labelled { labels: vec![label.to_owned()], digest, name, content }),
        }
    }
    Ok(papers)
}

/// POST /portal/answer: accepts or contests the chosen findings, with papers for all of them.
pub(crate) async fn answer(State(app): State<App>, who: Who, parts: Multipart) -> Result<Response, Response> {
    let (fields, uploads) = read(parts).await.map_err(IntoResponse::into_response)?;
    check_token(Some(&who), fields.one("csrf")).map_err(IntoResponse::into_response)?;
    kept(&app, &who, &fields, uploads).await.map_err(IntoResponse::into_response)
}

async fn kept(app: &App, who: &Who, fields: &Fields, uploads: Vec<Upload>) -> Answer {
    let (actor, today, clocks) = (who.actor(), app.today(), &app.clocks);
    let appeal = match fields.one("answer") {
        Some("accept") => false,
        Some("appeal") => true,
        _ => return Err(Trouble::Input("请选择认可或申诉".to_owned())),
    };
    let grounds = fields.one("grounds").unwrap_or_default();
    if appeal && grounds.trim().is_empty() {
        return Err(casework::Refusal::BlankReason.into());
    }
    let mut dealt = Dealt::default();
    for (papers, seen) in with_papers(app, &actor, fields, uploads).await? {
        let labels: Vec<String> = papers.iter().map(Labelled::label).collect();
        let handed: Vec<Handed<'_>> = papers.iter().zip(&labels).map(|(paper, label)| paper.handed(label)).collect();
        let digests: Vec<String> = papers.iter().map(|paper| paper.digest.clone()).collect();
        let decide = |finding: &Finding| {
            if appeal {
                let limits = clocks.limits.of(&finding.filed.region);
                finding.appeal(&actor, grounds, digests.clone(), limits, &clocks.calendar, today)
            } else {
                finding.accept(&actor, today)
            }
        };
        // What moved since it was seen is left, and named: nothing is half answered in silence.
        let part = app.store.decide_each(&actor, &seen, &decide, (&handed, None), clocks, app.now()).await?;
        dealt.done.extend(part.done);
        dealt.left.extend(part.left);
    }
    if let (true, Some((_, left))) = (dealt.done.is_empty(), dealt.left.first()) {
        return Err(match left {
            Left::Hidden => StoreError::NotFound.into(),
            Left::Changed => StoreError::Stale.into(),
            Left::Refused(refusal) => refusal.clone().into(),
        });
    }
    let said = crate::chosen::said(if appeal { "已申诉" } else { "已认可" }, &dealt);
    let back = Fields::parse(fields.one("back").unwrap_or_default().as_bytes());
    see_other(&format!("/portal?{}", back.with(&[("said", &said)])))
}

/// The findings chosen, those together that get the same papers: each gets what it asks for, and what no rule asks for.
async fn with_papers(
    app: &App,
    actor: &Actor,
    fields: &Fields,
    uploads: Vec<Upload>,
) -> Result<Vec<(Vec<Labelled>, Vec<Seen>)>, Trouble> {
    let mut chosen = Vec::new();
    for seen in fields.seen()? {
        let finding = app.store.finding(&seen.finding_id, actor).await?;
        let sheet = app.store.sheet(&seen.finding_id, &finding.value.filed.digest).await?;
        chosen.push((seen, sheet.cleared_by));
    }
    let asked: Vec<String> = chosen.iter().flat_map(|(_, asked)| asked.clone()).collect();
    let papers = labelled(fields, uploads, &asked)?;
    let mut by_papers: BTreeMap<Vec<usize>, Vec<Seen>> = BTreeMap::new();
    for (seen, asked) in chosen {
        let own = papers.iter().enumerate().filter(|(_, paper)| paper.is_for(&asked)).map(|(place, _)| place);
        by_papers.entry(own.collect()).or_default().push(seen);
    }
    let of = |(own, seen): (Vec<usize>, Vec<Seen>)| (own.into_iter().map(|place| papers[place].clone()).collect(), seen);
    Ok(by_papers.into_iter().map(of).collect())
}

/// POST /portal/supply: hands in what the bureau asked for during an appeal.
pub(crate) async fn supply(State(app): State<App>, who: Who, parts: Multipart) -> Result<Response, Response> {
    let (fields, uploads) = read(parts).await.map_err(IntoResponse::into_response)?;
    check_token(Some(&who), fields.one("csrf")).map_err(IntoResponse::into_response)?;
    supplied(&app, &who, &fields, uploads).await.map_err(IntoResponse::into_response)
}

async fn supplied(app: &App, who: &Who, fields: &Fields, uploads: Vec<Upload>) -> Answer {
    let (actor, id) = (who.actor(), fields.need("id", "疑点")?);
    let finding = app.store.finding(id, &actor).await?;
    let papers = labelled(fields, uploads, &[])?;
    let digests = papers.iter().map(|paper| paper.digest.clone()).collect();
    let note = fields.one("note").unwrap_or_default();
    let step = finding.value.supply(&actor, note, digests, &app.clocks.calendar, app.today())?;
    for paper in &papers {
        app.store.hand_in(&actor, id, SUPPLEMENT, &paper.name, &paper.content, app.now()).await?;
    }
    app.store.apply(&finding, step, &app.clocks, app.now()).await?;
    see_other(&format!("/portal/findings/{id}"))
}

/// POST /portal/class: contests all findings of one rule and one reason together, with one set of papers.
pub(crate) async fn appeal_class(State(app): State<App>, who: Who, parts: Multipart) -> Result<Response, Response> {
    let (fields, uploads) = read(parts).await.map_err(IntoResponse::into_response)?;
    check_token(Some(&who), fields.one("csrf")).map_err(IntoResponse::into_response)?;
    class_kept(&app, &who, &fields, uploads).await.map_err(IntoResponse::into_response)
}

async fn class_kept(app: &App, who: &Who, fields: &Fields, uploads: Vec<Upload>) -> Answer {
    let actor = who.actor();
    let reason = fields.one("class").unwrap_or_default();
    let classes = app.store.open_classes(&actor, fields.need("rule", "规则")?).await?;
    let class = classes.into_iter().find(|class| class.reason == reason);
    let class = class.ok_or_else(|| Trouble::Input("没有可以一并申诉的同类疑点".to_owned()))?;
    let papers = labelled(fields, uploads, &class.cleared_by)?;
    let labels: Vec<String> = papers.iter().map(Labelled::label).collect();
    let papers: Vec<Handed<'_>> = papers.iter().zip(&labels).map(|(paper, label)| paper.handed(label)).collect();
    let grounds = fields.one("grounds").unwrap_or_default();
    let (number, findings) = app.store.appeal_class(&actor, &class, grounds, &papers, &app.clocks, app.now()).await?;
    let said = format!("已提出同类申诉 {number}，共 {findings} 条");
    see_other(&format!("/portal?{}", Fields::default().with(&[("show", "appealed"), ("said", &said)])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upload(field: &str, content: &[u8]) -> Upload {
        Upload { field: field.to_owned(), name: "x.pdf".to_owned(), content: [b"%PDF-", content].concat() }
    }

    fn form() -> Fields {
        let pairs = [("label-0", "手术记录"), ("label-1", "护理记录"), ("label-2", "身份证")];
        Fields::of(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
    }

    #[test]
    fn a_paper_is_what_it_was_asked_for_as() {
        let asked = ["手术记录".to_owned(), "护理记录 ".to_owned()];
        let papers = vec![upload("paper-0", b"a"), upload("paper-1", b"b"), upload("paper-1", b"a"), upload("papers", b"c")];
        let papers = labelled(&form(), papers, &asked).unwrap();
        let labels: Vec<String> = papers.iter().map(Labelled::label).collect();
        assert_eq!(labels, ["手术记录；护理记录", "护理记录", "其他材料"], "one content is one paper");
        let surgery = ["手术记录".to_owned()];
        assert_eq!(papers.iter().map(|paper| paper.is_for(&surgery)).collect::<Vec<_>>(), [true, false, true]);
    }

    #[test]
    fn nothing_is_handed_in_as_what_nobody_asked_for() {
        let asked = ["手术记录".to_owned()];
        for field in ["paper-2", "paper-9", "paper-"] {
            assert!(labelled(&form(), vec![upload(field, b"a")], &asked).is_err(), "{field}");
        }
    }
}
