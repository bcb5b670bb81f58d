//! A person who posts a job on the submit page and waits for its result.

use super::Browser;
use std::path::{Path, PathBuf};

/// What is drafted on the submit page; what is left out has the program's default.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    program: Program<'a>,
    input: &'a Path,
    split: &'a str,
}

#[derive(Debug, Clone, Copy)]
enum Program<'a> {
    Published(&'a str),
    Upload(&'a Path),
}

impl<'a> Draft<'a> {
    /// A count of the words of a file.
    #[must_use]
    pub const fn word_count(input: &'a Path, split: &'a str) -> Self {
        Self {
            program: Program::Published("wordcount"),
            input,
            split,
        }
    }

    /// A module of one's own over a file.
    #[must_use]
    pub const fn upload(module: &'a Path, input: &'a Path) -> Self {
        Self {
            program: Program::Upload(module),
            input,
            split: "",
        }
    }
}

impl Browser {
    /// Opens the submit page and fills it in.
    pub fn drafts(&self, url: &str, draft: &Draft<'_>) {
        self.open(&format!("{url}/jobs/new"));
        let name = match draft.program {
            Program::Published(name) => {
                self.choose("#program", name);
                name
            }
            Program::Upload(module) => {
                self.upload("#module", module);
                let name = module.file_name().and_then(|name| name.to_str());
                name.expect("test files have plain names")
            }
        };
        self.until_text(".facts-card strong", name);
        self.upload("#files", draft.input);
        self.fill("#split", draft.split);
    }

    /// Posts what is drafted, with a key that is made and saved when there is none; answers with the job's id.
    pub fn agrees_and_submits(&self) -> String {
        self.makes_key();
        self.click("#understood");
        self.click("#submit-job");
        self.until("the job is there", |browser| browser.text("#job-id"))
    }

    /// Makes a key and saves it, unless there is one.
    pub fn makes_key(&self) {
        self.until("the key is looked for", |browser| {
            (browser.has("#make-key") || browser.has("#submitter-key")).then_some(())
        });
        if self.has("#make-key") {
            self.click("#make-key");
            self.click("#save-submitter-key");
        }
    }

    /// Drafts a word count of a file and posts it; answers with the job's id.
    pub fn posts_word_count(&self, url: &str, input: &Path, split: &str) -> String {
        self.drafts(url, &Draft::word_count(input, split));
        self.agrees_and_submits()
    }

    /// The submitter's key file, once it is downloaded.
    #[must_use]
    pub fn key_file(&self) -> PathBuf {
        self.downloaded("manyhands-submitter.key")
    }

    /// The verified result of the word count that is shown, as its submitter downloads it.
    #[must_use]
    pub fn result_of(&self, job: &str) -> Vec<u8> {
        self.result_as(job, "tsv")
    }

    /// The verified result of the job that is shown, downloaded as a file that ends so.
    #[must_use]
    pub fn result_as(&self, job: &str, ending: &str) -> Vec<u8> {
        self.until("the result is verified", |browser| {
            browser.has("#result-ready").then_some(())
        });
        self.click("#download");
        self.downloaded_result(job, ending)
    }

    /// The result of a job, once its download is complete. It is taken away, so that another can come.
    #[must_use]
    pub fn downloaded_result(&self, job: &str, ending: &str) -> Vec<u8> {
        let short: String = job.chars().take(8).collect();
        let file = self.downloaded(&format!("result-{short}.{ending}"));
        let bytes = std::fs::read(&file).expect("a finished download");
        std::fs::remove_file(file).expect("our own file can be removed");
        bytes
    }

    /// A download of that name, once it is complete: the browser gives a file its name only then.
    #[must_use]
    pub fn downloaded(&self, name: &str) -> PathBuf {
        let file = self.downloads().join(name);
        self.until(&format!("{name} is downloaded"), |_| {
            file.metadata()
                .is_ok_and(|found| found.len() > 0)
                .then_some(())
        });
        file
    }
}
