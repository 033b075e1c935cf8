//! Real time: how long the rules take over one visit, and how long a hospital's system waits for an answer over HTTP.
//!
//! ```text
//! mingcha serve --lake FOLDER/lake &
//! cargo run --release -p benches -- realtime --dir FOLDER --server 127.0.0.1:8700
//! ```

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use claims::Moment;
use claims::chart::Folder;
use engine::check::{Checker, Standing};
use engine::lake_source::LakeSource;
use engine::program::Program;
use engine::run::Source;
use lake::Lake;
use realtime::writing::{Sending, message};
use realtime::{Dialect, Envelope, Service, question, records};
use rulebook::Pack;
use rulebook::rule::Stage;

/// Orders of a visit that is measured.
const ORDERS: usize = 30;

/// Visits that messages are made of.
const VISITS: usize = 500;

/// Connections that send at the steady rate.
const CONNECTIONS: usize = 32;

/// Connections that send as fast as they are answered.
const CROWD: usize = 256;

/// What to measure with.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Settings {
    /// Folder with the lake of `import`
    #[arg(long, default_value = "target/benches")]
    dir: PathBuf,
    /// Address of a server over that lake; without it only the rules are measured
    #[arg(long)]
    server: Option<String>,
    /// Calls a second
    #[arg(long, default_value_t = 500)]
    rate: usize,
    /// Seconds at that rate
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// Seconds of overload
    #[arg(long, default_value_t = 60)]
    overload: u64,
}

/// Measures, and prints.
pub(crate) fn measured(settings: &Settings) -> Result<()> {
    let pack = Pack::shipped().map_err(|faults| anyhow!("{faults:?}"))?;
    let lake = settings.dir.join("lake");
    let snapshot = || -> Result<lake::Snapshot> { Ok(Lake::open(&lake)?.snapshot()?) };
    let bodies = Bodies(bodies(snapshot()?, &pack)?);
    ensure!(!bodies.0.is_empty(), "no visit in {} has {ORDERS} orders", lake.display());
    println!("{} visits of {ORDERS} orders", bodies.0.len());
    rules(&bodies, snapshot()?, &pack)?;
    let Some(server) = &settings.server else { return Ok(()) };
    let tag = std::process::id();
    let quiet = steady(server, settings, |_| "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n".to_owned())?;
    println!("GET /healthz at {} a second: {quiet}", settings.rate);
    println!(
        "3102 at {} a second: {}",
        settings.rate,
        steady(server, settings, |number| bodies.request(&format!("{tag}-a{number}"), number))?
    );
    println!(
        "3102 by {CROWD} connections without pause: {}",
        crowd(server, settings, |number| bodies.request(&format!("{tag}-b{number}"), number))?
    );
    println!(
        "3102 at {} a second again: {}",
        settings.rate,
        steady(server, settings, |number| bodies.request(&format!("{tag}-c{number}"), number))?
    );
    Ok(())
}

/// Messages without their numbers.
struct Bodies(Vec<String>);

/// Where the number of a message goes.
const NUMBER: &str = "@MSGID@";

impl Bodies {
    fn request(&self, msgid: &str, number: usize) -> String {
        let body = self.0[number % self.0.len()].replace(NUMBER, msgid);
        format!("POST /fsi HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    }
}

/// Messages about visits of the lake, each with the first thirty of its lines.
fn bodies(snapshot: lake::Snapshot, pack: &Pack) -> Result<Vec<String>> {
    let source = LakeSource::new(snapshot, &Program::compile(pack, None, &[]).0).map_err(|problem| anyhow!(problem))?;
    let mut bodies = Vec::new();
    for shard in 0..source.shards() {
        for folder in source.folders(shard).map_err(|problem| anyhow!(problem))? {
            let folder = folder.map_err(|problem| anyhow!(problem))?;
            bodies.extend(of_folder(&folder));
            if bodies.len() >= VISITS {
                return Ok(bodies);
            }
        }
    }
    Ok(bodies)
}

fn of_folder(folder: &Folder) -> Vec<String> {
    let mut bodies = Vec::new();
    for visit in &folder.visits {
        let own: Vec<&str> =
            folder.lines.iter().filter(|line| line.mdtrt_id() == visit.mdtrt_id).map(claims::lines::LineRow::bkkp_sn).collect();
        if own.len() < ORDERS {
            continue;
        }
        let told = &own[..ORDERS];
        let alone = Folder { visits: vec![visit.clone()], ..folder.clone() };
        let sending = Sending { service: Service::During, msgid: NUMBER, trig_scen: "4", mdtrt_id: &visit.mdtrt_id, beside: &[] };
        bodies.push(message(&alone, &sending, &|line| told.contains(&line.bkkp_sn()), &|_| false).to_string());
    }
    bodies
}

/// The rules alone: a message is read and judged, over and over.
fn rules(bodies: &Bodies, snapshot: lake::Snapshot, pack: &Pack) -> Result<()> {
    let begin = Instant::now();
    let standing = Standing::of_lake(snapshot, pack, 2).map_err(|problem| anyhow!(problem))?;
    println!("what the lake tells of everybody: read in {:.1} s", begin.elapsed().as_secs_f64());
    let (checker, _) = Checker::new(pack, Stage::Mid, Arc::new(standing));
    let received = Moment::parse("2026-12-31 00:00:00").context("a moment")?;
    let (mut reading, mut judging, mut found) = (Vec::new(), Vec::new(), 0);
    for number in 0..5_000 {
        let body = &bodies.0[number % bodies.0.len()];
        let begin = Instant::now();
        let envelope = Envelope::open(body.as_bytes(), None)?;
        let question = question::read(&envelope, &Dialect::default(), received)?;
        let person = &question.persons[0];
        let folders = records::folders(&person.person, person.visits.clone());
        reading.push(begin.elapsed());
        let begin = Instant::now();
        found += checker.check(folders).map_err(|problem| anyhow!(problem))?.findings.len();
        judging.push(begin.elapsed());
    }
    println!("{} rules over {} messages: {found} findings", checker.rules().count(), judging.len());
    println!("reading a message: {}", Spread::of(reading));
    println!("judging it: {}", Spread::of(judging));
    Ok(())
}

/// How long things took.
struct Spread(Vec<Duration>);

impl Spread {
    fn of(mut all: Vec<Duration>) -> Self {
        all.sort_unstable();
        Self(all)
    }

    fn at(&self, permille: usize) -> f64 {
        let place = (self.0.len() * permille / 1_000).min(self.0.len().saturating_sub(1));
        self.0.get(place).map_or(0.0, |one| one.as_secs_f64() * 1_000.0)
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "p50 {:.3} ms, p95 {:.3} ms, p99 {:.3} ms, longest {:.1} ms",
            self.at(500),
            self.at(950),
            self.at(990),
            self.at(1_000)
        )
    }
}

/// What came back.
struct Load {
    spread: Spread,
    answered: usize,
    shed: usize,
    failed: usize,
    seconds: f64,
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people to read")]
impl std::fmt::Display for Load {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let rate = self.answered as f64 / self.seconds;
        write!(
            f,
            "{}; {} answered ({rate:.0} a second), {} told to come again, {} failed",
            self.spread, self.answered, self.shed, self.failed
        )
    }
}

/// Sends at a steady rate, whatever comes back: how late an answer is counts from when its call was due.
fn steady(server: &str, settings: &Settings, request: impl Fn(usize) -> String + Sync) -> Result<Load> {
    let total = settings.rate * usize::try_from(settings.seconds)?;
    let (next, begin) = (AtomicUsize::new(0), Instant::now());
    let worker = || -> Result<Vec<(Duration, u16)>> {
        let mut connection = Connection::open(server)?;
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= total {
                return Ok(done);
            }
            let due = begin + Duration::from_secs(1) * u32::try_from(number)? / u32::try_from(settings.rate)?;
            let text = request(number);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            let status = connection.ask(&text)?;
            done.push((due.elapsed(), status));
        }
    };
    gathered(CONNECTIONS, begin, worker)
}

/// Sends without pause.
fn crowd(server: &str, settings: &Settings, request: impl Fn(usize) -> String + Sync) -> Result<Load> {
    let (next, begin) = (AtomicUsize::new(0), Instant::now());
    let worker = || -> Result<Vec<(Duration, u16)>> {
        let mut connection = Connection::open(server)?;
        let mut done = Vec::new();
        while begin.elapsed() < Duration::from_secs(settings.overload) {
            let text = request(next.fetch_add(1, Ordering::Relaxed));
            let sent = Instant::now();
            let status = connection.ask(&text)?;
            done.push((sent.elapsed(), status));
        }
        Ok(done)
    };
    gathered(CROWD, begin, worker)
}

fn gathered(workers: usize, begin: Instant, worker: impl Fn() -> Result<Vec<(Duration, u16)>> + Sync) -> Result<Load> {
    let mut all = Vec::new();
    std::thread::scope(|scope| -> Result<()> {
        let running: Vec<_> = (0..workers).map(|_| scope.spawn(&worker)).collect();
        for one in running {
            all.extend(one.join().map_err(|_| anyhow!("a connection failed"))??);
        }
        Ok(())
    })?;
    let seconds = begin.elapsed().as_secs_f64();
    let count = |wanted: &dyn Fn(u16) -> bool| all.iter().filter(|(_, status)| wanted(*status)).count();
    let (answered, shed) = (count(&|status| status == 200), count(&|status| status == 503 || status == 429));
    let failed = all.len() - answered - shed;
    let spread = Spread::of(all.into_iter().filter(|(_, status)| *status == 200).map(|(took, _)| took).collect());
    Ok(Load { spread, answered, shed, failed, seconds })
}

/// A connection that stays open.
struct Connection {
    reader: BufReader<TcpStream>,
}

impl Connection {
    fn open(server: &str) -> Result<Self> {
        let stream = TcpStream::connect(server).with_context(|| format!("no server at {server}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { reader: BufReader::new(stream) })
    }

    fn ask(&mut self, request: &str) -> Result<u16> {
        self.reader.get_mut().write_all(request.as_bytes())?;
        let mut line = String::new();
        self.reader.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).context("no answer")?;
        let mut length = 0;
        loop {
            line.clear();
            self.reader.read_line(&mut line)?;
            if line == "\r\n" || line.is_empty() {
                break;
            }
            let value = line.to_ascii_lowercase().strip_prefix("content-length:").map(|value| value.trim().parse());
            length = value.transpose()?.unwrap_or(length);
        }
        let mut body = vec![0; length];
        self.reader.read_exact(&mut body)?;
        Ok(status)
    }
}
