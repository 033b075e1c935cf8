//! Exit statuses, as the contract fixes them.

use std::fmt;
use std::io::ErrorKind;
use std::process::ExitCode;

use anyhow::Result;

use crate::screen::Screen;

/// How a command ended that could be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Done.
    Done,
    /// Done, and something was refused or found invalid; it was said.
    Refused,
    /// Not done, and said already, because a report was due all the same.
    Failed,
}

impl Status {
    /// Done, or refused where `refused` holds.
    pub(crate) const fn refused_if(refused: bool) -> Self {
        if refused { Self::Refused } else { Self::Done }
    }
}

/// Wrong use（用法错误）: the command line asks for something that makes no sense.
#[derive(Debug)]
pub(crate) struct WrongUse(pub(crate) String);

impl fmt::Display for WrongUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WrongUse {}

/// 2: wrong use.
pub(crate) const WRONG_USE: u8 = 2;
const COULD_NOT: u8 = 3;

/// The exit status; an error is said first.
pub(crate) fn exit_code(result: Result<Status>, screen: &Screen) -> ExitCode {
    match result {
        Ok(Status::Done) => ExitCode::SUCCESS,
        Ok(Status::Refused) => ExitCode::from(1),
        Ok(Status::Failed) => ExitCode::from(COULD_NOT),
        // Whoever read our output has had enough (`| head`): nothing went wrong.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            screen.fault(&format!("错误：{error:#}"));
            ExitCode::from(if error.is::<WrongUse>() { WRONG_USE } else { COULD_NOT })
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == ErrorKind::BrokenPipe))
}
