//! A site that is served as anybody would serve it, and ends with the test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::surface::Desk;

/// A server that ends with the test.
pub(crate) struct Site {
    child: Child,
    pub(crate) address: String,
}

/// An answer to a request.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Site {
    /// Serves the lake of a desk.
    pub(crate) fn start(desk: &Desk) -> Self {
        Self::start_with(desk, &[])
    }

    /// Serves it with further arguments.
    pub(crate) fn start_with(desk: &Desk, arguments: &[&str]) -> Self {
        Self::begin(desk, arguments).expect("it serves")
    }

    /// Asks it to end, as systemd does, and waits until it has.
    pub(crate) fn stop(mut self) -> std::process::ExitStatus {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(asked.success());
        let begin = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(begin.elapsed() < Duration::from_mins(1), "it does not end");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Serves it again after a crash: the one that crashed counts as alive until it has been silent for a while.
    pub(crate) fn again(desk: &Desk) -> Self {
        let begin = Instant::now();
        loop {
            if let Some(site) = Self::begin(desk, &[]) {
                return site;
            }
            assert!(begin.elapsed() < Duration::from_mins(2), "it does not serve again");
            std::thread::sleep(Duration::from_secs(1));
        }
    }

    fn begin(desk: &Desk, arguments: &[&str]) -> Option<Self> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_mingcha"))
            .args(["serve", "--lake", "lake", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .current_dir(desk.path(""))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        // Whoever is refused names the address of who serves, so what is looked for is the sentence of who begins.
        let Some(said) = lines.find(|line| line.contains("http://") && line.contains("Ctrl-C")) else {
            let _ = child.wait();
            return None;
        };
        // Whatever it says later is read by nobody, and must not stop it.
        std::thread::spawn(move || lines.count());
        Some(Self { child, address: said.split("http://").nth(1).unwrap().split(' ').next().unwrap().to_owned() })
    }

    pub(crate) fn send(&self, request: &str) -> Answer {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut whole = Vec::new();
        stream.read_to_end(&mut whole).unwrap();
        let end = whole.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = String::from_utf8_lossy(&whole[..end]).into_owned();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head, body: whole.split_off(end + 4) }
    }
}
