//! What outlives a reload: the draft with its files, and an upload that is not finished. A browser that keeps nothing only
//! loses these.

use super::chunks;
use super::post::{Files, Posting};
use crate::database::Database;
use js_sys::{Array, JsString, Object, Reflect};
use shared::ids::JobId;
use shared::page::submit::{Draft, FileFacts};
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Blob, File};

const DRAFT: &str = "draft";
const FILES: &str = "draft-files";
const COMMON: &str = "draft-common";
const MODULE: &str = "draft-module";
const UPLOAD: &str = "upload";
/// Files of more bytes than this are not kept: they would be copied.
const MAX_KEPT_BYTES: u64 = 256 << 20;

/// What a page says of a file.
pub(super) fn facts(file: &Blob) -> FileFacts {
    let name = file.dyn_ref::<File>().map(File::name);
    FileFacts {
        name: name.unwrap_or_default(),
        bytes: chunks::len(file),
    }
}

/// Keeps a draft.
pub(super) async fn keep(draft: &Draft) {
    if let Ok(text) = serde_json::to_string(draft) {
        put(DRAFT, &text.into()).await;
    }
}

/// The draft that was kept.
pub(super) async fn load() -> Option<Draft> {
    serde_json::from_str(&get(DRAFT).await.as_string()?).ok()
}

/// Keeps the text of the draft of a job, to make another like it.
pub(super) async fn keep_for(job: JobId, draft: &Draft) {
    if let Ok(text) = serde_json::to_string(draft) {
        put(&format!("{DRAFT}-{job}"), &text.into()).await;
    }
}

/// The draft of a job that was submitted here.
pub(super) async fn load_for(job: JobId) -> Option<Draft> {
    let kept = get(&format!("{DRAFT}-{job}")).await;
    serde_json::from_str(&kept.as_string()?).ok()
}

/// The files that belong to a draft.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// The input.
    Input,
    /// The common file.
    Common,
    /// The module, and its manifest if it is a file.
    Module,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Input => FILES,
            Self::Common => COMMON,
            Self::Module => MODULE,
        }
    }
}

/// Keeps files, unless they are large.
pub(super) async fn keep_files(kind: Kind, files: &[Blob]) {
    let bytes: u64 = files.iter().map(chunks::len).sum();
    let kept: &[Blob] = if bytes > MAX_KEPT_BYTES { &[] } else { files };
    let array: Array = kept.iter().collect();
    put(kind.name(), &array).await;
}

/// The files that were kept.
pub(super) async fn load_files(kind: Kind) -> Vec<Blob> {
    blobs(&get(kind.name()).await)
}

fn blobs(value: &JsValue) -> Vec<Blob> {
    let array = value.dyn_ref::<Array>();
    let blobs = array.map(|array| {
        array
            .iter()
            .filter_map(|file| file.dyn_into().ok())
            .collect()
    });
    blobs.unwrap_or_default()
}

/// Keeps what is needed to go on with an upload.
pub(super) async fn keep_upload(job: JobId, posting: &Posting) {
    let Some(files) = &posting.files else {
        return;
    };
    let Ok(request) = serde_json::to_string(&posting.request) else {
        return;
    };
    let record = Object::new();
    let common = posting.common.as_deref();
    let common = common.and_then(|bytes| chunks::blob_of(bytes).ok());
    let fields: [(&str, JsValue); 5] = [
        ("job", job.to_string().into()),
        ("request", request.into()),
        ("split", files.split.to_string().into()),
        ("files", files.blobs.iter().collect::<Array>().into()),
        ("common", common.map_or(JsValue::NULL, JsValue::from)),
    ];
    let is_small = files.blobs.iter().map(chunks::len).sum::<u64>() <= MAX_KEPT_BYTES;
    let is_set = |(name, value): &(&str, JsValue)| {
        Reflect::set(&record, &JsString::from(*name), value).is_ok()
    };
    if is_small && fields.iter().all(is_set) {
        put(UPLOAD, &record).await;
    }
}

/// What is needed to go on with the upload of a job, if it was begun in this browser.
pub(super) async fn load_upload(job: JobId) -> Option<Posting> {
    let record = get(UPLOAD).await;
    let field = |name: &str| Reflect::get(&record, &name.into()).ok();
    if field("job")?.as_string()? != job.to_string() {
        return None;
    }
    let common = match field("common")?.dyn_into::<Blob>() {
        Ok(blob) => Some(chunks::whole(&blob, MAX_KEPT_BYTES).await.ok()?),
        Err(_) => None,
    };
    Some(Posting {
        request: serde_json::from_str(&field("request")?.as_string()?).ok()?,
        common,
        files: Some(Files {
            blobs: blobs(&field("files")?),
            split: field("split")?.as_string()?.parse().ok()?,
        }),
    })
}

/// The upload of a job is finished.
pub(super) async fn forget_upload(job: JobId) {
    let record = get(UPLOAD).await;
    let kept = Reflect::get(&record, &"job".into()).ok();
    if kept.and_then(|kept| kept.as_string()) == Some(job.to_string()) {
        put(UPLOAD, &JsValue::NULL).await;
    }
}

async fn put(name: &str, value: &JsValue) {
    if let Ok(database) = Database::open().await {
        // A browser that keeps nothing loses the draft with the page, and nothing else.
        let _ = database.put(name, value).await;
    }
}

async fn get(name: &str) -> JsValue {
    match Database::open().await {
        Ok(database) => database.get(name).await.unwrap_or(JsValue::UNDEFINED),
        Err(_) => JsValue::UNDEFINED,
    }
}
