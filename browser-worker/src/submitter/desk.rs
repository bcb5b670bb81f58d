//! Hears the page and does one thing for each message.

mod form;
mod jobs;

use super::api::Api;
use super::cuts::Cuts;
use super::draft::{self, Kind};
use super::duplicate;
use super::follow::OpenJob;
use super::key::{self, Key};
use super::port::Port;
use super::prepare::Prepared;
use super::program::ChosenProgram;
use super::stop::Stop;
use shared::page::submit::{Asked, Draft, FromSubmitter, ToSubmitter, Trouble, TroubleCode};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;
use web_sys::Blob;

/// What the page works at.
#[derive(Debug)]
pub(super) struct Desk {
    port: Port,
    key: RefCell<Key>,
    api: RefCell<Option<Rc<Api>>>,
    program: RefCell<Option<Rc<ChosenProgram>>>,
    /// How often a program was chosen: only the newest choice counts, however long each takes to load.
    choices: Cell<u32>,
    files: RefCell<Vec<Blob>>,
    common: RefCell<Option<Blob>>,
    cuts: Cuts,
    /// Number of the newest draft.
    newest: Cell<u32>,
    prepared: RefCell<Option<Rc<Prepared>>>,
    draft: RefCell<Draft>,
    /// Ends the run of the first task.
    stop: RefCell<Stop>,
    open: RefCell<Option<Rc<OpenJob>>>,
}

impl Desk {
    pub(super) fn new(port: Port) -> Self {
        Self {
            port,
            key: RefCell::default(),
            api: RefCell::default(),
            program: RefCell::default(),
            choices: Cell::new(0),
            files: RefCell::default(),
            common: RefCell::default(),
            cuts: Cuts::default(),
            newest: Cell::new(0),
            prepared: RefCell::default(),
            draft: RefCell::default(),
            stop: RefCell::default(),
            open: RefCell::default(),
        }
    }

    /// Does what the page says. What can wait for something runs beside the rest.
    pub(super) fn hear(self: &Rc<Self>, message: ToSubmitter, files: Vec<Blob>) {
        let desk = Rc::clone(self);
        match message {
            ToSubmitter::StopRun => {
                self.stop.borrow().set();
                self.with_open(|open| open.stop.set());
            }
            ToSubmitter::CloseJob => self.close(),
            ToSubmitter::RetryNow => self.with_open(|open| open.bell.ring()),
            ToSubmitter::FoldPartial => self.with_open(OpenJob::fold_partial),
            ToSubmitter::ForgetSeed => {
                self.key.borrow_mut().forget_seed();
                self.tell_key();
            }
            ToSubmitter::Prepare { number, draft } => {
                self.newest.set(number);
                self.prepared.replace(None);
                spawn_local(async move { desk.prepare(number, *draft).await });
            }
            ToSubmitter::OpenJob { job_id } => {
                self.close();
                let open = Rc::new(OpenJob::new(job_id));
                self.open.replace(Some(Rc::clone(&open)));
                spawn_local(async move { desk.follow(open).await });
            }
            other => spawn_local(async move {
                let what = asked(&other);
                if let Err(trouble) = desk.perform(other, files).await {
                    desk.port.post(&FromSubmitter::Failed { what, trouble });
                }
            }),
        }
    }

    async fn perform(&self, message: ToSubmitter, files: Vec<Blob>) -> Result<(), Trouble> {
        match message {
            ToSubmitter::LookAtKey => {
                self.load_key().await?;
                self.tell_key();
            }
            ToSubmitter::MakeKey => {
                let key = key::load_or_make().await?;
                self.use_key(key);
            }
            ToSubmitter::ImportKey { text } => {
                let key = key::import(&text).await?;
                self.use_key(key);
            }
            ToSubmitter::ExportKey => {
                let text = self.key.borrow().file();
                let text = text.ok_or_else(|| {
                    Trouble::new(TroubleCode::Key, "the key can no longer be read here")
                })?;
                self.port.post(&FromSubmitter::KeyFile { text });
            }
            ToSubmitter::Programs => self.list_programs().await?,
            ToSubmitter::ChooseProgram { name } => self.choose_program(&name).await?,
            ToSubmitter::CheckModule => {
                self.check_module(&files).await?;
                draft::keep_files(Kind::Module, &files).await;
            }
            ToSubmitter::InputFiles => self.take_files(files).await,
            ToSubmitter::CommonFile => {
                draft::keep_files(Kind::Common, &files).await;
                self.common.replace(files.into_iter().next());
            }
            ToSubmitter::LoadDraft => self.load_draft().await?,
            ToSubmitter::TryFirst => self.try_first().await?,
            ToSubmitter::Submit => self.submit().await?,
            ToSubmitter::Jobs => {
                let (jobs, truncated) = self.api().await?.jobs().await?;
                self.port.post(&FromSubmitter::Jobs { jobs, truncated });
            }
            ToSubmitter::Tasks {
                failed_only,
                page_token,
            } => {
                let (id, api) = (self.open_id()?, self.api().await?);
                let page = api.tasks(id, failed_only, &page_token).await?;
                self.port.post(&FromSubmitter::Tasks {
                    tasks: page.items,
                    next_page_token: page.next_page_token,
                });
            }
            ToSubmitter::Task { task } => {
                let (id, api) = (self.open_id()?, self.api().await?);
                let view = Box::new(api.task(id, task).await?);
                // Most tasks have no log; that it cannot be had is no reason to show nothing.
                let log = api.task_log(id, task).await.ok();
                self.port.post(&FromSubmitter::Task { view, log });
            }
            ToSubmitter::Cancel => self.cancel().await?,
            ToSubmitter::Rerun { limits } => self.rerun(&limits).await?,
            ToSubmitter::Duplicate => {
                let id = self.open_id()?;
                let api = self.api().await?;
                draft::keep(&duplicate::draft_of(&api, id).await?).await;
                self.port.post(&FromSubmitter::Duplicated);
            }
            // These are done at once, by `hear`.
            ToSubmitter::StopRun
            | ToSubmitter::CloseJob
            | ToSubmitter::RetryNow
            | ToSubmitter::FoldPartial
            | ToSubmitter::ForgetSeed
            | ToSubmitter::Prepare { .. }
            | ToSubmitter::OpenJob { .. } => {}
        }
        Ok(())
    }

    async fn load_key(&self) -> Result<(), Trouble> {
        if !self.key.borrow().is_loaded() {
            let key = key::load().await?;
            self.key.borrow_mut().set(key);
        }
        Ok(())
    }

    fn use_key(&self, key: crate::keys::ProfileKey) {
        let is_other = {
            let before = self.key.borrow();
            before.get().map(|before| before.public) != Some(key.public)
        };
        // The same key again must not lose the seed that could still be saved.
        if is_other {
            self.key.borrow_mut().set(Some(key));
            self.api.replace(None);
            key::tell_volunteer();
        }
        self.tell_key();
    }

    fn tell_key(&self) {
        let facts = self.key.borrow().facts();
        self.port.post(&FromSubmitter::Key(facts));
    }

    /// The coordinator, asked once which ledger it serves.
    async fn api(&self) -> Result<Rc<Api>, Trouble> {
        if let Some(api) = &*self.api.borrow() {
            return Ok(Rc::clone(api));
        }
        self.load_key().await?;
        let key = self.key.borrow().get().cloned();
        let api = Rc::new(Api::connect(key).await?);
        self.api.replace(Some(Rc::clone(&api)));
        Ok(api)
    }
}

/// What a failure of this message is a failure of.
const fn asked(message: &ToSubmitter) -> Asked {
    match message {
        ToSubmitter::LookAtKey
        | ToSubmitter::MakeKey
        | ToSubmitter::ImportKey { .. }
        | ToSubmitter::ExportKey
        | ToSubmitter::ForgetSeed => Asked::Key,
        ToSubmitter::Programs => Asked::Programs,
        ToSubmitter::ChooseProgram { .. }
        | ToSubmitter::CheckModule
        | ToSubmitter::LoadDraft
        | ToSubmitter::InputFiles
        | ToSubmitter::CommonFile => Asked::Program,
        ToSubmitter::TryFirst | ToSubmitter::StopRun | ToSubmitter::Prepare { .. } => Asked::Try,
        ToSubmitter::Submit => Asked::Submit,
        ToSubmitter::Jobs => Asked::Jobs,
        ToSubmitter::Tasks { .. } | ToSubmitter::Task { .. } => Asked::Tasks,
        ToSubmitter::Cancel => Asked::Cancel,
        ToSubmitter::Duplicate => Asked::Duplicate,
        ToSubmitter::Rerun { .. } => Asked::Rerun,
        ToSubmitter::OpenJob { .. }
        | ToSubmitter::CloseJob
        | ToSubmitter::RetryNow
        | ToSubmitter::FoldPartial => Asked::Job,
    }
}
