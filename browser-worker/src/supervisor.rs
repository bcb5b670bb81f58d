//! The node of a browser profile: the shell around `shared::volunteer`, in a worker that a page starts.
//!
//! Everything that happens becomes a [`Fact`] in one inbox; `shell` takes them in order, `perform` does what the state
//! machine asks. `socket`, `larder`, `pool`, `outputs`, `prove` and `lock` are the hands, `status` is what is shown.

mod alarms;
mod browser_name;
mod display;
mod intake;
mod larder;
mod lock;
mod outputs;
mod perform;
mod pieces;
mod pool;
mod port;
mod prove;
mod shell;
mod socket;
mod status;
mod work;

use crate::keys::{KeyError, ProfileKey};
use crate::sandbox_worker::{FromSandbox, KitError, SandboxKit};
use larder::Prepared;
use lock::LockNews;
use port::Port;
use shared::ids::{Digest, SeatNonce};
use shared::page::volunteer::{FromSupervisor, ToSupervisor, Wish};
use shared::protocol::UnableReason;
use shared::volunteer::Event;
use shell::Shell;
use socket::SocketNews;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

/// Something that has happened.
#[derive(Debug)]
enum Fact {
    /// The page says something.
    Told(ToSupervisor),
    /// Another tab wishes something.
    Wished(Wish),
    /// A page was opened and wants to know how things are.
    Asked,
    /// Whether an unfinished job of this profile is open may have changed.
    JobsChanged,
    /// Whether one is.
    Jobs(bool),
    /// The profile has another submitter's key.
    OwnerChanged,
    Lock(LockNews),
    /// The key is there, with the ledger that was remembered.
    Key(Result<(ProfileKey, Option<String>), KeyError>),
    /// What sandboxes are started with is there.
    Kit(Result<SandboxKit, KitError>),
    /// News of the socket with this number.
    Socket(u32, SocketNews),
    /// The answer of a hand for the state machine.
    Machine(Event),
    /// Something was fetched for an assignment, or could not be.
    Prepared(SeatNonce, Result<Box<Prepared>, UnableReason>),
    /// Bytes were fetched.
    Fetched(u64),
    /// News of the sandbox with this number.
    Sandbox(u32, FromSandbox),
    /// The next piece of an output may be sent.
    SendPieces,
    /// A piece of an output, for the socket with this number; none when it is lost.
    Piece(u32, Digest, Option<Vec<u8>>),
    /// A vote could not be signed.
    CannotSign(KeyError),
    /// A time that was waited for has come.
    Tick,
    /// Comes every second, unless the browser freezes this worker.
    Beat,
}

/// The supervisor, for all who have something to tell it.
#[derive(Debug, Clone)]
struct Supervisor(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    inbox: RefCell<VecDeque<Fact>>,
    shell: RefCell<Shell>,
}

/// Listens to the page. Nothing else happens before it says Start.
pub fn start() {
    let Some(port) = Port::open() else {
        return; // only a worker can be a supervisor
    };
    let supervisor = Supervisor(Rc::new(Inner {
        inbox: RefCell::default(),
        shell: RefCell::new(Shell::new(port.clone())),
    }));
    let told = supervisor.clone();
    port.listen(move |message| told.give(Fact::Told(message)));
    port.post(&FromSupervisor::Ready);
}

impl Supervisor {
    /// Takes a fact in, or leaves it to whoever is at it: facts that come up meanwhile are taken in order.
    fn give(&self, fact: Fact) {
        self.0.inbox.borrow_mut().push_back(fact);
        let Ok(mut shell) = self.0.shell.try_borrow_mut() else {
            return;
        };
        loop {
            let Some(fact) = self.0.inbox.borrow_mut().pop_front() else {
                break;
            };
            shell.take_in(self, fact);
        }
        shell.settle_down(self);
    }
}
