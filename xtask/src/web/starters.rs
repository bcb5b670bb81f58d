//! The small scripts that start a module: the pages' and each worker's.
//!
//! Names change with contents, so code cannot know them. Each script sets `globalThis.manyhandsAssets` before it starts
//! its module: `{"sandbox": {"script": "/assets/sandbox-….js", "module": "/assets/sandbox-….wasm"}, …}`. The pages see
//! all workers there, a worker sees the sandbox and the checker. Names that came with a page always belong to the same build as the page;
//! with a list that is fetched later, a page and its workers could be of two versions.

use serde_json::{Map, Value, json};

/// The workers of one build, and under which addresses they lie.
#[derive(Debug, Clone, Default)]
pub(super) struct Names(Map<String, Value>);

impl Names {
    /// Adds a worker by the file names of its script and its module.
    pub(super) fn add(&mut self, worker: &str, script: &str, module: &str) {
        let addresses = json!({
            "script": format!("/assets/{script}"),
            "module": format!("/assets/{module}"),
        });
        self.0.insert(worker.to_owned(), addresses);
    }
}

/// Fetches the module, compiling as it comes, and starts it.
pub(super) fn of_url(glue: &str, module: &str, names: &Names) -> Vec<u8> {
    let names = Value::from(names.0.clone());
    let script = format!(
        "import start from './{glue}';\n\
         globalThis.manyhandsAssets = {names};\n\
         start({{ module_or_path: new URL('./{module}', import.meta.url) }});\n"
    );
    script.into_bytes()
}

/// The sandbox's policy forbids it to fetch: it waits for one message, the compiled `WebAssembly.Module`, and starts it.
/// Its program sets `onmessage` then, so later messages are its own.
pub(super) fn sandbox(glue: &str) -> Vec<u8> {
    let script = format!(
        "import {{ initSync }} from './{glue}';\n\
         addEventListener('message', (event) => initSync({{ module: event.data }}), {{ once: true }});\n"
    );
    script.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_tells_its_module_where_the_workers_lie_and_the_sandbox_fetches_nothing() {
        let mut names = Names::default();
        names.add("sandbox", "sandbox-1.js", "sandbox-1.wasm");
        let script = String::from_utf8(of_url("glue-2.js", "module-3.wasm", &names)).unwrap();
        assert!(script.contains(
            r#"manyhandsAssets = {"sandbox":{"module":"/assets/sandbox-1.wasm","script":"/assets/sandbox-1.js"}};"#
        ), "{script}");
        assert!(script.contains("new URL('./module-3.wasm', import.meta.url)"));
        let sandbox = String::from_utf8(sandbox("glue-4.js")).unwrap();
        assert!(sandbox.contains("from './glue-4.js'") && !sandbox.contains("URL"));
    }
}
