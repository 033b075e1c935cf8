//! Packs of rules that two people put into force.

use super::*;
use casework::{DraftKind, Examination, Publication, RuleDraft, TrialFigures};

/// A draft that was examined and proposed by the auditor.
async fn proposed(store: &Store, id: &str, name: &str, base: &str) -> Versioned<RuleDraft> {
    let auditor = staff("审核员甲", Role::Auditor);
    let step = RuleDraft::begin(&auditor, id.to_owned(), DraftKind::Rule, name, "code = 1", at(2).day()).unwrap();
    store.begin_draft(&step, at(2)).await.unwrap();
    let figures = vec![TrialFigures { code: name.to_owned(), after: 3, ..TrialFigures::default() }];
    let examination = Examination { base: base.to_owned(), figures, ..Examination::default() };
    let draft = store.draft(id).await.unwrap();
    store.apply_draft(&draft, &draft.value.examined(examination, at(2).day()).unwrap(), at(2)).await.unwrap();
    let draft = store.draft(id).await.unwrap();
    store.apply_draft(&draft, &draft.value.propose(&auditor, "本市限额", base, at(3).day()).unwrap(), at(3)).await.unwrap();
    store.draft(id).await.unwrap()
}

fn publication(number: i64, digest: &str, draft: &RuleDraft) -> Publication {
    Publication {
        number,
        digest: digest.to_owned(),
        knowledge_digest: "k1".to_owned(),
        rules: 1,
        parameters: 0,
        program: "0.1.0".to_owned(),
        draft_id: draft.draft_id.clone(),
        file: draft.kind.file(&draft.name),
        authors: draft.authors.clone(),
        proposed_by: UserId::new("审核员甲"),
        reason: "本市限额".to_owned(),
        published_by: UserId::new("负责人"),
        published_at: at(4).to_string(),
    }
}

async fn publish(store: &Store, draft: &Versioned<RuleDraft>, number: i64, digest: &str, base: &str) -> Result<(), StoreError> {
    let head = staff("负责人", Role::Head);
    let step = draft.value.publish(&head, base, digest, at(4).day()).unwrap();
    let files =
        [(draft.value.kind.file(&draft.value.name), draft.value.text.clone()), ("rules/x.toml".to_owned(), "x".to_owned())];
    store.publish(draft, &step, &publication(number, digest, &draft.value), &files, at(4)).await
}

pub(super) async fn a_rule_is_published_by_two_people_and_stays_as_it_was(store: Store) {
    assert_eq!(store.pack_in_force().await.unwrap(), None);
    let (first, second) = ("a".repeat(64), "b".repeat(64));
    let draft = proposed(&store, "d1", "L1", "").await;
    publish(&store, &draft, 1, &first, "").await.unwrap();
    let again = publish(&store, &draft, 2, &second, "").await;
    assert!(matches!(again, Err(StoreError::Stale)), "the draft has moved since: {again:?}");
    assert_eq!(store.packs().await.unwrap().len(), 1, "nothing of the second is kept");
    let draft = proposed(&store, "d2", "L2", &first).await;
    publish(&store, &draft, 2, &second, &first).await.unwrap();
    assert_eq!(store.pack_in_force().await.unwrap().unwrap().digest, second);
    // The earlier pack is read by its digest, or the beginning of it, with every file.
    let earlier = store.pack(&first[..12]).await.unwrap();
    assert_eq!((earlier.number, earlier.authors.len(), earlier.published_by.0.as_str()), (1, 1, "负责人"));
    let files = store.pack_files(1).await.unwrap();
    assert_eq!(files[0], ("local/L1.toml".to_owned(), "code = 1".to_owned()));
    for unknown in ["cccccccccccc", "", "%", "a%"] {
        assert!(matches!(store.pack(unknown).await, Err(StoreError::NotFound)), "{unknown}");
    }
    assert_eq!(store.drafts().await.unwrap().len(), 2);
    assert!(store.verify().await.unwrap().faults.is_empty());
    store.tamper("UPDATE rule_text SET body = 'code = 2' WHERE body = 'code = 1'").await.unwrap();
    assert!(matches!(store.pack_files(1).await, Err(StoreError::Garbled { .. })));
}

pub(super) async fn of_two_packs_at_once_one_is_published(store: Store) {
    let (one, other) = (proposed(&store, "d1", "L1", "").await, proposed(&store, "d2", "L2", "").await);
    let (a, b) = ("a".repeat(64), "b".repeat(64));
    let ended = tokio::join!(publish(&store, &one, 1, &a, ""), publish(&store, &other, 1, &b, ""));
    let published = [ended.0, ended.1].iter().filter(|ended| ended.is_ok()).count();
    assert_eq!((published, store.packs().await.unwrap().len()), (1, 1));
}
