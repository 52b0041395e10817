//! Who may have whom told, and who sees it.

use super::*;
use crate::on_both_databases;

on_both_databases!(
    a_recipient_has_an_address_or_is_the_customer_and_is_told_something,
    a_partner_has_told_what_it_may_see_and_nobody_else_sees_that,
    there_are_so_many_recipients_and_no_more,
    a_key_that_is_revoked_makes_no_links,
);

async fn a_recipient_has_an_address_or_is_the_customer_and_is_told_something(database: Database) {
    let post = Post::open(database).await;
    let (api, admin) = (&post.shop.api, &post.shop.world.admin);
    let held = json!(["ORDER_HELD"]);
    for (input, field) in [
        (json!({ "kinds": held }), "address"),
        (json!({ "kinds": held, "address": " " }), "address"),
        (json!({ "kinds": held, "address": "pat" }), "address"),
        (json!({ "kinds": held, "address": "pat@example.com", "audience": "CUSTOMER" }), "address"),
        (json!({ "kinds": [], "address": "pat@example.com" }), "kinds"),
        (json!({ "kinds": ["APPROVAL_WANTED"], "audience": "CUSTOMER" }), "kinds"),
    ] {
        let refused = api.refused(admin, "createMailRecipient", input.clone()).await;
        assert_eq!(refused["code"], "VALIDATION_FAILED", "{input}");
        assert_eq!(refused["field"], json!([field]), "{input}");
    }
    let input = json!({
        "address": " pat@example.com ", "kinds": ["ORDER_HELD", "APPROVAL_WANTED", "ORDER_HELD"],
    });
    let shown = "mailRecipient { id address audience kinds language enabled updatedBy version }";
    let made = api.done(admin, "createMailRecipient", input, shown).await["mailRecipient"].take();
    let expected = json!({
        "id": made["id"], "address": "pat@example.com", "audience": "ADDRESS",
        "kinds": ["APPROVAL_WANTED", "ORDER_HELD"], "language": "EN", "enabled": true,
        "updatedBy": admin.subject, "version": 1,
    });
    assert_eq!(made, expected);

    let change = |more: Value| {
        let mut input = json!({ "id": made["id"] });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    for (more, code) in [
        (json!({ "address": null }), "VALIDATION_FAILED"),
        (json!({ "kinds": [] }), "VALIDATION_FAILED"),
        (json!({ "language": null }), "VALIDATION_FAILED"),
        (json!({ "enabled": false, "expectedVersion": 2 }), "VERSION_CONFLICT"),
    ] {
        let refused = api.refused(admin, "updateMailRecipient", change(more)).await;
        assert_eq!(refused["code"], code);
    }
    let more = json!({ "language": "DE", "enabled": false, "address": "lee@example.com" });
    let changed = api.done(admin, "updateMailRecipient", change(more.clone()), shown).await;
    let changed = &changed["mailRecipient"];
    assert_eq!((&changed["language"], &changed["version"]), (&json!("DE"), &json!(2)));
    let again = api.done(admin, "updateMailRecipient", change(more), shown).await;
    assert_eq!(again["mailRecipient"], *changed);
    let stale = change(json!({ "expectedVersion": 1 }));
    let refused = api.refused(admin, "deleteMailRecipient", stale).await;
    assert_eq!(refused["code"], "VERSION_CONFLICT");
    api.done(admin, "deleteMailRecipient", change(json!({})), "").await;
    let refused = api.refused(admin, "deleteMailRecipient", change(json!({}))).await;
    assert_eq!(refused["code"], "MAIL_RECIPIENT_NOT_FOUND");
}

async fn a_partner_has_told_what_it_may_see_and_nobody_else_sees_that(database: Database) {
    let mut post = Post::open(database).await;
    let [above, own] = post.shop.put_below(["R-1", "R-2"]).await;
    let shop = &post.shop;
    let other = given::partner(&shop.app, &shop.world, "R-3", None).await;
    let of_other = domain::viewer::Scope::Partner { own: other, partners: vec![other] };
    let other = viewer(shop.world.tenant_id, entity::Role::Partner, of_other);
    for (keeper, name) in
        [(&above, "above"), (&own, "own"), (&other, "other"), (&shop.world.admin, "seller")]
    {
        post.tell(keeper, &format!("{name}@example.com"), EVERYTHING).await;
    }
    let stranger = given::world(&shop.app).await;
    post.tell(&stranger.admin, "stranger@example.com", EVERYTHING).await;
    let refused = json!({
        "address": "pat@example.com", "kinds": EVERYTHING, "partnerId": Id(above.partner().unwrap()).to_string(),
    });
    let refused = shop.api.refused(&own, "createMailRecipient", refused).await;
    assert_eq!(
        (&refused["code"], &refused["field"]),
        (&json!("PARTNER_NOT_FOUND"), &json!(["partnerId"]))
    );

    shop.place(&[shop.instant(3)]).await;
    post.run().await;
    let directly = json!({
        "customerId": Id(shop.world.customer_id).to_string(), "submit": true, "lines": [shop.instant(1)],
    });
    let customer = json!({ "id": Id(shop.world.customer_id).to_string(), "partnerId": null });
    shop.api.done(&shop.world.admin, "updateCustomer", customer, "").await;
    shop.run(&shop.world.seller(), "createOrder", directly).await;
    post.run().await;
    let count = |name: &str| post.server.received_by(&format!("{name}@example.com")).len();
    assert_eq!(["above", "own", "other", "seller", "stranger"].map(count), [1, 1, 0, 2, 0]);

    let addresses = async |viewer: &Viewer| {
        let log = post.log(viewer).await;
        log.iter().map(|mail| mail["address"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(addresses(&above).await, ["above@example.com"]);
    assert_eq!(addresses(&own).await, ["own@example.com"]);
    assert!(addresses(&other).await.is_empty());
    assert!(addresses(&stranger.admin).await.is_empty());
    assert_eq!(addresses(&shop.world.admin).await.len(), 4);
    let recipients = "{ mailRecipients { nodes { address } } }";
    let of_own = shop.api.read(&own, recipients, json!({})).await;
    assert_eq!(of_own["mailRecipients"]["nodes"], json!([{ "address": "own@example.com" }]));
    let mail = post.log(&own).await[0]["id"].clone();
    for viewer in [&above, &other, &stranger.admin] {
        let refused = shop.api.refused(viewer, "retryMail", json!({ "id": mail })).await;
        assert_eq!(refused["code"], "MAIL_NOT_FOUND");
        let node = "query ($id: ID!) { node(id: $id) { id } mail(id: $id) { id } }";
        let found = shop.api.read(viewer, node, json!({ "id": mail })).await;
        assert_eq!(found, json!({ "node": null, "mail": null }));
    }
}

async fn there_are_so_many_recipients_and_no_more(database: Database) {
    let mut post = Post::open(database).await;
    let [partner] = post.shop.put_below(["R-1"]).await;
    let (api, admin) = (&post.shop.api, &post.shop.world.admin);
    let input = json!({ "address": "pat@example.com", "kinds": ["ORDER_HELD"] });
    for (keeper, most) in [(&partner, 10), (admin, 100)] {
        for _ in 0..most {
            api.done(keeper, "createMailRecipient", input.clone(), "").await;
        }
        let refused = api.refused(keeper, "createMailRecipient", input.clone()).await;
        assert_eq!(refused["code"], "TOO_MANY_MAIL_RECIPIENTS");
    }
}

async fn a_key_that_is_revoked_makes_no_links(database: Database) {
    let post = Post::open(database).await;
    let shop = &post.shop;
    let approver = shop.world.approver();
    let key = key_for(&shop.app, &shop.world.admin, &approver).await;
    let server = Server::start(&shop.app).await;
    let create = "mutation ($input: CreateMailRecipientInput!) {
        createMailRecipient(input: $input) { mailRecipient { updatedBy } } }";
    let input = json!({ "address": "pat@example.com", "kinds": ["APPROVAL_WANTED"] });
    let made = server.post(&key, create, json!({ "input": input })).await;
    let maker = made["data"]["createMailRecipient"]["mailRecipient"]["updatedBy"].clone();
    post.run().await;
    shop.place(&[shop.instant(1)]).await;
    post.run().await;
    let keys = "{ apiKeys { nodes { id prefix } } }";
    let keys = shop.api.read(&shop.world.admin, keys, json!({})).await;
    let key = &keys["apiKeys"]["nodes"][0];
    assert_eq!(maker, format!("key:{}", key["prefix"].as_str().unwrap()));
    shop.api.done(&shop.world.admin, "revokeApiKey", json!({ "id": key["id"] }), "").await;
    shop.place(&[shop.instant(1)]).await;
    post.run().await;
    let mails = post.server.received();
    let with_links: Vec<_> = mails.iter().map(|mail| links(&mail.plain, "/").len()).collect();
    assert_eq!(with_links, [2, 0]);
}
