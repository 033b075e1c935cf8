//! Accounts（用户）and sessions: who may sign in, as what, and whether it is still they.

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use casework::{Actor, Role, Scope, UserId};
use claims::Moment;
use sha2::{Digest, Sha256};

use crate::Store;
use crate::db::{Row, Value};
use crate::error::StoreError;
use crate::event::{self, New};
use crate::finding::{decoded, encoded};
use crate::one_time::OneTimeSecret;

/// Wrong passwords in a row after which an account is locked.
const MOST_FAILURES: i64 = 5;
/// How long it stays locked, in seconds.
const LOCKED_SECONDS: i64 = 15 * 60;
/// A session that nobody used for so long ends, in seconds.
const IDLE_SECONDS: i64 = 30 * 60;
/// And every session ends after that, in seconds.
const LONGEST_SECONDS: i64 = 12 * 60 * 60;
/// The shortest password.
pub const SHORTEST_PASSWORD: usize = 10;

/// Account（用户）.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Name by which somebody signs in.
    pub name: String,
    /// Name as shown.
    pub display: String,
    /// As what.
    pub role: Role,
    /// For whose records.
    pub scope: Scope,
    /// Whether it may sign in at all.
    pub disabled: bool,
    /// Locked up to then, after wrong passwords.
    pub locked_until: Option<String>,
    /// Whether a one-time code is asked for.
    pub one_time: bool,
    /// Version seen.
    pub version: i64,
}

impl Account {
    /// A new one: it may sign in, with a password alone.
    pub fn new(name: impl Into<String>, display: impl Into<String>, role: Role, scope: Scope) -> Self {
        let (name, display) = (name.into(), display.into());
        Self { name, display, role, scope, disabled: false, locked_until: None, one_time: false, version: 1 }
    }

    /// The person as the rules of casework know them.
    pub fn actor(&self) -> Actor {
        Actor { user: UserId::new(&self.name), role: self.role, scope: self.scope.clone() }
    }
}

/// Session（会话）: a signed-in person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Who.
    pub account: Account,
    /// What a form of this session carries, so that no other site can send one.
    pub csrf: String,
}

/// Why somebody was not signed in. The first two look alike from outside.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// No such account, or another password.
    #[error("用户名或密码不对")]
    Wrong,
    /// Too many wrong passwords.
    #[error("密码连续输错 {MOST_FAILURES} 次，{until} 以前不能登录")]
    Locked {
        /// Up to when.
        until: String,
    },
    /// The password is right, and a one-time code is asked for.
    #[error("请填写动态口令")]
    CodeWanted,
    /// Another code, or one that was used.
    #[error("动态口令不对，或已经用过；请等下一个")]
    WrongCode,
    /// Switched off by an administrator.
    #[error("该用户已停用，请联系系统管理员")]
    Disabled,
    /// Recognised elsewhere, and unknown or switched off here.
    #[error("单点登录的用户在本系统没有启用的账号，请联系系统管理员")]
    Unknown,
    /// It could not be looked up.
    #[error("{0}")]
    Store(#[from] StoreError),
}

const COLUMNS: &str =
    "SELECT name, display, role, scope, password, totp, totp_step, failed, locked_until, disabled, version FROM account";

impl Store {
    /// Adds an account.
    pub async fn add_account(&self, account: &Account, password: &str, by: &str, now: Moment) -> Result<(), StoreError> {
        check_name(&account.name)?;
        let hash = hashed(password)?;
        let mut tx = self.db.begin().await?;
        let sql = "INSERT INTO account (name, display, role, scope, password, totp, failed, locked_until, disabled, version) \
                   VALUES ($1, $2, $3, $4, $5, NULL, 0, NULL, 0, 1) ON CONFLICT (name) DO NOTHING";
        let name = account.name.as_str();
        let values = [
            name.into(),
            account.display.as_str().into(),
            encoded(&account.role).into(),
            encoded(&account.scope).into(),
            hash.into(),
        ];
        if tx.execute(sql, &values).await? == 0 {
            return Err(StoreError::Unfit(format!("已有用户 {name}")));
        }
        let body = serde_json::json!({ "display": account.display, "role": account.role, "scope": account.scope }).to_string();
        event::append(&mut tx, New { subject: subject(name), actor: by, kind: "account_added", body }, now).await?;
        tx.commit().await
    }

    /// Changes what an account is, and ends its sessions: whoever was signed in with more power is not any longer.
    pub async fn change_account(&self, account: &Account, by: &str, now: Moment) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        let sql = "UPDATE account SET display = $1, role = $2, scope = $3, disabled = $4, failed = 0, locked_until = NULL, \
                   version = version + 1 WHERE name = $5 AND version = $6";
        let name = account.name.as_str();
        let values = [
            account.display.as_str().into(),
            encoded(&account.role).into(),
            encoded(&account.scope).into(),
            account.disabled.into(),
            name.into(),
            account.version.into(),
        ];
        if tx.execute(sql, &values).await? == 0 {
            return Err(StoreError::Stale);
        }
        tx.execute("DELETE FROM session WHERE name = $1", &[name.into()]).await?;
        let body = serde_json::json!({ "display": account.display, "role": account.role, "scope": account.scope, "disabled": account.disabled });
        event::append(&mut tx, New { subject: subject(name), actor: by, kind: "account_changed", body: body.to_string() }, now)
            .await?;
        tx.commit().await
    }

    /// Sets a password, and ends the sessions begun with the old one.
    pub async fn set_password(&self, name: &str, password: &str, by: &str, now: Moment) -> Result<(), StoreError> {
        let hash = hashed(password)?;
        let mut tx = self.db.begin().await?;
        let sql = "UPDATE account SET password = $1, failed = 0, locked_until = NULL, version = version + 1 WHERE name = $2";
        if tx.execute(sql, &[hash.into(), name.into()]).await? == 0 {
            return Err(StoreError::NotFound);
        }
        tx.execute("DELETE FROM session WHERE name = $1", &[name.into()]).await?;
        event::append(&mut tx, New { subject: subject(name), actor: by, kind: "password_set", body: "{}".to_owned() }, now)
            .await?;
        tx.commit().await
    }

    /// All accounts, by name.
    pub async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        self.db.rows(&format!("{COLUMNS} ORDER BY name"), &[]).await?.iter().map(account).collect()
    }

    /// One account.
    pub async fn account(&self, name: &str) -> Result<Account, StoreError> {
        let row = self.db.row(&format!("{COLUMNS} WHERE name = $1"), &[name.into()]).await?;
        account(&row.ok_or(StoreError::NotFound)?)
    }

    /// Signs somebody in by password, and by a one-time code where the account has one; returns the token that their browser keeps.
    pub async fn sign_in(&self, name: &str, password: &str, code: &str, now: Moment) -> Result<String, SignInError> {
        let row = self.known_by_password(name, password, now).await?;
        if let Some(secret) = row.maybe_secret("totp")?.as_deref().and_then(OneTimeSecret::read) {
            if code.trim().is_empty() {
                return Err(SignInError::CodeWanted);
            }
            let used = row.int("totp_step")?;
            let Some(step) = secret.step_of(code, now, used) else {
                self.failed(name, row.int("failed")? + 1, now).await?;
                return Err(SignInError::WrongCode);
            };
            // Of two who send the same code at once, one was earlier.
            let sql = "UPDATE account SET totp_step = $1 WHERE name = $2 AND totp_step = $3";
            if self.db.execute(sql, &[step.into(), name.into(), used.into()]).await? == 0 {
                return Err(SignInError::WrongCode);
            }
        }
        Ok(self.begin_session(name, now).await?)
    }

    /// Begins a session for somebody whom a trusted door has recognised. Who is not among the accounts does not come in, whatever the door
    /// says; what somebody may do is decided here alone.
    pub async fn sign_in_known(&self, name: &str, now: Moment) -> Result<String, SignInError> {
        let row = self.db.row(&format!("{COLUMNS} WHERE name = $1"), &[name.into()]).await?;
        let known = row.as_ref().map(account).transpose()?.filter(|account| !account.disabled);
        let Some(known) = known else {
            let shown: String = name.chars().filter(|letter| !letter.is_control()).take(60).collect();
            let body = serde_json::json!({ "name": shown }).to_string();
            self.record("sign-in:sso", "", "sso_refused", body, now).await?;
            return Err(SignInError::Unknown);
        };
        self.record("sign-in:sso", &known.name, "sso_recognised", "{}".to_owned(), now).await?;
        Ok(self.begin_session(&known.name, now).await?)
    }

    /// Asks for a one-time code from now on: of this secret, of which the code proves that an authenticator has it.
    pub async fn begin_one_time(&self, name: &str, secret: &OneTimeSecret, code: &str, now: Moment) -> Result<(), StoreError> {
        let Some(step) = secret.step_of(code, now, 0) else {
            return Err(StoreError::Unfit("动态口令与密钥对不上；请核对手机时间，填写当前显示的六位数字".to_owned()));
        };
        let sql = "UPDATE account SET totp = $1, totp_step = $2, version = version + 1 WHERE name = $3";
        self.changed_one_time(sql, &[Value::secret(secret.text()), step.into(), name.into()], (name, name, "one_time_begun"), now)
            .await
    }

    /// Asks for no one-time code any longer, such as when a telephone is lost.
    pub async fn end_one_time(&self, name: &str, by: &str, now: Moment) -> Result<(), StoreError> {
        let sql = "UPDATE account SET totp = NULL, version = version + 1 WHERE name = $1";
        self.changed_one_time(sql, &[name.into()], (name, by, "one_time_ended"), now).await
    }

    async fn changed_one_time(
        &self,
        sql: &str,
        values: &[Value],
        (name, by, kind): (&str, &str, &'static str),
        now: Moment,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        if tx.execute(sql, values).await? == 0 {
            return Err(StoreError::NotFound);
        }
        event::append(&mut tx, New { subject: subject(name), actor: by, kind, body: "{}".to_owned() }, now).await?;
        tx.commit().await
    }

    /// Asks for somebody's password once more, and counts it like a sign-in, so that a found browser cannot try without end.
    pub async fn check_password(&self, name: &str, password: &str, now: Moment) -> Result<(), SignInError> {
        self.known_by_password(name, password, now).await.map(|_| ())
    }

    async fn known_by_password(&self, name: &str, password: &str, now: Moment) -> Result<Row, SignInError> {
        let row = self.db.row(&format!("{COLUMNS} WHERE name = $1"), &[name.into()]).await?;
        let Some(row) = row else {
            // As long as for a name that exists, so that time does not tell which names do.
            matches(password, None);
            return Err(SignInError::Wrong);
        };
        let known = account(&row)?;
        if let Some(until) = known.locked_until.filter(|until| *until > now.to_string()) {
            return Err(SignInError::Locked { until });
        }
        let kept = row.text("password")?;
        if !matches(password, Some(&kept)) {
            self.failed(name, row.int("failed")? + 1, now).await?;
            return Err(SignInError::Wrong);
        }
        if known.disabled {
            return Err(SignInError::Disabled);
        }
        Ok(row)
    }

    async fn failed(&self, name: &str, failures: i64, now: Moment) -> Result<(), StoreError> {
        let locked = failures >= MOST_FAILURES;
        let until = locked.then(|| now.plus_seconds(LOCKED_SECONDS).to_string());
        let sql = "UPDATE account SET failed = $1, locked_until = $2 WHERE name = $3";
        self.db.execute(sql, &[if locked { 0 } else { failures }.into(), until.into(), name.into()]).await?;
        let kind = if locked { "account_locked" } else { "sign_in_failed" };
        self.record(&subject(name), name, kind, "{}".to_owned(), now).await
    }

    async fn begin_session(&self, name: &str, now: Moment) -> Result<String, StoreError> {
        let (token, csrf) = (random()?, random()?);
        let mut tx = self.db.begin().await?;
        tx.execute("UPDATE account SET failed = 0, locked_until = NULL WHERE name = $1", &[name.into()]).await?;
        let sql = "INSERT INTO session (token_hash, name, csrf, begun, last_seen) VALUES ($1, $2, $3, $4, $4)";
        tx.execute(sql, &[token_hash(&token).into(), name.into(), csrf.into(), now.to_string().into()]).await?;
        let old = now.plus_seconds(-LONGEST_SECONDS).to_string();
        tx.execute("DELETE FROM session WHERE begun < $1", &[old.into()]).await?;
        event::append(&mut tx, New { subject: subject(name), actor: name, kind: "signed_in", body: "{}".to_owned() }, now)
            .await?;
        tx.commit().await?;
        Ok(token)
    }

    /// The session of a token, if it is still good.
    pub async fn session(&self, token: &str, now: Moment) -> Result<Option<Session>, StoreError> {
        let hash = token_hash(token);
        let sql = "SELECT a.name AS name, a.display AS display, a.role AS role, a.scope AS scope, a.locked_until AS locked_until, \
                   a.disabled AS disabled, a.totp AS totp, a.version AS version, s.csrf AS csrf, s.begun AS begun, s.last_seen AS last_seen \
                   FROM session s JOIN account a ON a.name = s.name WHERE s.token_hash = $1";
        let Some(row) = self.db.row(sql, &[hash.as_str().into()]).await? else { return Ok(None) };
        let account = account(&row)?;
        let begun_after = now.plus_seconds(-LONGEST_SECONDS).to_string();
        let seen_after = now.plus_seconds(-IDLE_SECONDS).to_string();
        let last_seen = row.text("last_seen")?;
        if account.disabled || row.text("begun")? < begun_after || last_seen < seen_after {
            self.db.execute("DELETE FROM session WHERE token_hash = $1", &[hash.into()]).await?;
            return Ok(None);
        }
        // Written once a minute, not with every picture of a page.
        if last_seen < now.plus_seconds(-60).to_string() {
            let sql = "UPDATE session SET last_seen = $1 WHERE token_hash = $2";
            self.db.execute(sql, &[now.to_string().into(), hash.into()]).await?;
        }
        Ok(Some(Session { account, csrf: row.text("csrf")? }))
    }

    /// Ends a session: its token is worth nothing from now on.
    pub async fn sign_out(&self, token: &str) -> Result<(), StoreError> {
        self.db.execute("DELETE FROM session WHERE token_hash = $1", &[token_hash(token).into()]).await.map(|_| ())
    }

    /// Whether there is anybody who could sign in.
    pub async fn has_accounts(&self) -> Result<bool, StoreError> {
        Ok(self.db.row("SELECT name FROM account LIMIT 1", &[]).await?.is_some())
    }
}

/// The subject of an account's chain.
pub(crate) fn subject(name: &str) -> String {
    format!("account:{name}")
}

fn check_name(name: &str) -> Result<(), StoreError> {
    let fits =
        (1..=64).contains(&name.chars().count()) && !name.chars().any(|letter| letter.is_whitespace() || letter.is_control());
    if fits {
        Ok(())
    } else {
        Err(StoreError::Unfit(format!("用户名应为 1 到 64 个字符，不含空格，现为“{name}”")))
    }
}

/// OWASP's parameters for a server: 19 MiB, two passes.
fn argon() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(19_456, 2, 1, None).unwrap_or_default())
}

fn hashed(password: &str) -> Result<String, StoreError> {
    let length = password.chars().count();
    if length < SHORTEST_PASSWORD {
        return Err(StoreError::Unfit(format!("密码应不少于 {SHORTEST_PASSWORD} 个字符，现为 {length} 个")));
    }
    let mut salt = [0_u8; 16];
    getrandom::fill(&mut salt).map_err(StoreError::Random)?;
    let salt = SaltString::encode_b64(&salt).map_err(|problem| StoreError::Unfit(problem.to_string()))?;
    let hash = argon().hash_password(password.as_bytes(), &salt).map_err(|problem| StoreError::Unfit(problem.to_string()))?;
    Ok(hash.to_string())
}

/// Whether a password is the one. Without a kept hash, it takes as long and is not.
fn matches(password: &str, kept: Option<&str>) -> bool {
    const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let Ok(hash) = PasswordHash::new(kept.unwrap_or(NOBODY)) else { return false };
    argon().verify_password(password.as_bytes(), &hash).is_ok() && kept.is_some()
}

/// A random text of 256 bits.
pub fn random() -> Result<String, StoreError> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(StoreError::Random)?;
    Ok(hex::encode(bytes))
}

fn token_hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

fn account(row: &Row) -> Result<Account, StoreError> {
    let name = row.text("name")?;
    Ok(Account {
        display: row.text("display")?,
        role: decoded("account", &name, &row.text("role")?)?,
        scope: decoded("account", &name, &row.text("scope")?)?,
        disabled: row.int("disabled")? != 0,
        locked_until: row.maybe_text("locked_until")?,
        one_time: row.maybe_text("totp")?.is_some(),
        version: row.int("version")?,
        name,
    })
}
