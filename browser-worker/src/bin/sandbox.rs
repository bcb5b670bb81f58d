//! A sandbox worker: runs guests. Here are the functions that its module exports, for the bridge to call.

#![expect(clippy::too_many_arguments, reason = "path_open of WASI has nine")]

use browser_worker::sandbox;
use shared::wasi::WasiFunction;
use wasm_bindgen::prelude::wasm_bindgen;

fn main() {
    sandbox::start();
}

/// An argument's bits as `shared::wasi` takes them.
trait Bits {
    fn bits(self) -> u64;
}

impl Bits for i32 {
    fn bits(self) -> u64 {
        self.cast_unsigned().into()
    }
}

impl Bits for i64 {
    fn bits(self) -> u64 {
        self.cast_unsigned()
    }
}

/// The arguments' types must be those of `WasiFunction::params`: otherwise the bridge does not link.
macro_rules! wasi {
    ($($name:ident $function:ident ($($arg:ident $ty:ty),*);)*) => {
        $(
            #[doc = concat!("`", stringify!($function), "` of WASI: an errno, or below 0 when the run must end.")]
            #[wasm_bindgen]
            #[must_use]
            pub fn $name($($arg: $ty),*) -> i32 {
                sandbox::call(WasiFunction::$function, &[$($arg.bits()),*])
            }
        )*
    };
}

wasi! {
    wasi_args_get ArgsGet (a0 i32, a1 i32);
    wasi_args_sizes_get ArgsSizesGet (a0 i32, a1 i32);
    wasi_clock_res_get ClockResGet (a0 i32, a1 i32);
    wasi_clock_time_get ClockTimeGet (a0 i32, a1 i64, a2 i32);
    wasi_environ_get EnvironGet (a0 i32, a1 i32);
    wasi_environ_sizes_get EnvironSizesGet (a0 i32, a1 i32);
    wasi_fd_advise FdAdvise (a0 i32, a1 i64, a2 i64, a3 i32);
    wasi_fd_allocate FdAllocate (a0 i32, a1 i64, a2 i64);
    wasi_fd_close FdClose (a0 i32);
    wasi_fd_datasync FdDatasync (a0 i32);
    wasi_fd_fdstat_get FdFdstatGet (a0 i32, a1 i32);
    wasi_fd_fdstat_set_flags FdFdstatSetFlags (a0 i32, a1 i32);
    wasi_fd_fdstat_set_rights FdFdstatSetRights (a0 i32, a1 i64, a2 i64);
    wasi_fd_filestat_get FdFilestatGet (a0 i32, a1 i32);
    wasi_fd_filestat_set_size FdFilestatSetSize (a0 i32, a1 i64);
    wasi_fd_filestat_set_times FdFilestatSetTimes (a0 i32, a1 i64, a2 i64, a3 i32);
    wasi_fd_pread FdPread (a0 i32, a1 i32, a2 i32, a3 i64, a4 i32);
    wasi_fd_prestat_dir_name FdPrestatDirName (a0 i32, a1 i32, a2 i32);
    wasi_fd_prestat_get FdPrestatGet (a0 i32, a1 i32);
    wasi_fd_pwrite FdPwrite (a0 i32, a1 i32, a2 i32, a3 i64, a4 i32);
    wasi_fd_read FdRead (a0 i32, a1 i32, a2 i32, a3 i32);
    wasi_fd_readdir FdReaddir (a0 i32, a1 i32, a2 i32, a3 i64, a4 i32);
    wasi_fd_renumber FdRenumber (a0 i32, a1 i32);
    wasi_fd_seek FdSeek (a0 i32, a1 i64, a2 i32, a3 i32);
    wasi_fd_sync FdSync (a0 i32);
    wasi_fd_tell FdTell (a0 i32, a1 i32);
    wasi_fd_write FdWrite (a0 i32, a1 i32, a2 i32, a3 i32);
    wasi_path_create_directory PathCreateDirectory (a0 i32, a1 i32, a2 i32);
    wasi_path_filestat_get PathFilestatGet (a0 i32, a1 i32, a2 i32, a3 i32, a4 i32);
    wasi_path_filestat_set_times PathFilestatSetTimes (a0 i32, a1 i32, a2 i32, a3 i32, a4 i64, a5 i64, a6 i32);
    wasi_path_link PathLink (a0 i32, a1 i32, a2 i32, a3 i32, a4 i32, a5 i32, a6 i32);
    wasi_path_open PathOpen (a0 i32, a1 i32, a2 i32, a3 i32, a4 i32, a5 i64, a6 i64, a7 i32, a8 i32);
    wasi_path_readlink PathReadlink (a0 i32, a1 i32, a2 i32, a3 i32, a4 i32, a5 i32);
    wasi_path_remove_directory PathRemoveDirectory (a0 i32, a1 i32, a2 i32);
    wasi_path_rename PathRename (a0 i32, a1 i32, a2 i32, a3 i32, a4 i32, a5 i32);
    wasi_path_symlink PathSymlink (a0 i32, a1 i32, a2 i32, a3 i32, a4 i32);
    wasi_path_unlink_file PathUnlinkFile (a0 i32, a1 i32, a2 i32);
    wasi_poll_oneoff PollOneoff (a0 i32, a1 i32, a2 i32, a3 i32);
    wasi_proc_exit ProcExit (a0 i32);
    wasi_proc_raise ProcRaise (a0 i32);
    wasi_random_get RandomGet (a0 i32, a1 i32);
    wasi_sched_yield SchedYield ();
    wasi_sock_accept SockAccept (a0 i32, a1 i32, a2 i32);
    wasi_sock_recv SockRecv (a0 i32, a1 i32, a2 i32, a3 i32, a4 i32, a5 i32);
    wasi_sock_send SockSend (a0 i32, a1 i32, a2 i32, a3 i32, a4 i32);
    wasi_sock_shutdown SockShutdown (a0 i32, a1 i32);
}
