//! Functions（函数）that the SQL of a rule may call, and statements that it may not be.
//!
//! A rule may be written by anybody who has a browser and a reason. The session refuses whatever would change something; this refuses,
//! before anything is planned, what would read beside the lake (functions that make tables, files, settings), what makes a value of any
//! length out of nothing, what does not end, and what answers otherwise the next time. What is not listed is not called.

use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};
use rulebook::{Rule, RuleFault};

/// Functions by what they do. None makes a text or a list longer than what it is given, but by what it puts together.
const ALLOWED: [&[&str]; 6] = [
    // Choosing.
    &["coalesce", "nullif", "greatest", "least", "cast", "try_cast", "arrow_cast", "decimal", "numeric", "varchar"],
    // Counting, over rows and over windows.
    &[
        "count",
        "sum",
        "min",
        "max",
        "avg",
        "median",
        "bool_or",
        "bool_and",
        "string_agg",
        "array_agg",
        "first_value",
        "last_value",
        "row_number",
        "rank",
        "dense_rank",
        "percent_rank",
        "cume_dist",
        "ntile",
        "lag",
        "lead",
        "nth_value",
        "stddev",
        "stddev_pop",
        "stddev_samp",
        "var_pop",
        "var_samp",
        "corr",
        "approx_distinct",
        "approx_median",
        "approx_percentile_cont",
        "percentile_cont",
        "within",
        "filter",
        "over",
    ],
    // Numbers.
    &[
        "abs", "round", "ceil", "floor", "trunc", "power", "sqrt", "ln", "log", "log10", "exp", "signum", "sin", "cos", "asin",
        "acos", "atan", "atan2", "radians", "degrees", "mod",
    ],
    // Texts.
    &[
        "substr",
        "substring",
        "upper",
        "lower",
        "trim",
        "ltrim",
        "rtrim",
        "btrim",
        "left",
        "right",
        "length",
        "character_length",
        "char_length",
        "strpos",
        "position",
        "starts_with",
        "ends_with",
        "split_part",
        "replace",
        "concat",
        "concat_ws",
        "regexp_like",
        "regexp_match",
        "to_char",
        "reverse",
        "contains",
        "md5",
    ],
    // Days and times, and lists of what rows hold.
    &[
        "date_part",
        "date_trunc",
        "date_bin",
        "extract",
        "to_date",
        "to_timestamp",
        "to_timestamp_seconds",
        "to_unixtime",
        "make_date",
        "interval",
        "date",
        "timestamp",
        "string_to_array",
        "unnest",
        "array_has",
        "array_has_any",
        "array_has_all",
        "array_length",
        "cardinality",
        "array_to_string",
        "array_distinct",
        "array_sort",
        "array_element",
    ],
    // Our own, and words of SQL that may stand before a bracket.
    &[
        "in_region",
        "and",
        "or",
        "not",
        "in",
        "as",
        "materialized",
        "from",
        "join",
        "on",
        "where",
        "when",
        "then",
        "else",
        "case",
        "having",
        "by",
        "any",
        "all",
        "some",
        "exists",
        "union",
        "except",
        "intersect",
        "using",
        "values",
        "select",
        "distinct",
        "between",
        "like",
        "is",
        "with",
        "lateral",
        "rows",
        "end",
        "limit",
        "sets",
        "cube",
        "rollup",
        "similar",
    ],
];

/// Words that begin a statement which a rule never is. Elsewhere they are names like any other.
const STATEMENTS: [&str; 12] =
    ["copy", "insert", "update", "delete", "create", "drop", "alter", "set", "show", "explain", "prepare", "execute"];

/// What does not end, and what asks for the time: the same data are judged alike on every day.
const FORBIDDEN: [&str; 5] = ["recursive", "current_date", "current_time", "current_timestamp", "localtime"];

/// What the SQL of a rule may not say, by slot.
pub(crate) fn check(rule: &Rule) -> Result<(), Vec<RuleFault>> {
    let logic = &rule.logic;
    let select = logic.kind.select().map(|select| ("sql".to_owned(), select.sql));
    let texts = logic.expressions().into_iter().chain(select);
    let faults: Vec<RuleFault> = texts
        .filter_map(|(slot, sql)| {
            let problem = refused(&sql.0, &|name| parameter(rule, name))?;
            Some(RuleFault::new(&rule.code, &format!("logic.{slot}"), problem))
        })
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// Whether a function is the one that reads a parameter of the rule by place.
fn parameter(rule: &Rule, function: &str) -> bool {
    function.strip_prefix("p_").is_some_and(|name| rule.parameters.contains_key(name))
}

/// The first thing that is refused, with its line.
fn refused(sql: &str, own: &dyn Fn(&str) -> bool) -> Option<String> {
    // What cannot be read is told by whoever plans it.
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize_with_location().ok()?;
    let telling: Vec<_> = tokens.iter().filter(|token| !matches!(token.token, Token::Whitespace(_))).collect();
    for (place, located) in telling.iter().enumerate() {
        let line = located.span.start.line;
        let Token::Word(word) = &located.token else {
            if located.token == Token::SemiColon {
                return Some(format!("第 {line} 行：只能写一条 SELECT，不能有分号"));
            }
            continue;
        };
        let name = word.value.to_lowercase();
        let follows = |token: &Token| telling.get(place + 1).is_some_and(|next| next.token == *token);
        let before = place.checked_sub(1).map(|place| &telling[place].token);
        let begins = matches!(before, None | Some(Token::LParen)) && STATEMENTS.contains(&name.as_str());
        let forbidden = FORBIDDEN.contains(&name.as_str()) && before != Some(&Token::Period);
        if (begins || forbidden) && word.quote_style.is_none() && !follows(&Token::Period) {
            return Some(format!("第 {line} 行：规则的查询里不能写 {}", word.value.to_uppercase()));
        }
        if name == "information_schema" {
            return Some(format!("第 {line} 行：规则只能读国家表、知识表和口径表"));
        }
        if follows(&Token::LParen) && !own(&name) && !ALLOWED.iter().any(|group| group.contains(&name.as_str())) {
            return Some(format!("第 {line} 行：规则里不能用函数 {}", word.value));
        }
    }
    names_a_file(&telling).then(|| "规则只能读国家表、知识表和口径表，不能读文件".to_owned())
}

/// Whether a table is named by a text in quotes, as files are.
fn names_a_file(tokens: &[&TokenWithSpan]) -> bool {
    tokens.windows(2).any(|pair| {
        let names_tables =
            matches!(&pair[0].token, Token::Word(word) if ["from", "join"].contains(&word.value.to_lowercase().as_str()));
        let is_path = match &pair[1].token {
            Token::SingleQuotedString(_) => true,
            Token::Word(word) => word.quote_style.is_some() && word.value.contains(['/', '.', ':', '\\']),
            _ => false,
        };
        names_tables && is_path
    })
}

#[cfg(test)]
mod tests {
    use rulebook::Pack;

    use super::*;

    fn problem(sql: &str) -> Option<String> {
        refused(sql, &|name| name == "p_limit")
    }

    #[test]
    fn every_shipped_rule_gets_by_with_what_is_allowed() {
        let pack = Pack::shipped().unwrap();
        let faults: Vec<String> =
            pack.rules.iter().filter_map(|rule| check(rule).err()).flatten().map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{faults:#?}");
    }

    #[test]
    fn nothing_gets_out_of_a_select() {
        let attempts = [
            "SELECT * FROM read_parquet('/etc/passwd')",
            "SELECT * FROM read_csv('x')",
            "SELECT * FROM parquet_metadata('x')",
            "SELECT * FROM '/etc/passwd'",
            "SELECT * FROM \"/etc/passwd.csv\"",
            "SELECT * FROM a JOIN 's3://bucket/x.parquet' ON true",
            "SELECT * FROM generate_series(1, 1000000000000)",
            "SELECT * FROM range(1, 1000000000000)",
            "SELECT unnest(generate_series(1, 1000000000000))",
            "SELECT repeat('x', 2000000000)",
            "SELECT \"repeat\"('x', 2000000000)",
            "SELECT REPEAT ('x', 2000000000)",
            "SELECT repeat /* ( */ ('x', 2000000000)",
            "SELECT lpad('x', 2000000000)",
            "SELECT array_repeat(1, 2000000000)",
            "SELECT array_resize(array_agg(1), 2000000000)",
            "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT * FROM t",
            "SELECT * FROM information_schema.df_settings",
            "SELECT * FROM information_schema.tables",
            "COPY (SELECT 1) TO 'x.csv'",
            "CREATE EXTERNAL TABLE x STORED AS CSV LOCATION '/etc/passwd'",
            "INSERT INTO fee_list_d SELECT * FROM fee_list_d",
            "WITH x AS (DELETE FROM fee_list_d RETURNING *) SELECT * FROM x",
            "SET datafusion.execution.target_partitions = 1",
            "SELECT 1; DROP TABLE fee_list_d",
            "EXPLAIN ANALYZE SELECT 1",
            "SELECT now()",
            "SELECT current_date",
            "SELECT random()",
            "SELECT uuid()",
            "SELECT p_other('x', fee_ocur_time) FROM fee_list_d",
        ];
        for attempt in attempts {
            assert!(problem(attempt).is_some(), "{attempt}");
        }
    }

    #[test]
    fn what_rules_say_is_let_through_and_a_refusal_names_its_line() {
        let fair = "WITH a AS MATERIALIZED (SELECT psn_no, sum(cnt) OVER (PARTITION BY psn_no) AS n FROM fee_list_d) \
                    SELECT count(*) FILTER (WHERE n > p_limit(psn_no, fee_ocur_time)) FROM a WHERE psn_no IN ('set', 'copy')";
        assert_eq!(problem(fair), None);
        assert_eq!(problem("line.code = 'a;b(' AND line.amount > 0"), None);
        assert_eq!(problem("SELECT 1\n, repeat('x', 9)"), Some("第 2 行：规则里不能用函数 repeat".to_owned()));
    }
}
