//! Papers that go with a visit beside its bill: where it was settled, on which invoice, who else might have to pay, and what the
//! patient signed.

/// Desk（支付地点）: where a visit was settled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Desk {
    /// Claimed by hand, on paper, at the insurance centre.
    Centre,
    #[default]
    Institution,
    /// At an internet hospital.
    Internet,
}

impl Desk {
    /// `pay_loc`.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Centre => "1",
            Self::Institution => "2",
            Self::Internet => "5",
        }
    }

    /// `setl_type`: at the centre, or online.
    pub(crate) fn settlement(self) -> &'static str {
        if self == Self::Centre { "1" } else { "2" }
    }
}

/// Consent（自费同意）: what the patient signed for before something outside the policy's scope was billed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Consent {
    /// Whatever is not paid for.
    #[default]
    Whole,
    /// Items whose codes begin so.
    Items(&'static str),
    Missing,
}

/// Papers（随附单据）.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Papers {
    pub(crate) desk: Desk,
    /// Number of the invoice; 0 is one of the settlement's own.
    pub(crate) invoice: u64,
    /// Number of the medical record; 0 is the person's own.
    pub(crate) record: u64,
    /// Whether a third party pays, `0` or `1`; empty when nobody asked.
    pub(crate) third_party: &'static str,
    /// Paid by the fund in place of somebody who cannot be found.
    pub(crate) paid_ahead: bool,
    pub(crate) consent: Consent,
    /// A newborn's, under whatever number.
    pub(crate) newborn: bool,
}
