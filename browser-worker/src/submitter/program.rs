//! The program of a draft: a published one, or a module of the user that is checked here and published with the job.

use super::api::Api;
use shared::api::programs::{ProgramView, PublishProgram};
use shared::caveat::Caveat;
use shared::codec::Canonical as _;
use shared::ids::Digest;
use shared::job::ArgvMode;
use shared::local_program::LocalProgram;
use shared::manifest::{ArgKind, ArgSpec, DefaultSplit, ExampleInput, Manifest, Reduce};
use shared::page::submit::{
    ArgFacts, ArgKindFacts, FileFacts, InputDraft, ProgramFacts, Trouble, TroubleCode, UploadFacts,
};

/// A program that a job may be made of.
#[derive(Debug)]
pub(super) struct ChosenProgram {
    pub(super) manifest: Manifest,
    pub(super) manifest_sha256: Digest,
    pub(super) module_sha256: Digest,
    module_bytes: u64,
    name: String,
    /// The module, where it is the user's.
    upload: Option<LocalProgram>,
}

impl ChosenProgram {
    /// A published program.
    pub(super) fn published(view: &ProgramView) -> Result<Self, Trouble> {
        let manifest = Manifest::parse(&view.manifest)
            .map_err(|error| Trouble::new(TroubleCode::Program, error.to_string()))?;
        Ok(Self {
            manifest,
            manifest_sha256: Digest::of(&view.manifest),
            module_sha256: view.module_sha256,
            module_bytes: view.module_bytes,
            name: format!("{}@{}", view.name, view.version),
            upload: None,
        })
    }

    /// A module of the user, checked.
    pub(super) fn uploaded(
        file: &FileFacts,
        module: Vec<u8>,
        manifest: Option<Vec<u8>>,
    ) -> Result<Self, Trouble> {
        let program = LocalProgram::new(module, manifest)
            .map_err(|error| Trouble::new(TroubleCode::Program, error.to_string()))?;
        Ok(Self {
            manifest: program.manifest.clone(),
            manifest_sha256: Digest::of(&program.manifest_bytes),
            module_sha256: Digest::of(&program.module),
            module_bytes: program.module.len() as u64,
            name: file.name.clone(),
            upload: Some(program),
        })
    }

    /// The module's bytes.
    pub(super) async fn module(&self, api: &Api) -> Result<Vec<u8>, Trouble> {
        match &self.upload {
            Some(program) => Ok(program.module.clone()),
            None => api.module(self.module_sha256).await,
        }
    }

    /// Publishes the user's module ad hoc, which anybody may do; a published program is left as it is.
    pub(super) async fn publish(&self, api: &Api) -> Result<(), Trouble> {
        let Some(program) = &self.upload else {
            return Ok(());
        };
        let prog = program.publication(api.submitter_key()?, true);
        prog.check()
            .map_err(|error| Trouble::new(TroubleCode::Program, error.to_string()))?;
        let publication = PublishProgram {
            prog: api.signed(prog.encode(api.chain())).await?,
            manifest: program.manifest_bytes.clone(),
        };
        api.put_blob(prog.original_sha256, program.original.clone())
            .await?;
        api.publish(&publication).await?;
        Ok(())
    }

    /// What a form needs to know.
    pub(super) fn facts(&self) -> ProgramFacts {
        let manifest = &self.manifest;
        let upload = self.upload.as_ref().map(|program| UploadFacts {
            is_plain_tool: program.is_plain_tool,
            imports: {
                let imports = program.facts.imports.iter();
                imports.map(|import| import.name().to_owned()).collect()
            },
            original_sha256: Digest::of(&program.original),
            original_bytes: program.original.len() as u64,
            changes: program.changes,
            caveats: Caveat::all(program),
        });
        let (default_split, default_chunk) = match &manifest.splits.default {
            DefaultSplit::Data(split) => (Some(split.to_string()), None),
            DefaultSplit::Range { chunk } => (None, Some(*chunk)),
        };
        let kinds = manifest.splits.accepted.iter();
        ProgramFacts {
            name: self.name.clone(),
            upload,
            summary: manifest.summary.clone(),
            licence: manifest.licence.clone(),
            source: manifest.source.clone(),
            module_sha256: self.module_sha256,
            module_bytes: self.module_bytes,
            reduce: reduce_name(manifest.reduce).to_owned(),
            takes_plain_args: manifest.argv_mode == ArgvMode::Plain,
            args: manifest.args.iter().map(arg_facts).collect(),
            splits: kinds.map(|kind| kind.name().to_owned()).collect(),
            default_split,
            default_chunk,
            output: manifest.output.name().to_owned(),
            limits: manifest.limits,
            example_input: match &manifest.example.input {
                ExampleInput::Text(text) => InputDraft::Text {
                    text: text.clone(),
                    split: String::new(),
                },
                ExampleInput::Range(range) => InputDraft::Range {
                    start: range.start.to_string(),
                    end: range.end.to_string(),
                    chunk: range.chunk.to_string(),
                },
            },
            example_args: manifest.example.args.clone(),
        }
    }
}

const fn reduce_name(reduce: Reduce) -> &'static str {
    match reduce {
        Reduce::None => "none",
        Reduce::Final => "final",
        Reduce::Associative => "associative",
    }
}

fn arg_facts(arg: &ArgSpec) -> ArgFacts {
    let kind = match &arg.kind {
        ArgKind::Integer { min, max } => ArgKindFacts::Number {
            min: min.to_string(),
            max: max.to_string(),
            whole: true,
        },
        ArgKind::Number { min, max } => ArgKindFacts::Number {
            min: min.to_string(),
            max: max.to_string(),
            whole: false,
        },
        ArgKind::Text { .. } => ArgKindFacts::Text,
        ArgKind::Choice(choices) => ArgKindFacts::Choice(choices.clone()),
        ArgKind::Boolean => ArgKindFacts::Boolean,
    };
    ArgFacts {
        name: arg.name.clone(),
        help: arg.help.clone(),
        kind,
        default: arg.default.clone(),
    }
}
