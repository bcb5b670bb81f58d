//! A person who posts a job on the submit page and waits for its result.

use super::Browser;
use std::path::{Path, PathBuf};

impl Browser {
    /// Drafts a word count of a file and posts it, with a key that is made and saved when there is none; answers with the
    /// job's id.
    pub fn posts_word_count(&self, url: &str, input: &Path, split: &str) -> String {
        self.open(&format!("{url}/jobs/new"));
        self.choose("#program", "wordcount");
        self.upload("#files", input);
        self.fill("#split", split);
        self.until("the key is looked for", |browser| {
            (browser.has("#make-key") || browser.has("#submitter-key")).then_some(())
        });
        if self.has("#make-key") {
            self.click("#make-key");
            self.click("#save-submitter-key");
        }
        self.click("#understood");
        self.click("#submit-job");
        self.until("the job is there", |browser| browser.text("#job-id"))
    }

    /// The submitter's key file, once it is downloaded.
    #[must_use]
    pub fn key_file(&self) -> PathBuf {
        self.downloaded("manyhands-submitter.key")
    }

    /// The verified result of the job that is shown, as its submitter downloads it.
    #[must_use]
    pub fn result_of(&self, job: &str) -> Vec<u8> {
        self.until("the result is verified", |browser| {
            browser.has("#result-ready").then_some(())
        });
        self.click("#download");
        let short: String = job.chars().take(8).collect();
        let file = self.downloaded(&format!("result-{short}.tsv"));
        let bytes = std::fs::read(&file).expect("a finished download");
        std::fs::remove_file(file).expect("our own file can be removed");
        bytes
    }

    /// A download of that name, once it is complete: the browser gives a file its name only then.
    fn downloaded(&self, name: &str) -> PathBuf {
        let file = self.downloads().join(name);
        self.until(&format!("{name} is downloaded"), |_| {
            file.metadata()
                .is_ok_and(|found| found.len() > 0)
                .then_some(())
        });
        file
    }
}
