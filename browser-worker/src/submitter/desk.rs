//! Hears the page and does one thing for each message.

use super::api::Api;
use super::draft::{self, Kind};
use super::follow::{OpenJob, follow};
use super::guest::Runner;
use super::key::{self, Key};
use super::port::Port;
use super::post::Posting;
use super::prepare::{Material, Prepared};
use super::program::ChosenProgram;
use super::stop::Stop;
use super::{chunks, duplicate};
use crate::clock;
use crate::program::Program;
use crate::sandbox_worker::SandboxKit;
use shared::api::jobs::CancelJob;
use shared::codec::Canonical as _;
use shared::ids::JobId;
use shared::job::Cancel;
use shared::manifest::{MAX_MANIFEST_BYTES, Manifest};
use shared::module_check::MAX_MODULE_BYTES;
use shared::page::submit::{
    Asked, Draft, FromSubmitter, ProgramChoice, ProgramLine, ToSubmitter, Trouble, TroubleCode,
    TryReport,
};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, File};

/// What the page works at.
#[derive(Debug)]
pub(super) struct Desk {
    port: Port,
    key: RefCell<Key>,
    api: RefCell<Option<Rc<Api>>>,
    program: RefCell<Option<Rc<ChosenProgram>>>,
    files: RefCell<Vec<Blob>>,
    common: RefCell<Option<Blob>>,
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
            files: RefCell::default(),
            common: RefCell::default(),
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
            ToSubmitter::ChooseProgram { name } => {
                let view = self.api().await?.program(&name).await?;
                self.use_program(ChosenProgram::published(&view)?);
            }
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

    async fn list_programs(&self) -> Result<(), Trouble> {
        let views = self.api().await?.programs().await?;
        let line = |view: &shared::api::programs::ProgramView| {
            let manifest = Manifest::parse(&view.manifest).ok();
            ProgramLine {
                name: format!("{}@{}", view.name, view.version),
                summary: manifest
                    .map(|manifest| manifest.summary)
                    .unwrap_or_default(),
            }
        };
        let lines = views.iter().map(line).collect();
        self.port.post(&FromSubmitter::Programs(lines));
        Ok(())
    }

    async fn check_module(&self, files: &[Blob]) -> Result<(), Trouble> {
        self.program.replace(None);
        let Some(module) = files.first() else {
            return Err(Trouble::new(TroubleCode::NoProgram, "no file is chosen"));
        };
        let bytes = chunks::whole(module, MAX_MODULE_BYTES as u64).await?;
        let manifest = match files.get(1) {
            Some(file) => Some(chunks::whole(file, MAX_MANIFEST_BYTES as u64).await?),
            None => None,
        };
        let facts = draft::facts(module);
        self.use_program(ChosenProgram::uploaded(&facts, bytes, manifest)?);
        Ok(())
    }

    fn use_program(&self, program: ChosenProgram) {
        let facts = Box::new(program.facts());
        self.program.replace(Some(Rc::new(program)));
        self.port.post(&FromSubmitter::Program(facts));
    }

    /// Files in the order of their names as bytes, as everybody splits them.
    async fn take_files(&self, mut files: Vec<Blob>) {
        let name = |file: &Blob| file.dyn_ref::<File>().map(File::name);
        files.sort_by_cached_key(name);
        draft::keep_files(Kind::Input, &files).await;
        self.files.replace(files);
    }

    async fn load_draft(&self) -> Result<(), Trouble> {
        let Some(kept) = draft::load().await else {
            return Ok(());
        };
        let files = draft::load_files(Kind::Input).await;
        let common = draft::load_files(Kind::Common).await.into_iter().next();
        self.port.post(&FromSubmitter::Draft {
            draft: Box::new(kept.clone()),
            files: files.iter().map(draft::facts).collect(),
            common: common.as_ref().map(draft::facts),
        });
        self.files.replace(files);
        self.common.replace(common);
        match kept.program {
            ProgramChoice::None => Ok(()),
            ProgramChoice::Published(name) => {
                let view = self.api().await?.program(&name).await?;
                self.use_program(ChosenProgram::published(&view)?);
                Ok(())
            }
            ProgramChoice::Upload(_) => {
                let files = draft::load_files(Kind::Module).await;
                self.check_module(&files).await
            }
        }
    }

    async fn prepare(&self, number: u32, kept: Draft) {
        draft::keep(&kept).await;
        let told = |done_bytes, total_bytes| {
            let is_wanted = self.newest.get() == number;
            if is_wanted {
                self.port.post(&FromSubmitter::Preparing {
                    number,
                    done_bytes,
                    total_bytes,
                });
            }
            is_wanted
        };
        let material = Material {
            program: self.program.borrow().clone(),
            files: self.files.borrow().clone(),
            common: self.common.borrow().clone(),
        };
        let made = match self.api().await {
            Ok(api) => Prepared::make(&api, &kept, material, told).await,
            Err(trouble) => Err(trouble),
        };
        if self.newest.get() != number {
            return;
        }
        let message = match made {
            Ok(prepared) => {
                let split = Box::new(prepared.facts.clone());
                self.prepared.replace(Some(Rc::new(prepared)));
                self.draft.replace(kept);
                FromSubmitter::Prepared { number, split }
            }
            Err(trouble) => FromSubmitter::NotPrepared { number, trouble },
        };
        self.port.post(&message);
    }

    fn ready(&self) -> Result<Rc<Prepared>, Trouble> {
        let prepared = self.prepared.borrow().clone();
        prepared.ok_or_else(|| Trouble::new(TroubleCode::NoInput, "the draft is not ready"))
    }

    async fn try_first(&self) -> Result<(), Trouble> {
        let prepared = self.ready()?;
        let stop = Stop::default();
        self.stop.replace(stop.clone());
        self.port.post(&FromSubmitter::Trying);
        let api = self.api().await?;
        let browser = |detail: String| Trouble::new(TroubleCode::Browser, detail);
        let kit = SandboxKit::load().await;
        let module = prepared.program.module(&api).await?;
        let program = Program::compile(&module).await;
        let runner = Runner {
            kit: kit.map_err(|error| browser(error.to_string()))?,
            program: program.map_err(|error| browser(error.to_string()))?,
            argv_mode: prepared.wish.argv_mode,
            args: prepared.wish.args.clone(),
            seed: prepared.wish.seed,
            common: prepared.common.clone(),
        };
        let began = clock::now();
        let limits = &prepared.wish.limits;
        let run = runner.map(0, &prepared.first, limits, &stop).await?;
        let report = TryReport {
            outcome: run.outcome,
            took_ms: clock::now().0.saturating_sub(began.0),
            memory_pages: run.memory_pages,
            stderr: run.stderr,
        };
        self.port
            .post_with(&FromSubmitter::Tried(report), &run.output);
        Ok(())
    }

    async fn submit(&self) -> Result<(), Trouble> {
        let prepared = self.ready()?;
        let api = self.api().await?;
        let posting = Posting::sign(&api, &prepared).await?;
        let told = |done_bytes, total_bytes| {
            self.port.post(&FromSubmitter::Submitting {
                done_bytes,
                total_bytes,
            });
        };
        let job_id = posting.post(&api, told).await?;
        let kept = self.draft.borrow().clone();
        draft::keep_for(job_id, &kept).await;
        self.port.post(&FromSubmitter::Submitted { job_id });
        Ok(())
    }

    async fn follow(&self, open: Rc<OpenJob>) {
        let mut wait_ms = 2_000;
        while !open.is_closed() {
            match self.api().await {
                Ok(api) => return follow(api, self.port.clone(), open).await,
                Err(trouble) => {
                    let what = Asked::Job;
                    let is_temporary = trouble.is_temporary();
                    self.port.post(&FromSubmitter::Failed { what, trouble });
                    if !is_temporary {
                        return;
                    }
                    open.bell.wait(Some(wait_ms)).await;
                    wait_ms = wait_ms.saturating_mul(2).min(15_000);
                }
            }
        }
    }

    async fn cancel(&self) -> Result<(), Trouble> {
        let (job_id, api) = (self.open_id()?, self.api().await?);
        let cancel = Cancel {
            job_id,
            time_ms: api.now(),
        };
        let cancel = Some(api.signed(cancel.encode(api.chain())).await?);
        api.cancel(job_id, &CancelJob { cancel }).await?;
        self.with_open(|open| open.bell.ring());
        Ok(())
    }

    fn open_id(&self) -> Result<JobId, Trouble> {
        let open = self.open.borrow();
        let open = open.as_ref().map(|open| open.id);
        open.ok_or_else(|| Trouble::new(TroubleCode::NotFound, "no job is open"))
    }

    fn with_open(&self, then: impl FnOnce(&OpenJob)) {
        if let Some(open) = &*self.open.borrow() {
            then(open);
        }
    }

    fn close(&self) {
        if let Some(open) = self.open.take() {
            open.close();
        }
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
        ToSubmitter::OpenJob { .. }
        | ToSubmitter::CloseJob
        | ToSubmitter::RetryNow
        | ToSubmitter::FoldPartial => Asked::Job,
    }
}
