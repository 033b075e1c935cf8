//! Feedback（反馈, 3103）: what a user did about the findings that were shown.

use claims::Text;
use rulebook::rule::Stage;

use crate::envelope::{Envelope, Refusal};
use crate::node::{Fault, Node};

/// Way（处理方式）.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// 1 继续执行医嘱
    GoOn,
    /// 2 返回修改医嘱
    GoBack,
}

/// Feedback（反馈）about one finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feedback {
    /// The finding（违规标识）: the `jr_id` of the reply.
    pub warn_rslt_id: Text,
    /// What was done.
    pub way: Way,
    /// Why（处理原因）; there is always one when the user went on.
    pub reason: Option<Text>,
}

/// Longest reason（`dspo_way_rea` C(500)）, in signs.
const REASON: usize = 500;

/// Answers（反馈报文）: what one message says.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// The moment of the findings that they answer（反馈类型）, where it is said.
    pub stage: Option<Stage>,
    /// What was done about each finding.
    pub all: Vec<Feedback>,
    /// Answers that cannot be read; the others were.
    pub faults: Vec<Fault>,
}

/// Reads the answers of a 3103.
///
/// # Errors
/// If there is no list of answers at all.
pub fn read(envelope: &Envelope) -> Result<Answers, Refusal> {
    let mut faults = Vec::new();
    let input = Node::new("input", &envelope.input);
    // Some callers leave the layer `data` out.
    let data = input.nodes(&["data"], &mut faults).into_iter().next().unwrap_or(input);
    let warns = data.nodes(&["warns"], &mut faults);
    if warns.is_empty() {
        faults.push(Fault {
            path: data.path_of("warns"), value: None, problem: "为空，请填写每条违规的处理方式".to_owned()
        });
        return Err(Refusal::of(envelope, &faults));
    }
    let stage = match data.text("warn_type").as_deref() {
        Some("1") => Some(Stage::Pre),
        Some("2") => Some(Stage::Mid),
        _ => None,
    };
    let all = warns.iter().filter_map(|node| one(node, &mut faults)).collect();
    Ok(Answers { stage, all, faults })
}

fn one(node: &Node<'_>, faults: &mut Vec<Fault>) -> Option<Feedback> {
    let warn_rslt_id = node.need("warn_rslt_id", faults)?;
    let reason = node.text("dspo_way_rea");
    let way = match node.need("dspo_way", faults)?.as_str() {
        "1" => Way::GoOn,
        "2" => Way::GoBack,
        other => {
            let problem = "不是处理方式，可用 1 继续执行医嘱、2 返回修改医嘱".to_owned();
            faults.push(Fault { path: node.path_of("dspo_way"), value: Some(other.to_owned()), problem });
            return None;
        }
    };
    let mut fault = |problem: String| faults.push(Fault { path: node.path_of("dspo_way_rea"), value: None, problem });
    match &reason {
        None if way == Way::GoOn => {
            fault("为空，继续执行医嘱必须说明原因".to_owned());
            None
        }
        Some(text) if text.chars().count() > REASON => {
            fault(format!("有 {} 字，最多 {REASON} 字", text.chars().count()));
            None
        }
        _ => Some(Feedback { warn_rslt_id, way, reason }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(input: &str) -> Result<Answers, Refusal> {
        let sent = format!(r#"{{"infno": "3103", "msgid": "M1", "fixmedins_code": "H99010100001", "input": {input}}}"#);
        read(&Envelope::open(sent.as_bytes(), None).expect("an envelope"))
    }

    #[test]
    fn answers_are_read_and_those_without_a_reason_to_go_on_are_named() {
        let warns = r#"[{"warn_rslt_id": "J1", "dspo_way": 2}, {"warn_rslt_id": "J2", "dspo_way": "1", "dspo_way_rea": "病情需要"},
            {"warn_rslt_id": "J3", "dspo_way": "1", "dspo_way_rea": " "}, {"warn_rslt_id": "J4", "dspo_way": "3"}]"#;
        let Answers { stage, all: read, faults } =
            answers(&format!(r#"{{"data": {{"warn_type": "1", "warns": {warns}}}}}"#)).expect("answers");
        assert_eq!(stage, Some(Stage::Pre));
        assert_eq!(
            read.iter().map(|one| (one.warn_rslt_id.as_str(), one.way)).collect::<Vec<_>>(),
            [("J1", Way::GoBack), ("J2", Way::GoOn)]
        );
        assert_eq!(
            faults.iter().map(|fault| fault.path.as_str()).collect::<Vec<_>>(),
            ["input.data.warns[2].dspo_way_rea", "input.data.warns[3].dspo_way"]
        );
    }

    #[test]
    fn a_lone_answer_without_the_layer_of_data_is_one() {
        let Answers { all: read, faults, .. } =
            answers(r#"{"warns": {"warn_rslt_id": "J1", "dspo_way": "2"}}"#).expect("an answer");
        assert_eq!((read.len(), faults.len()), (1, 0));
        assert!(answers(r#"{"data": {"warns": []}}"#).expect_err("nothing").err_msg.contains("warns"));
    }
}
