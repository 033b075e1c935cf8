//! A real PostgreSQL 15, in a folder of its own, for as long as the tests run.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// A server of this process.
struct Server {
    sockets: PathBuf,
    programs: PathBuf,
}

/// The URL of a new, empty database on a server that this process started.
///
/// # Panics
///
/// Where PostgreSQL can neither be found nor installed: a test that needs it must not pass without it.
pub fn database() -> String {
    static SERVER: OnceLock<Server> = OnceLock::new();
    static NUMBER: AtomicUsize = AtomicUsize::new(1);
    let server = SERVER.get_or_init(Server::start);
    let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let sockets = server.sockets.display();
    let made = Command::new(server.programs.join("psql"))
        .args(["-q", "-h", &sockets.to_string(), "-U", "mingcha", "-d", "postgres", "-c", &format!("CREATE DATABASE {name}")])
        .output()
        .expect("psql starts");
    assert!(made.status.success(), "no database was made: {}", String::from_utf8_lossy(&made.stderr));
    format!("postgres://mingcha@localhost/{name}?host={sockets}")
}

impl Server {
    fn start() -> Self {
        let programs = programs();
        let folder = tempfile::Builder::new().prefix("mingcha-pg-").tempdir().expect("a temporary folder").keep();
        let root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.starts_with(b"0\n"));
        if root {
            // PostgreSQL refuses to run as root.
            run(Command::new("chown").arg("nobody").arg(&folder));
        }
        let data = folder.join("data");
        run(as_nobody(root, &programs.join("initdb"))
            .args(["-U", "mingcha", "-A", "trust", "-N", "-E", "UTF8", "--locale", "C.UTF-8", "-D"])
            .arg(&data));
        // The shell holds the server for as long as this process holds the shell's input: however the tests end, nothing is left running.
        let keep = "\"$@\" & server=$!; cat > /dev/null; kill -INT $server; wait $server; rm -rf \"$FOLDER\"";
        let mut shell = Command::new("sh");
        shell.args(["-c", keep, "sh"]).env("FOLDER", &folder);
        if root {
            shell.args(["runuser", "-u", "nobody", "--"]);
        }
        shell.arg(programs.join("postgres")).arg("-D").arg(&data).arg("-k").arg(&folder);
        for option in ["listen_addresses=", "fsync=off", "max_connections=200"] {
            shell.args(["-c", option]);
        }
        let child = shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a shell starts");
        std::mem::forget(child);
        let server = Self { sockets: folder, programs };
        server.wait();
        server
    }

    fn wait(&self) {
        for _ in 0..300 {
            let ready = Command::new(self.programs.join("pg_isready")).arg("-q").arg("-h").arg(&self.sockets).status();
            if ready.is_ok_and(|status| status.success()) {
                return;
            }
            thread::sleep(Duration::from_millis(100));
        }
        panic!("PostgreSQL did not start in 30 seconds");
    }
}

/// The folder of the server's programs; Debian's package is installed where there is none.
fn programs() -> PathBuf {
    if let Some(found) = find() {
        return found;
    }
    run(Command::new("apt-get").args(["install", "-y", "-q", "postgresql-15"]).env("DEBIAN_FRONTEND", "noninteractive"));
    find().expect("PostgreSQL 15 is installed: its programs are looked for in /usr/lib/postgresql/15/bin")
}

fn find() -> Option<PathBuf> {
    let known =
        ["/usr/lib/postgresql/15/bin", "/usr/pgsql-15/bin", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql@15/bin"];
    known.iter().map(Path::new).find(|folder| folder.join("postgres").exists()).map(Path::to_path_buf)
}

fn as_nobody(root: bool, program: &Path) -> Command {
    if root {
        let mut command = Command::new("runuser");
        command.args(["-u", "nobody", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    }
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|problem| panic!("{command:?} does not start: {problem}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
