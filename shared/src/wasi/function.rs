//! The functions of WASI preview 1 and their WebAssembly signatures, in one table.

/// A WebAssembly type in a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// `i32`
    I32,
    /// `i64`
    I64,
}

macro_rules! functions {
    ($($variant:ident $name:literal ($($param:ident)*);)*) => {
        /// A function of WASI preview 1.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum WasiFunction {
            $(
                #[doc = concat!("`", $name, "`")]
                $variant,
            )*
        }

        impl WasiFunction {
            /// The module that they are imported from.
            pub const MODULE: &str = "wasi_snapshot_preview1";

            /// All of them, by name.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its name as an import.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// The types of its parameters.
            #[must_use]
            pub const fn params(self) -> &'static [ValueType] {
                match self {
                    $(Self::$variant => &[$(ValueType::$param),*],)*
                }
            }
        }
    };
}

functions! {
    ArgsGet "args_get" (I32 I32);
    ArgsSizesGet "args_sizes_get" (I32 I32);
    ClockResGet "clock_res_get" (I32 I32);
    ClockTimeGet "clock_time_get" (I32 I64 I32);
    EnvironGet "environ_get" (I32 I32);
    EnvironSizesGet "environ_sizes_get" (I32 I32);
    FdAdvise "fd_advise" (I32 I64 I64 I32);
    FdAllocate "fd_allocate" (I32 I64 I64);
    FdClose "fd_close" (I32);
    FdDatasync "fd_datasync" (I32);
    FdFdstatGet "fd_fdstat_get" (I32 I32);
    FdFdstatSetFlags "fd_fdstat_set_flags" (I32 I32);
    FdFdstatSetRights "fd_fdstat_set_rights" (I32 I64 I64);
    FdFilestatGet "fd_filestat_get" (I32 I32);
    FdFilestatSetSize "fd_filestat_set_size" (I32 I64);
    FdFilestatSetTimes "fd_filestat_set_times" (I32 I64 I64 I32);
    FdPread "fd_pread" (I32 I32 I32 I64 I32);
    FdPrestatDirName "fd_prestat_dir_name" (I32 I32 I32);
    FdPrestatGet "fd_prestat_get" (I32 I32);
    FdPwrite "fd_pwrite" (I32 I32 I32 I64 I32);
    FdRead "fd_read" (I32 I32 I32 I32);
    FdReaddir "fd_readdir" (I32 I32 I32 I64 I32);
    FdRenumber "fd_renumber" (I32 I32);
    FdSeek "fd_seek" (I32 I64 I32 I32);
    FdSync "fd_sync" (I32);
    FdTell "fd_tell" (I32 I32);
    FdWrite "fd_write" (I32 I32 I32 I32);
    PathCreateDirectory "path_create_directory" (I32 I32 I32);
    PathFilestatGet "path_filestat_get" (I32 I32 I32 I32 I32);
    PathFilestatSetTimes "path_filestat_set_times" (I32 I32 I32 I32 I64 I64 I32);
    PathLink "path_link" (I32 I32 I32 I32 I32 I32 I32);
    PathOpen "path_open" (I32 I32 I32 I32 I32 I64 I64 I32 I32);
    PathReadlink "path_readlink" (I32 I32 I32 I32 I32 I32);
    PathRemoveDirectory "path_remove_directory" (I32 I32 I32);
    PathRename "path_rename" (I32 I32 I32 I32 I32 I32);
    PathSymlink "path_symlink" (I32 I32 I32 I32 I32);
    PathUnlinkFile "path_unlink_file" (I32 I32 I32);
    PollOneoff "poll_oneoff" (I32 I32 I32 I32);
    ProcExit "proc_exit" (I32);
    ProcRaise "proc_raise" (I32);
    RandomGet "random_get" (I32 I32);
    SchedYield "sched_yield" ();
    SockAccept "sock_accept" (I32 I32 I32);
    SockRecv "sock_recv" (I32 I32 I32 I32 I32 I32);
    SockSend "sock_send" (I32 I32 I32 I32 I32);
    SockShutdown "sock_shutdown" (I32 I32);
}

impl WasiFunction {
    /// The types of its results: an errno, except that `proc_exit` never returns.
    #[must_use]
    pub const fn results(self) -> &'static [ValueType] {
        match self {
            Self::ProcExit => &[],
            _ => &[ValueType::I32],
        }
    }

    /// Whether it does something; the others answer 52 whatever they are asked.
    #[must_use]
    pub const fn is_supported(self) -> bool {
        matches!(
            self,
            Self::ArgsGet
                | Self::ArgsSizesGet
                | Self::ClockResGet
                | Self::ClockTimeGet
                | Self::EnvironGet
                | Self::EnvironSizesGet
                | Self::FdAdvise
                | Self::FdClose
                | Self::FdDatasync
                | Self::FdFdstatGet
                | Self::FdFdstatSetFlags
                | Self::FdFilestatGet
                | Self::FdPread
                | Self::FdPrestatDirName
                | Self::FdPrestatGet
                | Self::FdRead
                | Self::FdSeek
                | Self::FdSync
                | Self::FdTell
                | Self::FdWrite
                | Self::PathFilestatGet
                | Self::PathOpen
                | Self::PollOneoff
                | Self::ProcExit
                | Self::RandomGet
                | Self::SchedYield
        )
    }

    /// The function of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let at = Self::ALL
            .binary_search_by(|function| function.name().cmp(name))
            .ok()?;
        Self::ALL.get(at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wasi::fixture::World;
    use crate::wasi::{Errno, WasiResult};

    #[test]
    fn only_supported_functions_answer_anything_but_52() {
        for &function in WasiFunction::ALL {
            let mut world = World::new();
            let is_52 = match world.result(function, &[0; 9]) {
                WasiResult::Errno(errno) => errno == Errno::Nosys,
                _ => false,
            };
            assert_eq!(is_52, !function.is_supported(), "{}", function.name());
        }
    }

    #[test]
    fn every_function_of_preview_1_is_found_by_its_name() {
        assert_eq!(WasiFunction::ALL.len(), 46);
        for &function in WasiFunction::ALL {
            assert_eq!(WasiFunction::from_name(function.name()), Some(function));
        }
        assert_eq!(WasiFunction::from_name("fd_teleport"), None);
    }
}
