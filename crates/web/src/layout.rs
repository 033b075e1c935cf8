//! What every page of the staff shows around its own content.

use casework::{Action, Role, policy};

use crate::app::App;
use crate::guard::Who;

/// Frame（页框）: navigation, who is signed in, and which data the numbers come from.
pub(crate) struct Frame {
    pub(crate) bureau: String,
    pub(crate) user: String,
    pub(crate) role: &'static str,
    pub(crate) csrf: String,
    pub(crate) now: String,
    pub(crate) data: String,
    pub(crate) here: &'static str,
    /// Whether single letters are keys to whoever looks.
    pub(crate) letter_keys: bool,
    pub(crate) links: Vec<Link>,
}

/// A link of the navigation.
pub(crate) struct Link {
    pub(crate) address: &'static str,
    pub(crate) label: &'static str,
    pub(crate) icon: &'static str,
    pub(crate) part: &'static str,
}

/// The navigation, in its order: address, label, icon, the action that it needs, the part that begins with it.
const LINKS: [(&str, &str, &str, Action, &str); 19] = [
    ("/", "工作台", "layout-list", Action::ViewFigures, ""),
    ("/findings", "疑点", "list-search", Action::ListFindings, ""),
    ("/appeals", "申诉复核", "messages", Action::ListFindings, ""),
    ("/exemptions", "限期例外", "calendar-off", Action::ListFindings, ""),
    ("/realtime", "实时提醒", "bell", Action::ViewFigures, ""),
    ("/inhouse", "在院患者", "bed", Action::ListFindings, ""),
    ("/recoveries", "追回", "coin-yuan", Action::ViewRecovery, ""),
    ("/institutions", "机构", "building-hospital", Action::ViewFigures, "画像"),
    ("/doctors", "医师", "stethoscope", Action::ListFindings, ""),
    ("/persons", "参保人", "user-search", Action::Unmask, ""),
    ("/rules", "规则库", "ruler-2", Action::ViewRules, "规则"),
    ("/knowledge", "知识库", "books", Action::ViewRules, ""),
    ("/runs", "审核任务", "player-play", Action::ViewFigures, ""),
    ("/quality", "数据质量", "database-exclamation", Action::ViewFigures, ""),
    ("/imports", "导入", "database-import", Action::Import, ""),
    ("/stats", "统计报表", "table", Action::ViewFigures, "统计与管理"),
    ("/monthly", "月度通报", "file-text", Action::ViewFigures, ""),
    ("/users", "用户与权限", "users", Action::ManageUsers, ""),
    ("/log", "操作日志", "history", Action::ViewLog, ""),
];

impl Frame {
    /// Around a page that lies at `here` in the navigation.
    pub(crate) async fn of(app: &App, who: &Who, here: &'static str) -> Self {
        let account = &who.0.account;
        let data = match app.records.version().await {
            Ok(data) if data.until.is_empty() => format!("v{}", data.version),
            Ok(data) => format!("v{} 截至 {}", data.version, data.until),
            Err(_) => "暂不可读".to_owned(),
        };
        // A page is shown, whatever is known of its keys.
        let letter_keys = app.store.letter_keys(&account.name).await.unwrap_or(true);
        let links = LINKS.into_iter().filter(|(.., action, _)| policy::permits(account.role, *action));
        Self {
            bureau: app.bureau.to_string(),
            user: account.display.clone(),
            role: account.role.label(),
            csrf: who.0.csrf.clone(),
            now: app.now().to_string().chars().take(16).collect(),
            data,
            here,
            letter_keys,
            links: links.map(|(address, label, icon, _, part)| Link { address, label, icon, part }).collect(),
        }
    }
}

/// Where somebody begins who has just signed in.
pub(crate) fn home(role: Role) -> &'static str {
    match role {
        Role::Institution => "/portal",
        Role::Administrator => "/users",
        Role::Expert => "/appeals",
        Role::Statistician => "/stats",
        _ => "/",
    }
}
