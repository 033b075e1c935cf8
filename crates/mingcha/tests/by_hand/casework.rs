//! Casework from the command line: the first user, a backup of a running site, the check of the log.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use crate::surface::Desk;

/// A server that ends with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn mingcha(desk: &Desk, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mingcha"));
    command.args(arguments).current_dir(desk.path(""));
    command
}

pub(crate) fn add_user(desk: &Desk, name: &str, password: &str) -> std::process::Output {
    let arguments = ["user", "add", name, "--display", "管理员", "--role", "administrator", "--lake", "lake"];
    let mut child =
        mingcha(desk, &arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{password}").unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn a_site_is_set_up_served_backed_up_and_checked() {
    let desk = Desk::new();
    let short = add_user(&desk, "admin", "short");
    assert_eq!(short.status.code(), Some(3), "{}", String::from_utf8_lossy(&short.stderr));
    assert!(String::from_utf8_lossy(&short.stderr).contains("不少于 10 个字符，现为 5 个"));
    assert!(add_user(&desk, "admin", "correct horse battery").status.success());
    assert_eq!(desk.run(&["user", "list", "--lake", "lake", "--json"]).json()[0]["role"], "administrator");
    assert_eq!(desk.run(&["user", "add", "h", "--display", "x", "--role", "institution", "--lake", "lake"]).status, 2);

    let serving = mingcha(&desk, &["serve", "--lake", "lake", "--listen", "127.0.0.1:0"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut server = Server(serving);
    let mut lines = BufReader::new(server.0.stderr.take().unwrap()).lines();
    let said = lines.find_map(|line| line.ok().filter(|line| line.contains("http://"))).unwrap();
    let address = said.split("http://").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    let refused = add_user(&desk, "second", "correct horse battery");
    assert!(String::from_utf8_lossy(&refused.stderr).contains(&address), "commands leave casework to a server that is alive");
    assert_eq!(desk.run(&["serve", "--lake", "lake", "--listen", "127.0.0.1:0"]).status, 3, "one server at a time");

    assert!(desk.run(&["backup", "casework.zst", "--lake", "lake"]).status == 0, "while it runs");
    assert_eq!(desk.run(&["audit-log", "verify", "--lake", "lake"]).status, 0, "reading is nobody's hindrance");
    for changing in [&["restore", "casework.zst", "--lake", "lake"][..], &["migrate", "--lake", "lake"]] {
        let refused = desk.run(changing);
        assert!(refused.status == 3 && refused.err.contains(&address), "{refused:?}");
    }
    // Into another database it is restored beside a server.
    let beside = desk.run(&["restore", "casework.zst", "--lake", "lake", "--db", "sqlite://beside.db", "--json"]).done().json();
    assert!(beside["rows"].as_u64() > Some(0));
    assert_eq!(desk.run(&["restore", "casework.zst", "--lake", "elsewhere/lake"]).status, 0);
    drop(server);
    let nothing = desk.run(&["user", "list", "--lake", "nowhere/lake"]);
    assert!(nothing.status == 3 && !desk.path("nowhere").exists(), "who reads makes nothing: {nothing:?}");
    assert_eq!(desk.run(&["restore", "casework.zst", "--lake", "elsewhere/lake"]).status, 3, "never over what is there");
    let verified = desk.run(&["audit-log", "verify", "--lake", "elsewhere/lake", "--json"]);
    assert_eq!((verified.status, verified.json()["faults"].as_array().unwrap().len()), (0, 0));
}
