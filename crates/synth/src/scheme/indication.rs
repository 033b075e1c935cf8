//! Drugs, services and consumables without the illness they are for, or against an illness that forbids them.

use super::Role::{Hidden, Hit, Near};
use super::deed::Setting::{Clinic, Ward};
use super::deed::{Deed, Paid};
use super::{ADULT, MAN, Scene, Scheme, scheme};
use crate::person::Who;
use crate::place::Kind::{Secondary, Tertiary};

const DRUG_PAID: &str = "GZ10000101008000";
const SERVICE_PAID: &str = "GZ10000102007000";
const LABEL: &str = "GZ10000301007000";
const TEST: &str = "GZ10000302001000";
const TREATMENT: &str = "GZ10000302002000";
const SERVICE: &str = "GZ10000302006000";
const FORBIDDEN_DRUG: &str = "GZ10000301008000";
const FORBIDDEN_SERVICE: &str = "GZ10000302005000";
const CONSUMABLE: &str = "E25-088";
const GENE: &str = "M028";

const YOUNG: Who = Who { sex: 0, age: Some((20, 45)), insutype: "" };

/// Which illness of the ward: pneumonia, stroke, pancreatitis, hip fracture.
const LUNG: usize = 0;
const STROKE: usize = 2;
const PANCREAS: usize = 6;
const HIP: usize = 7;

const CETUXIMAB: Deed = Deed::new("西妥昔单抗注射液", Ward(Tertiary, 6)).units(2);
const FACTOR: Deed = Deed::new("人凝血因子Ⅷ", Clinic(Secondary)).units(3);
const METHYLATION: Deed = Deed::new("肿瘤DNA甲基化检测", Clinic(Tertiary));
const VIRUS: Deed = Deed::new("EB病毒DNA定量测定", Ward(Secondary, 5));
const GOSERELIN: Deed = Deed::new("戈舍瑞林缓释植入剂", Clinic(Tertiary));
const IMATINIB: Deed = Deed::new("甲磺酸伊马替尼片", Ward(Tertiary, 5)).units(3);
const SUGAR: Deed = Deed::new("糖化血红蛋白测定", Ward(Secondary, 6)).illness(HIP);
const FETOPROTEIN: Deed = Deed::new("甲胎蛋白测定", Ward(Secondary, 5)).illness(LUNG).operation("54.1101");
const HEMIPLEGIA: Deed = Deed::new("偏瘫肢体综合训练", Ward(Secondary, 9)).illness(HIP).on(&[1, 2, 3, 4, 5], 2);
const PLASMA: Deed = Deed::new("血浆置换", Ward(Tertiary, 6)).illness(LUNG);
const ADSORPTION: Deed = Deed::new("免疫吸附治疗", Ward(Tertiary, 7)).illness(PANCREAS);
const DEFIBRINATING: Deed = Deed::new("注射用降纤酶", Clinic(Secondary)).units(2).with("I61.900", "脑内出血");
const NAPROXEN: Deed = Deed::new("萘普生钠片", Clinic(Secondary)).with("K25.300", "急性胃溃疡");
const MAGNET: Deed = Deed::new("磁共振增强扫描", Clinic(Tertiary)).with("Z95.001", "具有心脏起搏器");
const TRANSCRANIAL: Deed = Deed::new("经颅磁刺激治疗", Ward(Secondary, 6)).with("G40.900", "癫痫");
const STENT: Deed = Deed::new("冠状动脉药物洗脱支架", Ward(Tertiary, 6)).illness(LUNG).beside(&["经皮冠状动脉介入"]);
const HIP_JOINT: Deed = Deed::new("人工髋关节假体", Ward(Tertiary, 6)).illness(HIP);
const DRIVER: Deed = Deed::new("肿瘤驱动基因检测", Clinic(Tertiary)).with("I10.x00", "特发性(原发性)高血压");
const GENOTYPE: Deed = Deed::new("药物代谢基因型检测", Clinic(Tertiary)).with("I25.103", "冠状动脉粥样硬化性心脏病");

pub(super) const SCHEMES: &[Scheme] = &[
    scheme(DRUG_PAID, "other-illness", Hit, ADULT, 8, |s| CETUXIMAB.play(s)),
    scheme(DRUG_PAID, "too-old", Hit, ADULT, 1, |s| FACTOR.with("D66.x00", "遗传性因子Ⅷ缺乏症").play(s)),
    scheme(DRUG_PAID, "no-scope-amount", Hidden, ADULT, 8, |s| CETUXIMAB.paid(Paid::Unstated).play(s)),
    scheme(DRUG_PAID, "right-illness", Near, ADULT, 8, |s| CETUXIMAB.with("C18.900", "结肠恶性肿瘤").play(s)),
    scheme(DRUG_PAID, "self-paid", Near, ADULT, 8, |s| CETUXIMAB.paid(Paid::Own).play(s)),
    scheme(SERVICE_PAID, "other-illness", Hit, ADULT, 1, |s| METHYLATION.play(s)),
    scheme(SERVICE_PAID, "in-ward", Hit, ADULT, 7, |s| VIRUS.play(s)),
    scheme(SERVICE_PAID, "no-diagnosis", Hidden, ADULT, 1, |s| undiagnosed(s, METHYLATION)),
    scheme(SERVICE_PAID, "right-illness", Near, ADULT, 1, |s| METHYLATION.with("D12.600", "结肠良性肿瘤").play(s)),
    scheme(SERVICE_PAID, "self-paid", Near, ADULT, 7, |s| VIRUS.paid(Paid::Own).play(s)),
    scheme(LABEL, "other-illness", Hit, ADULT, 1, |s| GOSERELIN.play(s)),
    scheme(LABEL, "in-ward", Hit, ADULT, 7, |s| IMATINIB.play(s)),
    scheme(LABEL, "no-diagnosis", Hidden, ADULT, 1, |s| undiagnosed(s, GOSERELIN)),
    scheme(LABEL, "right-illness", Near, MAN, 1, |s| GOSERELIN.with("C61.x00", "前列腺恶性肿瘤").play(s)),
    scheme(LABEL, "refunded", Near, ADULT, 7, |s| IMATINIB.paid(Paid::Refunded).play(s)),
    scheme(TEST, "bones", Hit, ADULT, 8, |s| SUGAR.play(s)),
    scheme(TEST, "lungs", Hit, ADULT, 7, |s| FETOPROTEIN.play(s)),
    scheme(TEST, "no-operation-record", Hidden, ADULT, 7, |s| {
        Deed::new("甲胎蛋白测定", Ward(Secondary, 5)).illness(LUNG).play(s)
    }),
    scheme(TEST, "right-illness", Near, ADULT, 8, |s| SUGAR.with("E11.900", "2型糖尿病").play(s)),
    scheme(TEST, "liver-operation", Near, ADULT, 7, |s| FETOPROTEIN.operation("50.2200").play(s)),
    scheme(TREATMENT, "bones", Hit, ADULT, 11, |s| HEMIPLEGIA.play(s)),
    scheme(TREATMENT, "clinic-after-clinic", Hit, ADULT, 20, again_and_again),
    scheme(TREATMENT, "after-stroke", Near, ADULT, 11, |s| HEMIPLEGIA.illness(STROKE).play(s)),
    scheme(TREATMENT, "tried-twice", Near, ADULT, 11, |s| HEMIPLEGIA.on(&[1, 2], 0).play(s)),
    scheme(SERVICE, "lungs", Hit, ADULT, 8, |s| PLASMA.play(s)),
    scheme(SERVICE, "pancreas", Hit, ADULT, 9, |s| ADSORPTION.play(s)),
    scheme(SERVICE, "right-illness", Near, ADULT, 8, |s| PLASMA.with("G61.000", "吉兰-巴雷综合征").play(s)),
    scheme(SERVICE, "refunded", Near, ADULT, 9, |s| ADSORPTION.paid(Paid::Refunded).play(s)),
    scheme(FORBIDDEN_DRUG, "bleeding", Hit, ADULT, 1, |s| DEFIBRINATING.play(s)),
    scheme(FORBIDDEN_DRUG, "ulcer", Hit, ADULT, 1, |s| NAPROXEN.play(s)),
    scheme(FORBIDDEN_DRUG, "other-illness", Near, ADULT, 1, |s| DEFIBRINATING.with("I63.900", "脑梗死").play(s)),
    scheme(FORBIDDEN_DRUG, "gastritis", Near, ADULT, 1, |s| NAPROXEN.with("K29.500", "慢性胃炎").play(s)),
    scheme(FORBIDDEN_SERVICE, "pacemaker", Hit, ADULT, 1, |s| MAGNET.play(s)),
    scheme(FORBIDDEN_SERVICE, "epilepsy", Hit, ADULT, 8, |s| TRANSCRANIAL.play(s)),
    scheme(FORBIDDEN_SERVICE, "valve", Near, ADULT, 1, |s| MAGNET.with("Z95.200", "具有假体心脏瓣膜").play(s)),
    scheme(FORBIDDEN_SERVICE, "headache", Near, ADULT, 8, |s| TRANSCRANIAL.with("G43.900", "偏头痛").play(s)),
    scheme(CONSUMABLE, "stent", Hit, ADULT, 8, |s| STENT.play(s)),
    scheme(CONSUMABLE, "young-hip", Hit, YOUNG, 8, |s| HIP_JOINT.play(s)),
    scheme(CONSUMABLE, "right-illness", Near, ADULT, 8, |s| STENT.with("I25.103", "冠状动脉粥样硬化性心脏病").play(s)),
    scheme(CONSUMABLE, "worn-joint", Near, YOUNG, 8, |s| HIP_JOINT.with("M16.100", "原发性髋关节病").play(s)),
    scheme(GENE, "no-tumour", Hit, ADULT, 1, |s| DRIVER.play(s)),
    scheme(GENE, "tested-before", Hit, ADULT, 64, |s| {
        GENOTYPE.after("药物代谢基因型检测", 60).with("C34.900", "肺恶性肿瘤").play(s)
    }),
    scheme(GENE, "no-diagnosis", Hidden, ADULT, 1, |s| undiagnosed(s, DRIVER)),
    scheme(GENE, "tumour", Near, ADULT, 1, |s| DRIVER.with("C34.900", "肺恶性肿瘤").play(s)),
    scheme(GENE, "resistance-retest", Near, ADULT, 64, |s| {
        DRIVER.with("C34.900", "肺恶性肿瘤").after("甲胎蛋白测定", 60).play(s)
    }),
];

/// One session at each of four outpatient visits, days apart; the first two may have been tries.
fn again_and_again(scene: &mut Scene<'_>) -> Option<()> {
    let place = scene.hospital(Secondary);
    let (mut ids, mut amount) = (Vec::new(), 0);
    for turn in 0..4 {
        let mut visit = scene.outpatient(place, turn * 4);
        let sn = scene.bill_later(&mut visit, "吞咽功能障碍训练", 1800, 1)?;
        if turn >= 2 {
            ids.push((visit.line_id(sn), visit.line(sn).amount));
        }
        if turn == 3 {
            for (id, fen) in ids.drain(..) {
                amount += fen;
                scene.note_ids(&visit, &[id], Some(fen));
            }
        }
        scene.year.keep(visit);
    }
    (amount > 0).then_some(())
}

/// Nothing is diagnosed, or nothing was delivered.
fn undiagnosed(scene: &mut Scene<'_>, deed: Deed) -> Option<()> {
    let (mut visit, lines) = deed.bill(scene)?;
    visit.diags.clear();
    deed.note(scene, visit, &lines)
}
