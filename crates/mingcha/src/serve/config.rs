//! Configuration（配置）of a site: the bureau's name, the region's limits, the year's holidays.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use casework::standing::Floor;
use casework::{Calendar, Limits, RegionalLimits};
use claims::Day;
use serde::Deserialize;
use web::{SHORTEST_SECRET, Sso};

use super::log::Log;
use crate::files;
use crate::realtime::Settings;

/// Holidays as the yearly notices of the State Council's General Office fix them.
const HOLIDAYS: &str = include_str!("holidays.toml");

/// Configuration（配置）.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// Name of the bureau.
    pub(crate) bureau: String,
    /// Whether the site is reached by HTTPS.
    pub(crate) secure: bool,
    /// Limits of the region.
    pub(crate) limits: Limits,
    /// Limits of counties or cities that decide otherwise, by the beginning of their codes: what they do not say is as above.
    regions: BTreeMap<String, toml::Table>,
    /// What the region asks of its rules; below it a rule says hints only.
    pub(crate) floor: Floor,
    /// How the log is written.
    pub(crate) log: Log,
    /// A reverse proxy that recognises people, if any.
    pub(crate) sso: Option<SsoConfig>,
    /// The real-time interface.
    pub(crate) realtime: Settings,
    /// The longest that the SELECT of one rule may take altogether, in a run that is asked for on a page.
    pub(crate) query_seconds: Option<u64>,
    /// The folder from which pages may import, if any.
    pub(crate) inbox: Option<PathBuf>,
    /// Further years, or other days off of the region.
    holidays: Vec<Year>,
}

/// SsoConfig（单点登录配置）: a reverse proxy that recognises people.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SsoConfig {
    /// The header that names the user.
    user_header: String,
    /// The header that holds the secret.
    secret_header: String,
    /// The file that holds the secret: the configuration itself may be read by more people.
    secret_file: PathBuf,
}

impl SsoConfig {
    /// With its secret, which must be one that nobody guesses.
    pub(crate) fn read(&self) -> Result<Sso> {
        let secret = files::text(&self.secret_file)?.trim().to_owned();
        if secret.len() < SHORTEST_SECRET {
            bail!("{} 里的单点登录密钥至少要 {SHORTEST_SECRET} 个字符", self.secret_file.display());
        }
        let (user_header, secret_header) = (self.user_header.clone(), self.secret_header.clone());
        if user_header.trim().is_empty() || secret_header.trim().is_empty() || user_header.eq_ignore_ascii_case(&secret_header) {
            bail!("[sso] 的 user_header 与 secret_header 应是两个不同的请求头");
        }
        Ok(Sso { user_header, secret_header, secret })
    }
}

/// A year's days off, and weekends that are worked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Year {
    off: Vec<Day>,
    #[serde(default)]
    worked: Vec<Day>,
    #[expect(dead_code, reason = "whoever reads the file wants to know where the days come from")]
    #[serde(default)]
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shipped {
    year: Vec<Year>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            bureau: "医疗保障局".to_owned(),
            secure: false,
            limits: Limits::default(),
            regions: BTreeMap::new(),
            floor: Floor::default(),
            log: Log::default(),
            sso: None,
            realtime: Settings::default(),
            query_seconds: None,
            inbox: None,
            holidays: Vec::new(),
        }
    }
}

impl Config {
    /// Of a file; without one, what a region gets that has said nothing else.
    pub(crate) fn load(file: Option<&Path>) -> Result<Self> {
        let Some(file) = file else { return Ok(Self::default()) };
        let text = String::from_utf8(files::bytes(file)?).with_context(|| format!("{} 不是 UTF-8 文本", file.display()))?;
        toml::from_str(&text).with_context(|| format!("配置文件 {} 读不懂", file.display()))
    }

    /// The limits, with those of regions that decide otherwise.
    pub(crate) fn regional_limits(&self) -> Result<RegionalLimits> {
        let base = toml::Table::try_from(self.limits)?;
        let of_region = |(code, own): (&String, &toml::Table)| {
            let mut whole = base.clone();
            whole.extend(own.clone());
            let limits = whole.try_into().with_context(|| format!("配置文件中 [regions.{code}] 读不懂"))?;
            Ok((code.clone(), limits))
        };
        Ok(RegionalLimits { base: self.limits, regions: self.regions.iter().map(of_region).collect::<Result<_>>()? })
    }

    /// Working days: the shipped years, then the region's own.
    pub(crate) fn calendar(&self) -> Calendar {
        let shipped: Vec<Year> = toml::from_str::<Shipped>(HOLIDAYS).map(|shipped| shipped.year).unwrap_or_default();
        let years = || shipped.iter().chain(&self.holidays);
        Calendar::new(years().flat_map(|year| year.off.iter().copied()), years().flat_map(|year| year.worked.iter().copied()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_year_knows_its_holidays_and_its_worked_weekends() {
        let calendar = Config::default().calendar();
        let works = |day: &str| calendar.works(Day::parse(day).unwrap());
        assert!(!works("2026-10-01") && !works("2026-02-16") && works("2026-10-10") && works("2026-02-28"));
        assert!(works("2026-11-26") && !works("2026-11-28"));
    }

    #[test]
    fn a_secret_that_can_be_guessed_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        let text = format!(
            "[log]\nformat = \"json\"\n[sso]\nuser_header = \"x-user\"\nsecret_header = \"x-secret\"\nsecret_file = {file:?}"
        );
        let config: Config = toml::from_str(&text).unwrap();
        assert_eq!(config.log.format, super::super::log::Format::Json);
        let sso = config.sso.unwrap();
        std::fs::write(&file, "short\n").unwrap();
        assert!(sso.read().is_err());
        std::fs::write(&file, format!("{}\n", "s".repeat(32))).unwrap();
        assert_eq!(sso.read().unwrap().secret.len(), 32);
    }

    #[test]
    fn a_file_says_what_differs_and_nothing_unknown() {
        let config: Config = toml::from_str(
            "bureau = \"示例市医疗保障局\"\n[limits]\nanswer = 5\nsilence_accepts = true\n[floor]\nleast_decided = 50",
        )
        .unwrap();
        assert_eq!((config.floor.least_decided, config.floor.confirmed_percent), (50, 50));
        assert_eq!((config.limits.answer, config.limits.decide, config.limits.silence_accepts), (5, 10, true));
        let config: Config = toml::from_str("[limits]\nanswer = 5\n[regions.990102]\nanswer = 9").unwrap();
        let limits = config.regional_limits().unwrap();
        assert_eq!((limits.of("990101").answer, limits.of("990102").answer, limits.of("990102").decide), (5, 9, 10));
        let config: Config = toml::from_str("[regions.990102]\nanswre = 9").unwrap();
        assert!(config.regional_limits().unwrap_err().to_string().contains("regions.990102"));
        assert!(toml::from_str::<Config>("bureua = \"x\"").is_err());
    }
}
