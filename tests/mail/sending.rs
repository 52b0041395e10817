//! Each mail is written down once and sent once, and what goes wrong with one holds up no other.

use entity::{ApprovalLinkStatus, Role, approval_link};
use sea_orm::EntityTrait;

use super::*;
use crate::on_both_databases;

on_both_databases!(
    each_who_is_to_be_told_gets_one_mail_about_each_thing,
    the_links_in_a_mail_answer_the_order,
    two_who_are_asked_by_mail_are_two_people,
    two_who_send_at_once_send_once,
    what_the_server_does_not_take_now_is_tried_again,
    what_the_server_refuses_for_good_is_tried_no_more_and_can_be_tried_again,
    nothing_is_sent_or_written_where_no_server_is_set,
    what_there_is_no_use_in_telling_any_more_is_dropped,
    nobody_gets_into_the_head_or_the_page_of_a_mail,
);

async fn each_who_is_to_be_told_gets_one_mail_about_each_thing(database: Database) {
    let post = Post::open(database).await;
    let (shop, admin) = (&post.shop, &post.shop.world.admin);
    let customer = Id(shop.world.customer_id).to_string();
    let email = json!({ "id": customer, "email": "buyer@contoso.example" });
    shop.api.done(admin, "updateCustomer", email, "").await;
    shop.settings(json!({ "email": "help@northwind.example" })).await;
    // What was before is told to nobody.
    shop.place(&[shop.instant(1)]).await;
    shop.app.advance(TimeDelta::minutes(1));
    post.tell(admin, "all@northwind.example", EVERYTHING).await;
    post.tell_with(
        admin,
        json!({ "audience": "CUSTOMER", "language": "DE",
            "kinds": ["ORDER_COMPLETED", "ORDER_HELD", "INVOICE_ISSUED"] }),
    )
    .await;
    post.tell(admin, "failures@northwind.example", &["ORDER_FAILED"]).await;

    let order = shop.place(&[shop.instant(3)]).await;
    post.run().await;
    shop.carry_out(&order).await;
    let held = shop.bought(&[shop.manual()]).await;
    let line = &held["lines"][0];
    shop.move_line("startOrderLine", line, None).await;
    shop.move_line("holdOrderLine", line, Some("Which domain?\nAnd for whom?")).await;
    post.run().await;
    shop.move_line("resumeOrderLine", line, None).await;
    shop.move_line("failOrderLine", line, Some("No such domain")).await;
    let rejected = shop.place(&[shop.instant(2)]).await;
    post.run().await;
    let no = json!({ "id": rejected["id"], "reason": "No credit" });
    shop.run(&shop.world.approver(), "rejectOrder", no).await;
    let draft = &shop.invoices().await[0];
    shop.api.done(admin, "issueInvoice", json!({ "id": draft["id"] }), "").await;
    for _ in 0..3 {
        post.run().await;
    }

    let log = post.told(["address", "kind", "subject"]).await;
    let of_all: Vec<_> = log.iter().filter(|row| row[0] == "all@northwind.example").collect();
    let kinds: Vec<_> = of_all.iter().map(|row| row[1].as_str()).collect();
    assert_eq!(
        kinds,
        [
            "APPROVAL_WANTED",
            "ORDER_APPROVED",
            "ORDER_COMPLETED",
            // Nobody was told to approve what was approved before anybody could be told.
            "ORDER_APPROVED",
            "ORDER_HELD",
            "ORDER_FAILED",
            "APPROVAL_WANTED",
            "ORDER_REJECTED",
            "INVOICE_ISSUED",
        ]
    );
    let received = post.server.received_by("all@northwind.example");
    assert_eq!(received.len(), kinds.len());
    // In the order in which it happened, whatever came first.
    let all: Vec<_> = of_all
        .iter()
        .map(|row| received.iter().find(|mail| mail.plain.starts_with(&row[2])).unwrap())
        .collect();
    assert!(all[4].plain.contains("\n> Which domain?\n> And for whom?\n"), "{}", all[4].plain);
    assert!(all[5].plain.contains("Failed: No such domain"), "{}", all[5].plain);
    assert!(all[7].plain.contains("\n> No credit\n"), "{}", all[7].plain);
    assert!(all[0].plain.contains("Customer: Contoso\n"), "{}", all[0].plain);
    assert!(all[0].header("Subject").unwrap().starts_with("Approval wanted: order ORD-"));
    assert_eq!(all[0].header("From"), Some("Northwind <orders@northwind.example>"));
    assert_eq!(all[0].header("Reply-To"), Some("help@northwind.example"));
    assert_eq!(all[0].header("Auto-Submitted"), Some("auto-generated"));

    let buyer = post.server.received_by("buyer@contoso.example");
    let mut told: Vec<_> = buyer.iter().map(|mail| mail.plain.lines().next().unwrap()).collect();
    told.sort_unstable();
    let [done, held_up, invoiced] = told.as_slice() else { panic!("{told:?}") };
    assert!(done.starts_with("Bestellung ORD-") && done.ends_with(" ist ausgeführt"), "{done}");
    assert!(held_up.starts_with("Eine Frage zu Bestellung ORD-"), "{held_up}");
    assert!(
        invoiced.starts_with("Rechnung ") && invoiced.ends_with(" von Northwind"),
        "{invoiced}"
    );
    // The customer is not told what it is called.
    assert!(!buyer[0].plain.contains("Contoso"), "{}", buyer[0].plain);
    assert_eq!(post.server.received_by("failures@northwind.example").len(), 1);

    let received = post.server.received();
    let ids: std::collections::BTreeSet<_> =
        received.iter().map(|mail| mail.header("Message-ID").unwrap()).collect();
    assert_eq!(ids.len(), received.len());
    let log = post.told(["status", "attempts", "error"]).await;
    assert_eq!(log.len(), received.len());
    assert!(log.iter().all(|row| *row == ["SENT", "1", "null"]), "{log:?}");
    let filtered = "query ($id: ID!) { mails(filter: { kindIn: [ORDER_HELD], statusIn: [SENT],
        orderId: $id }) { nodes { kind order { id } } } }";
    let found = shop.api.read(admin, filtered, json!({ "id": held["id"] })).await;
    let held_mail = json!({ "kind": "ORDER_HELD", "order": { "id": held["id"] } });
    assert_eq!(found["mails"]["nodes"], json!([held_mail, held_mail]));

    // A month later there are other invoices.
    let before = post.log(admin).await;
    shop.app.advance(TimeDelta::days(31));
    post.run().await;
    let after = post.log(admin).await;
    assert!(before.iter().all(|mail| !after.iter().any(|other| other["id"] == mail["id"])));
}

async fn the_links_in_a_mail_answer_the_order(database: Database) {
    let mut post = Post::open(database).await;
    let [partner] = post.shop.put_below(["R-1"]).await;
    let shop = &post.shop;
    post.tell(&partner, "partner@example.com", EVERYTHING).await;
    let approver = shop.world.approver();
    post.tell(&approver, "seller@example.com", &["APPROVAL_WANTED"]).await;
    // Whoever works at a partner without being an approver makes no links.
    let clerk = viewer(shop.world.tenant_id, Role::Partner, partner.scope.clone());
    post.tell(&clerk, "clerk@example.com", &["APPROVAL_WANTED"]).await;

    let order = shop.place(&[shop.instant(3)]).await;
    post.run().await;
    let server = Server::start(&shop.app).await;
    for address in ["partner@example.com", "seller@example.com"] {
        let mails = post.server.received_by(address);
        let [mail] = mails.as_slice() else { panic!("{mails:?}") };
        for path in ["/approve/", "/reject/"] {
            let in_text = links(&mail.plain, path);
            assert_eq!((in_text.len(), &in_text), (1, &links(&mail.html, path)), "{}", mail.plain);
        }
        assert_eq!(shop.order(&order).await["status"], "PENDING_APPROVAL");
        let page = answer(&server, &links(&mail.plain, "/approve/")[0], "DEAL-1").await;
        assert!(page.contains("You have approved order"), "{page}");
    }
    let answered = shop.order(&order).await;
    assert_eq!(answered["status"], "APPROVED");
    let by = |level: usize| answered["approvals"][level]["decidedBy"].as_str().unwrap().to_owned();
    assert_eq!(by(0), format!("link:{} for partner@example.com", partner.subject));
    assert_eq!(by(1), format!("link:{} for seller@example.com", approver.subject));
    let clerks = post.server.received_by("clerk@example.com");
    let [mail] = clerks.as_slice() else { panic!("{clerks:?}") };
    assert!(links(&mail.plain, "/").is_empty() && !mail.html.contains(PUBLIC), "{}", mail.plain);
    assert!(mail.plain.contains("Please answer in the portal of Northwind."), "{}", mail.plain);

    // No token is in any row.
    let rows = rows_of(&shop.app, shop.world.tenant_id).await.join("\n");
    for mail in post.server.received() {
        for link in links(&mail.plain, "/") {
            let token = link.rsplit('/').next().unwrap();
            assert!(!rows.contains(token));
        }
    }
}

/// Opens the page of a link, and sends its form.
async fn answer(server: &Server, link: &str, text: &str) -> String {
    let client = crate::support::http::client();
    let path = link.strip_prefix(PUBLIC).unwrap();
    let url = format!("http://{}{path}", server.address);
    assert_eq!(client.get(&url).send().await.unwrap().status(), 200);
    let form = client.post(&url).header("content-type", "application/x-www-form-urlencoded");
    let form = form.header("sec-fetch-site", "same-origin").header("origin", "null");
    form.body(format!("text={text}")).send().await.unwrap().text().await.unwrap()
}

/// Also where the same approver has had both of them asked.
async fn two_who_are_asked_by_mail_are_two_people(database: Database) {
    let post = Post::open(database).await;
    let shop = &post.shop;
    let rule = json!({ "name": "Two", "approversNeeded": 2 });
    shop.api.done(&shop.world.admin, "createApprovalRule", rule, "").await;
    let approver = shop.world.approver();
    let people = ["pat@example.com", "sam@example.com"];
    for address in people {
        post.tell(&approver, address, &["APPROVAL_WANTED"]).await;
    }
    let order = shop.place(&[shop.instant(3)]).await;
    post.run().await;
    let server = Server::start(&shop.app).await;
    for (address, status) in people.into_iter().zip(["PENDING_APPROVAL", "APPROVED"]) {
        let [mail] = <[_; 1]>::try_from(post.server.received_by(address)).unwrap();
        answer(&server, &links(&mail.plain, "/approve/")[0], "").await;
        assert_eq!(shop.order(&order).await["status"], status);
    }
}

async fn two_who_send_at_once_send_once(database: Database) {
    let post = Post::open(database).await;
    let shop = &post.shop;
    let addresses: Vec<_> = (0..8).map(|number| format!("pat.{number}@example.com")).collect();
    for address in &addresses {
        post.tell(&shop.world.admin, address, &["APPROVAL_WANTED"]).await;
    }
    let other = if shop.app.database.is_postgres() {
        Some(node(shop.app.beside().await, &post.server))
    } else {
        None
    };
    for _ in 0..5 {
        shop.place(&[shop.instant(1)]).await;
    }
    shop.app.all_positions_given().await;
    // On one node, both think that they have the lease.
    let other = other.as_ref().unwrap_or(&shop.app);
    for _ in 0..8 {
        tokio::join!(shop.app.run_jobs(), other.run_jobs());
    }
    let log = post.told(["status", "attempts", "error"]).await;
    assert_eq!(log.len(), 40);
    assert!(log.iter().all(|row| *row == ["SENT", "1", "null"]), "{log:?}");
    for address in &addresses {
        assert_eq!(post.server.received_by(address).len(), 5, "{address}");
    }
}

async fn what_the_server_does_not_take_now_is_tried_again(database: Database) {
    let post = Post::open(database).await;
    let shop = &post.shop;
    let approver = shop.world.approver();
    for address in ["slow@example.com", "cut@example.com", "unsure@example.com", "good@example.com"]
    {
        post.tell(&approver, address, &["APPROVAL_WANTED"]).await;
    }
    let later = Trouble::Says("451 4.3.0 Come\tback later");
    post.server.make_trouble("slow@example.com", &[later, later]);
    post.server.make_trouble("cut@example.com", &[Trouble::HangsUp]);
    post.server.make_trouble("unsure@example.com", &[Trouble::HangsUpAfterwards]);
    shop.place(&[shop.instant(3)]).await;
    post.run().await;
    post.run().await;

    let log = post.told(["address", "status", "attempts"]).await;
    let row = |address: &str, status: &str, attempts: &str| {
        [address.to_owned(), status.to_owned(), attempts.to_owned()]
    };
    let mut sorted = log.clone();
    sorted.sort();
    assert_eq!(
        sorted,
        [
            row("cut@example.com", "PENDING", "1"),
            row("good@example.com", "SENT", "1"),
            row("slow@example.com", "PENDING", "1"),
            row("unsure@example.com", "PENDING", "1"),
        ]
    );
    let errors = post.told(["address", "error", "status"]).await;
    let slow = errors.iter().find(|row| row[0] == "slow@example.com").unwrap();
    assert!(slow[1].contains("451") && slow[1].contains("Come back later"), "{slow:?}");
    // What nobody can have got cannot be used; what somebody may have got can.
    let active = active_links(&shop.app).await;
    assert_eq!(active, ["cut", "cut", "good", "good", "unsure", "unsure"]);

    shop.app.advance(TimeDelta::minutes(2));
    post.run().await;
    assert_eq!(post.server.received_by("cut@example.com").len(), 1);
    let unsure = post.server.received_by("unsure@example.com");
    assert_eq!(unsure.len(), 2);
    // By which a receiver knows that it has it.
    assert_eq!(unsure[0].header("Message-ID"), unsure[1].header("Message-ID"));
    assert_eq!(post.server.received_by("slow@example.com").len(), 0);
    shop.app.advance(TimeDelta::minutes(3));
    post.run().await;
    assert_eq!(post.server.received_by("slow@example.com").len(), 1);
    let log = post.told(["address", "status", "error"]).await;
    assert!(log.iter().all(|row| row[1] == "SENT" && row[2] == "null"), "{log:?}");

    // Whoever never comes back is given up after two days.
    post.server.make_trouble("slow@example.com", &[later; 40]);
    shop.place(&[shop.instant(1)]).await;
    for _ in 0..30 {
        post.run().await;
        shop.app.advance(TimeDelta::hours(5));
    }
    let log = post.told(["address", "status", "attempts"]).await;
    let given_up: Vec<_> = log.iter().filter(|row| row[1] == "FAILED").collect();
    let [given_up] = given_up.as_slice() else { panic!("{log:?}") };
    assert_eq!(given_up[0], "slow@example.com");
    let attempts: i32 = given_up[2].parse().unwrap();
    assert!((9..=12).contains(&attempts), "{attempts}");
}

/// For whom links are that can be used, by the first part of the address.
async fn active_links(app: &TestApp) -> Vec<String> {
    let links = approval_link::Entity::find().all(app.app.store.readers()).await.unwrap();
    let active = links.into_iter().filter(|link| link.status == ApprovalLinkStatus::Active);
    let mut names: Vec<_> =
        active.map(|link| link.recipient.split('@').next().unwrap().to_owned()).collect();
    names.sort();
    names
}

async fn what_the_server_refuses_for_good_is_tried_no_more_and_can_be_tried_again(
    database: Database,
) {
    let post = Post::open(database).await;
    let (shop, admin) = (&post.shop, &post.shop.world.admin);
    post.tell(admin, "gone@example.com", EVERYTHING).await;
    post.tell(admin, "good@example.com", EVERYTHING).await;
    post.server.make_trouble("gone@example.com", &[Trouble::Says("550 5.1.1 No such user")]);
    shop.place(&[shop.instant(3)]).await;
    post.run().await;
    shop.app.advance(TimeDelta::hours(1));
    post.run().await;
    let log = post.log(admin).await;
    let [gone, good] = ["gone@example.com", "good@example.com"]
        .map(|address| log.iter().find(|mail| mail["address"] == address).unwrap().clone());
    assert_eq!((&gone["status"], &gone["attempts"]), (&json!("FAILED"), &json!(1)));
    assert!(gone["error"].as_str().unwrap().contains("No such user"), "{gone}");
    assert_eq!(good["status"], "SENT");
    assert!(post.server.received_by("gone@example.com").is_empty());

    let refused = shop.api.refused(admin, "retryMail", json!({ "id": good["id"] })).await;
    assert_eq!(refused["code"], "MAIL_ALREADY_SENT");
    for _ in 0..2 {
        let retried = json!({ "id": gone["id"] });
        let retried = shop.api.done(admin, "retryMail", retried, "mail { status }").await;
        assert_eq!(retried["mail"]["status"], "PENDING");
    }
    post.run().await;
    assert_eq!(post.server.received_by("gone@example.com").len(), 1);
}

async fn nothing_is_sent_or_written_where_no_server_is_set(database: Database) {
    let server = MailServer::start().await;
    let shop = Shop::open(database).await;
    let recipient = json!({ "address": "pat@example.com", "kinds": EVERYTHING });
    shop.api.done(&shop.world.admin, "createMailRecipient", recipient, "").await;
    shop.place(&[shop.instant(3)]).await;
    shop.app.run_jobs().await;
    let rows = rows_of(&shop.app, shop.world.tenant_id).await;
    assert!(!rows.iter().any(|row| row.starts_with("mail ") || row.starts_with("mail_position")));
    shop.app.all_positions_given().await;

    // Once one is set, mail begins with what happens then.
    shop.app.advance(TimeDelta::hours(1));
    let sending = node(shop.app.beside().await, &server);
    sending.run_jobs().await;
    assert!(server.received().is_empty());
    shop.place(&[shop.instant(3)]).await;
    shop.app.all_positions_given().await;
    sending.run_jobs().await;
    assert_eq!(server.received().len(), 1);
}

async fn what_there_is_no_use_in_telling_any_more_is_dropped(database: Database) {
    let post = Post::open(database).await;
    let (shop, admin) = (&post.shop, &post.shop.world.admin);
    let later = Trouble::Says("450 Not now");
    let [answered, deleted, disabled, kept] =
        ["answered@example.com", "deleted@example.com", "disabled@example.com", "kept@example.com"];
    let mut recipients = Vec::new();
    for address in [answered, deleted, disabled, kept] {
        let kind = if address == answered { "APPROVAL_WANTED" } else { "ORDER_APPROVED" };
        recipients.push(post.tell(admin, address, &[kind]).await);
        post.server.make_trouble(address, &[later]);
    }
    let order = shop.place(&[shop.instant(3)]).await;
    post.run().await;
    shop.carry_out(&order).await;
    post.run().await;
    let [_, deleting, disabling, _] = recipients.as_slice() else { panic!("{recipients:?}") };
    let gone = json!({ "id": deleting["id"], "expectedVersion": 1 });
    let gone = shop.api.done(admin, "deleteMailRecipient", gone, "deletedMailRecipientId").await;
    assert_eq!(gone["deletedMailRecipientId"], deleting["id"]);
    let off = json!({ "id": disabling["id"], "enabled": false });
    shop.api.done(admin, "updateMailRecipient", off, "").await;
    shop.app.advance(TimeDelta::minutes(2));
    post.run().await;

    let mut log = post.told(["address", "status", "error"]).await;
    log.sort();
    let row = |address: &str, status: &str, error: &str| {
        [address.to_owned(), status.to_owned(), error.to_owned()]
    };
    let no_more = "The recipient is to get no mail any more.";
    assert_eq!(
        log,
        [
            row(answered, "DROPPED", "The order is no longer where it was."),
            row(deleted, "DROPPED", no_more),
            row(disabled, "DROPPED", no_more),
            row(kept, "SENT", "null"),
        ]
    );
    assert_eq!(post.server.received().len(), 1);
    // What happens while it gets none is not told later.
    let next = shop.place(&[shop.instant(1)]).await;
    shop.carry_out(&next).await;
    shop.app.advance(TimeDelta::minutes(1));
    let on = json!({ "id": disabling["id"], "enabled": true });
    shop.api.done(admin, "updateMailRecipient", on, "").await;
    post.run().await;
    assert!(post.server.received_by(disabled).is_empty());
    assert_eq!(post.server.received_by(kept).len(), 2);
}

async fn nobody_gets_into_the_head_or_the_page_of_a_mail(database: Database) {
    let post = Post::open(database).await;
    let (shop, admin) = (&post.shop, &post.shop.world.admin);
    let evil = "</div></style><script>alert(1)</script><img src=x onerror=\"alert(2)\">";
    shop.settings(json!({ "name": format!("Bcc: all@example.com {evil}") })).await;
    let customer = json!({ "id": Id(shop.world.customer_id).to_string(), "name": evil });
    shop.api.done(admin, "updateCustomer", customer, "").await;
    given::rename_offer(&shop.app, &shop.world, evil).await;
    post.tell(admin, "pat@example.com", EVERYTHING).await;
    let order = json!({ "lines": [shop.instant(3)], "reference": "<b>&amp;\"'" });
    let order = shop.place_with(order).await;
    post.run().await;
    let reason = format!("{evil}\r\n.\r\nMAIL FROM:<x@example.com>\n{PUBLIC}/approve/false");
    let no = json!({ "id": order["id"], "reason": reason });
    shop.run(&shop.world.approver(), "rejectOrder", no).await;
    post.run().await;

    let mails = post.server.received();
    assert_eq!(mails.len(), 2);
    for mail in &mails {
        assert!(mail.html.contains("&lt;script&gt;"), "{}", mail.html);
        for tag in ["<script", "<img", "<b>"] {
            assert!(!mail.html.contains(tag), "{tag} {}", mail.html);
        }
        assert_eq!(mail.html.matches("</style>").count(), 1);
        assert!(!mail.head.lines().any(|line| line.starts_with("Bcc")), "{}", mail.head);
    }
    // Whatever somebody says stands behind a mark, a line with a dot too.
    assert!(
        mails[1].plain.contains("\n> .\n> MAIL FROM:<x@example.com>\n> "),
        "{}",
        mails[1].plain
    );
    for wrong in ["pat@example.com\r\nBcc: all@example.com", "pat@example.com>\u{200b}", "a@b"] {
        let input = json!({ "address": wrong, "kinds": EVERYTHING });
        let refused = shop.api.refused(admin, "createMailRecipient", input).await;
        assert_eq!(
            (&refused["code"], &refused["field"]),
            (&json!("VALIDATION_FAILED"), &json!(["address"]))
        );
    }
}
