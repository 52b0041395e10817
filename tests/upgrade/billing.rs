//! What was sold and charged before is charged on as it was.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{
    ChargeType, RoundingMode, SubscriptionId, billing_period, invoice, invoice_line, order,
    subscription, tenant,
};
use migration::MigratorTrait;
use sea_orm::{
    ConnectionTrait, EntityTrait, FromQueryResult, QueryOrder, Statement, prelude::Uuid,
};

use super::{CUSTOMER, Earlier, NOW, PARTNER, TENANT};
use crate::{on_both_databases, support::database::Database};

on_both_databases!(
    subscriptions_of_the_release_before_get_the_periods_that_they_had,
    documents_are_kept_and_the_release_before_goes_on_writing_them,
    a_seller_and_what_it_charged_keep_their_rounding,
    what_was_sold_is_renewed_from_its_last_period,
);

const PRODUCT: u128 = 5;
const AGREEMENT: u128 = 6;
const MONTHLY: u128 = 7;
const BY_USE: u128 = 8;
const ONCE: u128 = 9;
const ORDER: u128 = 10;
const ISSUED: u128 = 40;
const DRAFTS: [(u128, bool, bool); 4] =
    [(41, true, true), (42, true, false), (43, false, true), (44, false, false)];

/// Rows of one seller are numbered from `base` on.
struct Seller<'a> {
    earlier: &'a Earlier,
    base: u128,
}

impl<'a> Seller<'a> {
    /// A seller, with what it sells and to whom.
    async fn begin(earlier: &'a Earlier, base: u128) -> Self {
        let seller = Self { earlier, base };
        let [tenant, partner, customer, product, agreement, order] =
            [TENANT, PARTNER, CUSTOMER, PRODUCT, AGREEMENT, ORDER].map(|id| seller.id(id));
        earlier
            .run(&format!(
                "INSERT INTO tenant (id, name, kind, default_currency, approval_required, payment_terms_days,
                    next_invoice_number, version, created_at, updated_at)
                 VALUES ({tenant}, 'T', 'SANDBOX', 'EUR', TRUE, 30, 2, 1, {NOW}, {NOW});
                 INSERT INTO partner (id, tenant_id, partner_number, name, approval_required, version, created_at,
                    updated_at)
                 VALUES ({partner}, {tenant}, 'P', 'P', TRUE, 1, {NOW}, {NOW});
                 INSERT INTO customer (id, tenant_id, partner_id, customer_number, name, version, created_at, updated_at)
                 VALUES ({customer}, {tenant}, {partner}, 'C', 'C', 1, {NOW}, {NOW});
                 INSERT INTO agreement (id, tenant_id, customer_id, number, currency, status, version, created_at, updated_at)
                 VALUES ({agreement}, {tenant}, {customer}, 'A', 'EUR', 'ACTIVE', 1, {NOW}, {NOW});
                 INSERT INTO product (id, tenant_id, code, name, vendor, provisioning, status, version, created_at, updated_at)
                 VALUES ({product}, {tenant}, 'P', 'P', 'V', 'MANUAL', 'ACTIVE', 1, {NOW}, {NOW});
                 INSERT INTO \"order\" (id, tenant_id, number, customer_id, status, currency, placed_by, net_amount,
                    tax_amount, gross_amount, version, created_at, updated_at)
                 VALUES ({order}, {tenant}, 'O', {customer}, 'COMPLETED', 'EUR', 'key:og', 10, 2, 12, 3, {NOW}, {NOW});",
            ))
            .await;
        for (offer, billing, period) in [
            (MONTHLY, "RECURRING", "'MONTHLY'"),
            (BY_USE, "USAGE", "'YEARLY'"),
            (ONCE, "ONE_TIME", "NULL"),
        ] {
            earlier
                .run(&format!(
                    "INSERT INTO offer (id, tenant_id, product_id, code, name, billing, billing_period, min_quantity,
                        status, version, created_at, updated_at)
                     VALUES ({}, {tenant}, {product}, '{billing}', 'O', '{billing}', {period}, 1, 'ACTIVE', 1, {NOW}, {NOW})",
                    seller.id(offer),
                ))
                .await;
        }
        seller
    }

    fn id(&self, id: u128) -> String {
        self.earlier.id(self.base + id)
    }

    fn subscription_id(&self, id: u128) -> SubscriptionId {
        SubscriptionId(Uuid::from_u128(self.base + id))
    }

    async fn subscription(&self, id: u128, offer: u128, status: &str, quantity: i32) {
        let [tenant, customer, partner, product, order] =
            [TENANT, CUSTOMER, PARTNER, PRODUCT, ORDER].map(|id| self.id(id));
        let (row, line, offer) = (self.id(id), self.id(id + 500), self.id(offer));
        self.earlier
            .run(&format!(
                "INSERT INTO subscription (id, tenant_id, number, customer_id, partner_id, product_id, offer_id, order_id,
                    status, quantity, currency, unit_amount, tax_basis_points, activated_at, version, created_at, updated_at)
                 VALUES ({row}, {tenant}, 'S-{id}', {customer}, {partner}, {product}, {offer}, {order}, '{status}',
                    {quantity}, 'EUR', 3100, 2500, {NOW}, 2, {NOW}, {NOW});
                 INSERT INTO order_line (id, tenant_id, order_id, order_created_at, line_number, action, status,
                    product_id, offer_id, subscription_id, quantity, unit_amount, tax_basis_points, net_amount,
                    provisioning, attempts)
                 VALUES ({line}, {tenant}, {order}, {NOW}, {id}, 'BUY', 'COMPLETED', {product}, {offer}, {row},
                    {quantity}, 3100, 2500, 3100, 'MANUAL', 1);",
            ))
            .await;
    }

    async fn stretch(&self, subscription: u128, number: u128, from: &str, until: &str) {
        self.earlier
            .run(&format!(
                "INSERT INTO subscription_period (id, tenant_id, subscription_id, period_number, starts_at, ends_at,
                    quantity, unit_amount)
                 VALUES ({}, {}, {}, {number}, {from}, {until}, 5, 3100)",
                self.id(1_000 + 10 * subscription + number),
                self.id(TENANT),
                self.id(subscription),
            ))
            .await;
    }

    async fn period(&self, subscription: u128, from: &str, until: &str) {
        self.earlier
            .run(&format!(
                "INSERT INTO billing_period (id, tenant_id, subscription_id, number, starts_at, ends_at)
                 VALUES ({}, {}, {}, 1, {from}, {until})",
                self.id(2_000 + subscription),
                self.id(TENANT),
                self.id(subscription),
            ))
            .await;
    }

    /// An issued invoice, and a draft of each kind that there may be one of.
    async fn invoices(&self) {
        self.invoice(ISSUED, "'INV-000001'", "ISSUED", true, true).await.unwrap();
        for (id, with_partner, with_agreement) in DRAFTS {
            self.invoice(id, "NULL", "DRAFT", with_partner, with_agreement).await.unwrap();
        }
    }

    async fn invoice(
        &self,
        id: u128,
        number: &str,
        status: &str,
        with_partner: bool,
        with_agreement: bool,
    ) -> Result<(), sea_orm::DbErr> {
        let or_null = |is_there, id| if is_there { self.id(id) } else { "NULL".to_owned() };
        let (issued_at, due_on) =
            if status == "DRAFT" { ("NULL", "NULL") } else { (NOW, "'2026-04-01'") };
        let sql = format!(
            "INSERT INTO invoice (id, tenant_id, number, customer_id, partner_id, agreement_id, status, currency,
                net_amount, tax_amount, gross_amount, issued_at, due_on, version, created_at, updated_at)
             VALUES ({}, {}, {number}, {}, {}, {}, '{status}', 'EUR', 3102, 775, 3877, {issued_at}, {due_on}, 4, {NOW}, {NOW})",
            self.id(id),
            self.id(TENANT),
            self.id(CUSTOMER),
            or_null(with_partner, PARTNER),
            or_null(with_agreement, AGREEMENT),
        );
        self.earlier.connection.execute_unprepared(&sql).await.map(drop)
    }

    /// The line of an invoice that has so many before it.
    async fn line(
        &self,
        (invoice, number): (u128, u128),
        (subscription, kind): (u128, &str),
        (from, until): (&str, &str),
    ) -> Result<(), sea_orm::DbErr> {
        let order_line =
            if kind == "CORRECTION" { "NULL".to_owned() } else { self.id(subscription + 500) };
        let sql = format!(
            "INSERT INTO invoice_line (id, tenant_id, invoice_id, line_number, subscription_id, order_line_id, charge_type,
                description, quantity, unit_amount, tax_basis_points, net_amount, po_number, external_reference,
                period_starts_at, period_ends_at, created_at)
             VALUES ({}, {}, {}, {number}, {}, {order_line}, '{kind}', 'Seats', 5, 3100, 2500, 15500, 'PO', 'ER', {from},
                {until}, {NOW})",
            self.id(3_000 + 10 * invoice + number),
            self.id(TENANT),
            self.id(invoice),
            self.id(subscription),
        );
        self.earlier.connection.execute_unprepared(&sql).await.map(drop)
    }
}

const BEGIN: &str = "'2027-01-31T12:00:00+00:00'";
const CHANGE: &str = "'2027-02-10T12:00:00+00:00'";
const END: &str = "'2027-02-28T12:00:00+00:00'";
const END_OF_YEAR: &str = "'2028-01-31T12:00:00+00:00'";

async fn subscriptions_of_the_release_before_get_the_periods_that_they_had(database: Database) {
    let earlier = Earlier::after(&database, 4).await;
    let seller = Seller::begin(&earlier, 0).await;
    seller.invoices().await;
    // Two monthly ones, of which one was changed and the other cancelled; one by use that was changed; a cancelled purchase.
    let [changed, cancelled, by_use, once] = [101, 102, 103, 104];
    for (id, offer, status) in [
        (changed, MONTHLY, "ACTIVE"),
        (cancelled, MONTHLY, "TERMINATED"),
        (by_use, BY_USE, "ACTIVE"),
        (once, ONCE, "TERMINATED"),
    ] {
        seller.subscription(id, offer, status, 5).await;
        seller.stretch(id, 1, BEGIN, CHANGE).await;
    }
    seller.stretch(changed, 2, CHANGE, END).await;
    seller.stretch(by_use, 2, CHANGE, END_OF_YEAR).await;
    seller.line((41, 1), (changed, "CYCLE_FEE"), (BEGIN, END)).await.unwrap();
    seller.line((41, 2), (cancelled, "CYCLE_FEE"), (BEGIN, END)).await.unwrap();
    seller.line((41, 3), (changed, "CORRECTION"), (CHANGE, END)).await.unwrap();
    seller.line((41, 4), (once, "ONE_TIME_FEE"), ("NULL", "NULL")).await.unwrap();
    migration::Migrator::up(&earlier.connection, None).await.unwrap();

    let periods = billing_period::Entity::find()
        .order_by_asc(billing_period::Column::SubscriptionId)
        .all(&earlier.connection);
    let periods = periods.await.unwrap().into_iter();
    let found: Vec<_> = periods
        .map(|period| (period.subscription_id, period.number, period.starts_at, period.ends_at))
        .collect();
    let until =
        |id, end: Option<&str>| (seller.subscription_id(id), 1, moment(BEGIN), end.map(moment));
    let expected = [
        until(changed, Some(END)),
        until(cancelled, Some(END)),
        until(by_use, Some(END_OF_YEAR)),
        until(once, None),
    ];
    assert_eq!(found, expected);
    earlier.connection.close().await.unwrap();
}

/// What both tables had before, in their order.
const DOCUMENTS: [(&str, &str); 2] = [
    (
        "invoice",
        "id, tenant_id, number, customer_id, partner_id, agreement_id, status, currency, net_amount, tax_amount, \
         gross_amount, issued_at, due_on, version, created_at, updated_at",
    ),
    (
        "invoice_line",
        "id, tenant_id, invoice_id, line_number, subscription_id, order_line_id, charge_type, description, quantity, \
         unit_amount, tax_basis_points, net_amount, po_number, external_reference, period_starts_at, period_ends_at, \
         created_at",
    ),
];

async fn documents_are_kept_and_the_release_before_goes_on_writing_them(database: Database) {
    let earlier = Earlier::after(&database, 9).await;
    let seller = Seller::begin(&earlier, 0).await;
    sell_and_charge(&seller).await;
    for (table, _) in DOCUMENTS {
        earlier.run(&format!("CREATE TABLE {table}_before AS SELECT * FROM {table}")).await;
    }
    migration::Migrator::up(&earlier.connection, None).await.unwrap();

    for (table, columns) in DOCUMENTS {
        for (one, other) in [
            (format!("{table}_before"), table.to_owned()),
            (table.to_owned(), format!("{table}_before")),
        ] {
            let differing = format!(
                "SELECT COUNT(*) AS rows FROM (SELECT {columns} FROM {one} EXCEPT SELECT {columns} FROM {other}) AS other"
            );
            assert_eq!(count(&earlier, &differing).await, 0, "{one}");
        }
    }
    // Another seller of a node of the release before.
    sell_and_charge(&Seller::begin(&earlier, 10_000).await).await;
    let drafts = "SELECT COUNT(*) AS rows FROM invoice WHERE status = 'DRAFT'";
    assert_eq!(count(&earlier, drafts).await, 8);

    for (id, with_partner, with_agreement) in DRAFTS {
        let second = seller.invoice(id + 20, "NULL", "DRAFT", with_partner, with_agreement).await;
        assert!(second.is_err(), "{with_partner} {with_agreement}");
    }
    let whole = ("'2027-01-31T12:00:00+00:00'", "NULL");
    let refused = [
        seller.invoice(60, "'INV-000001'", "ISSUED", true, true).await,
        seller.invoice(61, "NULL", "ISSUED", true, true).await,
        seller.invoice(62, "'INV-000009'", "DRAFT", true, true).await,
        seller.line((41, 1), (101, "CORRECTION"), whole).await,
        seller.line((41, 9), (199, "CORRECTION"), whole).await,
        seller.line((69, 1), (101, "CORRECTION"), whole).await,
    ];
    for (index, refused) in refused.into_iter().enumerate() {
        assert!(refused.is_err(), "{index}");
    }
    seller.line((41, 8), (101, "CORRECTION"), whole).await.unwrap();
    let all_of_it = "UPDATE invoice_line SET credited_amount = net_amount";
    earlier.run(all_of_it).await;
    let more = earlier.connection.execute_unprepared(&format!("{all_of_it} + 1")).await;
    assert!(more.is_err());
    earlier.connection.close().await.unwrap();
}

async fn a_seller_and_what_it_charged_keep_their_rounding(database: Database) {
    let earlier = Earlier::after(&database, 9).await;
    sell_and_charge(&Seller::begin(&earlier, 0).await).await;
    migration::Migrator::up(&earlier.connection, None).await.unwrap();

    let tenant = tenant::Entity::find().one(&earlier.connection).await.unwrap().unwrap();
    assert_eq!((tenant.rounding_mode, &*tenant.time_zone), (RoundingMode::HalfEven, "UTC"));
    assert_eq!((&*tenant.invoice_prefix, tenant.number_width), ("INV-", 6));
    let order = order::Entity::find().one(&earlier.connection).await.unwrap().unwrap();
    assert_eq!((order.rounding_mode, order.tax_inclusive), (RoundingMode::HalfEven, false));
    assert_eq!((order.net_amount, order.tax_amount, order.gross_amount), (10, 2, 12));
    for invoice in invoice::Entity::find().all(&earlier.connection).await.unwrap() {
        assert_eq!((invoice.rounding_mode, invoice.tax_inclusive), (RoundingMode::HalfEven, false));
        assert_eq!(
            (invoice.net_amount, invoice.tax_amount, invoice.gross_amount),
            (3102, 775, 3877)
        );
        let issued = invoice.number.is_some();
        assert_eq!(invoice.open_amount, if issued { 3877 } else { 0 });
        assert_eq!(invoice.issued_on, issued.then(|| day("2026-03-02")));
    }
    for line in invoice_line::Entity::find().all(&earlier.connection).await.unwrap() {
        assert_eq!(line.rounding_mode, RoundingMode::HalfEven);
        assert_eq!((line.discount_amount, line.credited_amount), (0, 0));
    }
    earlier.connection.close().await.unwrap();
}

async fn what_was_sold_is_renewed_from_its_last_period(database: Database) {
    let earlier = Earlier::after(&database, 9).await;
    let seller = Seller::begin(&earlier, 0).await;
    sell_and_charge(&seller).await;
    migration::Migrator::up(&earlier.connection, None).await.unwrap();

    let subscriptions = subscription::Entity::find()
        .order_by_asc(subscription::Column::Id)
        .all(&earlier.connection);
    let found: Vec<_> = subscriptions
        .await
        .unwrap()
        .into_iter()
        .map(|it| (it.first_day, it.first_quantity, it.next_billing_at))
        .collect();
    let began = Some(day("2027-01-31"));
    let expected = [
        (began, Some(5), Some(moment(END))),
        (None, None, None),
        (began, Some(7), Some(moment(END_OF_YEAR))),
        (began, Some(1), None),
    ];
    assert_eq!(found, expected);

    let lines = invoice_line::Entity::find()
        .order_by_asc(invoice_line::Column::InvoiceId)
        .order_by_asc(invoice_line::Column::LineNumber)
        .all(&earlier.connection);
    let found: Vec<_> = lines
        .await
        .unwrap()
        .into_iter()
        .map(|line| (line.charge_type, line.cause, line.component_id, line.starts_on, line.ends_on))
        .collect();
    let fee = (
        ChargeType::CycleFee,
        "PERIOD-1".to_owned(),
        Some(Uuid::from_u128(MONTHLY)),
        began,
        Some(day("2027-02-28")),
    );
    let without_key = |kind| (kind, String::new(), None, None, None);
    let expected = [
        fee.clone(),
        fee,
        without_key(ChargeType::Correction),
        without_key(ChargeType::OneTimeFee),
    ];
    assert_eq!(found, expected);
    earlier.connection.close().await.unwrap();
}

/// An active monthly subscription that was changed, one that was cancelled, one by use that is suspended, a purchase; with
/// their periods and what was charged.
async fn sell_and_charge(seller: &Seller<'_>) {
    seller.invoices().await;
    for (id, offer, status, quantity, end) in [
        (101, MONTHLY, "ACTIVE", 5, END),
        (102, MONTHLY, "TERMINATED", 3, END),
        (103, BY_USE, "SUSPENDED", 7, END_OF_YEAR),
        (104, ONCE, "ACTIVE", 1, "NULL"),
    ] {
        seller.subscription(id, offer, status, quantity).await;
        seller.period(id, BEGIN, end).await;
    }
    seller.line((ISSUED, 1), (101, "CYCLE_FEE"), (BEGIN, END)).await.unwrap();
    seller.line((ISSUED, 2), (102, "CYCLE_FEE"), (BEGIN, END)).await.unwrap();
    seller.line((41, 1), (101, "CORRECTION"), (CHANGE, END)).await.unwrap();
    seller.line((41, 2), (104, "ONE_TIME_FEE"), ("NULL", "NULL")).await.unwrap();
}

#[derive(FromQueryResult)]
struct Counted {
    rows: i64,
}

async fn count(earlier: &Earlier, sql: &str) -> i64 {
    let backend = earlier.connection.get_database_backend();
    let counted = Counted::find_by_statement(Statement::from_string(backend, sql));
    counted.one(&earlier.connection).await.unwrap().unwrap().rows
}

fn moment(literal: &str) -> DateTime<Utc> {
    literal.trim_matches('\'').parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}
