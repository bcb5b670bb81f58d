//! What the submit page asks for: programs, files, drafts, a try, a submission.

use super::Desk;
use crate::clock;
use crate::submitter::chunks;
use crate::submitter::draft::{self, Kind};
use crate::submitter::guest::{Runner, made_ready};
use crate::submitter::post::Posting;
use crate::submitter::prepare::{Material, Prepared};
use crate::submitter::program::ChosenProgram;
use crate::submitter::stop::Stop;
use shared::manifest::{MAX_MANIFEST_BYTES, Manifest};
use shared::module_check::MAX_MODULE_BYTES;
use shared::page::submit::{
    Draft, FromSubmitter, ProgramChoice, ProgramLine, Trouble, TroubleCode, TryReport,
};
use shared::program::is_ad_hoc_name;
use std::rc::Rc;
use wasm_bindgen::JsCast as _;
use web_sys::{Blob, File};

impl Desk {
    pub(super) async fn list_programs(&self) -> Result<(), Trouble> {
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
        // Ad-hoc uploads are for those who made them, who have a copy of the job.
        let named = views.iter().filter(|view| !is_ad_hoc_name(&view.name));
        let lines = named.map(line).collect();
        self.port.post(&FromSubmitter::Programs(lines));
        Ok(())
    }

    pub(super) async fn choose_program(&self, name: &str) -> Result<(), Trouble> {
        let choice = self.new_choice();
        let view = self.api().await?.program(name).await?;
        self.use_program(choice, ChosenProgram::published(&view)?);
        Ok(())
    }

    /// From now on there is no program until this choice is made.
    fn new_choice(&self) -> u32 {
        let choice = self.choices.get().wrapping_add(1);
        self.choices.set(choice);
        self.program.replace(None);
        choice
    }

    pub(super) async fn check_module(&self, files: &[Blob]) -> Result<(), Trouble> {
        let choice = self.new_choice();
        let Some(module) = files.first() else {
            return Err(Trouble::new(TroubleCode::NoProgram, "no file is chosen"));
        };
        let bytes = chunks::whole(module, MAX_MODULE_BYTES as u64).await?;
        let manifest = match files.get(1) {
            Some(file) => Some(chunks::whole(file, MAX_MANIFEST_BYTES as u64).await?),
            None => None,
        };
        let facts = draft::facts(module);
        let program = ChosenProgram::uploaded(&facts, bytes, manifest)?;
        self.use_program(choice, program);
        Ok(())
    }

    fn use_program(&self, choice: u32, program: ChosenProgram) {
        if self.choices.get() != choice {
            return; // another was chosen meanwhile
        }
        let facts = Box::new(program.facts());
        self.program.replace(Some(Rc::new(program)));
        self.port.post(&FromSubmitter::Program(facts));
    }

    /// Files in the order of their names as bytes, as everybody splits them.
    pub(super) async fn take_files(&self, mut files: Vec<Blob>) {
        let name = |file: &Blob| file.dyn_ref::<File>().map(File::name);
        files.sort_by_cached_key(name);
        draft::keep_files(Kind::Input, &files).await;
        self.files.replace(files);
    }

    pub(super) async fn load_draft(&self) -> Result<(), Trouble> {
        let Some(kept) = draft::load().await else {
            self.port.post(&FromSubmitter::NoDraft);
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
            ProgramChoice::Published(name) => self.choose_program(&name).await,
            ProgramChoice::Upload { .. } => {
                let files = draft::load_files(Kind::Module).await;
                self.check_module(&files).await
            }
        }
    }

    pub(super) async fn prepare(&self, number: u32, kept: Draft) {
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
            Ok(api) => Prepared::make(&api, &kept, material, &self.cuts, told).await,
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

    pub(super) async fn try_first(&self) -> Result<(), Trouble> {
        let prepared = self.ready()?;
        let stop = Stop::default();
        self.stop.replace(stop.clone());
        self.port.post(&FromSubmitter::Trying);
        let api = self.api().await?;
        let module = prepared.program.module(&api).await?;
        let (kit, program) = made_ready(&module).await?;
        let runner = Runner {
            kit,
            program,
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

    pub(super) async fn submit(&self) -> Result<(), Trouble> {
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
}
