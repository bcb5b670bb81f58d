//! Failures as the shell sees them: which exit code of DESIGN.md section 7 an error has.

use crate::client::collection::CollectError;
use crate::client::error::ClientError;
use crate::client::input_files::InputError;
use crate::client::ledger::error::LedgerError;
use crate::client::program_of::ProgramError;
use crate::client::publication::PublishError;
use crate::client::reduction::ReduceError;
use crate::client::submission::SubmitError;
use shared::api::problem::ProblemCode;
use shared::verified_job::VerifyError;

/// Exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Exit {
    Failed = 1,
    Usage = 2,
    NotFound = 3,
    Auth = 4,
    Conflict = 5,
    Unreachable = 6,
    VerificationFailed = 7,
}

/// An error of the command line itself, with its exit code.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct CliError {
    exit: Exit,
    message: String,
}

/// The command cannot be meant as it stands.
pub(super) fn usage(message: impl Into<String>) -> anyhow::Error {
    with_exit(Exit::Usage, message)
}

/// An error with an exit code of its own.
pub(super) fn with_exit(exit: Exit, message: impl Into<String>) -> anyhow::Error {
    let message = message.into();
    CliError { exit, message }.into()
}

/// A local file that cannot be read, as an error with its path.
pub(super) fn unreadable(path: &std::path::Path, error: &std::io::Error) -> anyhow::Error {
    let exit = match error.kind() {
        std::io::ErrorKind::NotFound => Exit::NotFound,
        _ => Exit::Failed,
    };
    with_exit(exit, format!("{}: {error}", path.display()))
}

/// The exit code of an error: that of the first cause that has one.
pub(super) fn exit_of(error: &anyhow::Error) -> Exit {
    error.chain().find_map(of_cause).unwrap_or(Exit::Failed)
}

fn of_cause(cause: &(dyn std::error::Error + 'static)) -> Option<Exit> {
    if let Some(error) = cause.downcast_ref::<CliError>() {
        return Some(error.exit);
    }
    if let Some(error) = cause.downcast_ref::<InputError>() {
        return Some(of_input(error));
    }
    if let Some(error) = cause.downcast_ref::<SubmitError>() {
        return Some(of_submit(error));
    }
    if let Some(error) = cause.downcast_ref::<LedgerError>() {
        return Some(of_ledger(error));
    }
    if cause.is::<VerifyError>() {
        return Some(Exit::VerificationFailed);
    }
    let client = cause
        .downcast_ref::<ClientError>()
        .or_else(|| match cause.downcast_ref()? {
            CollectError::Client(error) => Some(error),
            CollectError::Verify(_) => None,
        })
        .or_else(|| match cause.downcast_ref()? {
            PublishError::Client(error) => Some(error),
            _ => None,
        })
        .or_else(|| match cause.downcast_ref()? {
            ProgramError::Client(error) | ProgramError::Reduce(ReduceError::Client(error)) => {
                Some(error)
            }
            _ => None,
        })
        .or_else(|| match cause.downcast_ref()? {
            ReduceError::Client(error) => Some(error),
            _ => None,
        });
    match (client, cause.downcast_ref()) {
        (Some(error), _) => Some(of_client(error)),
        (None, Some(CollectError::Verify(_))) => Some(Exit::VerificationFailed),
        (None, _) => None,
    }
}

fn of_ledger(error: &LedgerError) -> Exit {
    match error {
        LedgerError::Client(error) => of_client(error),
        LedgerError::Missing { .. } | LedgerError::NotFound(_) => Exit::NotFound,
        LedgerError::Broken { .. } | LedgerError::Contradiction { .. } => Exit::VerificationFailed,
    }
}

fn of_submit(error: &SubmitError) -> Exit {
    match error {
        SubmitError::Input(error) => of_input(error),
        SubmitError::Client(error) => of_client(error),
        SubmitError::Job(_) | SubmitError::Again(_) => Exit::Usage,
        SubmitError::NoKey => Exit::Auth,
        SubmitError::InputChanged(_)
        | SubmitError::StillMissing(_)
        | SubmitError::InputsGone { .. } => Exit::Failed,
    }
}

fn of_input(error: &InputError) -> Exit {
    match error {
        InputError::File { missing: true, .. } => Exit::NotFound,
        InputError::File { .. } | InputError::Stopped => Exit::Failed,
        InputError::Split { .. } => Exit::Usage,
    }
}

fn of_client(error: &ClientError) -> Exit {
    match error {
        ClientError::BadUrl(_) => Exit::Usage,
        ClientError::Unreachable { .. } => Exit::Unreachable,
        ClientError::OtherLedger(_) | ClientError::WrongBytes { .. } => Exit::VerificationFailed,
        ClientError::NoToken { .. } | ClientError::PlainToken { .. } => Exit::Auth,
        ClientError::Refused(problem) => match (problem.code, problem.status) {
            (ProblemCode::UnknownProgram, _) | (_, 404) => Exit::NotFound,
            (_, 401 | 403) => Exit::Auth,
            (_, 409) => Exit::Conflict,
            (_, 503) | (ProblemCode::RateLimited, _) => Exit::Unreachable,
            _ => Exit::Failed,
        },
        ClientError::Tls(_) | ClientError::NotUnderstood { .. } | ClientError::File { .. } => {
            Exit::Failed
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::api::problem::Problem;
    use shared::ids::JobId;

    fn refusal(code: ProblemCode) -> ClientError {
        let problem = Problem {
            r#type: String::new(),
            title: code.title().into(),
            status: code.status(),
            detail: String::new(),
            instance: String::new(),
            code,
            errors: Vec::new(),
            retry_after_seconds: None,
        };
        ClientError::Refused(Box::new(problem))
    }

    #[test]
    fn what_the_coordinator_says_decides_the_exit_code() {
        for (code, exit) in [
            (ProblemCode::NotFound, Exit::NotFound),
            (ProblemCode::UnknownProgram, Exit::NotFound),
            (ProblemCode::BadToken, Exit::Auth),
            (ProblemCode::NotApproved, Exit::Auth),
            (ProblemCode::JobEnded, Exit::Conflict),
            (ProblemCode::Busy, Exit::Unreachable),
            (ProblemCode::JobInvalid, Exit::Failed),
            (ProblemCode::Internal, Exit::Failed),
        ] {
            let error = anyhow::Error::new(refusal(code)).context("while asking");
            assert_eq!(exit_of(&error), exit, "{code:?}");
        }
    }

    #[test]
    fn what_the_coordinator_says_counts_wherever_it_was_asked() {
        let taken = || refusal(ProblemCode::NameTaken);
        for error in [
            anyhow::Error::new(PublishError::Client(taken())),
            anyhow::Error::new(SubmitError::Client(taken())),
            anyhow::Error::new(CollectError::Client(taken())),
            anyhow::Error::new(ProgramError::Client(taken())),
            anyhow::Error::new(ReduceError::Client(taken())),
        ] {
            assert_eq!(exit_of(&error), Exit::Conflict, "{error:?}");
        }
    }

    #[test]
    fn a_broken_rule_is_a_failed_verification_however_deep_it_lies() {
        let broken = || VerifyError::JobId {
            asked: JobId([0; 32]),
            found: JobId([1; 32]),
        };
        let direct = anyhow::Error::new(broken());
        assert_eq!(exit_of(&direct), Exit::VerificationFailed);
        let deep = anyhow::Error::new(CollectError::Verify(broken())).context("while collecting");
        assert_eq!(exit_of(&deep), Exit::VerificationFailed);
        assert_eq!(exit_of(&anyhow::anyhow!("else")), Exit::Failed);
    }
}
