//! Packs（规则包）as they were published: who, when, every file, what differs between two, and all of it as one archive.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Write as _};

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::header;
use axum::response::IntoResponse;
use casework::{Publication, Scope};
use similar::{ChangeTag, TextDiff};
use store::PackFile;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::answer::{Answer, Trouble};
use crate::app::{App, Kit};
use crate::guard::{Fields, Who};
use crate::layout::Frame;
use crate::runs::short;

/// Unchanged lines that are shown around a change.
const AROUND: usize = 3;

/// A line of a comparison.
pub(crate) struct Line {
    /// `+`, `−`, blank, or `…` where lines are left out.
    pub(crate) sign: &'static str,
    pub(crate) colour: &'static str,
    pub(crate) text: String,
}

/// What differs between two texts, with a few lines around it; nothing where they are the same.
pub(crate) fn changed_lines(before: &str, after: &str) -> Vec<Line> {
    let difference = TextDiff::from_lines(before, after);
    let mut lines = Vec::new();
    for (number, group) in difference.grouped_ops(AROUND).iter().enumerate() {
        if number > 0 {
            lines.push(Line { sign: "…", colour: "secondary", text: String::new() });
        }
        for change in group.iter().flat_map(|operation| difference.iter_changes(operation)) {
            let (sign, colour) = match change.tag() {
                ChangeTag::Insert => ("+", "green"),
                ChangeTag::Delete => ("\u{2212}", "red"),
                ChangeTag::Equal => (" ", ""),
            };
            lines.push(Line { sign, colour, text: change.value().trim_end_matches('\n').to_owned() });
        }
    }
    lines
}

struct Row {
    publication: Publication,
    short: String,
    authors: String,
    /// The pack before it.
    before: Option<String>,
}

#[derive(Template)]
#[template(path = "packs.html")]
struct PacksPage {
    frame: Frame,
    rows: Vec<Row>,
}

fn authors(publication: &Publication) -> String {
    publication.authors.iter().map(|author| author.0.as_str()).collect::<Vec<_>>().join("、")
}

/// GET /packs
pub(crate) async fn list(State(app): State<App>, who: Who) -> Answer {
    let packs = app.store.packs().await?;
    let before: Vec<Option<String>> = packs.iter().skip(1).map(|pack| Some(pack.digest.clone())).chain([None]).collect();
    let rows = packs.into_iter().zip(before).map(|(publication, before)| Row {
        short: short(&publication.digest),
        authors: authors(&publication),
        publication,
        before,
    });
    crate::answer::page(&PacksPage { frame: Frame::of(&app, &who, "/rules").await, rows: rows.collect() })
}

/// A file that differs between two packs.
struct Changed {
    name: String,
    how: &'static str,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "pack.html")]
struct PackPage {
    frame: Frame,
    publication: Publication,
    short: String,
    authors: String,
    in_force: bool,
    others: Vec<(String, i64, String)>,
    /// The pack that it is compared with.
    with: Option<Publication>,
    changed: Vec<Changed>,
    files: Vec<String>,
    shown: Option<PackFile>,
}

/// GET /packs/{digest}: `?file=` shows a file, `?with=` compares with another pack.
pub(crate) async fn page(State(app): State<App>, who: Who, Path(digest): Path<String>, RawQuery(query): RawQuery) -> Answer {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let (publication, packs) = (app.store.pack(&digest).await?, app.store.packs().await?);
    let files = app.store.pack_files(publication.number).await?;
    let with = match fields.one("with") {
        Some(digest) => Some(app.store.pack(digest).await?),
        None => None,
    };
    let changed = match &with {
        Some(other) => compared(&app.store.pack_files(other.number).await?, &files),
        None => Vec::new(),
    };
    let asked = fields.one("file");
    crate::answer::page(&PackPage {
        frame: Frame::of(&app, &who, "/rules").await,
        short: short(&publication.digest),
        authors: authors(&publication),
        in_force: packs.first().is_some_and(|newest| newest.number == publication.number),
        others: packs
            .iter()
            .filter(|pack| pack.number != publication.number)
            .map(|pack| (pack.digest.clone(), pack.number, pack.published_at.clone()))
            .collect(),
        shown: files.iter().find(|(name, _)| Some(name.as_str()) == asked).cloned(),
        files: files.into_iter().map(|(name, _)| name).collect(),
        with,
        changed,
        publication,
    })
}

fn compared(before: &[PackFile], after: &[PackFile]) -> Vec<Changed> {
    let by_name = |files: &'_ [PackFile]| -> BTreeMap<String, String> { files.iter().cloned().collect() };
    let (before, after) = (by_name(before), by_name(after));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changed = |name: &String| {
        let (old, new) = (before.get(name), after.get(name));
        let how = match (old, new) {
            (None, Some(_)) => "新增",
            (Some(_), None) => "不再采用",
            (old, new) if old == new => return None,
            _ => "改动",
        };
        let text = |text: Option<&String>| text.cloned().unwrap_or_default();
        Some(Changed { name: name.clone(), how, lines: changed_lines(&text(old), &text(new)) })
    };
    names.into_iter().filter_map(changed).collect()
}

/// GET /packs/{digest}/files.zip: what `mingcha rule export --pack` writes.
pub(crate) async fn download(State(app): State<App>, _who: Who, Path(digest): Path<String>) -> Answer {
    let publication = app.store.pack(&digest).await?;
    let files = app.store.pack_files(publication.number).await?;
    let content = archive(&publication, &files)?;
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"pack-{}.zip\"", short(&publication.digest))),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, content).into_response())
}

/// How an institution checks itself by a pack.
const KIT: &str = include_str!("kit.txt");

/// GET /portal/kit.zip: the rules and the knowledge in force, and how an institution checks itself by them, on its own machine and its
/// own data.
pub(crate) async fn kit(State(app): State<App>, who: Who) -> Answer {
    let own: Vec<String> = match who.actor().scope {
        Scope::Institutions(codes) => codes.into_iter().collect(),
        _ => Vec::new(),
    };
    let Kit { publication, mut files } = app.rulebook.kit(&own).await.map_err(Trouble::Input)?;
    let what = match publication.number {
        0 => "随程序发布的规则包，医保部门没有另行发布本地规则".to_owned(),
        number => format!("医保部门发布的第 {number} 号规则包，{} 发布", publication.published_at),
    };
    let words = [("{what}", what), ("{digest}", publication.digest.clone()), ("{program}", publication.program.clone())];
    let told = words.iter().fold(KIT.to_owned(), |text, (word, value)| text.replace(word, value));
    files.push(("README.txt".to_owned(), told));
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"self-check-{}.zip\"", short(&publication.digest))),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, archive(&publication, &files)?).into_response())
}

/// A pack as an archive: its manifest and every file.
pub(crate) fn archive(publication: &Publication, files: &[PackFile]) -> Result<Vec<u8>, Trouble> {
    let failed = |problem: &dyn std::fmt::Display| Trouble::Input(format!("没能生成压缩包：{problem}"));
    let manifest = serde_json::to_string_pretty(publication).map_err(|problem| failed(&problem))?;
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let own = [("pack.json".to_owned(), manifest)];
    for (name, text) in own.iter().chain(files) {
        archive.start_file(name.as_str(), SimpleFileOptions::default()).map_err(|problem| failed(&problem))?;
        archive.write_all(text.as_bytes()).map_err(|problem| failed(&problem))?;
    }
    Ok(archive.finish().map_err(|problem| failed(&problem))?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comparison_names_what_came_went_and_changed() {
        let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        let before = [file("a", "1\n2\n3\n"), file("b", "x\n"), file("c", "same\n")];
        let after = [file("a", "1\n4\n3\n"), file("c", "same\n"), file("d", "new\n")];
        let changed = compared(&before, &after);
        let told: Vec<(&str, &str)> = changed.iter().map(|file| (file.name.as_str(), file.how)).collect();
        assert_eq!(told, [("a", "改动"), ("b", "不再采用"), ("d", "新增")]);
        let lines: Vec<String> = changed[0].lines.iter().map(|line| format!("{}{}", line.sign, line.text)).collect();
        assert_eq!(lines, [" 1", "\u{2212}2", "+4", " 3"]);
    }
}
