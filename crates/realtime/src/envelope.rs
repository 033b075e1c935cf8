//! Envelope（报文信封）: what is around every message, and around every reply（interface-31xx 2）.

use claims::{Moment, Text};
use rulebook::finding::hex;
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::node::{Fault, Node};

/// Service（交易）of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// 3101 明细审核事前分析
    Before,
    /// 3102 明细审核事中分析
    During,
    /// 3103 事前事中服务反馈
    Feedback,
}

impl Service {
    /// By its number.
    pub fn of(infno: &str) -> Option<Self> {
        match infno {
            "3101" => Some(Self::Before),
            "3102" => Some(Self::During),
            "3103" => Some(Self::Feedback),
            _ => None,
        }
    }

    /// Its number（交易编号）.
    pub const fn infno(self) -> &'static str {
        match self {
            Self::Before => "3101",
            Self::During => "3102",
            Self::Feedback => "3103",
        }
    }
}

/// Envelope（报文信封）, opened.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    /// Which service is asked.
    pub service: Service,
    /// Number of the message（发送方报文ID）: the same one is answered the same.
    pub msgid: Text,
    /// Institution（定点医药机构编号）.
    pub fixmedins_code: Text,
    /// Region of treatment（就医地医保区划）.
    pub mdtrtarea_admvs: Option<Text>,
    /// Region of insurance（参保地医保区划）.
    pub insuplc_admdvs: Option<Text>,
    /// When it was sent（交易时间）.
    pub inf_time: Option<Moment>,
    /// The business body（交易输入）.
    pub input: Map<String, Value>,
}

/// Refusal（拒绝）: the whole message cannot be answered. It is stored, and its sender is told why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{err_msg}")]
pub struct Refusal {
    /// What is wrong and what to do, in Chinese.
    pub err_msg: String,
    /// Number of the message, where it could be read.
    pub msgid: Option<Text>,
    /// Institution, where it could be read.
    pub fixmedins_code: Option<Text>,
}

/// Longest number of a message that is kept; the interface says 30.
const MSGID: usize = 64;

/// Longest message of a refusal（`err_msg` C(200)）.
const ERR_MSG: usize = 200;

impl Refusal {
    /// Says why, of a message nothing else is known of.
    pub fn new(err_msg: impl Into<String>) -> Self {
        Self { err_msg: cut(&err_msg.into(), ERR_MSG), msgid: None, fixmedins_code: None }
    }

    /// Says the faults of a message.
    pub fn of(envelope: &Envelope, faults: &[Fault]) -> Self {
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        Self {
            err_msg: cut(&told.join("；"), ERR_MSG),
            msgid: Some(envelope.msgid.clone()),
            fixmedins_code: Some(envelope.fixmedins_code.clone()),
        }
    }
}

impl Envelope {
    /// Opens a message. `asked` is the service that its address names, where it names one.
    ///
    /// # Errors
    /// If it is not JSON, or its envelope does not say which service, message and institution it is of.
    pub fn open(body: &[u8], asked: Option<Service>) -> Result<Self, Refusal> {
        let object: Map<String, Value> = match serde_json::from_slice(without_mark(body)) {
            Ok(Value::Object(object)) => object,
            Ok(_) => return Err(Refusal::new("报文应是一个 JSON 对象，请按接口规范填写交易信封")),
            Err(e) => {
                return Err(Refusal::new(format!(
                    "报文不是合法的 JSON（第 {} 行第 {} 列），请检查编码和括号",
                    e.line(),
                    e.column()
                )));
            }
        };
        let node = Node::new("", &object);
        let (msgid, fixmedins_code) = (node.text("msgid"), node.text("fixmedins_code"));
        let refuse = |problem: String| Refusal {
            err_msg: cut(&problem, ERR_MSG),
            msgid: msgid.clone(),
            fixmedins_code: fixmedins_code.clone(),
        };
        let service = service(&node, asked).map_err(refuse)?;
        let mut faults = Vec::new();
        let needed = (node.need("msgid", &mut faults), node.need("fixmedins_code", &mut faults));
        let (Some(msgid), Some(fixmedins_code)) = needed else { return Err(refuse(told(&faults))) };
        if msgid.len() > MSGID {
            return Err(refuse(format!("msgid 长 {} 位，最长 {MSGID} 位", msgid.len())));
        }
        let input = input(&node).map_err(&refuse)?;
        Ok(Self {
            service,
            mdtrtarea_admvs: node.text("mdtrtarea_admvs"),
            insuplc_admdvs: node.text("insuplc_admdvs"),
            // A time that cannot be read is no reason to leave a doctor without an answer.
            inf_time: node.moment("inf_time", &mut Vec::new()),
            msgid,
            fixmedins_code,
            input,
        })
    }
}

impl Envelope {
    /// What the message says, as a digest: the same however its JSON was written down, and whenever it was sent.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for part in [self.service.infno(), self.fixmedins_code.as_str(), &Value::Object(self.input.clone()).to_string()] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        hex(&hash.finalize())
    }
}

/// The service that a message is of. Suffixes of regions（3101A）mean the service without them.
fn service(node: &Node<'_>, asked: Option<Service>) -> Result<Service, String> {
    let named = node.text("infno");
    let of_message = named.as_ref().map(|infno| {
        let digits = infno.get(..4).unwrap_or(infno);
        Service::of(digits).ok_or_else(|| format!("infno“{infno}”不是本服务的交易，可用 3101、3102、3103"))
    });
    match (of_message.transpose()?, asked) {
        (Some(named), Some(asked)) if named != asked => {
            Err(format!("infno 为 {}，与地址中的 {} 不一致", named.infno(), asked.infno()))
        }
        (Some(service), _) | (None, Some(service)) => Ok(service),
        (None, None) => Err("infno 为空，请填写 3101、3102 或 3103".to_owned()),
    }
}

/// The business body, which some gateways send as JSON in a text.
fn input(node: &Node<'_>) -> Result<Map<String, Value>, String> {
    let object = |value: &Value| value.as_object().cloned();
    let read = match node.value("input") {
        Some(Value::String(text)) => serde_json::from_str(text).ok().and_then(|value: Value| object(&value)),
        Some(value) => object(value),
        None => None,
    };
    read.ok_or_else(|| "input 不是对象，请按接口规范填写交易输入".to_owned())
}

/// A message without the mark that some systems put before UTF-8.
fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

fn told(faults: &[Fault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("；")
}

/// The first signs of a text, for a field of so many.
pub(crate) fn cut(text: &str, signs: usize) -> String {
    if text.chars().count() <= signs { text.to_owned() } else { text.chars().take(signs - 1).chain(['…']).collect() }
}

/// Reply（应答报文）.
#[derive(Clone, Debug, Serialize)]
pub struct Reply {
    /// 0 success; clients compare it as a number or as a text, and a number is sent（interface-31xx 7.8）.
    pub infcode: i32,
    /// Number of the reply（接收方报文ID）.
    pub inf_refmsgid: String,
    /// When the message came, `yyyyMMddHHmmssSSS`.
    pub refmsg_time: String,
    /// When it was answered.
    pub respond_time: String,
    /// Empty: replies are not encrypted beyond TLS.
    pub enctype: &'static str,
    /// Empty: replies are not signed.
    pub signtype: &'static str,
    /// Empty.
    pub cainfo: &'static str,
    /// Why it was refused; empty where it was not.
    pub err_msg: String,
    /// What the sender should know beside the answer.
    pub warn_msg: String,
    /// The business answer.
    pub output: Value,
}

/// The code of a refused message.
pub const REFUSED: i32 = -1;

impl Reply {
    /// A reply that answers.
    pub fn answered(output: Value, warn_msg: &str) -> Self {
        Self { warn_msg: cut(warn_msg, ERR_MSG), output, ..Self::empty(0) }
    }

    /// A reply that refuses.
    pub fn refused(refusal: &Refusal) -> Self {
        Self { err_msg: cut(&refusal.err_msg, ERR_MSG), output: Value::Object(Map::new()), ..Self::empty(REFUSED) }
    }

    fn empty(infcode: i32) -> Self {
        Self {
            infcode,
            inf_refmsgid: String::new(),
            refmsg_time: String::new(),
            respond_time: String::new(),
            enctype: "",
            signtype: "",
            cainfo: "",
            err_msg: String::new(),
            warn_msg: String::new(),
            output: Value::Null,
        }
    }

    /// As it is sent.
    ///
    /// # Panics
    /// Never: a reply has only texts, numbers and lists, which JSON can hold.
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("a reply has only texts, numbers and lists, which JSON can hold")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENT: &str = r#"{"infno": "3101", "msgid": "M1", "fixmedins_code": "H99010100001", "inf_time": "2026-03-02 10:15:30",
        "insuplc_admdvs": "990101", "input": {"data": {}}, "neues": 1}"#;

    #[test]
    fn an_envelope_is_opened_and_what_is_unknown_in_it_ignored() {
        let envelope = Envelope::open(SENT.as_bytes(), None).expect("an envelope");
        assert_eq!((envelope.service, envelope.msgid.as_str()), (Service::Before, "M1"));
        assert_eq!(envelope.inf_time.map(|at| at.to_string()), Some("2026-03-02 10:15:30".to_owned()));
        let marked = [b"\xef\xbb\xbf".as_slice(), SENT.as_bytes()].concat();
        assert_eq!(Envelope::open(&marked, Some(Service::Before)).expect("an envelope"), envelope);
        let as_text = SENT.replace(r#"{"data": {}}"#, r#""{\"data\": {}}""#);
        assert_eq!(Envelope::open(as_text.as_bytes(), None).expect("an envelope"), envelope);
    }

    #[test]
    fn the_same_question_is_the_same_however_it_is_written() {
        let digest = |text: &str| Envelope::open(text.as_bytes(), None).expect("an envelope").digest();
        let input = r#"{"data": {"task_id": "T1", "trig_scen": "5"}}"#;
        let sent = SENT.replace(r#"{"data": {}}"#, input);
        let turned = SENT.replace(r#"{"data": {}}"#, r#"{ "data" : {"trig_scen":"5","task_id":"T1"} }"#);
        assert_eq!(digest(&sent), digest(&turned));
        assert_eq!(digest(&sent), digest(&sent.replace("10:15:30", "10:15:31")));
        assert_ne!(digest(&sent), digest(&sent.replace("T1", "T2")));
    }

    #[test]
    fn what_is_refused_says_why_and_of_which_message() {
        let refused = |text: &str, asked| Envelope::open(text.as_bytes(), asked).expect_err("a refusal");
        assert!(refused("{", None).err_msg.contains("JSON"));
        assert!(refused("[]", None).err_msg.contains("对象"));
        let other = refused(SENT, Some(Service::Feedback));
        assert!(other.err_msg.contains("3101") && other.err_msg.contains("3103"));
        assert_eq!(other.msgid.as_deref(), Some("M1"));
        assert!(refused(&SENT.replace("3101", "2204"), None).err_msg.contains("2204"));
        assert!(refused(&SENT.replace("M1", " "), None).err_msg.starts_with("msgid为空"));
        assert!(refused(&SENT.replace(r#"{"data": {}}"#, "7"), None).err_msg.contains("input"));
    }

    #[test]
    fn a_reply_gives_a_number_and_an_object() {
        let reply = Reply::refused(&Refusal::new("长".repeat(300)));
        let value: Value = serde_json::from_str(&reply.json()).expect("JSON");
        assert_eq!(value["infcode"], -1);
        assert_eq!(value["err_msg"].as_str().expect("a text").chars().count(), 200);
        assert!(value["output"].is_object());
    }
}
