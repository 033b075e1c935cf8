//! Former（前一个服务）: one server at a time writes to a database, and one that crashed still stands there for a while. Whoever comes next
//! takes its place at once where its process is known to be gone, and else waits until its word no longer holds.

use std::fs;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use store::job::LEASE_SECONDS;
use store::{Server, Store, StoreError};

use crate::cancel;
use crate::screen::Screen;

/// How often it is looked whether it left.
const LOOK: Duration = Duration::from_millis(500);

/// The longest wait: its word, and a little for clocks that differ.
const PATIENCE: Duration = Duration::from_secs(LEASE_SECONDS.unsigned_abs() + 15);

/// What is known of a process by its name in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It ran on this machine, and does no longer.
    Gone,
    /// It runs on this machine.
    Alive,
    /// It ran elsewhere, or nothing can be known.
    Unknown,
}

/// The name of this process in the database: where it runs, its number there and when it began, so that it is no other, and something
/// that nobody guesses.
pub(super) fn owner() -> Result<String> {
    let (place, own) = (place().unwrap_or_default(), std::process::id());
    let begun = begun(own).unwrap_or_default();
    Ok(format!("{place}/{own}/{begun}/{}", store::account::random()?))
}

/// The start of the machine, and the space in which its processes are numbered: a container has its own.
fn place() -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let space = fs::read_link("/proc/self/ns/pid").ok()?;
    let digits: String = space.to_string_lossy().chars().filter(char::is_ascii_digit).collect();
    Some(format!("{}.{digits}", boot.trim()))
}

/// When a process began, in ticks of the machine; none where there is none, or it only waits to be buried.
fn begun(process: u32) -> Option<String> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // Its name stands in parentheses and may hold anything; the state and nineteen numbers later its beginning come after.
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    fields.nth(18).filter(|_| !matches!(state, "Z" | "X")).map(str::to_owned)
}

fn fate(owner: &str) -> Fate {
    let mut parts = owner.split('/');
    let (at, process, since) = (parts.next(), parts.next().and_then(|text| text.parse().ok()), parts.next());
    let (Some(at), Some(process), Some(since)) = (at, process, since) else { return Fate::Unknown };
    if at.is_empty() || since.is_empty() || place().as_deref() != Some(at) {
        return Fate::Unknown;
    }
    match begun(process) {
        Some(found) if found == since => Fate::Alive,
        // Where even the first process of all is hidden, others are too.
        None if begun(1).is_none() => Fate::Unknown,
        _ => Fate::Gone,
    }
}

/// Does something that waits for the database to be free: at once where it is, or where the former server is gone; after its last word
/// where nobody knows. One that goes on saying that it lives is left alone.
pub(super) async fn once_left<T>(url: &str, screen: &Screen, attempt: impl AsyncFn() -> Result<T, StoreError>) -> Result<T> {
    let begin = Instant::now();
    let mut seen: Option<Server> = None;
    loop {
        let server = match attempt().await {
            Ok(done) => return Ok(done),
            Err(StoreError::Served(server)) => server,
            Err(problem) => return Err(problem.into()),
        };
        match fate(&server.owner) {
            Fate::Gone => {
                screen.note(&format!("前一个服务（{}）没有正常停止就不在了，由本服务接替", server.address));
                Store::bury(url, &server.owner).await.context("没能接替前一个服务")?;
                continue;
            }
            Fate::Alive => return Err(StoreError::Served(server).into()),
            Fate::Unknown if seen.as_ref().is_some_and(|seen| *seen != server) || begin.elapsed() > PATIENCE => {
                return Err(StoreError::Served(server).into());
            }
            Fate::Unknown => {}
        }
        if seen.is_none() {
            screen.note(&format!(
                "另一个服务（{}）可能还在使用这个办理库；等它停止，最多 {} 秒",
                server.address,
                PATIENCE.as_secs()
            ));
            seen = Some(server);
        }
        if cancel::flag().load(Ordering::Relaxed) {
            bail!("已取消");
        }
        tokio::time::sleep(LOOK).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_alive_or_gone_here_and_unknown_elsewhere() {
        let own = owner().unwrap();
        assert_eq!(fate(&own), Fate::Alive);
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let parts: Vec<&str> = own.split('/').collect();
        let named = |process: u32, begun: &str| format!("{}/{process}/{begun}/x", parts[0]);
        let since = begun(child.id()).unwrap();
        assert_eq!(fate(&named(child.id(), &since)), Fate::Alive);
        assert_eq!(fate(&named(child.id(), "1")), Fate::Gone, "another process of the same number");
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(fate(&named(child.id(), &since)), Fate::Gone);
        for other in [own.replacen(parts[0], "elsewhere.1", 1), "0123456789".to_owned(), "///x".to_owned(), String::new()] {
            assert_eq!(fate(&other), Fate::Unknown, "{other}");
        }
    }
}
