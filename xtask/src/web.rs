//! The web part: the pages and the browser's workers, built to wasm, bound by wasm-bindgen, named by their contents,
//! compressed, and put where the coordinator embeds them.

mod assets;
mod starters;

pub(crate) use assets::hex;

use crate::cargo::{self, Metadata};
use crate::json;
use anyhow::{Context as _, Result};
use assets::Assets;
use starters::Names;
use std::path::Path;
use wasm_bindgen_cli_support::Bindgen;

const TARGET: &str = "wasm32-unknown-unknown";
/// The crate of the workers; each of its programs becomes one.
const WORKERS: &str = "browser-worker";
/// The worker that runs guests. The other workers start it, so it gets its name before them.
const SANDBOX: &str = "sandbox";
/// The worker that checks programs; the other workers start it, too.
const CHECKER: &str = "checker";

/// Builds the web part into `coordinator/embedded/web`; writes only what has changed, so that the coordinator is not
/// compiled again for nothing.
///
/// # Errors
/// When it does not compile, or a file cannot be written.
pub(crate) fn build() -> Result<()> {
    let metadata = Metadata::read()?;
    let workers = workers(&metadata)?;
    compile(!workers.is_empty())?;
    let built = metadata.target_directory()?.join(TARGET).join("wasm");

    let mut assets = Assets::default();
    let mut names = Names::default();
    if workers.iter().any(|worker| worker == SANDBOX) {
        let bound = Bound::of(&built.join("sandbox.wasm"))?;
        let module = assets.add(SANDBOX, "wasm", bound.module);
        let glue = assets.add("sandbox-glue", "js", bound.glue);
        let script = assets.add(SANDBOX, "js", starters::sandbox(&glue));
        names.add(SANDBOX, &script, &module);
    }
    let (helpers, others): (Vec<_>, Vec<_>) = workers
        .iter()
        .filter(|worker| *worker != SANDBOX)
        .partition(|worker| *worker == CHECKER);
    for group in [helpers, others] {
        let to_workers = names.clone();
        for worker in group {
            let bound = Bound::of(&built.join(format!("{worker}.wasm")))?;
            let module = assets.add(worker, "wasm", bound.module);
            let glue = assets.add(&format!("{worker}-glue"), "js", bound.glue);
            let script = starters::of_url(&glue, &module, &to_workers);
            let script = assets.add(worker, "js", script);
            names.add(worker, &script, &module);
        }
    }
    pages(&mut assets, &Bound::of(&built.join("web_ui.wasm"))?, &names)?;
    assets.write(&cargo::workspace().join("coordinator/embedded/web"))
}

/// Adds the pages, which know the names of all workers.
fn pages(assets: &mut Assets, bound: &Bound, names: &Names) -> Result<()> {
    let folder = cargo::workspace().join("web-ui/static");
    let read = |name: &str| {
        let path = folder.join(name);
        std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    let icon = assets.add("icon", "svg", read("icon.svg")?);
    let style = assets.add("style", "css", read("style.css")?);
    let early = assets.add("early", "js", read("early.js")?);
    let module = assets.add("web-ui", "wasm", bound.module.clone());
    let glue = assets.add("web-ui-glue", "js", bound.glue.clone());
    let start = assets.add("web-ui", "js", starters::of_url(&glue, &module, names));
    let mut page = String::from_utf8(read("index.html")?).context("index.html is UTF-8")?;
    for (place, name) in [
        ("{{icon}}", icon),
        ("{{style}}", style),
        ("{{early}}", early),
        ("{{module}}", module),
        ("{{glue}}", glue),
        ("{{start}}", start),
    ] {
        page = page.replace(place, &name);
    }
    assets.add_page("index.html", page.into_bytes());
    Ok(())
}

/// The programs of the workers' crate; none while there is no such crate.
fn workers(metadata: &Metadata) -> Result<Vec<String>> {
    let Some(package) = metadata.package(WORKERS)? else {
        return Ok(Vec::new());
    };
    let mut names = Vec::new();
    for target in json::list(package, "/targets")? {
        if json::list(target, "/kind")?
            .iter()
            .any(|kind| kind == "bin")
        {
            names.push(json::text(target, "/name")?.to_owned());
        }
    }
    Ok(names)
}

/// Compiles everything in one call of cargo.
fn compile(with_workers: bool) -> Result<()> {
    let mut args = vec!["build", "--locked", "--target", TARGET, "--profile", "wasm"];
    args.extend(["--package", "web-ui"]);
    if with_workers {
        args.extend(["--package", WORKERS]);
    }
    cargo::run(&args)
}

/// A module and the script that wasm-bindgen makes for it.
struct Bound {
    module: Vec<u8>,
    glue: Vec<u8>,
}

impl Bound {
    fn of(wasm: &Path) -> Result<Self> {
        let mut output = Bindgen::new()
            .input_path(wasm)
            .web(true)?
            .typescript(false)
            .omit_default_module_path(true)
            // A quarter of what the pages would load; stacks then show numbers of functions.
            .remove_name_section(true)
            .remove_producers_section(true)
            .generate_output()
            .with_context(|| format!("cannot bind {}", wasm.display()))?;
        Ok(Self {
            glue: output.js().as_bytes().to_vec(),
            module: output.wasm_mut().emit_wasm(),
        })
    }
}
