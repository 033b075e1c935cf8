//! Schema（规则文件的结构说明）: a JSON schema for editors, made from the same lists that the reader uses.

use serde_json::{Value, json};

use crate::fact::FACTS;
use crate::logic::KIND_NAMES;

/// The text of `rules/rule.schema.json`.
pub fn schema_text() -> String {
    format!("{:#}\n", schema())
}

fn schema() -> Value {
    let words: Vec<String> = FACTS.iter().map(|f| format!("{} {}", f.full_name(), f.label)).collect();
    let sql = json!({ "type": "string", "description": format!("SQL over: {}; k.<knowledge column>; p.<parameter>", words.join("; ")) });
    let text = |means: &str| json!({ "type": "string", "minLength": 1, "description": means });
    let list = |items: Value| json!({ "type": "array", "items": items });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Mingcha rule（规则）",
        "type": "object",
        "required": ["code", "name", "class", "group", "version", "status", "stages", "scenarios", "result", "violation",
                     "why", "logic_text", "basis", "logic", "message"],
        "additionalProperties": false,
        "properties": {
            "code": text("国家规则编码或本地编码"), "name": text("规则名称"), "group": text("二级分类"),
            "class": { "enum": ["policy", "management", "medical", "model"] },
            "version": { "type": "integer", "minimum": 1 },
            "status": { "enum": ["draft", "trial", "active", "suspended", "retired"] },
            "stages": list(json!({ "enum": ["pre", "mid", "post"] })),
            "scenarios": list(json!({ "enum": ["inpatient", "outpatient", "pharmacy", "internet", "remote"] })),
            "result": { "enum": ["certain", "suspected", "hint"] },
            "violation": text("违规类型"), "why": text("为什么"), "logic_text": text("判定逻辑"), "message": text("疑点描述"),
            "cleared_by": list(json!({ "type": "string" })),
            "basis": list(json!({ "type": "object", "required": ["law", "article"] })),
            "parameters": { "type": "object", "additionalProperties": { "type": "object", "required": ["value", "means", "source", "set_by", "set_on"],
                "properties": { "means": text("含义"), "source": text("出处"), "set_by": text("设定人"), "set_on": text("设定日期，如 2026-03-02"), "unit": text("单位") } } },
            "relations": list(json!({ "type": "object", "required": ["kind", "rules"] })),
            "logic": {
                "type": "object", "required": ["kind", "charge", "amount"],
                "properties": {
                    "kind": { "enum": KIND_NAMES },
                    "knowledge": text("知识表"), "deciding": list(json!({ "type": "string" })),
                    "visits": sql, "scope": sql, "hit": sql, "excess": sql, "limit": sql, "stay_limit": sql,
                    "least_signs": { "type": "integer", "minimum": 1, "description": "追溯码至少位数" },
                    "reach": { "enum": ["institution", "lake"] },
                    "charge": { "enum": ["in_scope", "all"] },
                    "amount": { "enum": ["line", "excess", "difference", "case", "none"] }
                }
            },
            "case": list(json!({ "type": "object", "required": ["name", "expect"] })),
            "equivalent": list(json!({ "type": "object", "required": ["mutant", "reason"] }))
        }
    })
}
