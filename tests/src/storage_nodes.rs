//! Storage nodes as processes of their own.

use crate::command_line::CommandLine;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

/// Time between two looks at a condition.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Storage nodes s1, s2, …; all are killed when it is dropped.
#[derive(Debug)]
pub struct StorageNodes {
    home: PathBuf,
    nodes: Vec<Node>,
}

#[derive(Debug)]
struct Node {
    name: String,
    address: SocketAddr,
    process: Option<Child>,
}

impl StorageNodes {
    /// Starts so many storage nodes in the user's home.
    #[must_use]
    pub fn start(user: &CommandLine, count: usize) -> Self {
        let mut nodes = Self {
            home: user.home().to_owned(),
            nodes: Vec::new(),
        };
        for number in 1..=count {
            nodes.add(user, &format!("s{number}"));
        }
        nodes
    }

    /// Starts one more.
    pub fn add(&mut self, user: &CommandLine, name: &str) {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = free.local_addr().expect("a bound socket has an address");
        drop(free);
        self.nodes.push(Node {
            name: name.to_owned(),
            address,
            process: None,
        });
        self.start_again(user, name);
    }

    /// Approves a policy as the operator of a storage node.
    pub fn approve(&self, user: &CommandLine, name: &str, policy: &str) {
        let name = &self.node(name).name;
        let approve = ["storage", "--data", name, "--accept-policy", policy];
        let _ = user.run(&approve).ended(0);
    }

    /// `--storage URL` for each of them, for `manyhands serve`.
    #[must_use]
    pub fn serve_args(&self) -> Vec<String> {
        let urls = self
            .nodes
            .iter()
            .map(|node| format!("http://{}", node.address));
        urls.flat_map(|url| ["--storage".to_owned(), url]).collect()
    }

    /// Where a storage node is reached.
    #[must_use]
    pub fn url(&self, name: &str) -> String {
        format!("http://{}", self.node(name).address)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self, name: &str) -> SocketAddr {
        self.node(name).address
    }

    /// Its directory.
    #[must_use]
    pub fn directory(&self, name: &str) -> PathBuf {
        self.home.join(name)
    }

    /// Starts a storage node that does not run.
    pub fn start_again(&mut self, user: &CommandLine, name: &str) {
        let node = self.node_mut(name);
        let listen = node.address.to_string();
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(user.home().join(format!("{name}.log")));
        let mut command = user.command(&[
            "storage", "--data", name, "--listen", &listen, "--name", name,
        ]);
        let process = command
            .stdout(Stdio::null())
            .stderr(log.expect("a log"))
            .spawn();
        node.process = Some(process.expect("a storage node starts"));
        let address = node.address;
        while TcpStream::connect(address).is_err() {
            let ended = process_of(node).try_wait().expect("our own process");
            assert!(
                ended.is_none(),
                "{name} has ended: {ended:?}; see {name}.log"
            );
            std::thread::park_timeout(LOOK_EVERY);
        }
    }

    /// Kills a storage node with signal 9.
    pub fn kill(&mut self, name: &str) {
        let mut process = self.node_mut(name).process.take().expect("it runs");
        process.kill().expect("our own process can be killed");
        process.wait().expect("a killed process ends");
    }

    /// Flips one bit of its database: the given one of a byte in the middle of where `find` stands.
    pub fn flip(&self, name: &str, find: &[u8]) {
        let path = self.directory(name).join("storage.sqlite");
        let mut file = OpenOptions::new().read(true).write(true).open(path);
        let file: &mut File = file.as_mut().expect("it has a database");
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("it can be read");
        let at = bytes.windows(find.len()).position(|window| window == find);
        let at = at.expect("it is in the database") + find.len() / 2;
        let flipped = bytes.get(at).expect("it is inside") ^ 1;
        file.seek(SeekFrom::Start(at as u64)).expect("it is inside");
        file.write_all(&[flipped]).expect("it can be written");
    }

    /// Deletes its database but not its keys.
    pub fn wipe(&self, name: &str) {
        for file in ["storage.sqlite", "storage.sqlite-wal", "storage.sqlite-shm"] {
            let path = self.directory(name).join(file);
            if Path::exists(&path) {
                std::fs::remove_file(path).expect("it can be deleted");
            }
        }
    }

    fn node(&self, name: &str) -> &Node {
        let found = self.nodes.iter().find(|node| node.name == name);
        found.expect("there is such a storage node")
    }

    fn node_mut(&mut self, name: &str) -> &mut Node {
        let found = self.nodes.iter_mut().find(|node| node.name == name);
        found.expect("there is such a storage node")
    }
}

fn process_of(node: &mut Node) -> &mut Child {
    node.process.as_mut().expect("it was started")
}

impl Drop for StorageNodes {
    fn drop(&mut self) {
        for node in &mut self.nodes {
            if let Some(process) = &mut node.process {
                // One that has ended already is what we want.
                let _ = process.kill();
                let _ = process.wait();
            }
        }
    }
}
