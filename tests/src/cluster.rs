//! A coordinator and volunteers as processes of their own, on one machine but on different networks.

use crate::command_line::{CommandLine, Ran};
use crate::storage_nodes::StorageNodes;
use shared::api::jobs::JobView;
use shared::api::nodes::NodeView;
use shared::api::status::Status;
use shared::ids::NodeKey;
use shared::key_file;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// How long a condition may take to come true; far more than it needs on an idle machine.
const PATIENCE: Duration = Duration::from_mins(4);
/// Time between two looks at a condition.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The coordinator's own certificate.
const CERTIFICATE: &str = "certificate.pem";

/// The processes; all are killed when it is dropped.
#[derive(Debug)]
pub struct Cluster {
    /// The submitter's home, which is also where the processes run.
    pub user: CommandLine,
    address: SocketAddr,
    is_tls: bool,
    serve_args: Vec<String>,
    server: Option<Child>,
    volunteers: Vec<Volunteer>,
}

/// A running volunteer.
#[derive(Debug)]
struct Volunteer {
    name: String,
    process: Child,
}

impl Cluster {
    /// A coordinator without volunteers, started with these further flags.
    #[must_use]
    pub fn start(serve_args: &[&str]) -> Self {
        Self::start_at(serve_args, CommandLine::default(), false)
    }

    /// A coordinator without volunteers that serves over TLS, with a certificate of its own for 127.0.0.1 in
    /// `certificate.pem`.
    ///
    /// # Panics
    /// When the certificate cannot be made.
    #[must_use]
    pub fn start_tls() -> Self {
        let user = CommandLine::default();
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".into()]);
        let made = made.expect("the names are names");
        user.file(CERTIFICATE, made.cert.pem());
        user.file("key.pem", made.signing_key.serialize_pem());
        let args = ["--tls-cert", CERTIFICATE, "--tls-key", "key.pem"];
        Self::start_at(&args, user, true)
    }

    /// A coordinator without volunteers whose ledger is kept by `count` storage nodes s1, s2, … in processes of their own;
    /// their operators have approved its policy.
    #[must_use]
    pub fn start_with_storage(count: usize, serve_args: &[&str]) -> (Self, StorageNodes) {
        let user = CommandLine::default();
        let nodes = StorageNodes::start(&user, count);
        let storage = nodes.serve_args();
        let storage = storage.iter().map(String::as_str);
        let args: Vec<&str> = serve_args.iter().copied().chain(storage).collect();
        let cluster = Self::start_at(&args, user, false);
        let policy = cluster.until("the policy is told", |cluster| {
            let log = std::fs::read_to_string(cluster.user.home().join("serve.log")).ok()?;
            let (_, after) = log.split_once("the ledger's policy policy=")?;
            after.get(..64).map(str::to_owned)
        });
        for number in 1..=count {
            nodes.approve(&cluster.user, &format!("s{number}"), &policy);
        }
        (cluster, nodes)
    }

    fn start_at(serve_args: &[&str], user: CommandLine, is_tls: bool) -> Self {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = free.local_addr().expect("a bound socket has an address");
        drop(free);
        let mut cluster = Self {
            user,
            address,
            is_tls,
            serve_args: serve_args.iter().map(ToString::to_string).collect(),
            server: None,
            volunteers: Vec::new(),
        };
        cluster.start_server();
        cluster
    }

    /// `http://127.0.0.1:PORT`, or `https://…`.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.is_tls { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Where the coordinator listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Starts the coordinator, again if it was killed, and waits until it is ready.
    pub fn start_server(&mut self) {
        let listen = self.address.to_string();
        let mut args = vec!["serve", "--data", "coordinator", "--listen", &listen];
        args.extend(self.serve_args.iter().map(String::as_str));
        let log = std::fs::File::create(self.user.home().join("serve.log")).expect("a log");
        let mut command = self.user.command(&args);
        let process = command.stdout(Stdio::null()).stderr(log).spawn();
        self.server = Some(process.expect("the coordinator starts"));
        self.until("the coordinator is ready", |cluster| {
            let is_ready = if cluster.is_tls {
                cluster.run(&["job", "list"]).code == 0
            } else {
                cluster.get("/readyz").is_some_and(|(code, _)| code == 200)
            };
            is_ready.then_some(())
        });
    }

    /// Kills the coordinator with signal 9: it can do nothing about it.
    pub fn kill_server(&mut self) {
        let mut process = self.server.take().expect("the coordinator runs");
        process.kill().expect("our own process can be killed");
        process.wait().expect("a killed process ends");
    }

    /// Starts a volunteer with one slot on a network of its own and waits until it has joined.
    pub fn volunteer(&mut self, name: &str, args: &[&str]) {
        let number = self.volunteers.len() + 1;
        self.volunteer_at(name, &format!("127.0.{number}.1"), args);
    }

    /// Starts a volunteer that connects from `address`.
    pub fn volunteer_at(&mut self, name: &str, address: &str, args: &[&str]) {
        let url = self.url();
        let mut all = vec![
            "volunteer",
            "--url",
            &url,
            "--data",
            name,
            "--slots",
            "1",
            "--bind",
            address,
        ];
        all.extend(args);
        let log = std::fs::File::create(self.user.home().join(format!("{name}.log")));
        let mut command = self.user.command(&all);
        let log = log.expect("a log");
        let process = command
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("a volunteer starts");
        self.volunteers.push(Volunteer {
            name: name.to_owned(),
            process,
        });
        self.until(&format!("{name} has joined"), |cluster| {
            cluster
                .user
                .home()
                .join(name)
                .join("node.key")
                .exists()
                .then_some(())?;
            cluster.node(name).filter(|node| node.slots > 0).map(|_| ())
        });
    }

    /// Kills a volunteer with signal 9.
    pub fn kill_volunteer(&mut self, name: &str) {
        let at = self
            .volunteers
            .iter()
            .position(|volunteer| volunteer.name == name);
        let mut volunteer = self.volunteers.remove(at.expect("such a volunteer runs"));
        volunteer
            .process
            .kill()
            .expect("our own process can be killed");
        volunteer.process.wait().expect("a killed process ends");
    }

    /// What the coordinator says of a volunteer.
    #[must_use]
    pub fn node(&self, name: &str) -> Option<NodeView> {
        let text = std::fs::read_to_string(self.user.home().join(name).join("node.key")).ok()?;
        let (_, key) = key_file::read(&text).ok()?;
        self.node_of_key(key.node_key())
    }

    /// What the coordinator says of the node with this key.
    #[must_use]
    pub fn node_of_key(&self, key: NodeKey) -> Option<NodeView> {
        let (code, body) = self.get(&format!("/api/v1/nodes/{key}"))?;
        (code == 200).then(|| serde_json::from_slice(&body).expect("a node's view"))
    }

    /// What the coordinator says of itself.
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        let (code, body) = self.get("/api/v1/status")?;
        (code == 200).then(|| serde_json::from_slice(&body).expect("a status"))
    }

    /// Runs a command of the admin against this coordinator.
    #[must_use]
    pub fn run_as_admin(&self, args: &[&str]) -> Ran {
        let token = self.user.home().join("coordinator/admin.token");
        let token = token.to_str().expect("our own path");
        self.run(&[args, &["--token-file", token]].concat())
    }

    /// Runs a command of the submitter against this coordinator.
    #[must_use]
    pub fn run(&self, args: &[&str]) -> Ran {
        let url = self.url();
        let mut all = args.to_vec();
        let end = all.iter().position(|arg| *arg == "--").unwrap_or(all.len());
        all.splice(end..end, ["--url", url.as_str(), "--json"]);
        if self.is_tls {
            all.splice(end..end, ["--ca", CERTIFICATE]);
        }
        self.user.run(&all)
    }

    /// Submits a job and answers with its id at once.
    #[must_use]
    pub fn submit(&self, args: &[&str]) -> String {
        let ran = self.run(&[&["job", "submit"], args].concat()).ended(0);
        let told = ran.json();
        told.get("job_id")
            .and_then(|id| id.as_str())
            .expect("a job id")
            .to_owned()
    }

    /// Submits a count of the words of `input.txt`, cut as `split` says, with further arguments.
    #[must_use]
    pub fn count_words(&self, split: &str, more: &[&str]) -> String {
        let input = ["--program", "wordcount", "--input", "input.txt"];
        self.submit(&[&input[..], &["--split", split], more].concat())
    }

    /// Waits until a job has ended and gives its verified result.
    #[must_use]
    pub fn result(&self, job: &str) -> Vec<u8> {
        let _ = self
            .run(&["job", "results", job, "--wait", "--output", "result"])
            .ended(0);
        std::fs::read(self.user.home().join("result")).expect("the result was written")
    }

    /// A job as its submitter sees it.
    #[must_use]
    pub fn job(&self, job: &str) -> JobView {
        self.listed(job, &[])
    }

    /// Tasks of a job with a good certificate, stored or not.
    #[must_use]
    pub fn decided(&self, job: &str) -> u32 {
        let tasks = self.job(job).tasks;
        tasks.accepted + tasks.stored
    }

    /// A job as the holder of a key file sees it.
    ///
    /// # Panics
    /// When the job is not of this key.
    #[must_use]
    pub fn job_of(&self, job: &str, key: &Path) -> JobView {
        let key = key.to_str().expect("test files have plain names");
        self.listed(job, &["--key", key])
    }

    fn listed(&self, job: &str, more: &[&str]) -> JobView {
        let listed = self.run(&[&["job", "list"], more].concat()).ended(0).json();
        let jobs: Vec<JobView> = serde_json::from_value(listed).expect("a list of jobs");
        let found = jobs.into_iter().find(|view| view.job_id.to_string() == job);
        found.expect("the job is listed")
    }

    /// What the same input gives on this machine alone, in one piece.
    #[must_use]
    pub fn local(&self, program: &str, input: &str) -> Vec<u8> {
        self.user
            .run(&["program", "run", program, "--input", input, "--whole"])
            .ended(0)
            .stdout
    }

    /// Waits until `condition` gives something.
    ///
    /// # Panics
    /// When it does not in time, with the coordinator's log.
    pub fn until<T>(&self, what: &str, mut condition: impl FnMut(&Self) -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            if let Some(found) = condition(self) {
                return found;
            }
            if began.elapsed() > PATIENCE {
                let log = std::fs::read_to_string(self.user.home().join("serve.log"));
                panic!("not in {PATIENCE:?}: {what}\n{}", log.unwrap_or_default());
            }
            std::thread::park_timeout(LOOK_EVERY);
        }
    }

    /// Writes `input.txt`: words of about `bytes` bytes, the same each time, in lines.
    pub fn text_file(&self, bytes: usize) {
        let mut text = String::with_capacity(bytes + 64);
        let mut number = 1_u64;
        let mut words = ["ein Σίσυφος", "Wort", "und", "数", "x"]
            .into_iter()
            .cycle();
        while text.len() < bytes {
            for word in words.by_ref().take(9) {
                number = number
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                text.push_str(word);
                text.push_str(&(number >> 52).to_string());
                text.push(' ');
            }
            text.push('\n');
        }
        self.user.file("input.txt", text);
    }

    /// `GET` of a path; `None` while nobody answers.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<(u16, Vec<u8>)> {
        get(self.address, path)
    }
}

/// `GET` without any library in between, and without TLS; `None` while nobody answers.
#[must_use]
pub fn get(host: SocketAddr, path: &str) -> Option<(u16, Vec<u8>)> {
    let mut socket = TcpStream::connect(host).ok()?;
    socket
        .set_read_timeout(Some(Duration::from_secs(10)))
        .ok()?;
    write!(
        socket,
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )
    .ok()?;
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).ok()?;
    let head_len = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(answer.get(..head_len)?).ok()?;
    let code = head.split(' ').nth(1)?.parse().ok()?;
    Some((code, answer.split_off(head_len + 4)))
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let volunteers = self
            .volunteers
            .iter_mut()
            .map(|volunteer| &mut volunteer.process);
        for process in volunteers.chain(&mut self.server) {
            // One that has ended already is what we want.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
