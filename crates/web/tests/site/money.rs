//! The money's pages: what nobody knew, what came by itself, what goes back, what the bank says, and what is kept apart.

use axum::http::StatusCode;
use store::Clocks;

use crate::desk::{Desk, HOSPITAL, Person, finding};

const SAVED: StatusCode = StatusCode::SEE_OTHER;
const UNFIT: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

/// Reviewed, told, accepted.
async fn confirmed(desk: &Desk, id: &str) {
    let (auditor, hospital) = (desk.sign_in("auditor").await, desk.sign_in("institution").await);
    auditor.decide(id, "review", &[("verdict", "pass")]).await;
    auditor.decide(id, "tell", &[]).await;
    let accepted = hospital.answer(id, &[("answer", "accept")], ("", b"")).await;
    assert_eq!(accepted.status, SAVED, "{}", accepted.text);
}

/// Sends a form of a debt's page, over the version that the page shows.
async fn act(person: &Person<'_>, id: &str, what: &str, fields: &[(&str, &str)]) -> crate::desk::Answer {
    let page = person.get(&format!("/recoveries/{id}")).await.text;
    let version =
        page.split("name=\"version\" value=\"").nth(1).and_then(|after| after.split('"').next()).unwrap_or("1").to_owned();
    person.post(&format!("/recoveries/{id}/{what}"), &[&[("version", version.as_str())], fields].concat()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_knows_is_seen_and_determined_by_somebody_with_the_power() {
    let desk = Desk::new().await;
    let (mut filed, mut sheet) = finding("f1", HOSPITAL, 100_000);
    filed.fund_parts = Vec::new();
    sheet.charged[0].fund = None;
    desk.store.file(&[(filed, sheet)], &Clocks::default(), desk.now()).await.unwrap();
    confirmed(&desk, "f1").await;
    let (officer, head, hospital) =
        (desk.sign_in("case_officer").await, desk.sign_in("head").await, desk.sign_in("institution").await);
    assert!(officer.get("/findings/f1").await.text.contains("追回：待核定金额"));
    for list in ["/recoveries", "/recoveries?show=undetermined"] {
        assert!(officer.get(list).await.text.contains("href=\"/recoveries/f1\""), "{list}");
    }
    assert!(hospital.get("/portal/refunds").await.text.contains("待核定金额"));
    let page = officer.get("/recoveries/f1").await.text;
    assert!(page.contains("疑点已认定 1,000.00 元") && !page.contains("/recoveries/f1/determine"), "{page}");
    let page = head.get("/recoveries/f1").await.text;
    assert!(page.contains("/recoveries/f1/determine") && page.contains("fund:hifp_pay"), "{page}");

    let known = [("fund:hifp_pay", "700"), ("fund:maf_pay", "100"), ("reason", "查结算单")];
    assert_eq!(act(&officer, "f1", "determine", &known).await.status, StatusCode::FORBIDDEN);
    let refused = act(&head, "f1", "determine", &[("fund:hifp_pay", "1000.01"), ("reason", "查结算单")]).await;
    assert!(refused.status == UNFIT && refused.text.contains("核定的金额 1000.01 元超过认定的 1000.00 元"), "{}", refused.text);
    assert_eq!(act(&head, "f1", "determine", &[("fund:hifp_pay", "多"), ("reason", "x")]).await.status, UNFIT);
    assert_eq!(act(&head, "f1", "determine", &[("reason", "查结算单")]).await.status, UNFIT, "nothing said is not nothing paid");
    assert_eq!(act(&head, "f1", "determine", &[("fund:hifp_pay", "1"), ("nothing", "1"), ("reason", "x")]).await.status, UNFIT);
    assert_eq!(act(&head, "f1", "determine", &known).await.status, SAVED);
    let page = officer.get("/recoveries/f1").await.text;
    assert!(page.contains("800.00<small class=\"unit\">元未收") && page.contains("医疗救助"), "{page}");
    let late = head.post("/recoveries/f1/determine", &[&[("version", "1")], &known[..]].concat()).await;
    assert_eq!(late.status, StatusCode::CONFLICT, "a second press changes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_has_its_receipt_its_slip_and_its_document() {
    let desk = Desk::new().await;
    desk.file(&[("f1", HOSPITAL, 100_000)]).await;
    confirmed(&desk, "f1").await;
    let (officer, leader) = (desk.sign_in("case_officer").await, desk.sign_in("leader").await);
    let form = [
        ("version", "1"),
        ("means", "payment"),
        ("amount", "300"),
        ("paper", "A1"),
        ("payer", "市一院"),
        ("received", "2026-03-02"),
    ];
    let bad = officer.upload("/recoveries/f1/book", &form, ("run.exe", b"MZ")).await;
    assert_eq!(bad.status, UNFIT, "{}", bad.text);
    let future = [("means", "payment"), ("amount", "300"), ("paper", "A1"), ("received", "2026-03-03")];
    assert_eq!(act(&officer, "f1", "book", &future).await.status, UNFIT, "money of tomorrow");
    let paid = officer.upload("/recoveries/f1/book", &form, ("回单.pdf", b"%PDF-1.4 slip")).await;
    assert_eq!(paid.status, SAVED, "{}", paid.text);
    let page = officer.get("/recoveries/f1").await.text;
    assert!(page.contains("收据 A1，付款人 市一院，到账 2026-03-02") && page.contains("回单.pdf"), "{page}");
    let slip = page.split("href=\"/recoveries/f1/slips/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(officer.get(&format!("/recoveries/f1/slips/{slip}")).await.text, "%PDF-1.4 slip");
    let twice = act(&officer, "f1", "book", &[("means", "payment"), ("amount", "1"), ("paper", "A1")]).await;
    assert!(twice.text.contains("收据 A1 已在这笔款项入账"), "{}", twice.text);
    for _ in 0..2 {
        let receipt = act(&officer, "f1", "receipt", &[("of", "2")]).await;
        assert!(receipt.status == StatusCode::OK && receipt.text.starts_with("PK"), "{}", receipt.text);
    }
    assert_eq!(desk.store.entries("document:receipt:f1-2").await.unwrap().len(), 1, "a second copy has the same number");
    assert_eq!(act(&officer, "f1", "receipt", &[("of", "1")]).await.status, UNFIT, "a claim is no payment");

    let offset = [("means", "offset"), ("clr_ym", "下月"), ("amount", "100"), ("paper", "JS1")];
    assert!(act(&officer, "f1", "book", &offset).await.text.contains("清算年月应为六位数字"));
    let offset = [("means", "offset"), ("clr_ym", "202604"), ("fund:hifp_pay", "100"), ("amount", "99")];
    assert!(act(&officer, "f1", "book", &offset).await.text.contains("各基金合计 100.00 元，与金额不同"));
    assert_eq!(
        act(&officer, "f1", "book", &[("means", "offset"), ("clr_ym", "202604"), ("fund:hifp_pay", "100")]).await.status,
        SAVED
    );
    assert!(officer.get("/recoveries/f1").await.text.contains("清算年月 202604"));
    assert_eq!(act(&leader, "f1", "waive", &[("amount", "50"), ("reason", "机构注销")]).await.status, SAVED);
    let undo = [("means", "reversal"), ("of", "4")];
    assert_eq!(
        act(&officer, "f1", "book", &undo).await.status,
        StatusCode::FORBIDDEN,
        "an officer takes back no leader's waiver"
    );
    assert!(leader.get("/recoveries/f1").await.text.contains("/recoveries/f1/unwaive"));
    assert_eq!(act(&leader, "f1", "unwaive", &undo).await.status, SAVED);
    let table = officer.get("/recoveries.xlsx?show=all").await;
    assert!(table.status == StatusCode::OK && table.text.starts_with("PK"));
    assert_eq!(desk.store.entries("export:recoveries").await.unwrap().len(), 1, "what leaves the house is on the record");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_by_itself_takes_from_the_same_lines_and_a_withdrawn_debt_goes_back() {
    let desk = Desk::new().await;
    desk.file(&[("f1", HOSPITAL, 100_000), ("f2", HOSPITAL, 100_000)]).await;
    let (officer, head) = (desk.sign_in("case_officer").await, desk.sign_in("head").await);
    assert!(officer.get("/self-refunds").await.text.contains("自查自纠"));
    let book = async |lines: &str| {
        let form = [
            ("origin", "self_check"),
            ("inst", HOSPITAL),
            ("received", "2026-03-02"),
            ("payer", "市一院"),
            ("paper", "Z1"),
            ("lines", lines),
        ];
        officer.post("/self-refunds", &form).await
    };
    for (bad, said) in [
        ("M-f1:1 800 统筹基金", "第 1 行应为"),
        ("M-f1:1 800 统筹基金 1\nM-f2:1 800 某基金 1", "第 2 行没有基金“某基金”"),
        ("M-f1:1 800 统筹基金 800.01", "只余 800.00 元"),
        ("M-f1:1 八百 统筹基金 1", "第 1 行的基金支付应如"),
    ] {
        let refused = book(bad).await;
        assert!(refused.status == UNFIT && refused.text.contains(said), "{bad}: {}", refused.text);
    }
    let booked = book("M-f1:1 800 统筹基金 500\nM-f2:1 800 hifp_pay 800").await;
    assert_eq!(booked.to.as_deref(), Some("/recoveries/SR2026-1"), "{}", booked.text);
    confirmed(&desk, "f1").await;
    confirmed(&desk, "f2").await;
    let page = officer.get("/recoveries/f1").await.text;
    assert!(page.contains("300.00<small class=\"unit\">元未收") && page.contains("href=\"/recoveries/SR2026-1\""), "{page}");
    let none = officer.get("/recoveries/f2").await.text;
    assert!(none.contains("前已入账：") && none.contains("href=\"/recoveries/SR2026-1\""), "the second names the first: {none}");
    assert!(officer.get("/recoveries?show=before").await.text.contains("/recoveries/f2"));

    assert_eq!(act(&officer, "f1", "lower", &[("what", "withdraw"), ("reason", "退费")]).await.status, StatusCode::FORBIDDEN);
    act(&officer, "f1", "book", &[("means", "payment"), ("amount", "100"), ("paper", "A1")]).await;
    assert_eq!(act(&head, "f1", "lower", &[("what", "lower"), ("reason", "退费")]).await.status, UNFIT, "lowered to what?");
    assert_eq!(act(&head, "f1", "lower", &[("what", "withdraw")]).await.status, UNFIT, "no reason given");
    assert_eq!(act(&head, "f1", "lower", &[("what", "withdraw"), ("reason", "退费后不再成立")]).await.status, SAVED);
    let page = officer.get("/recoveries/f1").await.text;
    assert!(page.contains("应退还机构 100.00 元") && page.contains("退费后不再成立"), "{page}");
    assert!(officer.get("/recoveries").await.text.contains("应退还机构 100.00 元"), "what is owed back is not settled");
    assert_eq!(act(&officer, "f1", "book", &[("means", "return"), ("amount", "100"), ("paper", "退1")]).await.status, SAVED);
    let page = officer.get("/recoveries/f1").await.text;
    assert!(page.contains("已撤销：") && !page.contains("应退还机构"), "{page}");
    let withdraw = act(&head, "SR2026-1", "lower", &[("what", "withdraw"), ("reason", "退错医院")]).await;
    assert_eq!(withdraw.status, SAVED, "{}", withdraw.text);
    assert_eq!(act(&officer, "f2", "again", &[]).await.status, SAVED);
    assert!(officer.get("/recoveries/f2").await.text.contains("800.00<small class=\"unit\">元未收"));
    assert!(desk.store.verify().await.unwrap().faults.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bank_says_what_came_in_and_what_agrees_is_marked() {
    let desk = Desk::new().await;
    desk.file(&[("f1", HOSPITAL, 100_000)]).await;
    confirmed(&desk, "f1").await;
    let (officer, auditor) = (desk.sign_in("case_officer").await, desk.sign_in("auditor").await);
    for (receipt, amount) in [("A1", "300"), ("A2", "100"), ("A9", "50")] {
        let paid =
            [("means", "payment"), ("amount", amount), ("paper", receipt), ("payer", "市一院"), ("received", "2026-03-02")];
        assert_eq!(act(&officer, "f1", "book", &paid).await.status, SAVED);
    }
    let heads = "日期,付款人,收据号,金额,基金\n";
    let bad = format!("{heads}2026-03-02,市一院,A1,三百,统筹基金\n");
    let refused = officer.upload("/bank-lists", &[], ("三月.csv", bad.as_bytes())).await;
    assert!(refused.status == UNFIT && refused.text.contains("三月.csv 第 2 行“金额”"), "{}", refused.text);
    assert!(officer.upload("/bank-lists", &[], ("三月.csv", b"\xc8\xd5\xc6\xda")).await.text.contains("不是 UTF-8 文本"));
    let good = format!(
        "{heads}2026-03-02,市一院,A1,300.00,统筹基金\n2026-03-02,市一院,A2,90.00,hifp_pay\n2026-03-02,市二院,A3,70,统筹基金\n"
    );
    assert_eq!(auditor.upload("/bank-lists", &[], ("三月.csv", good.as_bytes())).await.status, StatusCode::FORBIDDEN);
    let kept = officer.upload("/bank-lists", &[], ("三月.csv", good.as_bytes())).await;
    assert_eq!(kept.to.as_deref(), Some("/bank-lists/2026-1"), "{}", kept.text);
    let page = officer.get("/bank-lists/2026-1").await.text;
    for said in ["相符 1", "不符 1", "此处未登记 1", "清单中没有 1", "不符：金额", "A9"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let debt = officer.get("/recoveries/f1").await.text;
    assert!(debt.contains("href=\"/bank-lists/2026-1\">已对账"), "{debt}");
    assert!(officer.get("/bank-lists").await.text.contains("三月.csv"));
    assert_eq!(officer.post("/bank-lists/2026-1/again", &[("version", "1")]).await.status, SAVED);
    assert_eq!(officer.post("/bank-lists/2026-1/again", &[("version", "1")]).await.status, StatusCode::CONFLICT);
    assert_eq!(auditor.get("/bank-lists/2026-1").await.status, StatusCode::NOT_FOUND, "it names payers of everywhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn refund_penalty_and_fine_are_three_columns_and_never_one_sum() {
    let desk = Desk::new().await;
    desk.file(&[("f1", HOSPITAL, 100_000)]).await;
    confirmed(&desk, "f1").await;
    let (officer, leader) = (desk.sign_in("case_officer").await, desk.sign_in("leader").await);
    let open = async |kind: &str, number: &str, amount: &str| {
        let form = [
            ("kind", kind),
            ("inst", HOSPITAL),
            ("number", number),
            ("authority", "示例市医疗保障局"),
            ("decided_on", "2026-03-02"),
            ("due", "2026-03-17"),
            ("amount", amount),
        ];
        officer.post("/charges", &form).await
    };
    assert_eq!(open("refund", "1", "1").await.status, UNFIT);
    assert_eq!(open("fine", "医保罚〔2026〕1 号", "0").await.status, UNFIT);
    let fine = open("fine", "医保罚〔2026〕1 号", "2000").await;
    assert_eq!(fine.to.as_deref(), Some("/charges/2026-1"), "{}", fine.text);
    assert_eq!(open("fine", "医保罚〔2026〕1 号", "2000").await.status, UNFIT, "a decision is entered once");
    assert_eq!(open("penalty", "协议 7", "700").await.status, SAVED);
    let paid = [("version", "1"), ("means", "payment"), ("amount", "500"), ("paper", "C1"), ("payer", "市一院")];
    assert_eq!(officer.post("/charges/2026-1/book", &paid).await.status, SAVED);
    assert_eq!(
        officer.post("/charges/2026-1/waive", &[("version", "2"), ("amount", "1"), ("reason", "x")]).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        leader.post("/charges/2026-1/waive", &[("version", "2"), ("amount", "100"), ("reason", "整改到位")]).await.status,
        SAVED
    );
    assert_eq!(
        officer.post("/charges/2026-1/book", &[("version", "3"), ("means", "reversal"), ("of", "3")]).await.status,
        StatusCode::FORBIDDEN
    );
    let page = officer.get("/charges/2026-1").await.text;
    assert!(page.contains("1,400.00<small class=\"unit\">元未收") && page.contains("医保罚〔2026〕1 号"), "{page}");
    assert_eq!(leader.post("/charges/2026-1/unwaive", &[("version", "3"), ("of", "3")]).await.status, SAVED);
    let ledger = officer.get("/recoveries").await.text;
    let row = "<td>应收</td><td class=\"num\">800.00</td><td class=\"num\">700.00</td><td class=\"num\">2,000.00</td>";
    assert!(ledger.contains(row), "{ledger}");
    let row = "<td>未收</td><td class=\"num\">800.00</td><td class=\"num\">700.00</td><td class=\"num\">1,500.00</td>";
    assert!(ledger.contains(row), "{ledger}");
    let list = officer.get("/charges?kind=penalty").await.text;
    assert!(list.contains("协议 7") && !list.contains("医保罚"), "{list}");
}
