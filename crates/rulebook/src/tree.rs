//! Tree（适应症条件树）: a reviewed restriction as an and/or tree over what claims can show.
//!
//! ```text
//! dx(C18 C19 C20) and (age(18..) or used(XL01BCK001)) and not dx(O)
//! ```
//!
//! A tree is written by a person who read the published restriction, and stands in a knowledge row. Free text is never parsed for
//! its meaning. Every leaf answers yes, no or unknown; `record(…)` stands for what only the medical record can show and is always
//! unknown to a claim.

use std::fmt;

use claims::Text;

/// Tree（条件树）: conditions joined by and, or, not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    /// All must hold.
    All(Vec<Tree>),
    /// One must hold.
    Any(Vec<Tree>),
    /// Must not hold.
    Not(Box<Tree>),
    /// A leaf.
    Leaf(Leaf),
}

/// Leaf（条件叶）: one thing that claims can show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leaf {
    /// A diagnosis of the visit whose code begins with one of these（诊断）.
    Diagnosis(Vec<Text>),
    /// The main diagnosis begins with one of these（主诊断）.
    MainDiagnosis(Vec<Text>),
    /// An operation of the stay whose code begins with one of these（手术操作）.
    Operation(Vec<Text>),
    /// An item of the same stay whose code begins with one of these（同次项目）.
    Item(Vec<Text>),
    /// An item used before or in the same stay whose code begins with one of these（既往使用）.
    Used(Vec<Text>),
    /// Completed years of age within these bounds, inclusive（周岁）.
    Age(Option<i64>, Option<i64>),
    /// Days of age within these bounds, inclusive（日龄）.
    AgeDays(Option<i64>, Option<i64>),
    /// Sex, `1` or `2`（性别）.
    Sex(Text),
    /// Class of care, as the fact `visit.class` says it（就医方式）.
    Visit(Vec<Text>),
    /// Level of the institution at least this（机构级别）.
    Level(i64),
    /// Something only the medical record shows（病历证据）.
    Record(Text),
}

/// TreeFault（条件树错误）: what is wrong with a tree's text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("条件树第{place}个字符处：{problem}")]
pub struct TreeFault {
    /// Where, in characters from 1.
    pub place: usize,
    /// What, in Chinese.
    pub problem: String,
}

impl Tree {
    /// Reads a tree.
    pub fn parse(text: &str) -> Result<Self, TreeFault> {
        let mut reader = Reader { signs: text.chars().collect(), at: 0, depth: 0 };
        let tree = reader.any()?;
        reader.blanks();
        if reader.at < reader.signs.len() {
            return Err(reader.fault("后面还有多余的内容"));
        }
        Ok(tree)
    }

    /// Every leaf, from left to right.
    pub fn leaves(&self) -> Vec<&Leaf> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::leaves).collect(),
            Self::Not(inner) => inner.leaves(),
            Self::Leaf(leaf) => vec![leaf],
        }
    }

    /// Codes of items whose earlier use the tree asks for.
    pub fn used_codes(&self) -> Vec<&Text> {
        self.leaves().into_iter().filter(|leaf| matches!(leaf, Leaf::Used(_))).flat_map(Leaf::codes).collect()
    }

    /// Whether the tree holds, asked leaf by leaf: `None` is unknown. A branch that is settled by one part does not ask the others'
    /// unknown parts.
    pub fn holds(&self, ask: &mut impl FnMut(&Leaf) -> Option<bool>) -> Option<bool> {
        match self {
            Self::All(parts) => settle(parts, false, ask),
            Self::Any(parts) => settle(parts, true, ask),
            Self::Not(inner) => inner.holds(ask).map(|holds| !holds),
            Self::Leaf(leaf) => ask(leaf),
        }
    }
}

/// Kleene's three-valued and/or: `decisive` settles the whole at once.
fn settle(parts: &[Tree], decisive: bool, ask: &mut impl FnMut(&Leaf) -> Option<bool>) -> Option<bool> {
    let mut known = true;
    for part in parts {
        match part.holds(ask) {
            Some(holds) if holds == decisive => return Some(decisive),
            Some(_) => {}
            None => known = false,
        }
    }
    known.then_some(!decisive)
}

impl Leaf {
    /// Codes that the leaf names.
    pub fn codes(&self) -> &[Text] {
        match self {
            Self::Diagnosis(codes)
            | Self::MainDiagnosis(codes)
            | Self::Operation(codes)
            | Self::Item(codes)
            | Self::Used(codes)
            | Self::Visit(codes) => codes,
            _ => &[],
        }
    }
}

/// Deepest nesting that is read: a restriction that needs more is a mistake.
const DEEPEST: usize = 32;

struct Reader {
    signs: Vec<char>,
    at: usize,
    depth: usize,
}

impl Reader {
    fn fault(&self, problem: impl Into<String>) -> TreeFault {
        TreeFault { place: self.at + 1, problem: problem.into() }
    }

    fn blanks(&mut self) {
        while self.signs.get(self.at).is_some_and(|sign| sign.is_whitespace()) {
            self.at += 1;
        }
    }

    fn sign(&mut self, wanted: char) -> bool {
        self.blanks();
        let found = self.signs.get(self.at) == Some(&wanted);
        self.at += usize::from(found);
        found
    }

    /// The word that stands next, without taking it.
    fn next_word(&mut self) -> String {
        self.blanks();
        self.signs[self.at..].iter().take_while(|sign| sign.is_ascii_alphabetic() || **sign == '_').collect()
    }

    fn word(&mut self, wanted: &str) -> bool {
        let found = self.next_word() == wanted;
        if found {
            self.at += wanted.len();
        }
        found
    }

    fn any(&mut self) -> Result<Tree, TreeFault> {
        let mut parts = vec![self.all()?];
        while self.word("or") {
            parts.push(self.all()?);
        }
        Ok(one_or(parts, Tree::Any))
    }

    fn all(&mut self) -> Result<Tree, TreeFault> {
        let mut parts = vec![self.part()?];
        while self.word("and") {
            parts.push(self.part()?);
        }
        Ok(one_or(parts, Tree::All))
    }

    fn part(&mut self) -> Result<Tree, TreeFault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.fault("括号套得太深"));
        }
        let part = if self.word("not") {
            Tree::Not(Box::new(self.part()?))
        } else if self.sign('(') {
            let inner = self.any()?;
            if !self.sign(')') {
                return Err(self.fault("缺少右括号"));
            }
            inner
        } else {
            Tree::Leaf(self.leaf()?)
        };
        self.depth -= 1;
        Ok(part)
    }

    fn leaf(&mut self) -> Result<Leaf, TreeFault> {
        let name = self.next_word();
        let place = self.at;
        self.at += name.len();
        if !self.sign('(') {
            return Err(self.fault("这里应是一个条件，如 dx(C18 C19)、age(18..)、record(病理报告)"));
        }
        let from = self.at;
        while self.signs.get(self.at).is_some_and(|sign| *sign != ')' && *sign != '(') {
            self.at += 1;
        }
        let inner: String = self.signs[from..self.at].iter().collect();
        if !self.sign(')') {
            return Err(self.fault("条件缺少右括号"));
        }
        leaf(&name, inner.trim()).map_err(|problem| TreeFault { place: place + 1, problem })
    }
}

fn one_or(mut parts: Vec<Tree>, many: fn(Vec<Tree>) -> Tree) -> Tree {
    if parts.len() == 1 { parts.remove(0) } else { many(parts) }
}

fn leaf(name: &str, inner: &str) -> Result<Leaf, String> {
    if inner.is_empty() {
        return Err(format!("{name}() 里不能为空"));
    }
    let codes = || -> Vec<Text> { inner.split_whitespace().map(|code| Text::from(code.to_ascii_uppercase())).collect() };
    let words = || -> Vec<Text> { inner.split_whitespace().map(Text::from).collect() };
    Ok(match name {
        "dx" => Leaf::Diagnosis(codes()),
        "main_dx" => Leaf::MainDiagnosis(codes()),
        "op" => Leaf::Operation(codes()),
        "item" => Leaf::Item(codes()),
        "used" => Leaf::Used(codes()),
        "age" => bounds(inner).map(|(least, most)| Leaf::Age(least, most))?,
        "age_days" => bounds(inner).map(|(least, most)| Leaf::AgeDays(least, most))?,
        "sex" if matches!(inner, "1" | "2") => Leaf::Sex(Text::from(inner)),
        "sex" => return Err(format!("性别只能是 1 或 2，不是 {inner}")),
        "visit" => Leaf::Visit(words()),
        "level" => Leaf::Level(inner.parse().map_err(|_| format!("级别应是 1、2、3，不是 {inner}"))?),
        "record" => Leaf::Record(Text::from(inner)),
        other => {
            return Err(format!(
                "不认识的条件 {other}；可用：dx、main_dx、op、item、used、age、age_days、sex、visit、level、record"
            ));
        }
    })
}

/// `18..`, `..6`, `3..12`, `5`.
fn bounds(text: &str) -> Result<(Option<i64>, Option<i64>), String> {
    let wrong = || format!("范围写成 18..、..6 或 3..12，不是 {text}");
    let number = |text: &str| -> Result<Option<i64>, String> {
        if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| wrong()) }
    };
    let Some((least, most)) = text.split_once("..") else {
        let only = number(text)?;
        return Ok((only, only));
    };
    let (least, most) = (number(least.trim())?, number(most.trim())?);
    if least.is_none() && most.is_none() || least.zip(most).is_some_and(|(least, most)| most < least) {
        return Err(wrong());
    }
    Ok((least, most))
}

/// As people read it.
impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |parts: &[Self], word: &str| {
            let shown: Vec<String> = parts
                .iter()
                .map(|part| if matches!(part, Self::All(_) | Self::Any(_)) { format!("（{part}）") } else { part.to_string() })
                .collect();
            shown.join(word)
        };
        match self {
            Self::All(parts) => f.write_str(&joined(parts, "，且")),
            Self::Any(parts) => f.write_str(&joined(parts, "，或")),
            Self::Not(inner) => write!(f, "不是（{inner}）"),
            Self::Leaf(leaf) => leaf.fmt(f),
        }
    }
}

impl fmt::Display for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let range = |least: &Option<i64>, most: &Option<i64>, unit: &str| match (least, most) {
            (Some(least), Some(most)) if least == most => format!("{least}{unit}"),
            (Some(least), Some(most)) => format!("{least}至{most}{unit}"),
            (Some(least), None) => format!("{least}{unit}以上"),
            (None, Some(most)) => format!("{most}{unit}以下"),
            (None, None) => "不限".to_owned(),
        };
        let list = self.codes().join("、");
        match self {
            Self::Diagnosis(_) => write!(f, "诊断属于 {list}"),
            Self::MainDiagnosis(_) => write!(f, "主诊断属于 {list}"),
            Self::Operation(_) => write!(f, "有手术操作 {list}"),
            Self::Item(_) => write!(f, "同次有项目 {list}"),
            Self::Used(_) => write!(f, "用过 {list}"),
            Self::Age(least, most) => write!(f, "年龄{}", range(least, most, "岁")),
            Self::AgeDays(least, most) => write!(f, "日龄{}", range(least, most, "天")),
            Self::Sex(sex) => f.write_str(if &**sex == "1" { "男性" } else { "女性" }),
            Self::Visit(_) => write!(f, "就医方式为 {list}"),
            Self::Level(level) => write!(f, "机构级别不低于{level}级"),
            Self::Record(what) => write!(f, "病历证据：{what}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(text: &str, answers: &[(&str, Option<bool>)]) -> Option<bool> {
        let tree = Tree::parse(text).expect("a tree");
        tree.holds(&mut |leaf| answers.iter().find(|(code, _)| leaf.codes().iter().any(|c| **c == **code)).and_then(|(_, a)| *a))
    }

    #[test]
    fn and_binds_closer_than_or() {
        let tree = Tree::parse("dx(A) or dx(B) and not age(..6)").unwrap();
        assert_eq!(tree.to_string(), "诊断属于 A，或（诊断属于 B，且不是（年龄6岁以下））");
    }

    #[test]
    fn one_unknown_branch_never_decides() {
        let text = "dx(A) or (dx(B) and dx(C))";
        assert_eq!(holds(text, &[("A", Some(true)), ("B", None)]), Some(true));
        assert_eq!(holds(text, &[("A", Some(false)), ("B", None), ("C", Some(true))]), None);
        assert_eq!(holds(text, &[("A", Some(false)), ("B", None), ("C", Some(false))]), Some(false), "B no longer matters");
        assert_eq!(holds("not dx(A)", &[("A", None)]), None);
    }

    #[test]
    fn a_fault_says_where() {
        for (text, place) in
            [("dx(A) xor dx(B)", 7), ("", 1), ("dx()", 1), ("(dx(A)", 7), ("age(9..3)", 1), ("dosage(3)", 1), ("sex(3)", 1)]
        {
            let fault = Tree::parse(text).unwrap_err();
            assert_eq!(fault.place, place, "{text}: {fault}");
        }
        assert!(Tree::parse(&format!("{}dx(A){}", "(".repeat(100), ")".repeat(100))).is_err());
    }

    #[test]
    fn bounds_are_inclusive_and_may_be_open() {
        assert_eq!(Tree::parse("age(18..)"), Ok(Tree::Leaf(Leaf::Age(Some(18), None))));
        assert_eq!(Tree::parse("age_days(..28)"), Ok(Tree::Leaf(Leaf::AgeDays(None, Some(28)))));
        assert_eq!(Tree::parse("age(5)"), Ok(Tree::Leaf(Leaf::Age(Some(5), Some(5)))));
    }
}
