//! Who hosts what: every scheme equally often, so that each rule has its figure, or as often as audits find such things.

use crate::dice::Dice;
use crate::scheme::{self, Role, Scheme};
use crate::{Config, Plant};

/// Rates（植入频度）: how often a scheme is planted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rates {
    /// Every scheme as often as any other: what is rare in life has its figure, too.
    #[default]
    Even,
    /// As often as audits have reported. Institutions that lean to something are not counted by persons and stay as they are.
    Real,
}

/// Lines and visits against a payment rule, a label or a management rule, of 100,000 persons in a year.
///
/// A county bureau reported 786 refusals online up to 18 June 2025 and 463 confirmed suspicions of an offline list from January
/// to May: some 2,700 a year. How many people the county insures is not told; 300,000 is assumed.
const AGAINST_RULES: u64 = 900;
/// Of what only models find, in the same number of persons and the same time.
///
/// In 2024, 27.5 billion yuan were recovered of 1.327 billion insured persons: some 20.7 yuan each, or 2.07 million of 100,000.
/// What is found line by line is worth 102 yuan online and 26 offline, less than a tenth of a million in all. A stay or a year of
/// purchases as planted here is worth some 1,500 yuan; the rest of the money is 1,300 of them.
const OF_MODELS: u64 = 1300;
/// Persons that both are counted of.
const PERSONS: u64 = 100_000;

/// Plan（植入计划）: which persons host which scheme.
pub(crate) struct Plan {
    pub(crate) schemes: Vec<Scheme>,
    hosts: Vec<Turn>,
    persons: usize,
}

/// Turn（轮次）: which subject of a scheme a person is, or is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Turn {
    pub(crate) scheme: usize,
    pub(crate) subject: usize,
    pub(crate) member: usize,
}

impl Plan {
    pub(crate) fn new(config: &Config) -> Self {
        let schemes = scheme::wanted(&config.plant);
        let each = if config.persons >= 2000 { 2 + (config.persons - 2000) / 2000 } else { 1 };
        let times: Vec<usize> = match config.rates {
            Rates::Even => vec![each; schemes.len()],
            Rates::Real => (0..schemes.len()).map(|index| as_reported(config, &schemes, index, each)).collect(),
        };
        let mut order: Vec<usize> = (0..schemes.len()).collect();
        order.sort_by_key(|index| (rank(&config.plant, &schemes[*index]), *index));
        let most = times.iter().copied().max().unwrap_or(0);
        let mut hosts = Vec::new();
        for subject in 0..most {
            for scheme in order.iter().copied().filter(|index| subject < times[*index]) {
                hosts.extend((0..schemes[scheme].size).map(|member| Turn { scheme, subject, member }));
            }
        }
        // At most half of the people are hosts.
        hosts.truncate(config.persons / 2);
        Self { schemes, hosts, persons: config.persons }
    }

    /// What a person hosts, if anything.
    pub(crate) fn turn_of(&self, index: usize) -> Option<Turn> {
        let count = self.hosts.len();
        let host = (index * count).div_ceil(self.persons.max(1));
        let turn = *self.hosts.get(host)?;
        if host * self.persons / count != index {
            return None;
        }
        // A group that does not come together does nothing.
        (host - turn.member + self.schemes[turn.scheme].size <= count).then_some(turn)
    }
}

/// What was asked for by name comes first, so that a small city has room for it; then groups, single persons, and groups that
/// can wait.
fn rank(plant: &Plant, scheme: &Scheme) -> u8 {
    let named = matches!(plant, Plant::Only(codes) if codes.iter().any(|code| code == scheme.rule));
    match scheme.size {
        _ if named => 0,
        _ if scheme.late => 3,
        1 => 2,
        _ => 1,
    }
}

/// How often a scheme is played at the rates that audits report: its share of all violations of its kind, and by chance one
/// more. Look-alikes are no violations, and stay as frequent as they are.
fn as_reported(config: &Config, schemes: &[Scheme], index: usize, each: usize) -> usize {
    let scheme = &schemes[index];
    if scheme.role == Role::Near {
        return each;
    }
    let by_model = |scheme: &Scheme| scheme.rule.starts_with('M');
    let rate = if by_model(scheme) { OF_MODELS } else { AGAINST_RULES };
    let alike = schemes.iter().filter(|one| one.role != Role::Near && by_model(one) == by_model(scheme)).count() as u64;
    // In thousandths of a subject; a group is as many subjects as it has members.
    let whole = rate * config.persons as u64 * u64::from(config.months) * 1000;
    let expected = whole / (PERSONS * 12 * alike.max(1) * scheme.size as u64);
    let more = Dice::new(config.seed, (1 << 41) | index as u64).chance(usize::try_from(expected % 1000).unwrap_or(0));
    usize::try_from(expected / 1000).unwrap_or(0) + usize::from(more)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(persons: usize, rates: Rates, plant: Plant) -> Plan {
        Plan::new(&Config { persons, months: 12, rates, plant, ..Config::default() })
    }

    fn turns(plan: &Plan) -> Vec<Turn> {
        (0..plan.persons).filter_map(|index| plan.turn_of(index)).collect()
    }

    #[test]
    fn even_rates_play_every_scheme_equally_often() {
        let plan = plan(20_000, Rates::Even, Plant::All);
        let of = |scheme: usize| turns(&plan).iter().filter(|turn| turn.scheme == scheme && turn.member == 0).count();
        // The last round may not come to its end.
        let (first, last) = (of(0), of(plan.schemes.len() - 1));
        assert!(last >= 5 && first.abs_diff(last) <= 1, "{first} and {last}");
    }

    #[test]
    fn real_rates_come_to_what_was_reported_and_keep_the_innocent() {
        let plan = plan(100_000, Rates::Real, Plant::All);
        let (mut by_rules, mut by_models, mut near) = (0, 0, 0);
        for turn in turns(&plan) {
            let scheme = &plan.schemes[turn.scheme];
            let count = match (scheme.role, scheme.rule.starts_with('M')) {
                (Role::Near, _) => &mut near,
                (_, true) => &mut by_models,
                (_, false) => &mut by_rules,
            };
            *count += 1;
        }
        assert!((800..1000).contains(&by_rules), "{by_rules}");
        assert!((1150..1450).contains(&by_models), "{by_models}");
        assert!(near > 10_000, "{near}");
    }

    #[test]
    fn what_is_asked_for_by_name_has_room_in_a_tiny_city() {
        let plan = plan(Config::LEAST_PERSONS, Rates::Even, Plant::Only(vec!["M005".to_owned()]));
        let first = turns(&plan)[0];
        assert_eq!(plan.schemes[first.scheme].rule, "M005");
    }
}
