//! A throw-away PostgreSQL: one server for each test process, one database for each test.
//!
//! It listens on a Unix socket in its own directory only. A shell starts it and waits for the end of its own standard
//! input, which comes when the test process is gone, however it ended: then it stops the server and deletes the files.

use anyhow::{Context as _, bail, ensure};
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// What to do where PostgreSQL is not installed.
const MISSING: &str =
    "PostgreSQL is not installed: install the package postgresql (its service need not run)";

/// `$1`: where the programs are. The data directory must belong to the user that runs the server.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
dir=$(mktemp -d /tmp/manyhands-postgres-XXXXXX) || exit 1
"$1/initdb" -D "$dir/data" -U test --auth=trust --no-sync --encoding=UTF8 --locale=C >"$dir/log" 2>&1 &&
"$1/pg_ctl" -D "$dir/data" -l "$dir/log" -w -o "-k $dir -c listen_addresses='' -c fsync=off -c max_connections=200" start >>"$dir/log" 2>&1
if [ $? -eq 0 ]; then echo "$dir"; else tail -n 1 "$dir/log" >&2; echo; fi
cat >/dev/null
"$1/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1
rm -rf "$dir"
"#;

struct Server {
    programs: PathBuf,
    socket_dir: String,
    /// Holds the pipe whose end stops the server.
    _shell: Child,
}

static SERVER: LazyLock<Result<Server, String>> =
    LazyLock::new(|| Server::start().map_err(|error| format!("{error:#}")));
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// The URL of a new, empty database.
///
/// # Panics
/// When PostgreSQL is not installed or does not start; the message says what to do.
#[must_use]
pub fn new_database() -> String {
    match &*SERVER {
        Ok(server) => server.new_database().expect("the server was started"),
        Err(message) => panic!("{message}"),
    }
}

impl Server {
    fn start() -> anyhow::Result<Self> {
        let programs = programs()?;
        let mut command = if is_root()? {
            let mut command = Command::new("runuser");
            command.args(["-u", "nobody", "--", "sh"]);
            command
        } else {
            Command::new("sh")
        };
        let mut shell = command
            .args(["-c", SCRIPT, "sh"])
            .arg(&programs)
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start a shell for PostgreSQL")?;
        let stdout = shell.stdout.take().context("stdout is piped")?;
        let mut socket_dir = String::new();
        BufReader::new(stdout).read_line(&mut socket_dir)?;
        let socket_dir = socket_dir.trim().to_owned();
        ensure!(
            !socket_dir.is_empty(),
            "PostgreSQL does not start; its last words are above"
        );
        Ok(Self {
            programs,
            socket_dir,
            _shell: shell,
        })
    }

    fn new_database(&self) -> anyhow::Result<String> {
        let name = format!("test_{}", DATABASES.fetch_add(1, Ordering::SeqCst));
        let done = Command::new(self.programs.join("createdb"))
            .args(["-h", &self.socket_dir, "-U", "test", &name])
            .status()?;
        ensure!(done.success(), "createdb {name} failed");
        Ok(format!(
            "postgres://test@localhost/{name}?host={}",
            self.socket_dir
        ))
    }
}

/// Debian keeps the server's programs out of the PATH, one directory a version.
fn programs() -> anyhow::Result<PathBuf> {
    let versions = Path::new("/usr/lib/postgresql").read_dir();
    let bin = versions.into_iter().flatten().flatten();
    let bin = bin.map(|version| version.path().join("bin"));
    let in_path = ["/usr/local/bin", "/usr/bin", "/opt/homebrew/bin"].map(PathBuf::from);
    let newest = bin
        .chain(in_path)
        .filter(|bin| bin.join("initdb").exists() && bin.join("pg_ctl").exists())
        .max_by_key(|bin| {
            let version = bin.parent().and_then(Path::file_name);
            version.and_then(|name| name.to_str()?.parse::<u32>().ok())
        });
    newest.context(MISSING)
}

/// PostgreSQL refuses to run as root.
fn is_root() -> anyhow::Result<bool> {
    let id = Command::new("id").arg("-u").output()?;
    if !id.status.success() {
        bail!("`id -u` failed");
    }
    Ok(id.stdout.trim_ascii() == b"0")
}
