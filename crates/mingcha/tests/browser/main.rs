//! The site in a real browser: the demo is started as anybody would start it, and Chromium goes through a day's work.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by stopping")]

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A demo that serves; it ends with the test.
struct Demo {
    child: Child,
    url: String,
    password: String,
}

impl Demo {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_mingcha"))
            .args(["demo", "--persons", "1000", "--out"])
            .arg(folder.join("demo"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (mut url, mut password) = (None, None);
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            if let Some((_, address)) = line.split_once("网页 ") {
                url = Some(address.trim().to_owned());
            }
            if let Some((_, word)) = line.split_once("密码都是 ") {
                password = Some(word.trim().to_owned());
                break;
            }
        }
        let Some((url, password)) = url.zip(password) else {
            let mut said = String::new();
            child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
            panic!("the demo did not serve: {said}");
        };
        // Whatever it says later is read by nobody, and must not stop it.
        let mut errors = child.stderr.take().unwrap();
        std::thread::spawn(move || std::io::copy(&mut errors, &mut std::io::sink()));
        Self { child, url, password }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Chromium, installed from Debian where it is missing.
fn chromium() -> PathBuf {
    let known = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    let find = || known.iter().map(PathBuf::from).find(|path| path.exists());
    if let Some(found) = std::env::var_os("CHROMIUM").map(PathBuf::from).or_else(find) {
        return found;
    }
    let installed = Command::new("apt-get")
        .args(["install", "-y", "-q", "--no-install-recommends", "chromium"])
        .env("DEBIAN_FRONTEND", "noninteractive")
        .status();
    assert!(
        installed.is_ok_and(|status| status.success()),
        "a browser is needed: install Debian's chromium, or name one in CHROMIUM"
    );
    find().expect("chromium was installed")
}

#[test]
fn a_day_at_the_bureau_and_at_a_hospital() {
    let folder = tempfile::tempdir().unwrap();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    for file in ["package.json", "package-lock.json", "story.mjs"] {
        std::fs::copy(sources.join(file), folder.path().join(file)).unwrap();
    }
    let npm = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(folder.path())
        .status();
    assert!(npm.is_ok_and(|status| status.success()), "npm installs what package-lock.json names");
    let demo = Demo::start(folder.path());
    let mut story = Command::new("node");
    story.arg("story.mjs").args([&demo.url, &demo.password]).env("CHROMIUM", chromium()).current_dir(folder.path());
    if let Some(pictures) = std::env::var_os("MINGCHA_PICTURES") {
        story.arg(pictures);
    }
    let told = story.output().unwrap();
    let (out, errors) = (String::from_utf8_lossy(&told.stdout), String::from_utf8_lossy(&told.stderr));
    assert!(told.status.success(), "{out}\n{errors}");
}
