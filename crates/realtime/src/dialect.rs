//! Dialect（地区口径）: where regions write the interface differently. Configuration, read once; the national reading where a region says
//! nothing.

use std::collections::BTreeMap;

use claims::Text;
use rulebook::Grade;
use serde::Deserialize;

use crate::scene::Scene;

/// Dialect（地区口径）of one region, or the national one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dialect {
    /// Local `trig_scen` → scene.
    pub trig_scen: BTreeMap<String, Scene>,
    /// Local `med_type` → national.
    pub med_type: BTreeMap<String, String>,
    /// Local `chrg_type` → national.
    pub chrg_type: BTreeMap<String, String>,
    /// What `sev_deg` is for each grade that is sent.
    pub sev_deg: SeverityCodes,
    /// `vola_bhvr_type` by the class of the rule (`policy`, `management`, `medical`, `model`), and for the rest.
    pub vola_bhvr_type: BTreeMap<String, String>,
}

/// SeverityCodes（严重程度取值）: the national numbering is known but not confirmed（interface-31xx 6）, so a region may set its own.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SeverityCodes {
    /// 明确违规
    pub violation: String,
    /// 高度可疑
    pub suspicion_high: String,
    /// 可疑
    pub suspicion: String,
}

impl Default for SeverityCodes {
    fn default() -> Self {
        Self { violation: "1".to_owned(), suspicion_high: "2".to_owned(), suspicion: "3".to_owned() }
    }
}

/// Dialects（各地口径）by region, with the national one for all others.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dialects {
    /// The national reading, which a file may widen too.
    pub national: Dialect,
    /// By region: six digits, or four and two for the places under them.
    pub region: BTreeMap<String, Dialect>,
}

impl Dialects {
    /// Reads them from TOML.
    ///
    /// # Errors
    /// What is wrong with the file, with its line.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|e| e.to_string())
    }

    /// The dialect of a region: its own, else its city's, else its province's, else the national one.
    pub fn of(&self, region: &str) -> &Dialect {
        let places = [region.get(..6), region.get(..4), region.get(..2)];
        places.into_iter().flatten().find_map(|place| self.region.get(place)).unwrap_or(&self.national)
    }
}

impl Dialect {
    /// The scene of a `trig_scen`; unknown where there is none.
    pub fn scene(&self, trig_scen: Option<&Text>) -> Scene {
        trig_scen
            .map_or(Scene::Unknown, |code| self.trig_scen.get(code.as_str()).copied().unwrap_or_else(|| Scene::of_code(code)))
    }

    /// The national kind of care.
    pub fn med_type(&self, local: Option<Text>) -> Option<Text> {
        translated(&self.med_type, local)
    }

    /// The national charge category.
    pub fn chrg_type(&self, local: Option<Text>) -> Option<Text> {
        translated(&self.chrg_type, local)
    }

    /// `sev_deg` of a grade; none for what is never sent.
    pub fn sev_deg(&self, grade: Grade) -> Option<&str> {
        match grade {
            Grade::Violation => Some(&self.sev_deg.violation),
            Grade::SuspicionHigh => Some(&self.sev_deg.suspicion_high),
            Grade::Suspicion => Some(&self.sev_deg.suspicion),
            Grade::Hint => None,
        }
    }

    /// `vola_bhvr_type` of a rule's class.
    pub fn vola_bhvr_type(&self, class: &str) -> &str {
        self.vola_bhvr_type.get(class).or_else(|| self.vola_bhvr_type.get("*")).map_or("1", String::as_str)
    }
}

fn translated(table: &BTreeMap<String, String>, local: Option<Text>) -> Option<Text> {
    local.map(|code| table.get(code.as_str()).map_or(code, Text::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_speaks_its_own_way_and_others_the_national_one() {
        let dialects = Dialects::parse(
            "[region.9901.trig_scen]\n23 = \"inpatient_order\"\n[region.9901.sev_deg]\nviolation = \"3\"\nsuspicion = \"1\"",
        )
        .expect("a dialect");
        let local = dialects.of("990101");
        assert_eq!(local.scene(Some(&Text::from("23"))), Scene::InpatientOrder);
        assert_eq!(local.scene(Some(&Text::from("8"))), Scene::InpatientSettlement, "the national values stay");
        assert_eq!((local.sev_deg(Grade::Violation), local.sev_deg(Grade::SuspicionHigh)), (Some("3"), Some("2")));
        assert_eq!(dialects.of("110101").scene(Some(&Text::from("23"))), Scene::Unknown);
        assert_eq!(dialects.of("").sev_deg(Grade::Hint), None);
    }

    #[test]
    fn an_unknown_word_in_the_file_is_refused() {
        assert!(Dialects::parse("[region.9901]\ntrig_scene = 1").is_err());
    }
}
