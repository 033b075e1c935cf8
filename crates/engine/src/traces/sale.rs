//! Sales of packs（追溯码，T13）: which standing settlements sold a pack that was scanned more than once, sent to its other sales.

use std::collections::BTreeMap;

use claims::chart::Chart;
use claims::lines::LineRow;
use claims::net::VoidSettlements;
use claims::record::{Settlement, TraceScan};
use claims::{Fen, Moment, Quantity, Text, UnitPrice};
use rulebook::finding::line_id;

use crate::event::{Event, EventLine, SaleEvent};
use crate::sink::Sink;
use crate::traces::{ONE_PACK, Traces};

/// What is missing where nobody said whether the pack was sold in part.
const SOLD_IN_PART: &str = "drugtracinfo.trdn_flag";
/// What is missing where nobody said when it was sold: which of the sales was the first cannot be told.
const TIME_OF_SALE: &str = "setl_d.setl_time";

/// What is missing where the line that the scan names was not delivered, or does not stand any more: it may have been refunded without a
/// scan of the pack that came back.
const LINE_OF_SALE: &str = "fee_list_d.bkkp_sn";

/// Sends the sales of the chart's settlements. It goes by settlements, because the visit may not have been delivered; the lines of
/// such visits come beside the chart.
pub(crate) fn emit(traces: &Traces, chart: &Chart, unplaced: &[LineRow], sink: &mut Sink) {
    let void = VoidSettlements::of(&chart.settlements);
    // Settlements come in order of visit.
    for of_visit in chart.settlements.chunk_by(|a, b| a.mdtrt_id == b.mdtrt_id) {
        let standing = || of_visit.iter().filter(|settlement| !void.contains(&settlement.setl_id));
        let first = standing().map(|settlement| &settlement.setl_id).min();
        for settlement in standing() {
            // A scan that names no settlement belongs to the visit's own, the first by number where it has several.
            let is_first = first == Some(&settlement.setl_id);
            let unnamed = if is_first { traces.of_visit(&settlement.mdtrt_id) } else { &[] };
            let scans = traces.of_settlement(settlement).iter().chain(unnamed);
            send(&Sold { chart, unplaced, settlement }, scans, sink);
        }
    }
}

/// What a sale is read from.
struct Sold<'a> {
    chart: &'a Chart,
    unplaced: &'a [LineRow],
    settlement: &'a Settlement,
}

/// However often a code was scanned in one settlement, it is one sale.
fn send<'a>(sold: &Sold<'_>, scans: impl Iterator<Item = &'a TraceScan>, sink: &mut Sink) {
    let mut by_code: BTreeMap<&Text, Vec<&TraceScan>> = BTreeMap::new();
    for scan in scans {
        by_code.entry(&scan.drug_trac_codg).or_default().push(scan);
    }
    for (code, scans) in by_code {
        let opened = opened(&scans);
        if opened != Some(true) {
            sink.events.push(Event::Sale(Box::new(sold.sale(code, &scans, opened))));
        }
    }
}

/// Whether the pack was sold in part; unknown where one of its scans does not say.
fn opened(scans: &[&TraceScan]) -> Option<bool> {
    let flags = scans.iter().map(|scan| scan.trdn_flag).collect::<Option<Vec<bool>>>()?;
    Some(flags.contains(&true))
}

impl Sold<'_> {
    fn sale(&self, code: &Text, scans: &[&TraceScan], opened: Option<bool>) -> SaleEvent {
        let (chart, settlement) = (self.chart, self.settlement);
        let visit = chart.visits.iter().find(|visit| visit.record.mdtrt_id == settlement.mdtrt_id);
        let number = scans.iter().filter_map(|scan| scan.bkkp_sn.as_ref()).max();
        let line = number.and_then(|number| self.line(number));
        let scanned = scans.iter().filter_map(|scan| scan.sel_retn_time.or(settlement.setl_time)).min();
        let at = scanned.or_else(|| line.as_ref().map(|line| line.time)).or_else(|| visit.map(|v| v.record.begntime));
        let missing = match (opened, at) {
            (None, _) => Some(SOLD_IN_PART),
            (Some(_), None) => Some(TIME_OF_SALE),
            (Some(_), Some(_)) if number.is_some() && line.is_none() => Some(LINE_OF_SALE),
            (Some(_), Some(_)) => None,
        };
        let text = |text: Option<&Text>| text.map(ToString::to_string);
        SaleEvent {
            code: Text::clone(code),
            setl_id: settlement.setl_id.to_string(),
            mdtrt_id: settlement.mdtrt_id.to_string(),
            fixmedins_code: chart.fixmedins_code.to_string(),
            psn_no: chart.person.psn_no.clone(),
            region: text(visit.and_then(|visit| visit.region.as_ref())),
            insutype: text(visit.and_then(|visit| visit.insutype.as_ref())),
            insu_admdvs: text(visit.and_then(|visit| visit.insu_admdvs.as_ref())),
            at,
            price: line.as_ref().map_or(Fen::ZERO, price_of_a_pack),
            line: line.or_else(|| number.zip(at).map(|(number, at)| self.not_standing(number, at))),
            missing: missing.map(str::to_owned),
        }
    }

    fn line(&self, bkkp_sn: &str) -> Option<EventLine> {
        let is_meant = |line: &LineRow| line.mdtrt_id() == self.settlement.mdtrt_id && line.bkkp_sn() == bkkp_sn;
        let standing = self.chart.lines.iter().find(|line| is_meant(&line.record));
        let unplaced = || self.unplaced.iter().find(|line| is_meant(line));
        standing.map(|line| EventLine::of(self.chart, line)).or_else(|| unplaced().map(|line| self.without_visit(line)))
    }

    /// A line whose visit was not delivered, as it was billed. What the fund paid of it is not known.
    fn without_visit(&self, line: &LineRow) -> EventLine {
        EventLine {
            cnt: line.cnt(),
            amount: line.det_item_fee_sumamt(),
            in_scope: line.inscp_amt(),
            doctor: line.doctor().map(ToString::to_string),
            ..self.not_standing(line.bkkp_sn(), line.fee_ocur_time())
        }
    }

    /// A line that was not delivered, or does not stand: what was paid for it is not known, so nothing is charged.
    fn not_standing(&self, bkkp_sn: &str, at: Moment) -> EventLine {
        EventLine {
            line_id: line_id(&self.settlement.mdtrt_id, bkkp_sn),
            day: at.day(),
            time: at,
            cnt: Quantity::ZERO,
            amount: Fen::ZERO,
            in_scope: None,
            fund: None,
            weights: Vec::new(),
            setl_id: Some(self.settlement.setl_id.to_string()),
            doctor: None,
            index_only: false,
        }
    }
}

/// What one pack of the line was billed at, which is never more than the line.
fn price_of_a_pack(line: &EventLine) -> Fen {
    UnitPrice::of(line.amount, line.cnt).map_or(line.amount, |price| price.times(ONE_PACK)).min(line.amount)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use claims::chart::{Folder, Norms, chart};
    use claims::lines::LineBatch;
    use claims::record::{Line, Person};

    use super::*;

    const CODE: &str = "81234560000000000017";

    fn scan(visit: &str, settlement: Option<&str>, opened: Option<bool>) -> TraceScan {
        TraceScan {
            fixmedins_code: "P99010100001".into(),
            mdtrt_id: visit.into(),
            setl_id: settlement.map(Text::from),
            bkkp_sn: Some("1".into()),
            psn_no: Some("P1".into()),
            med_list_codg: None,
            drug_trac_codg: CODE.into(),
            trdn_flag: opened,
            sel_retn_cnt: None,
            sel_retn_time: None,
        }
    }

    fn settlement(id: &str, visit: &str) -> Settlement {
        Settlement {
            setl_id: id.into(),
            mdtrt_id: visit.into(),
            init_setl_id: None,
            refd_setl_flag: None,
            mid_setl_flag: None,
            insutype: None,
            med_type: None,
            insu_admdvs: None,
            clr_way: None,
            setl_time: None,
            medfee_sumamt: None,
            fund_pay_sumamt: None,
            funds: Vec::new(),
            acct_mulaid_pay: None,
            vali_flag: true,
        }
    }

    /// Two packs at twenty yuan.
    fn line(visit: &str) -> Line {
        Line {
            bkkp_sn: "1".into(),
            mdtrt_id: visit.into(),
            setl_id: None,
            rx_drord_no: None,
            fee_ocur_time: Moment::parse("2026-03-10 09:00:00").expect("a moment"),
            med_list_codg: None,
            name: None,
            list_type: None,
            med_chrgitm_type: None,
            cnt: Quantity(20_000),
            pric: None,
            det_item_fee_sumamt: Fen(4_000),
            inscp_amt: None,
            init_feedetl_sn: None,
            vali_flag: true,
            bilg_dr_code: None,
            bilg_dept_codg: None,
            matn_fee_flag: None,
            rx_circ_flag: None,
            dscg_tkdrug_flag: None,
        }
    }

    /// The sales of a folder without visits.
    fn sales(settlements: Vec<Settlement>, lines: Vec<Line>, scans: Vec<TraceScan>) -> Vec<SaleEvent> {
        let person = Arc::new(Person { psn_no: "P1".into(), ..Person::default() });
        let folder = Folder { person, settlements, lines: LineBatch::of(lines), ..Folder::default() };
        let traces = Traces::of(scans, 8);
        let Some(unplaced) = traces.unplaced_lines(&folder) else { return Vec::new() };
        let mut sink = Sink::default();
        emit(&traces, &chart(folder, &Norms::default()), &unplaced, &mut sink);
        let of_pack = |event| if let Event::Sale(sale) = event { Some(*sale) } else { None };
        sink.events.into_iter().filter_map(of_pack).collect()
    }

    #[test]
    fn a_sale_whose_visit_was_not_delivered_is_one_with_its_price_and_time() {
        let scans = vec![scan("M1", Some("S1"), Some(false)), scan("M2", None, Some(false)), scan("M3", None, Some(false))];
        let found = sales(vec![settlement("S1", "M1"), settlement("S2", "M2")], vec![line("M1")], scans);
        let told: Vec<(&str, i64, Option<String>, Option<&str>)> = found
            .iter()
            .map(|sale| (sale.setl_id.as_str(), sale.price.0, sale.at.map(|at| at.to_string()), sale.missing.as_deref()))
            .collect();
        let at = Some("2026-03-10 09:00:00".to_owned());
        assert_eq!(told, [("S1", 2_000, at, None), ("S2", 0, None, Some(TIME_OF_SALE))]);
    }

    #[test]
    fn one_scan_that_does_not_say_leaves_open_whether_the_pack_was_opened() {
        let (yes, no, silent) = (scan("M1", None, Some(true)), scan("M1", None, Some(false)), scan("M1", None, None));
        assert_eq!(opened(&[&yes, &silent]), None);
        assert_eq!(opened(&[&silent, &yes]), None);
        assert_eq!(opened(&[&no, &yes]), Some(true));
        assert_eq!(opened(&[&no]), Some(false));
    }

    #[test]
    fn a_refunded_settlement_sold_nothing() {
        let refund = Settlement { init_setl_id: Some("S1".into()), refd_setl_flag: Some(true), ..settlement("S2", "M1") };
        let scans = vec![scan("M1", Some("S1"), Some(false)), scan("M2", Some("S3"), Some(false))];
        let found = sales(vec![settlement("S1", "M1"), refund, settlement("S3", "M2")], vec![line("M2")], scans);
        assert_eq!(found.iter().map(|sale| sale.setl_id.as_str()).collect::<Vec<_>>(), ["S3"]);
    }
}
