//! What the demo tells at the end: the job, the volunteers' records, the most frequent words.

use super::server::Server;
use super::{Counted, words};
use crate::json;
use anyhow::{Context as _, Result};
use serde_json::{Deserializer, Value};

/// How many words are shown.
const WORDS_SHOWN: usize = 10;
/// How much of a key is shown, hex digits.
const KEY_SHOWN: usize = 12;

/// The last object that `job submit --wait --json` printed: the job after its end.
///
/// # Errors
/// When it printed no job.
pub(super) fn finished_job(printed: &str) -> Result<Value> {
    let values = Deserializer::from_str(printed).into_iter::<Value>();
    let jobs = values
        .flatten()
        .filter(|value| json::text(value, "/job_id").is_ok());
    jobs.last().context("job submit printed no job_id")
}

/// Prints tasks, votes, lies outvoted, time and the most frequent words.
///
/// # Errors
/// When the coordinator or the result cannot be read.
pub(super) fn print(server: &Server, counted: &Counted) -> Result<()> {
    let job = &counted.job;
    println!("job:           {}", json::text(job, "/job_id")?);
    println!("tasks:         {}", json::number(job, "/task_count")?);
    println!("votes:         {}", json::number(job, "/votes")?);
    println!("lies outvoted: {}", json::number(job, "/dissent")?);
    println!("time:          {:.1} s", counted.time.as_secs_f64());
    println!("volunteers:");
    for node in json::list(&server.json("/api/v1/nodes")?, "/items")? {
        println!("  {}", node_line(node)?);
    }
    println!("most frequent words:");
    for (word, count) in words::most_frequent(&counted.output, WORDS_SHOWN)? {
        println!("  {count:>9}  {word}");
    }
    Ok(())
}

fn node_line(node: &Value) -> Result<String> {
    let key = json::text(node, "/node_key")?;
    let key = key.get(..KEY_SHOWN).unwrap_or(key);
    let accepted = json::number(node, "/record/accepted")?;
    let outvoted = json::number(node, "/record/outvoted")?;
    Ok(format!(
        "{key}…  {accepted} votes accepted, {outvoted} outvoted"
    ))
}
