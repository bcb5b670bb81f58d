//! A guest's memory in a browser, as `shared::wasi` wants it.

use js_sys::{Uint8Array, WebAssembly};
use shared::wasi::{Fault, GuestMemory};
use std::cell::RefCell;

/// A `WebAssembly.Memory` with a view on it. Growth detaches the view, which then is empty: it is taken again.
#[derive(Debug)]
pub(super) struct GuestView {
    memory: WebAssembly::Memory,
    view: RefCell<Uint8Array>,
}

impl GuestView {
    pub(super) fn new(memory: WebAssembly::Memory) -> Self {
        let view = RefCell::new(Uint8Array::new(&memory.buffer()));
        Self { memory, view }
    }

    /// Pages that the memory has now.
    pub(super) fn pages(&self) -> u32 {
        self.with_view(|view| view.length() / (64 * 1024))
    }

    fn with_view<T>(&self, then: impl FnOnce(&Uint8Array) -> T) -> T {
        let mut view = self.view.borrow_mut();
        if view.length() == 0 {
            *view = Uint8Array::new(&self.memory.buffer());
        }
        then(&view)
    }

    /// The bytes `at .. at + len`.
    fn part(&self, at: u32, len: usize) -> Result<Uint8Array, Fault> {
        let end = u32::try_from(len).ok().and_then(|len| at.checked_add(len));
        let end = end.ok_or(Fault)?;
        self.with_view(|view| {
            if end > view.length() {
                return Err(Fault);
            }
            Ok(view.subarray(at, end))
        })
    }
}

impl GuestMemory for GuestView {
    fn size(&self) -> u64 {
        self.with_view(|view| view.length().into())
    }

    fn read(&self, at: u32, into: &mut [u8]) -> Result<(), Fault> {
        self.part(at, into.len())?.copy_to(into);
        Ok(())
    }

    fn write(&mut self, at: u32, bytes: &[u8]) -> Result<(), Fault> {
        self.part(at, bytes.len())?.copy_from(bytes);
        Ok(())
    }
}
