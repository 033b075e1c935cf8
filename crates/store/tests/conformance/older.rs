//! Databases of earlier releases: what each migration added, taken off again.

use store::Store;

/// What migrations added, the newest first.
const ADDED: &[(i64, &[&str])] = &[
    (19, &["DROP INDEX finding_rule_open", "DROP INDEX finding_institution_open"]),
    (18, &["DROP INDEX finding_awaited", "ALTER TABLE finding DROP COLUMN awaited"]),
    (
        17,
        &[
            "DROP TABLE preference",
            "DROP TABLE bulk_member",
            "DROP TABLE bulk_decision",
            "DROP TABLE panel_member",
            "DROP INDEX finding_no_reason",
            "DROP INDEX finding_class",
            "ALTER TABLE finding DROP COLUMN reason",
        ],
    ),
    (16, &["ALTER TABLE job DROP COLUMN attempts"]),
    (
        15,
        &[
            "DROP TABLE due_part",
            "DROP TABLE bank_list",
            "DROP TABLE bank_line",
            "DROP TABLE charge",
            "DROP TABLE charge_entry",
            "ALTER TABLE debt DROP COLUMN state",
            "ALTER TABLE debt DROP COLUMN origin",
            "ALTER TABLE debt DROP COLUMN credit_fen",
            "ALTER TABLE posting_entry DROP COLUMN reconciled",
        ],
    ),
    (14, &["DROP TABLE sighting"]),
    (
        13,
        &[
            "DROP TABLE institution_key",
            "DROP TABLE nonce",
            "DROP TABLE call",
            "DROP TABLE warning",
            "DROP TABLE feedback",
            "DROP TABLE online_visit",
        ],
    ),
    (12, &["DROP TABLE month_tally"]),
    (11, &["DROP TABLE sealing", "DROP INDEX finding_exempted", "ALTER TABLE finding DROP COLUMN exempted_by"]),
    (10, &["DROP TABLE rule_draft", "DROP TABLE rule_pack", "DROP TABLE rule_text", "DROP TABLE rule_pack_file"]),
    (
        9,
        &[
            "DROP TABLE lease",
            "DROP TABLE exemption",
            "DROP TABLE class_appeal",
            "DROP TABLE class_member",
            "DROP INDEX finding_split",
            "ALTER TABLE finding DROP COLUMN split_from",
            "ALTER TABLE finding DROP COLUMN index_fen",
            "ALTER TABLE tally DROP COLUMN index_fen",
            "UPDATE tally SET amount_fen = 0",
        ],
    ),
    (8, &["DROP TABLE rule_outcome"]),
];

/// Makes of a database one of the release before this migration.
pub(super) async fn back_before(store: &Store, migration: i64) {
    for (_, parts) in ADDED.iter().filter(|(version, _)| *version >= migration) {
        for part in *parts {
            store.tamper(part).await.unwrap();
        }
    }
    store.tamper(&format!("DELETE FROM _sqlx_migrations WHERE version >= {migration}")).await.unwrap();
}
