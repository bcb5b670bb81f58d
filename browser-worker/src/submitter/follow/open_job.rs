//! A job that a page has open: how the page reaches who follows it.

use crate::submitter::stop::{Bell, Stop};
use shared::ids::JobId;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// A job that a page has open.
#[derive(Debug)]
pub(in crate::submitter) struct OpenJob {
    pub(in crate::submitter) id: JobId,
    pub(in crate::submitter) bell: Bell,
    /// Ends the reduce stage.
    pub(in crate::submitter) stop: Stop,
    is_closed: Cell<bool>,
    pub(in crate::submitter) has_ended: Cell<bool>,
    pub(in crate::submitter) is_partial_wanted: Cell<bool>,
    /// Its tasks that are decided and have no output, as verified here.
    failed: RefCell<Rc<[u32]>>,
}

impl OpenJob {
    pub(in crate::submitter) fn new(id: JobId) -> Self {
        Self {
            id,
            bell: Bell::default(),
            stop: Stop::default(),
            is_closed: Cell::new(false),
            has_ended: Cell::new(false),
            is_partial_wanted: Cell::new(false),
            failed: RefCell::default(),
        }
    }

    pub(in crate::submitter) fn close(&self) {
        self.is_closed.set(true);
        self.stop.set();
        self.bell.ring();
    }

    pub(in crate::submitter) fn is_closed(&self) -> bool {
        self.is_closed.get()
    }

    /// Its tasks that are decided and have no output.
    pub(in crate::submitter) fn failed(&self) -> Rc<[u32]> {
        Rc::clone(&self.failed.borrow())
    }

    /// Says which these are.
    pub(super) fn set_failed(&self, failed: Rc<[u32]>) {
        self.failed.replace(failed);
    }

    /// Reduces what there is, once the job has ended.
    pub(in crate::submitter) fn fold_partial(&self) {
        self.is_partial_wanted.set(true);
        self.bell.ring();
    }
}
