//! Which columns each record is made of.

use std::sync::Arc;

use claims::lines::{LineBatch, LineRow, doctors, national_codes, runs};
use claims::record::{Diagnosis, FUND_COLUMNS, Institution, Operation, Order, Settlement, StockMovement, TraceScan, Visit};
use claims::{Fen, Quantity};
use datafusion::arrow::array::RecordBatch;

use super::column::{DayColumn, DecimalColumn, Derived, IntColumn, MomentColumn, TextColumn, Texts};

/// Columns of a table, a batch at a time, and the records in them.
pub(super) trait Columns: Default + Send {
    type Record;
    /// Columns to read.
    const NAMES: &'static [&'static str];
    fn load(&mut self, batch: &RecordBatch);
    fn record(&mut self, row: usize) -> Self::Record;
}

/// Declares the columns of a record: each field is loaded from the column of its name.
macro_rules! columns {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $column:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Default)]
        pub(super) struct $name { $($field: $column),* }

        impl $name {
            const FIELDS: &'static [&'static str] = &[$(stringify!($field)),*];

            fn load_fields(&mut self, batch: &RecordBatch) {
                $(self.$field.load(batch, stringify!($field));)*
            }
        }
    };
}

pub(super) use columns;

/// Columns of `fee_list_d`: a batch is kept whole, and its lines point into it.
#[derive(Default)]
pub(super) struct LineTable {
    batch: Arc<LineBatch>,
    med_list_codg: Texts,
    medins_list_name: Texts,
    hilist_name: Texts,
    list_type: Texts,
    med_chrgitm_type: Texts,
    bilg_dr_code: Texts,
    bilg_dept_codg: Texts,
    /// National codes of the delivered codes at hand, and the doctors of the doctors' codes.
    national: Derived,
    doctors: Derived,
}

impl Columns for LineTable {
    type Record = LineRow;
    const NAMES: &'static [&'static str] = &[
        "bkkp_sn",
        "mdtrt_id",
        "setl_id",
        "rx_drord_no",
        "fee_ocur_time",
        "med_list_codg",
        "medins_list_name",
        "hilist_name",
        "list_type",
        "med_chrgitm_type",
        "cnt",
        "pric",
        "det_item_fee_sumamt",
        "inscp_amt",
        "init_feedetl_sn",
        "vali_flag",
        "bilg_dr_code",
        "bilg_dept_codg",
        "matn_fee_flag",
        "rx_circ_flag",
        "dscg_tkdrug_flag",
    ];

    fn load(&mut self, batch: &RecordBatch) {
        let rows = batch.num_rows();
        let decimal = |name| DecimalColumn::of(batch, name);
        let text = |name| TextColumn::of(batch, name);
        let flags = |name| batch.column_by_name(name).map_or_else(Vec::new, |_| text(name).flags(rows));
        let (cnt, amount, inscp) = (decimal("cnt"), decimal("det_item_fee_sumamt"), decimal("inscp_amt"));
        let times = MomentColumn::of(batch, "fee_ocur_time");
        let pric = batch.column_by_name("pric").map(|_| decimal("pric"));
        let visits = text("mdtrt_id").plain(rows);
        self.batch = Arc::new(LineBatch {
            bkkp_sn: text("bkkp_sn").plain(rows),
            visit_run: runs(&visits),
            mdtrt_id: visits,
            setl_id: text("setl_id").plain(rows),
            rx_drord_no: text("rx_drord_no").plain(rows),
            init_feedetl_sn: text("init_feedetl_sn").plain(rows),
            fee_ocur_time: (0..rows).map(|row| times.always(row)).collect(),
            med_list_codg: self.med_list_codg.load(batch, "med_list_codg"),
            national: self.national.of(&self.med_list_codg, national_codes),
            medins_list_name: self.medins_list_name.load(batch, "medins_list_name"),
            hilist_name: self.hilist_name.load(batch, "hilist_name"),
            list_type: self.list_type.load(batch, "list_type"),
            med_chrgitm_type: self.med_chrgitm_type.load(batch, "med_chrgitm_type"),
            cnt: (0..rows).map(|row| cnt.quantity(row).unwrap_or(Quantity::ZERO)).collect(),
            pric: pric.map_or_else(Vec::new, |pric| (0..rows).map(|row| pric.price(row)).collect()),
            det_item_fee_sumamt: (0..rows).map(|row| amount.fen(row).unwrap_or(Fen::ZERO)).collect(),
            inscp_amt: (0..rows).map(|row| inscp.fen(row)).collect(),
            withdrawn: flags("vali_flag").into_iter().map(|flag| flag == Some(false)).collect(),
            bilg_dr_code: self.bilg_dr_code.load(batch, "bilg_dr_code"),
            doctors: self.doctors.of(&self.bilg_dr_code, doctors),
            bilg_dept_codg: self.bilg_dept_codg.load(batch, "bilg_dept_codg"),
            matn_fee_flag: flags("matn_fee_flag"),
            rx_circ_flag: flags("rx_circ_flag"),
            dscg_tkdrug_flag: flags("dscg_tkdrug_flag"),
        });
    }

    fn record(&mut self, row: usize) -> LineRow {
        LineBatch::row(&self.batch, row)
    }
}

columns!(
    /// Columns of `mdtrt_d`.
    VisitTable {
        mdtrt_id: TextColumn,
        psn_no: TextColumn,
        fixmedins_code: TextColumn,
        med_type: TextColumn,
        begntime: MomentColumn,
        endtime: MomentColumn,
        insutype: TextColumn,
        insu_admdvs: TextColumn,
        gend: TextColumn,
        brdy: DayColumn,
        hosp_lv: TextColumn,
        chfpdr_code: TextColumn,
        nwb_flag: TextColumn,
        refl_old_mdtrt_id: TextColumn,
        traf_dept_flag: TextColumn,
        adm_dept_codg: TextColumn,
        dscg_way: TextColumn,
        dscg_maindiag_code: TextColumn,
        die_date: DayColumn,
        ipt_days: IntColumn,
        matn_type: TextColumn,
        fetus_cnt: IntColumn,
        dise_no: TextColumn,
        vali_flag: TextColumn,
    }
);

impl Columns for VisitTable {
    type Record = Visit;
    const NAMES: &'static [&'static str] = Self::FIELDS;

    fn load(&mut self, batch: &RecordBatch) {
        self.load_fields(batch);
    }

    fn record(&mut self, row: usize) -> Visit {
        Visit {
            mdtrt_id: self.mdtrt_id.always(row),
            psn_no: self.psn_no.always(row),
            fixmedins_code: self.fixmedins_code.always(row),
            med_type: self.med_type.text(row),
            begntime: self.begntime.always(row),
            endtime: self.endtime.get(row),
            insutype: self.insutype.text(row),
            insu_admdvs: self.insu_admdvs.text(row),
            gend: self.gend.text(row),
            brdy: self.brdy.get(row),
            hosp_lv: self.hosp_lv.text(row),
            chfpdr_code: self.chfpdr_code.text(row),
            nwb_flag: self.nwb_flag.flag(row),
            refl_old_mdtrt_id: self.refl_old_mdtrt_id.text(row),
            traf_dept_flag: self.traf_dept_flag.flag(row),
            adm_dept_codg: self.adm_dept_codg.text(row),
            dscg_way: self.dscg_way.text(row),
            dscg_maindiag_code: self.dscg_maindiag_code.text(row),
            die_date: self.die_date.get(row),
            ipt_days: self.ipt_days.get(row),
            matn_type: self.matn_type.text(row),
            fetus_cnt: self.fetus_cnt.get(row),
            dise_no: self.dise_no.text(row),
            vali_flag: self.vali_flag.valid(row),
        }
    }
}

columns!(
    /// Columns of `setl_d`, with the funds in the order of [`FUND_COLUMNS`].
    SettlementTable {
        setl_id: TextColumn,
        mdtrt_id: TextColumn,
        init_setl_id: TextColumn,
        refd_setl_flag: TextColumn,
        mid_setl_flag: TextColumn,
        insutype: TextColumn,
        med_type: TextColumn,
        insu_admdvs: TextColumn,
        clr_way: TextColumn,
        setl_time: MomentColumn,
        medfee_sumamt: DecimalColumn,
        fund_pay_sumamt: DecimalColumn,
        acct_mulaid_pay: DecimalColumn,
        vali_flag: TextColumn,
        hifp_pay: DecimalColumn,
        cvlserv_pay: DecimalColumn,
        hifes_pay: DecimalColumn,
        hifmi_pay: DecimalColumn,
        hifob_pay: DecimalColumn,
        hifdm_pay: DecimalColumn,
        maf_pay: DecimalColumn,
        othfund_pay: DecimalColumn,
    }
);

impl SettlementTable {
    fn funds(&self, row: usize) -> Vec<(&'static str, Fen)> {
        let columns = [
            &self.hifp_pay,
            &self.cvlserv_pay,
            &self.hifes_pay,
            &self.hifmi_pay,
            &self.hifob_pay,
            &self.hifdm_pay,
            &self.maf_pay,
            &self.othfund_pay,
        ];
        let funds = FUND_COLUMNS.iter().zip(columns);
        funds.filter_map(|((name, _), column)| Some((*name, column.fen(row)?))).collect()
    }
}

impl Columns for SettlementTable {
    type Record = Settlement;
    const NAMES: &'static [&'static str] = Self::FIELDS;

    fn load(&mut self, batch: &RecordBatch) {
        self.load_fields(batch);
    }

    fn record(&mut self, row: usize) -> Settlement {
        Settlement {
            setl_id: self.setl_id.always(row),
            mdtrt_id: self.mdtrt_id.always(row),
            init_setl_id: self.init_setl_id.text(row),
            refd_setl_flag: self.refd_setl_flag.flag(row),
            mid_setl_flag: self.mid_setl_flag.flag(row),
            insutype: self.insutype.text(row),
            med_type: self.med_type.text(row),
            insu_admdvs: self.insu_admdvs.text(row),
            clr_way: self.clr_way.text(row),
            setl_time: self.setl_time.get(row),
            medfee_sumamt: self.medfee_sumamt.fen(row),
            fund_pay_sumamt: self.fund_pay_sumamt.fen(row),
            funds: self.funds(row),
            acct_mulaid_pay: self.acct_mulaid_pay.fen(row),
            vali_flag: self.vali_flag.valid(row),
        }
    }
}

columns!(
    /// Columns of `setl_list_diag_d`.
    DiagnosisTable {
        mdtrt_id: TextColumn,
        diag_code: TextColumn,
        diag_name: TextColumn,
        maindiag_flag: TextColumn,
        diag_type: TextColumn,
        vali_flag: TextColumn,
    }
);

impl Columns for DiagnosisTable {
    type Record = Option<Diagnosis>;
    const NAMES: &'static [&'static str] = Self::FIELDS;

    fn load(&mut self, batch: &RecordBatch) {
        self.load_fields(batch);
    }

    fn record(&mut self, row: usize) -> Option<Diagnosis> {
        self.vali_flag.valid(row).then(|| Diagnosis {
            mdtrt_id: self.mdtrt_id.always(row),
            diag_code: self.diag_code.always(row),
            diag_name: self.diag_name.text(row),
            maindiag_flag: self.maindiag_flag.flag(row) == Some(true),
            diag_type: self.diag_type.text(row),
        })
    }
}

columns!(
    /// Columns of `setl_list_oprn_d`.
    OperationTable {
        mdtrt_id: TextColumn,
        oprn_oprt_code: TextColumn,
        oprn_oprt_date: DayColumn,
        oprn_oprt_begntime: MomentColumn,
        oprn_oprt_endtime: MomentColumn,
        vali_flag: TextColumn,
    }
);

impl Columns for OperationTable {
    type Record = Option<Operation>;
    const NAMES: &'static [&'static str] = Self::FIELDS;

    fn load(&mut self, batch: &RecordBatch) {
        self.load_fields(batch);
    }

    fn record(&mut self, row: usize) -> Option<Operation> {
        self.vali_flag.valid(row).then(|| Operation {
            mdtrt_id: self.mdtrt_id.always(row),
            oprn_oprt_code: self.oprn_oprt_code.always(row),
            oprn_oprt_date: self.oprn_oprt_date.get(row),
            oprn_oprt_begntime: self.oprn_oprt_begntime.get(row),
            oprn_oprt_endtime: self.oprn_oprt_endtime.get(row),
        })
    }
}

columns!(
    /// Columns of `drord_d`.
    OrderTable {
        mdtrt_id: TextColumn,
        drord_no: TextColumn,
        med_list_codg: TextColumn,
        drord_begntime: MomentColumn,
        drord_endtime: MomentColumn,
        vali_flag: TextColumn,
    }
);

impl Columns for OrderTable {
    type Record = Option<Order>;
    const NAMES: &'static [&'static str] = Self::FIELDS;

    fn load(&mut self, batch: &RecordBatch) {
        self.load_fields(batch);
    }

    fn record(&mut self, row: usize) -> Option<Order> {
        self.vali_flag.valid(row).then(|| Order {
            mdtrt_id: self.mdtrt_id.always(row),
            drord_no: self.drord_no.always(row),
            med_list_codg: self.med_list_codg.text(row),
            drord_begntime: self.drord_begntime.get(row),
            drord_endtime: self.drord_endtime.get(row),
        })
    }
}

columns!(
    /// Columns of `inv_d`.
    StockTable {
        fixmedins_code: TextColumn,
        med_list_codg: TextColumn,
        inv_chg_type: TextColumn,
        inv_chg_time: MomentColumn,
        cnt: DecimalColumn,
        unt: TextColumn,
        vali_flag: TextColumn,
    }
);

impl Columns for StockTable {
    type Record = Option<StockMovement>;
    const NAMES: &'static [&'static str] = Self::FIELDS;

    fn load(&mut self, batch: &RecordBatch) {
        self.load_fields(batch);
    }

    fn record(&mut self, row: usize) -> Option<StockMovement> {
        self.vali_flag.valid(row).then(|| StockMovement {
            fixmedins_code: self.fixmedins_code.always(row),
            med_list_codg: self.med_list_codg.always(row),
            inv_chg_type: self.inv_chg_type.always(row),
            inv_chg_time: self.inv_chg_time.always(row),
            cnt: self.cnt.quantity(row).unwrap_or(Quantity(0)),
            unt: self.unt.text(row),
        })
    }
}

columns!(
    /// Columns of `drugtracinfo`.
    TraceTable {
        fixmedins_code: TextColumn,
        mdtrt_id: TextColumn,
        setl_id: TextColumn,
        bkkp_sn: TextColumn,
        psn_no: TextColumn,
        med_list_codg: TextColumn,
        drug_trac_codg: TextColumn,
        trdn_flag: TextColumn,
        sel_retn_cnt: DecimalColumn,
        sel_retn_time: MomentColumn,
        vali_flag: TextColumn,
    }
);

impl Columns for TraceTable {
    type Record = Option<TraceScan>;
    const NAMES: &'static [&'static str] = Self::FIELDS;

    fn load(&mut self, batch: &RecordBatch) {
        self.load_fields(batch);
    }

    fn record(&mut self, row: usize) -> Option<TraceScan> {
        self.vali_flag.valid(row).then(|| TraceScan {
            fixmedins_code: self.fixmedins_code.always(row),
            mdtrt_id: self.mdtrt_id.always(row),
            setl_id: self.setl_id.text(row),
            bkkp_sn: self.bkkp_sn.text(row),
            psn_no: self.psn_no.text(row),
            med_list_codg: self.med_list_codg.text(row),
            drug_trac_codg: self.drug_trac_codg.always(row),
            trdn_flag: self.trdn_flag.flag(row),
            sel_retn_cnt: self.sel_retn_cnt.quantity(row),
            sel_retn_time: self.sel_retn_time.get(row),
        })
    }
}

columns!(
    /// Columns of `fixmedins_b`.
    InstitutionTable {
        fixmedins_code: TextColumn,
        fixmedins_name: TextColumn,
        fixmedins_type: TextColumn,
        hosp_lv: TextColumn,
        fix_blng_admdvs: TextColumn,
        begntime: DayColumn,
        endtime: DayColumn,
        vali_flag: TextColumn,
    }
);

impl Columns for InstitutionTable {
    type Record = Option<Institution>;
    const NAMES: &'static [&'static str] = Self::FIELDS;

    fn load(&mut self, batch: &RecordBatch) {
        self.load_fields(batch);
    }

    fn record(&mut self, row: usize) -> Option<Institution> {
        self.vali_flag.valid(row).then(|| Institution {
            fixmedins_code: self.fixmedins_code.always(row),
            fixmedins_name: self.fixmedins_name.text(row),
            fixmedins_type: self.fixmedins_type.text(row),
            hosp_lv: self.hosp_lv.text(row),
            fix_blng_admdvs: self.fix_blng_admdvs.text(row),
            begntime: self.begntime.get(row),
            endtime: self.endtime.get(row),
        })
    }
}
