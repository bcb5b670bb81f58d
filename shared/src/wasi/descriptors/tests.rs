//! One test for each row of GUEST.md's table about descriptors.

use crate::wasi::WasiFunction as F;
use crate::wasi::fixture::{BAD, DATA, OUT, World};

const NAME: u64 = DATA + 500;

fn open(world: &mut World, name: &[u8], oflags: u64, rights: u64, fdflags: u64) -> u64 {
    world.put(NAME, name);
    let len = name.len() as u64;
    world.call(
        F::PathOpen,
        &[3, 0, NAME, len, oflags, rights, 0, fdflags, OUT],
    )
}

#[test]
fn with_a_common_file_fd_3_is_the_directory_slash() {
    let mut world = World::with_common(b"data");
    world.put(OUT, &[9; 8]);
    assert_eq!(world.call(F::FdPrestatGet, &[3, OUT]), 0);
    assert_eq!(world.bytes(OUT, 8), [0, 0, 0, 0, 1, 0, 0, 0]);
    assert_eq!(world.call(F::FdPrestatDirName, &[3, OUT, 1]), 0);
    assert_eq!(world.bytes(OUT, 1), b"/");
    assert_eq!(world.call(F::FdPrestatDirName, &[3, OUT, 0]), 37);
    assert_eq!(world.call(F::FdPrestatGet, &[3, BAD]), 21);
    assert_eq!(world.call(F::FdPrestatDirName, &[3, BAD, 1]), 21);
}

#[test]
fn without_a_common_file_and_above_3_there_is_no_directory() {
    let mut world = World::new();
    assert_eq!(world.call(F::FdPrestatGet, &[3, OUT]), 8);
    assert_eq!(world.call(F::FdPrestatDirName, &[3, OUT, 1]), 8);
    let mut world = World::with_common(b"data");
    let file = world.open_common();
    for fd in [0, 1, 2, file, 5, u64::from(u32::MAX)] {
        assert_eq!(world.call(F::FdPrestatGet, &[fd, OUT]), 8, "fd {fd}");
        assert_eq!(world.call(F::FdPrestatDirName, &[fd, OUT, 1]), 8, "fd {fd}");
    }
}

#[test]
fn path_open_opens_common_read_only() {
    let mut world = World::with_common(b"abcdef");
    // wasi-libc asks for every right that does not write.
    assert_eq!(open(&mut world, b"common", 0, !(1 << 6), 0), 0);
    let file = u64::from(world.u32(OUT));
    assert_eq!(file, 4);
    let iovs = world.iovecs(&[(DATA, 2), (DATA + 2, 2)]);
    assert_eq!(world.call(F::FdRead, &[file, iovs, 2, OUT]), 0);
    assert_eq!(world.u32(OUT), 4);
    assert_eq!(world.bytes(DATA, 5), b"abcd\0");
    assert_eq!(world.call(F::FdRead, &[file, iovs, 2, OUT]), 0);
    assert_eq!(world.u32(OUT), 2);
    assert_eq!(world.bytes(DATA, 4), b"efcd");
    assert_eq!(world.call(F::FdRead, &[file, iovs, 2, OUT]), 0);
    assert_eq!(world.u32(OUT), 0);
}

#[test]
fn path_open_of_another_name_finds_nothing() {
    let mut world = World::with_common(b"abc");
    for name in [
        b"".as_slice(),
        b".",
        b"commo",
        b"commons",
        b"Common",
        b"/common",
        b"common\0",
        b"passwd",
    ] {
        assert_eq!(open(&mut world, name, 0, 2, 0), 44, "{name:?}");
    }
}

#[test]
fn path_open_with_writing_flags_is_refused() {
    let mut world = World::with_common(b"abc");
    for (oflags, rights, fdflags) in [(1, 2, 0), (4, 2, 0), (8, 2, 0), (0, 1 << 6, 0), (0, 2, 1)] {
        assert_eq!(open(&mut world, b"common", oflags, rights, fdflags), 69);
        assert_eq!(open(&mut world, b"new", oflags, rights, fdflags), 69);
    }
    assert_eq!(open(&mut world, b"common", 2, 2, 0), 54, "as a directory");
}

#[test]
fn paths_without_a_common_file_or_under_another_descriptor_are_refused() {
    let mut world = World::new();
    assert_eq!(open(&mut world, b"common", 0, 2, 0), 8);
    assert_eq!(world.call(F::PathFilestatGet, &[3, 0, NAME, 6, OUT]), 8);
    let mut world = World::with_common(b"abc");
    let file = world.open_common();
    world.put(NAME, b"common");
    for fd in [0, 1, 2, file, 99] {
        assert_eq!(
            world.call(F::PathOpen, &[fd, 0, NAME, 6, 0, 2, 0, 0, OUT]),
            8
        );
        assert_eq!(world.call(F::PathFilestatGet, &[fd, 0, NAME, 6, OUT]), 8);
    }
}

#[test]
fn path_open_with_a_bad_pointer_opens_nothing() {
    let mut world = World::with_common(b"abc");
    world.put(NAME, b"common");
    let all = u64::from(u32::MAX);
    assert_eq!(
        world.call(F::PathOpen, &[3, 0, BAD, 6, 0, 2, 0, 0, OUT]),
        21
    );
    assert_eq!(
        world.call(F::PathOpen, &[3, 0, NAME, all, 0, 2, 0, 0, OUT]),
        21
    );
    assert_eq!(
        world.call(F::PathOpen, &[3, 0, NAME, 6, 0, 2, 0, 0, BAD]),
        21
    );
    assert_eq!(world.open_common(), 4);
}

#[test]
fn a_guest_that_only_opens_is_stopped_at_1024_descriptors() {
    let mut world = World::with_common(b"abc");
    for expected in 4..1024 {
        assert_eq!(world.open_common(), expected);
    }
    assert_eq!(open(&mut world, b"common", 0, 2, 0), 33);
    assert_eq!(world.call(F::FdClose, &[77]), 0);
    assert_eq!(world.open_common(), 77);
}

#[test]
fn path_filestat_get_shows_the_size_of_common() {
    let mut world = World::with_common(b"12345");
    world.put(NAME, b"common");
    world.put(OUT, &[9; 64]);
    assert_eq!(world.call(F::PathFilestatGet, &[3, 1, NAME, 6, OUT]), 0);
    let mut expected = [0; 64];
    expected[16] = 4;
    expected[32] = 5;
    assert_eq!(world.bytes(OUT, 64), expected);
    world.put(NAME, b"nobody");
    assert_eq!(world.call(F::PathFilestatGet, &[3, 1, NAME, 6, OUT]), 44);
    assert_eq!(world.call(F::PathFilestatGet, &[3, 1, NAME, 6, BAD]), 21);
}

#[test]
fn fd_filestat_get_is_zero_but_for_filetype_and_size() {
    let mut world = World::with_common(b"12345");
    let file = world.open_common();
    for (fd, filetype, size) in [(0, 0, 0), (1, 0, 0), (2, 0, 0), (3, 3, 0), (file, 4, 5)] {
        world.put(OUT, &[9; 64]);
        assert_eq!(world.call(F::FdFilestatGet, &[fd, OUT]), 0);
        let mut expected = [0; 64];
        expected[16] = filetype;
        expected[32] = size;
        assert_eq!(world.bytes(OUT, 64), expected, "fd {fd}");
    }
    assert_eq!(world.call(F::FdFilestatGet, &[9, OUT]), 8);
    assert_eq!(world.call(F::FdFilestatGet, &[0, BAD]), 21);
}

#[test]
fn fd_fdstat_get_tells_streams_directory_and_file_apart() {
    let mut world = World::with_common(b"12345");
    let file = world.open_common();
    let file_rights = 1 << 1 | 1 << 2 | 1 << 5 | 1 << 21;
    for (fd, filetype, rights, inheriting) in [
        (0, 0, 1 << 1, 0),
        (1, 0, 1 << 6, 0),
        (2, 0, 1 << 6, 0),
        (3, 3, 1 << 13 | 1 << 18 | 1 << 21, file_rights),
        (file, 4, file_rights, 0),
    ] {
        world.put(OUT, &[9; 24]);
        assert_eq!(world.call(F::FdFdstatGet, &[fd, OUT]), 0);
        assert_eq!(world.bytes(OUT, 8), [filetype, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(world.u64(OUT + 8), rights, "fd {fd}");
        assert_eq!(world.u64(OUT + 16), inheriting, "fd {fd}");
    }
    assert_eq!(world.call(F::FdFdstatGet, &[9, OUT]), 8);
    assert_eq!(world.call(F::FdFdstatGet, &[0, BAD]), 21);
}

#[test]
fn streams_cannot_be_sought() {
    let mut world = World::new();
    for fd in 0..3 {
        assert_eq!(world.call(F::FdSeek, &[fd, 0, 1, OUT]), 70);
        assert_eq!(world.call(F::FdTell, &[fd, OUT]), 70);
    }
    assert_eq!(world.call(F::FdSeek, &[3, 0, 1, OUT]), 8);
    assert_eq!(world.call(F::FdTell, &[4, OUT]), 8);
}

#[test]
fn the_file_is_sought_from_its_start_position_and_end() {
    let mut world = World::with_common(b"0123456789");
    let file = world.open_common();
    let minus = |n: i64| (-n).cast_unsigned();
    for (offset, whence, errno, at) in [
        (4, 0, 0, 4),
        (3, 1, 0, 7),
        (minus(2), 1, 0, 5),
        (minus(1), 2, 0, 9),
        (20, 2, 0, 30),
        (minus(31), 1, 28, 30),
        (minus(11), 2, 28, 30),
        (minus(1), 0, 28, 30),
        (0, 3, 28, 30),
        (
            i64::MAX.cast_unsigned(),
            1,
            0,
            i64::MAX.cast_unsigned() + 30,
        ),
        (
            i64::MAX.cast_unsigned(),
            1,
            28,
            i64::MAX.cast_unsigned() + 30,
        ),
        (minus(1), 2, 0, 9),
    ] {
        assert_eq!(world.call(F::FdSeek, &[file, offset, whence, OUT]), errno);
        assert_eq!(world.call(F::FdTell, &[file, OUT]), 0);
        assert_eq!(world.u64(OUT), at);
    }
    let iovs = world.iovecs(&[(DATA, 4)]);
    assert_eq!(world.call(F::FdRead, &[file, iovs, 1, OUT]), 0);
    assert_eq!(world.bytes(DATA, 2), b"9\0");
    assert_eq!(world.call(F::FdSeek, &[file, 0, 0, BAD]), 21);
    assert_eq!(world.call(F::FdTell, &[file, OUT]), 0);
    assert_eq!(world.u64(OUT), 10);
}

#[test]
fn fd_pread_reads_the_file_at_any_offset_and_keeps_the_position() {
    let mut world = World::with_common(b"0123456789");
    let file = world.open_common();
    let iovs = world.iovecs(&[(DATA, 3), (DATA + 3, 3)]);
    for (offset, len) in [(2, 6), (8, 2), (10, 0), (u64::MAX, 0)] {
        assert_eq!(world.call(F::FdPread, &[file, iovs, 2, offset, OUT]), 0);
        assert_eq!(world.u32(OUT), len);
    }
    assert_eq!(world.bytes(DATA, 6), b"894567");
    assert_eq!(world.call(F::FdTell, &[file, OUT]), 0);
    assert_eq!(world.u64(OUT), 0);
    assert_eq!(world.call(F::FdPread, &[file, iovs, 2, 0, BAD]), 21);
    for fd in [0, 1, 3, 9] {
        assert_eq!(world.call(F::FdPread, &[fd, iovs, 2, 0, OUT]), 8);
    }
}

#[test]
fn fd_close_succeeds_once() {
    let mut world = World::with_common(b"abc");
    let file = world.open_common();
    for fd in [0, 1, 2, 3, file] {
        assert_eq!(world.call(F::FdClose, &[fd]), 0, "fd {fd}");
        assert_eq!(world.call(F::FdClose, &[fd]), 8, "fd {fd}");
    }
    assert_eq!(world.call(F::FdClose, &[u64::from(u32::MAX)]), 8);
    assert_eq!(world.call(F::FdPrestatGet, &[3, OUT]), 8);
    let iovs = world.iovecs(&[(DATA, 1)]);
    assert_eq!(world.call(F::FdWrite, &[1, iovs, 1, OUT]), 8);
    assert_eq!(world.call(F::FdRead, &[0, iovs, 1, OUT]), 8);
    assert_eq!(World::new().call(F::FdClose, &[3]), 8);
}

#[test]
fn what_changes_nothing_succeeds() {
    let mut world = World::new();
    for function in [
        F::FdFdstatSetFlags,
        F::FdSync,
        F::FdDatasync,
        F::FdAdvise,
        F::SchedYield,
    ] {
        for fd in [0, 3, 99] {
            assert_eq!(world.call(function, &[fd, 0, 0, 0]), 0);
        }
    }
}

#[test]
fn all_other_functions_do_nothing_and_say_so() {
    let mut world = World::with_common(b"abc");
    for function in [
        F::FdAllocate,
        F::FdFdstatSetRights,
        F::FdFilestatSetSize,
        F::FdFilestatSetTimes,
        F::FdPwrite,
        F::FdReaddir,
        F::FdRenumber,
        F::PathCreateDirectory,
        F::PathFilestatSetTimes,
        F::PathLink,
        F::PathReadlink,
        F::PathRemoveDirectory,
        F::PathRename,
        F::PathSymlink,
        F::PathUnlinkFile,
        F::ProcRaise,
        F::SockAccept,
        F::SockRecv,
        F::SockSend,
        F::SockShutdown,
    ] {
        assert_eq!(world.call(function, &[3, 0, 0, 0, 0, 0, 0]), 52);
    }
    assert!(world.memory.iter().all(|&byte| byte == 0));
}
