//! Node（报文节点）: an object of a message. Callers write one value in many ways（interface-31xx 7）, and all of them are read here.

use std::fmt;

use claims::{Day, Fen, Moment, Quantity, Text, UnitPrice};
use serde_json::{Map, Value};

/// Fault（报文问题）: a value that cannot be read: where it stands, what it is, what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where it stands, such as `input.data.patient_dtos[0].brdy`.
    pub path: String,
    /// The value as it was sent; none where there was none.
    pub value: Option<String>,
    /// What is wrong and what to do, in Chinese.
    pub problem: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{}“{value}”{}", self.path, self.problem),
            None => write!(f, "{}{}", self.path, self.problem),
        }
    }
}

/// Node（报文节点）: an object, and where it stands.
#[derive(Clone, Debug)]
pub struct Node<'a> {
    path: String,
    object: &'a Map<String, Value>,
}

/// What callers write for “none”.
const NONE: [&str; 3] = ["-", "null", "NULL"];

/// Longest value repeated in a fault: messages of faults travel in a field of 200 characters.
const SHOWN: usize = 40;

impl<'a> Node<'a> {
    /// An object that stands at a path.
    pub fn new(path: impl Into<String>, object: &'a Map<String, Value>) -> Self {
        Self { path: path.into(), object }
    }

    /// The path of a field.
    pub fn path_of(&self, field: &str) -> String {
        if self.path.is_empty() { field.to_owned() } else { format!("{}.{field}", self.path) }
    }

    /// The object itself.
    pub const fn object(&self) -> &'a Map<String, Value> {
        self.object
    }

    /// A field as it was sent.
    pub fn value(&self, field: &str) -> Option<&'a Value> {
        self.object.get(field)
    }

    /// A field as text: trimmed, a number in its digits, and none for whatever stands for none.
    pub fn text(&self, field: &str) -> Option<Text> {
        match self.object.get(field)? {
            Value::String(text) => known(text).map(Text::from),
            Value::Number(number) => Some(Text::from(number.to_string())),
            Value::Bool(flag) => Some(Text::from(if *flag { "1" } else { "0" })),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// A field that must be there.
    pub fn need(&self, field: &str, faults: &mut Vec<Fault>) -> Option<Text> {
        let text = self.text(field);
        if text.is_none() {
            faults.push(Fault { path: self.path_of(field), value: None, problem: "为空，此项必填".to_owned() });
        }
        text
    }

    /// An amount in yuan; further digits than fen, which floating numbers leave behind, are rounded.
    pub fn fen(&self, field: &str, faults: &mut Vec<Fault>) -> Option<Fen> {
        let yuan = self.decimal(field, 6, "不是金额，请写成 61.20", faults, UnitPrice::parse)?;
        Some(yuan.times(Quantity(10_000)))
    }

    /// A unit price in yuan.
    pub fn price(&self, field: &str, faults: &mut Vec<Fault>) -> Option<UnitPrice> {
        self.decimal(field, 6, "不是单价，请写成 20.40", faults, UnitPrice::parse)
    }

    /// A quantity.
    pub fn quantity(&self, field: &str, faults: &mut Vec<Fault>) -> Option<Quantity> {
        self.decimal(field, 4, "不是数量，请写成 3.00", faults, Quantity::parse)
    }

    /// A moment; a day alone is its midnight.
    pub fn moment(&self, field: &str, faults: &mut Vec<Fault>) -> Option<Moment> {
        let text = self.text(field)?;
        let moment = Moment::parse(&text);
        if moment.is_none() {
            faults.push(self.fault(field, &text, "不是时间，请写成 2026-03-02 10:15:30"));
        }
        moment
    }

    /// A day, which some callers send with a time.
    pub fn day(&self, field: &str, faults: &mut Vec<Fault>) -> Option<Day> {
        let text = self.text(field)?;
        let day = Moment::parse(&text).map(Moment::day).or_else(|| Day::parse(&text));
        if day.is_none() {
            faults.push(self.fault(field, &text, "不是日期，请写成 2026-03-02"));
        }
        day
    }

    /// A mark, `1` or `0`; anything else says nothing.
    pub fn flag(&self, field: &str) -> Option<bool> {
        match self.text(field)?.as_str() {
            "1" | "true" => Some(true),
            "0" | "false" => Some(false),
            _ => None,
        }
    }

    /// The objects of a list under the first of these names that is there. A lone object is a list of one; what is no object is named
    /// and left out.
    pub fn nodes(&self, names: &[&str], faults: &mut Vec<Fault>) -> Vec<Self> {
        let Some((name, value)) = names.iter().find_map(|name| Some((*name, self.object.get(*name)?))) else { return Vec::new() };
        let path = self.path_of(name);
        match value {
            Value::Object(object) => vec![Node::new(path, object)],
            Value::Array(all) => {
                let mut nodes = Vec::with_capacity(all.len());
                for (number, value) in all.iter().enumerate() {
                    match value {
                        Value::Object(object) => nodes.push(Node::new(format!("{path}[{number}]"), object)),
                        Value::Null => {}
                        other => faults.push(unreadable(format!("{path}[{number}]"), other)),
                    }
                }
                nodes
            }
            Value::Null => Vec::new(),
            Value::String(text) if known(text).is_none() || text.trim() == "[]" => Vec::new(),
            other => {
                faults.push(unreadable(path, other));
                Vec::new()
            }
        }
    }

    /// The texts of a field that is a list, a text, or a list written as a text.
    pub fn texts(&self, field: &str) -> Vec<Text> {
        let of_text = |text: &str| -> Vec<Text> {
            let inner = text.trim().trim_start_matches('[').trim_end_matches(']');
            inner.split([',', ';']).filter_map(|one| known(one.trim().trim_matches('"'))).map(Text::from).collect()
        };
        match self.object.get(field) {
            Some(Value::Array(all)) => all.iter().filter_map(|one| one.as_str()).flat_map(of_text).collect(),
            Some(Value::String(text)) => of_text(text),
            _ => Vec::new(),
        }
    }

    fn decimal<T>(
        &self,
        field: &str,
        places: usize,
        problem: &str,
        faults: &mut Vec<Fault>,
        parse: impl Fn(&str) -> Result<T, claims::money::DecimalFault>,
    ) -> Option<T> {
        let text = self.text(field)?;
        let end = text.find('.').map_or(text.len(), |point| text.len().min(point + 1 + places));
        // A cut inside a sign of several bytes would leave no decimal anyway.
        let value =
            text.get(..end).and_then(|digits| parse(digits).ok()).filter(|_| text.bytes().skip(end).all(|b| b.is_ascii_digit()));
        if value.is_none() {
            faults.push(self.fault(field, &text, problem));
        }
        value
    }

    fn fault(&self, field: &str, value: &str, problem: &str) -> Fault {
        Fault { path: self.path_of(field), value: Some(shortened(value)), problem: problem.to_owned() }
    }
}

/// A text that says something.
fn known(text: &str) -> Option<&str> {
    let text = text.trim();
    (!text.is_empty() && !NONE.contains(&text)).then_some(text)
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= SHOWN { text.to_owned() } else { text.chars().take(SHOWN).chain(['…']).collect() }
}

fn unreadable(path: String, value: &Value) -> Fault {
    Fault { path, value: Some(shortened(&value.to_string())), problem: "不是对象，请按接口规范填写".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(json: &str) -> Map<String, Value> {
        serde_json::from_str(json).expect("an object")
    }

    #[test]
    fn one_value_in_many_shapes_is_one_value() {
        for text in [r#"{"a": "61.20"}"#, r#"{"a": 61.2}"#, r#"{"a": " 61.200 "}"#, r#"{"a": 61.199999999999996}"#] {
            let object = object(text);
            let mut faults = Vec::new();
            assert_eq!(Node::new("", &object).fen("a", &mut faults), Some(Fen(6_120)), "{text}");
            assert!(faults.is_empty());
        }
        for text in [r#"{"a": ""}"#, r#"{"a": null}"#, r#"{"a": "-"}"#, "{}", r#"{"a": " "}"#] {
            let object = object(text);
            let mut faults = Vec::new();
            assert_eq!(Node::new("", &object).fen("a", &mut faults), None, "{text}");
            assert!(faults.is_empty(), "none is no fault");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_place() {
        let object = object(r#"{"brdy": "1956-13-12", "sumamt": "1e3", "cnt": "3盒", "adm_date": "昨天"}"#);
        let node = Node::new("input.data.patient_dtos[0]", &object);
        let mut faults = Vec::new();
        assert_eq!(node.day("brdy", &mut faults), None);
        assert_eq!(node.fen("sumamt", &mut faults), None);
        assert_eq!(node.quantity("cnt", &mut faults), None);
        assert_eq!(node.moment("adm_date", &mut faults), None);
        assert_eq!(faults.len(), 4);
        assert_eq!(faults[0].to_string(), "input.data.patient_dtos[0].brdy“1956-13-12”不是日期，请写成 2026-03-02");
    }

    #[test]
    fn a_lone_object_is_a_list_of_one_and_empty_texts_are_empty_lists() {
        let object = object(r#"{"one": {"a": 1}, "none": "", "nil": null, "many": [{"a": 1}, null, 7]}"#);
        let node = Node::new("", &object);
        let mut faults = Vec::new();
        assert_eq!(node.nodes(&["one"], &mut faults).len(), 1);
        assert_eq!(node.nodes(&["none"], &mut faults).len() + node.nodes(&["nil"], &mut faults).len(), 0);
        assert!(faults.is_empty());
        assert_eq!(node.nodes(&["absent", "many"], &mut faults).len(), 1);
        assert_eq!(faults[0].path, "many[2]");
    }

    #[test]
    fn rule_ids_come_as_a_list_a_text_or_a_list_in_a_text() {
        for text in [r#"{"a": ["R1", "R2"]}"#, r#"{"a": "R1,R2"}"#, r#"{"a": "[\"R1\",\"R2\"]"}"#] {
            let object = object(text);
            assert_eq!(Node::new("", &object).texts("a"), ["R1", "R2"], "{text}");
        }
    }
}
