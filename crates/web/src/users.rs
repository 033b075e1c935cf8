//! Users（用户与权限）: accounts, and the matrix of who may do what.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::{Path, State};
use casework::{Action, Role, Scope, policy};
use store::Account;

use crate::answer::{Answer, Trouble, see_other};
use crate::app::App;
use crate::guard::{Fields, Posted, Who};
use crate::layout::Frame;
use crate::text;
use crate::workbook::{self, Cell, Table};

struct Row {
    account: Account,
    role: &'static str,
    /// As forms name it.
    role_name: String,
    scope: String,
    /// As forms take it.
    codes: String,
    own: bool,
}

#[derive(Template)]
#[template(path = "users.html")]
struct UsersPage {
    frame: Frame,
    rows: Vec<Row>,
    roles: Vec<(String, &'static str)>,
    heads: Vec<&'static str>,
    matrix: Vec<(&'static str, Vec<bool>)>,
}

/// The name of a role in forms.
fn role_name(role: Role) -> String {
    serde_json::to_value(role).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

fn role(fields: &Fields) -> Result<Role, Trouble> {
    let name = fields.need("role", "角色")?;
    Role::ALL.into_iter().find(|role| role_name(*role) == name).ok_or_else(|| Trouble::Input(format!("没有角色“{name}”")))
}

/// A scope as a form says it: `全部`, codes of regions, or codes of institutions, with blanks or commas between.
fn scope(role: Role, text: &str) -> Result<Scope, Trouble> {
    let codes: BTreeSet<String> = text
        .split(|letter: char| letter.is_whitespace() || ",，、".contains(letter))
        .filter(|code| !code.is_empty())
        .map(str::to_owned)
        .collect();
    if role == Role::Institution {
        let fits = !codes.is_empty()
            && codes.iter().all(|code| code.len() >= 8 && code.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        return if fits {
            Ok(Scope::Institutions(codes))
        } else {
            Err(Trouble::Input(format!("机构用户的数据范围应为机构编码，现为“{text}”")))
        };
    }
    if codes.len() == 1 && codes.contains("全部") {
        return Ok(Scope::All);
    }
    let fits = !codes.is_empty()
        && codes.iter().all(|code| (2..=6).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit()));
    if fits {
        Ok(Scope::Regions(codes))
    } else {
        Err(Trouble::Input(format!("数据范围应为“全部”或 2 到 6 位行政区划代码，现为“{text}”")))
    }
}

/// A scope as a form takes it.
fn codes(scope: &Scope) -> String {
    match scope {
        Scope::All => "全部".to_owned(),
        Scope::Regions(codes) | Scope::Institutions(codes) => codes.iter().cloned().collect::<Vec<_>>().join("、"),
    }
}

/// GET /users
pub(crate) async fn list(State(app): State<App>, who: Who) -> Answer {
    let accounts = app.store.accounts().await?;
    let row = |account: Account| Row {
        role: account.role.label(),
        role_name: role_name(account.role),
        scope: text::scope(&account.scope),
        codes: codes(&account.scope),
        own: account.name == who.0.account.name,
        account,
    };
    crate::answer::page(&UsersPage {
        frame: Frame::of(&app, &who, "/users").await,
        rows: accounts.into_iter().map(row).collect(),
        roles: Role::ALL.into_iter().map(|role| (role_name(role), role.label())).collect(),
        heads: Role::ALL.into_iter().map(Role::label).collect(),
        matrix: Action::all()
            .map(|action| (action.label(), Role::ALL.into_iter().map(|role| policy::permits(role, action)).collect()))
            .collect(),
    })
}

/// GET /users.xlsx: accounts and the matrix, as the page has them.
pub(crate) async fn export(State(app): State<App>, who: Who) -> Answer {
    let accounts = app.store.accounts().await?;
    let row = |account: Account| -> Vec<Cell> {
        let state = match (account.disabled, &account.locked_until) {
            (true, _) => "停用".to_owned(),
            (false, Some(until)) => format!("锁定至 {until}"),
            (false, None) => "启用".to_owned(),
        };
        let one_time = if account.one_time { "已启用" } else { "未启用" };
        let scope = text::scope(&account.scope);
        vec![
            account.name.into(),
            account.display.into(),
            account.role.label().into(),
            scope.into(),
            state.into(),
            one_time.into(),
        ]
    };
    let people = Table::new("用户", &["用户名", "姓名", "角色", "数据范围", "状态", "动态口令"], accounts.into_iter().map(row));
    let heads: Vec<&str> = std::iter::once("操作").chain(Role::ALL.into_iter().map(Role::label)).collect();
    let may = |action: Action| move |role: Role| Cell::from(if policy::permits(role, action) { "可" } else { "" });
    let row =
        |action: Action| std::iter::once(Cell::from(action.label())).chain(Role::ALL.into_iter().map(may(action))).collect();
    let powers = Table::new("权限表", &heads, Action::all().map(row));
    workbook::export(&app, &who, "users", &Fields::default(), vec![people, powers]).await
}

/// POST /users
pub(crate) async fn add(State(app): State<App>, who: Who, Posted(fields): Posted) -> Answer {
    let role = role(&fields)?;
    let account = Account::new(
        fields.need("name", "用户名")?,
        fields.need("display", "姓名")?,
        role,
        scope(role, fields.one("scope").unwrap_or_default())?,
    );
    app.store.add_account(&account, fields.one("password").unwrap_or_default(), &who.0.account.name, app.now()).await?;
    see_other("/users")
}

/// POST /users/{name}/switch: 停用 or 启用.
pub(crate) async fn switch(State(app): State<App>, who: Who, Path(name): Path<String>, Posted(fields): Posted) -> Answer {
    let mut account = app.store.account(&name).await?;
    account.version = fields.version()?;
    if account.name == who.0.account.name {
        return Err(Trouble::Input("不能停用自己".to_owned()));
    }
    account.disabled = !account.disabled;
    app.store.change_account(&account, &who.0.account.name, app.now()).await?;
    see_other("/users")
}

/// POST /users/{name}/powers: another role or another scope. Nobody gives themselves more than they were given.
pub(crate) async fn change(State(app): State<App>, who: Who, Path(name): Path<String>, Posted(fields): Posted) -> Answer {
    let mut account = app.store.account(&name).await?;
    account.version = fields.version()?;
    if account.name == who.0.account.name {
        return Err(Trouble::Input("不能改自己的角色和数据范围，请由另一位系统管理员办理".to_owned()));
    }
    account.role = role(&fields)?;
    account.scope = scope(account.role, fields.one("scope").unwrap_or_default())?;
    app.store.change_account(&account, &who.0.account.name, app.now()).await?;
    see_other("/users")
}

/// POST /users/{name}/password
pub(crate) async fn password(State(app): State<App>, who: Who, Path(name): Path<String>, Posted(fields): Posted) -> Answer {
    app.store.set_password(&name, fields.one("password").unwrap_or_default(), &who.0.account.name, app.now()).await?;
    see_other("/users")
}

/// POST /users/{name}/one-time: a telephone is lost, so no one-time code is asked for any longer.
pub(crate) async fn end_one_time(State(app): State<App>, who: Who, Path(name): Path<String>, _form: Posted) -> Answer {
    app.store.end_one_time(&name, &who.0.account.name, app.now()).await?;
    see_other("/users")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_what_its_role_can_have() {
        assert_eq!(scope(Role::Auditor, "全部").ok(), Some(Scope::All));
        assert_eq!(scope(Role::Auditor, "9901，9902").ok(), Some(Scope::Regions(["9901".to_owned(), "9902".to_owned()].into())));
        assert!(scope(Role::Auditor, "").is_err() && scope(Role::Auditor, "%").is_err());
        // An institution never sees everything, however its account was typed in.
        assert!(scope(Role::Institution, "全部").is_err() && scope(Role::Institution, "").is_err());
        assert!(scope(Role::Institution, "H99010100001").is_ok());
        for own in [Scope::All, Scope::Regions(["9901".to_owned(), "9902".to_owned()].into())] {
            assert_eq!(scope(Role::Head, &codes(&own)).ok(), Some(own), "what a form shows it takes");
        }
    }
}
