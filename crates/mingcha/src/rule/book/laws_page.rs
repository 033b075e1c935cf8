//! The law page: which rules stand on which article.

use std::collections::BTreeMap;

use anyhow::Result;
use askama::Template;

use super::shelf::{Link, Shelf, Site, rule_link};

#[derive(Template)]
#[template(path = "book/laws.html")]
struct Page {
    site: Site,
    laws: Vec<Law>,
}

struct Law {
    name: String,
    articles: Vec<Article>,
}

struct Article {
    name: String,
    from: String,
    rules: Vec<Link>,
}

pub(super) fn render(shelf: &Shelf<'_>) -> Result<String> {
    let mut by_law: BTreeMap<&str, BTreeMap<(&str, String), Vec<Link>>> = BTreeMap::new();
    for rule in &shelf.pack.rules {
        for basis in &rule.basis {
            let from = basis.from.map_or_else(|| "—".to_owned(), |day| format!("{day} 起"));
            by_law.entry(&basis.law).or_default().entry((&basis.article, from)).or_default().push(rule_link("", rule));
        }
    }
    let mut laws: Vec<Law> = by_law
        .into_iter()
        .map(|(name, articles)| {
            let article =
                |((article, from), rules): ((&str, String), Vec<Link>)| Article { name: article.to_owned(), from, rules };
            Law { name: name.to_owned(), articles: articles.into_iter().map(article).collect() }
        })
        .collect();
    // The law that most rules stand on comes first.
    laws.sort_by_key(|law| std::cmp::Reverse(law.articles.iter().map(|article| article.rules.len()).sum::<usize>()));
    Ok(Page { site: shelf.site("laws", ""), laws }.render()?)
}
