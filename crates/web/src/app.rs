//! App: what handlers work with. The binary hands it over.

use std::sync::Arc;

use async_trait::async_trait;
use casework::standing::Floor;
use casework::{Calendar, DraftKind, Publication, RegionalLimits};
use claims::{Day, Moment};
use store::{Clocks, PackFile, Store};

use crate::access::Counts;
use crate::sso::Sso;

use crate::inbox::Inbox;
use crate::reading::Reading;

/// A fee line as the detail page shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeeLine {
    /// `mdtrt_id:bkkp_sn`.
    pub line_id: String,
    /// Time of service.
    pub fee_ocur_time: String,
    /// Code of the item.
    pub item_code: String,
    /// Name of the item.
    pub item_name: String,
    /// Quantity as text.
    pub quantity: String,
    /// Unit price in yuan, as text.
    pub price: String,
    /// Amount, in fen.
    pub amount_fen: i64,
    /// Class of payment.
    pub chrgitm_lv: String,
}

/// A visit as the person's timeline shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Visit {
    /// Visit.
    pub mdtrt_id: String,
    /// Institution.
    pub institution: String,
    /// Kind of visit as people say it.
    pub kind: String,
    /// First day.
    pub begun: String,
    /// Last day.
    pub ended: String,
    /// Main diagnosis.
    pub diagnosis: String,
    /// Whole amount, in fen.
    pub amount_fen: i64,
}

/// A run of the rules as the list of runs shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunCard {
    /// Run.
    pub run_id: String,
    /// Version of the lake that it read.
    pub lake_version: u64,
    /// Lines judged.
    pub lines: u64,
    /// Findings.
    pub findings: u64,
    /// Undecided subjects.
    pub undecided: u64,
    /// Amount with every line counted once, in fen.
    pub amount_fen: i64,
    /// What of it the funds paid, in fen.
    pub fund_fen: i64,
    /// Seconds.
    pub seconds: String,
    /// Digest of the pack that judged.
    pub pack_digest: String,
    /// Digest of the published pack that it rested on, if any.
    pub published_pack: Option<String>,
}

/// What the lake says of its data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataVersion {
    /// Version.
    pub version: u64,
    /// The last day of service in it.
    pub until: String,
}

/// Records（结算数据）: the claims in the lake, read only. What cannot be read is said in words.
#[async_trait]
pub trait Records: Send + Sync {
    /// Version and last day.
    async fn version(&self) -> Result<DataVersion, String>;
    /// Lines of a visit of an institution, by time.
    async fn lines(&self, fixmedins_code: Option<&str>, mdtrt_id: &str) -> Result<Vec<FeeLine>, String>;
    /// Visits of a person, the newest first.
    async fn visits(&self, psn_no: &str) -> Result<Vec<Visit>, String>;
    /// Runs, the newest first.
    async fn runs(&self) -> Result<Vec<RunCard>, String>;
}

/// A rule as the list and the page of rules show it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleCard {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Class.
    pub class: String,
    /// 启用, 试行 …
    pub status: String,
    /// Version.
    pub version: u32,
    /// Knowledge rows that it judges by.
    pub knowledge_rows: usize,
    /// The whole explanation, paragraph by paragraph: law, logic, knowledge, parameters, cases.
    pub explanation: String,
}

/// Composed（组成的规则包）: what a pack would be with a draft in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Composed {
    /// The digest by which runs would name it.
    pub digest: String,
    /// Digest of its knowledge.
    pub knowledge_digest: String,
    /// Rules in it.
    pub rules: u64,
    /// Regional parameters in it.
    pub parameters: u64,
    /// Version of the program that reads it.
    pub program: String,
    /// Its files.
    pub files: Vec<PackFile>,
}

/// Kit（自查工具包）: what an institution judges itself by.
#[derive(Clone, Debug)]
pub struct Kit {
    /// What it rests on, without who made it; number 0 where nothing was published and the rules are those of the program.
    pub publication: Publication,
    /// Its files.
    pub files: Vec<PackFile>,
}

/// Rulebook（规则库）: the rules in force, and what they would be. What cannot be read is said in words.
#[async_trait]
pub trait Rulebook: Send + Sync {
    /// Rules in force.
    fn cards(&self) -> Arc<[RuleCard]>;
    /// The text that a draft of this name begins with: what is in force, or a pattern.
    async fn beginning(&self, kind: DraftKind, name: &str) -> Result<String, String>;
    /// The pack in force with a draft in it.
    async fn compose(&self, kind: DraftKind, name: &str, text: &str) -> Result<Composed, String>;
    /// The rules in force with the knowledge of the region, for these institutions to check themselves by.
    async fn kit(&self, institutions: &[String]) -> Result<Kit, String>;
    /// Takes into force what was published meanwhile.
    async fn renew(&self) -> Result<(), String>;
}

/// How a site is set up.
pub struct Setup {
    /// Casework, people and jobs.
    pub store: Store,
    /// Limits of the region.
    pub limits: RegionalLimits,
    /// What the region asks of its rules.
    pub floor: Floor,
    /// Working days.
    pub calendar: Calendar,
    /// The time, in China.
    pub now: Box<dyn Fn() -> Moment + Send + Sync>,
    /// Claims.
    pub records: Arc<dyn Records>,
    /// What else lies in the lake's folder.
    pub reading: Arc<dyn Reading>,
    /// What is to be imported.
    pub inbox: Arc<dyn Inbox>,
    /// Rules.
    pub rulebook: Arc<dyn Rulebook>,
    /// Whom a reverse proxy may recognise, if any.
    pub sso: Option<Sso>,
    /// Name of the bureau.
    pub bureau: String,
    /// Whether the site is reached by HTTPS: cookies are then sent over nothing else.
    pub secure: bool,
}

/// App: a site at work. Cheap to clone; all clones are the same site.
#[derive(Clone)]
pub struct App {
    pub(crate) store: Store,
    pub(crate) clocks: Arc<Clocks>,
    pub(crate) floor: Floor,
    pub(crate) records: Arc<dyn Records>,
    pub(crate) reading: Arc<dyn Reading>,
    pub(crate) inbox: Arc<dyn Inbox>,
    pub(crate) rulebook: Arc<dyn Rulebook>,
    pub(crate) sso: Option<Arc<Sso>>,
    pub(crate) counts: Arc<Counts>,
    pub(crate) bureau: Arc<str>,
    pub(crate) secure: bool,
    now: Arc<dyn Fn() -> Moment + Send + Sync>,
}

impl App {
    /// Of a setup.
    pub fn new(setup: Setup) -> Self {
        let Setup { store, limits, floor, calendar, now, records, reading, inbox, rulebook, sso, bureau, secure } = setup;
        let clocks = Arc::new(Clocks { limits, calendar });
        Self {
            store,
            clocks,
            floor,
            records,
            reading,
            inbox,
            rulebook,
            sso: sso.map(Arc::new),
            counts: Arc::default(),
            bureau: bureau.into(),
            secure,
            now: now.into(),
        }
    }

    pub(crate) fn now(&self) -> Moment {
        (self.now)()
    }

    pub(crate) fn today(&self) -> Day {
        self.now().day()
    }
}
