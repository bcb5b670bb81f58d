//! The state of the submit page: the draft, and what the worker says of it.

use shared::api::status::Status;
use shared::ids::JobId;
use shared::page::submit::{
    Asked, Draft, FileFacts, FromSubmitter, InputDraft, KeyFacts, ProgramChoice, ProgramFacts,
    ProgramLine, SplitFacts, Trouble, TryReport,
};
use std::rc::Rc;
use yew::Reducible;

/// Everything that the submit page shows.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Form {
    /// As the user typed it.
    pub(crate) draft: Draft,
    /// Goes up with every change that the worker must hear of.
    pub(crate) version: u32,
    /// It is known whether a draft was kept from before: from now on there is something to change.
    pub(crate) is_loaded: bool,
    /// Nothing was kept from before, or it is here: from now on the draft may be kept.
    pub(crate) is_begun: bool,
    /// The published programs; none while they load.
    pub(crate) programs: Option<Vec<ProgramLine>>,
    /// Why there is no list of programs.
    pub(crate) programs_trouble: Option<Trouble>,
    /// The program, once it was checked.
    pub(crate) program: Option<Rc<ProgramFacts>>,
    /// Why it cannot be used.
    pub(crate) program_trouble: Option<Trouble>,
    /// The input files.
    pub(crate) files: Vec<FileFacts>,
    /// The common file.
    pub(crate) common: Option<FileFacts>,
    /// How far the input is cut, bytes.
    pub(crate) preparing: Option<(u64, u64)>,
    /// The tasks, when the draft can be submitted.
    pub(crate) split: Option<Rc<SplitFacts>>,
    /// Why it cannot be submitted.
    pub(crate) trouble: Option<Trouble>,
    /// The first task runs.
    pub(crate) is_trying: bool,
    /// What came of it, with the beginning of its output.
    pub(crate) tried: Option<(TryReport, String)>,
    /// Why it did not run.
    pub(crate) try_trouble: Option<Trouble>,
    /// How far the submission is, bytes.
    pub(crate) submitting: Option<(u64, u64)>,
    /// Why it failed.
    pub(crate) submit_trouble: Option<Trouble>,
    /// The job.
    pub(crate) submitted: Option<JobId>,
    /// What the coordinator takes, and who is connected.
    pub(crate) status: Option<Rc<Status>>,
}

/// Something that changes the form.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    /// The user typed something.
    Draft(Box<Draft>),
    /// The user chose a published program, or none.
    Program(ProgramChoice),
    /// The user chose files as the input.
    Files(Vec<FileFacts>),
    /// The user chose a common file, or none.
    Common(Option<FileFacts>),
    /// The user submits.
    Submit,
    /// The coordinator told how it stands.
    Status(Rc<Status>),
    /// The worker says something; beside it the beginning of an output.
    Told(Box<FromSubmitter>, String),
}

impl Reducible for Form {
    type Action = Change;

    fn reduce(self: Rc<Self>, change: Change) -> Rc<Self> {
        let mut form = (*self).clone();
        match change {
            Change::Draft(draft) => {
                form.draft = *draft;
                form.changed();
            }
            Change::Program(choice) => {
                form.draft.program = choice;
                form.draft.args.clear();
                form.draft.plain_args.clear();
                form.program = None;
                form.program_trouble = None;
                form.changed();
            }
            Change::Files(files) => {
                form.files = files;
                form.changed();
            }
            Change::Common(common) => {
                form.common = common;
                form.changed();
            }
            Change::Submit => {
                form.submitting = Some((0, 0));
                form.submit_trouble = None;
            }
            Change::Status(status) => form.status = Some(status),
            Change::Told(message, beginning) => form.hear(*message, beginning),
        }
        Rc::new(form)
    }
}

impl Form {
    /// An empty form.
    pub(crate) fn new() -> Self {
        Self {
            draft: Draft {
                trust: 3,
                ..Draft::default()
            },
            ..Self::default()
        }
    }

    /// The draft is another: nothing that was said of it counts any more.
    fn changed(&mut self) {
        self.version = self.version.wrapping_add(1);
        self.is_begun = true;
        self.split = None;
        self.trouble = None;
        self.preparing = None;
        self.tried = None;
        self.try_trouble = None;
        self.submit_trouble = None;
    }

    fn hear(&mut self, message: FromSubmitter, beginning: String) {
        match message {
            FromSubmitter::Programs(programs) => {
                self.programs = Some(programs);
                self.programs_trouble = None;
            }
            FromSubmitter::Program(program) => self.use_program(*program),
            FromSubmitter::Draft {
                draft,
                files,
                common,
            } => {
                self.draft = *draft;
                self.files = files;
                self.common = common;
                self.is_loaded = true;
                self.changed();
            }
            FromSubmitter::NoDraft => self.is_loaded = true,
            FromSubmitter::Preparing {
                number,
                done_bytes,
                total_bytes,
            } if number == self.version => self.preparing = Some((done_bytes, total_bytes)),
            FromSubmitter::Prepared { number, split } if number == self.version => {
                self.preparing = None;
                self.split = Some(Rc::new(*split));
            }
            FromSubmitter::NotPrepared { number, trouble } if number == self.version => {
                self.preparing = None;
                self.trouble = Some(trouble);
            }
            FromSubmitter::Trying => {
                self.is_trying = true;
                self.tried = None;
                self.try_trouble = None;
            }
            FromSubmitter::Tried(report) => {
                self.is_trying = false;
                self.tried = Some((report, beginning));
            }
            FromSubmitter::Submitting {
                done_bytes,
                total_bytes,
            } => self.submitting = Some((done_bytes, total_bytes)),
            FromSubmitter::Submitted { job_id } => {
                self.submitting = None;
                self.submitted = Some(job_id);
            }
            FromSubmitter::Failed { what, trouble } => self.fail(what, trouble),
            // The key's card hears of keys, the job's page of jobs; the rest is of an older draft.
            _ => {}
        }
    }

    fn use_program(&mut self, program: ProgramFacts) {
        let before = self.program.as_ref().map(|before| before.module_sha256);
        let is_other = before != Some(program.module_sha256);
        let is_untouched = self.files.is_empty() && self.draft.input == InputDraft::default();
        let wants_range = is_untouched && program.default_split.is_none();
        if is_other && (wants_range || !input_fits(&self.draft.input, &program)) {
            self.draft.input = if program.takes_range() {
                InputDraft::Range {
                    start: String::new(),
                    end: String::new(),
                    chunk: String::new(),
                }
            } else {
                InputDraft::default()
            };
        }
        self.program = Some(Rc::new(program));
        self.program_trouble = None;
        self.changed();
    }

    fn fail(&mut self, what: Asked, trouble: Trouble) {
        match what {
            Asked::Programs => self.programs_trouble = Some(trouble),
            Asked::Program => {
                self.program = None;
                self.program_trouble = Some(trouble);
                self.split = None;
            }
            Asked::Try => {
                self.is_trying = false;
                self.try_trouble = Some(trouble);
            }
            Asked::Submit => {
                self.submitting = None;
                self.submit_trouble = Some(trouble);
            }
            Asked::Worker => {
                self.is_loaded = true;
                self.programs_trouble = Some(trouble.clone());
                self.program_trouble = Some(trouble);
            }
            Asked::Key
            | Asked::Jobs
            | Asked::Job
            | Asked::Tasks
            | Asked::Cancel
            | Asked::Duplicate
            | Asked::Rerun => {}
        }
    }
}

/// Whether a program takes this kind of input.
fn input_fits(input: &InputDraft, program: &ProgramFacts) -> bool {
    match input {
        InputDraft::Files { .. } | InputDraft::Text { .. } => program.takes_data(),
        InputDraft::Range { .. } => program.takes_range(),
    }
}

/// What the key's card shows.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct KeyCard {
    /// The key, when there is one.
    pub(crate) key: Option<KeyFacts>,
    /// Whether it was looked for.
    pub(crate) is_known: bool,
    /// Why something with it did not work.
    pub(crate) trouble: Option<Trouble>,
    /// Its file was handed out.
    pub(crate) is_handed_out: bool,
}
