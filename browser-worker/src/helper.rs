//! Where the files of the workers lie that other workers start: their names change with their contents.

use js_sys::Reflect;

/// The address of a file of this worker, as the build has told the worker that asks; `kind` is `script` or `module`.
pub(crate) fn address(worker: &str, kind: &str) -> Option<String> {
    let assets = Reflect::get(&js_sys::global(), &"manyhandsAssets".into()).ok()?;
    let files = Reflect::get(&assets, &worker.into()).ok()?;
    Reflect::get(&files, &kind.into()).ok()?.as_string()
}
