//! A seller with rows of every kind, many of which have the same times.

mod examples;
mod wanted;

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    AgreementId, AgreementStatus, Billing, BillingPeriod, CatalogStatus, CustomerId, EditionId,
    InvoiceId, InvoiceStatus, LicenseId, LicenseStatus, OfferId, OrderId, OrderLineId,
    OrderLineStatus, OrderStatus, PartnerId, ProductId, Provisioning, SubscriptionId,
    SubscriptionStatus, agreement, customer, edition, invoice, license, offer, order, order_line,
    partner, product, subscription,
};
use ordergate::{
    services::search::{self, Kind},
    store::Txn,
};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use uuid::Uuid;

use self::examples::Examples;
pub(crate) use self::wanted::{id, matches};
use super::{
    app::TestApp,
    given::{self, World},
};

const ORDERS: usize = 96;

pub(crate) struct LargeSeller {
    pub(crate) world: World,
    pub(crate) partners: Vec<partner::Model>,
    pub(crate) customers: Vec<customer::Model>,
    pub(crate) agreements: Vec<agreement::Model>,
    pub(crate) products: Vec<product::Model>,
    pub(crate) edition: edition::Model,
    pub(crate) offers: Vec<offer::Model>,
    pub(crate) orders: Vec<WholeOrder>,
    pub(crate) subscriptions: Vec<subscription::Model>,
    pub(crate) licenses: Vec<license::Model>,
    pub(crate) invoices: Vec<invoice::Model>,
}

pub(crate) struct WholeOrder {
    pub(crate) order: order::Model,
    lines: Vec<order_line::Model>,
}

impl LargeSeller {
    pub(crate) async fn set_up(app: &TestApp) -> Self {
        let examples = Examples::make().await;
        let mut seller = Self::with_people_and_catalogue(given::world(app).await, &examples);
        for index in 0..ORDERS {
            seller.place_order(index, &examples);
        }
        let txn = app.app.store.begin(seller.world.tenant_id).await.unwrap();
        seller.write(&txn).await;
        txn.commit().await.unwrap();
        seller.read_the_rest(app).await;
        seller
    }

    fn with_people_and_catalogue(world: World, examples: &Examples) -> Self {
        let tenant_id = world.tenant_id;
        let times = |index: usize| Times::of(index * 7);
        let partner_ids: Vec<_> =
            (0..3).map(|index| PartnerId::new(times(index).created)).collect();
        let partners = (0..3).map(|index| partner::Model {
            id: partner_ids[index],
            tenant_id,
            parent_id: (index == 1).then_some(partner_ids[0]),
            partner_number: format!("P-{index}"),
            name: format!("Partner {index}"),
            created_at: times(index).created,
            updated_at: times(index).updated,
            ..examples.partner.clone()
        });
        let name = |index: usize| match index % 3 {
            0 => "Contoso".to_owned(),
            _ => format!("Café {index}"),
        };
        let customers = (0..9).map(|index| customer::Model {
            id: CustomerId::new(times(index).created),
            tenant_id,
            partner_id: partner_ids.get(index % 4).copied(),
            customer_number: format!("C-{}", 10 + index * 3),
            name: name(index),
            country: index.is_multiple_of(2).then(|| "DK".to_owned()),
            created_at: times(index).created,
            updated_at: times(index).updated,
            ..examples.customer.clone()
        });
        let customers: Vec<_> = customers.collect();
        let agreements = customers.iter().enumerate().map(|(index, customer)| agreement::Model {
            id: AgreementId::new(times(index).created),
            tenant_id,
            customer_id: customer.id,
            number: format!("A-{}", 20 + index),
            status: if index % 3 == 1 {
                AgreementStatus::Deactivated
            } else {
                AgreementStatus::Active
            },
            created_at: times(index).created,
            updated_at: times(index).updated,
            ..examples.agreement.clone()
        });
        let products = (0..3).map(|index| product::Model {
            id: ProductId::new(times(index).created),
            tenant_id,
            code: format!("PROD-{index}"),
            name: format!("Product {index}"),
            vendor: if index == 1 { "Tailspin".to_owned() } else { "Fabrikam".to_owned() },
            status: status_of(index == 2),
            created_at: times(index).created,
            updated_at: times(index).updated,
            ..examples.product.clone()
        });
        let products: Vec<_> = products.collect();
        let edition = edition::Model {
            id: EditionId::new(times(0).created),
            tenant_id,
            product_id: products[0].id,
            name: "Enterprise".to_owned(),
            created_at: times(0).created,
            updated_at: times(0).updated,
            ..examples.edition.clone()
        };
        let offers = (0..6).map(|index| offer::Model {
            id: OfferId::new(times(index).created),
            tenant_id,
            product_id: products[index % 3].id,
            code: format!("OFFER-{index}"),
            name: format!("Offer {index}"),
            billing: if index < 2 { Billing::OneTime } else { Billing::Recurring },
            billing_period: (index >= 2).then_some(BillingPeriod::Yearly),
            edition_id: index.is_multiple_of(3).then_some(edition.id),
            status: status_of(index % 4 == 3),
            created_at: times(index).created,
            updated_at: times(index).updated,
            ..examples.offer.clone()
        });
        let mut offers: Vec<_> = offers.collect();
        offers[5].parent_offer_id = Some(offers[3].id);
        Self {
            partners: partners.collect(),
            agreements: agreements.collect(),
            offers,
            world,
            customers,
            products,
            edition,
            orders: Vec::new(),
            subscriptions: Vec::new(),
            licenses: Vec::new(),
            invoices: Vec::new(),
        }
    }

    /// An order, and for some a subscription, a license and an invoice.
    fn place_order(&mut self, index: usize, examples: &Examples) {
        let (tenant_id, times) = (self.world.tenant_id, Times::of(index));
        let customer = &self.customers[index * 5 % self.customers.len()];
        let agreement = &self.agreements[index * 5 % self.agreements.len()];
        let agreement_id = (!index.is_multiple_of(3)).then_some(agreement.id);
        let order = order::Model {
            id: OrderId::new(times.created),
            tenant_id,
            number: format!("ORD-{:04}", index * 37 % ORDERS),
            customer_id: customer.id,
            // Customers move from one partner to another, orders do not.
            partner_id: self.partners.get(index % 4).map(|partner| partner.id),
            agreement_id,
            status: OrderStatus::ALL[index * 3 % OrderStatus::ALL.len()],
            reference: index.is_multiple_of(2).then(|| format!("REF {}", index % 6)),
            po_number: (index % 4 != 1).then(|| format!("PO-{}", index % 5)),
            created_at: times.created,
            updated_at: times.updated,
            ..examples.order.clone()
        };
        let subscription = (index % 2 == 1).then(|| subscription::Model {
            id: SubscriptionId::new(times.created),
            tenant_id,
            number: format!("SUB-{index:04}"),
            customer_id: customer.id,
            partner_id: order.partner_id,
            product_id: self.offers[index % 5].product_id,
            offer_id: self.offers[index % 5].id,
            agreement_id,
            order_id: order.id,
            status: SubscriptionStatus::ALL[index % SubscriptionStatus::ALL.len()],
            parent_id: self.subscriptions.first().filter(|_| index % 4 == 3).map(|it| it.id),
            created_at: times.created,
            updated_at: times.updated,
            ..examples.subscription.clone()
        });
        if let Some(subscription) = &subscription {
            self.licenses.push(license::Model {
                id: LicenseId::new(times.created),
                tenant_id,
                license_key: format!("KEY-{index:04}"),
                customer_id: customer.id,
                partner_id: order.partner_id,
                product_id: subscription.product_id,
                edition_id: self.edition.id,
                subscription_id: Some(subscription.id),
                order_id: Some(order.id),
                status: LicenseStatus::ALL[index % LicenseStatus::ALL.len()],
                starts_at: times.created,
                expires_at: index.is_multiple_of(3).then_some(times.updated),
                created_at: times.created,
                updated_at: times.updated,
                ..examples.license.clone()
            });
            let issued = !index.is_multiple_of(9);
            self.invoices.push(invoice::Model {
                id: InvoiceId::new(times.created),
                tenant_id,
                number: issued.then(|| format!("INV-{index:04}")),
                customer_id: customer.id,
                partner_id: order.partner_id,
                agreement_id: agreement_id.filter(|_| issued),
                status: if issued { InvoiceStatus::Issued } else { InvoiceStatus::Draft },
                // A customer has one draft in each currency.
                currency: if issued { "EUR".to_owned() } else { format!("X{index:02}") },
                issued_at: issued.then_some(times.created),
                due_on: issued.then(|| times.created.date_naive()),
                created_at: times.created,
                updated_at: times.updated,
                ..examples.invoice.clone()
            });
        }
        let lines = (0..=index % 3).map(|line| {
            let offer = &self.offers[(index + line * 2) % 5];
            let status = OrderLineStatus::ALL[(index / 2 + line) % OrderLineStatus::ALL.len()];
            order_line::Model {
                status,
                held_since: (status == OrderLineStatus::OnHold).then_some(times.updated),
                provisioning: Provisioning::ALL[(index + line) / 3 % Provisioning::ALL.len()],
                id: OrderLineId::new(times.created),
                tenant_id,
                order_id: order.id,
                order_created_at: order.created_at,
                line_number: i32::try_from(line).unwrap() + 1,
                product_id: offer.product_id,
                offer_id: offer.id,
                subscription_id: subscription.as_ref().filter(|_| line == 0).map(|own| own.id),
                ..examples.order_line.clone()
            }
        });
        let lines = lines.collect();
        self.subscriptions.extend(subscription);
        self.orders.push(WholeOrder { order, lines });
    }

    async fn write(&self, txn: &Txn) {
        macro_rules! insert {
            ($table:ident, $rows:expr) => {
                let rows = $rows.into_iter().map(|row| row.clone().into_active_model().reset_all());
                $table::Entity::insert_many(rows).exec_without_returning(txn).await.unwrap();
            };
        }
        insert!(partner, &self.partners);
        insert!(customer, &self.customers);
        insert!(agreement, &self.agreements);
        insert!(product, &self.products);
        insert!(edition, [&self.edition]);
        insert!(offer, &self.offers);
        insert!(order, self.orders.iter().map(|row| &row.order));
        insert!(subscription, &self.subscriptions);
        insert!(order_line, self.orders.iter().flat_map(|row| &row.lines));
        insert!(license, &self.licenses);
        insert!(invoice, &self.invoices);
        for row in &self.partners {
            index(txn, Kind::Partner, row.id.0, &[&row.partner_number, &row.name]).await;
        }
        for row in &self.customers {
            index(txn, Kind::Customer, row.id.0, &[&row.customer_number, &row.name]).await;
        }
        for row in &self.agreements {
            index(txn, Kind::Agreement, row.id.0, &[&row.number]).await;
        }
        for row in &self.products {
            index(txn, Kind::Product, row.id.0, &[&row.code, &row.name, &row.vendor]).await;
        }
        for row in &self.offers {
            index(txn, Kind::Offer, row.id.0, &[&row.code, &row.name]).await;
        }
        for WholeOrder { order, .. } in &self.orders {
            let texts = [Some(&order.number), order.reference.as_ref(), order.po_number.as_ref()];
            let texts: Vec<_> = texts.into_iter().flatten().map(String::as_str).collect();
            index(txn, Kind::Order, order.id.0, &texts).await;
        }
        for row in &self.subscriptions {
            index(txn, Kind::Subscription, row.id.0, &[&row.number]).await;
        }
        for row in &self.licenses {
            index(txn, Kind::License, row.id.0, &[&row.license_key]).await;
        }
        for row in &self.invoices {
            let number = row.number.as_deref().unwrap_or_default();
            index(txn, Kind::Invoice, row.id.0, &[number]).await;
        }
    }

    /// Adds what the world began with: it is in the lists as well.
    async fn read_the_rest(&mut self, app: &TestApp) {
        let (readers, tenant_id) = (app.app.store.readers(), self.world.tenant_id);
        macro_rules! add {
            ($($rows:ident: $table:ident),+) => {$(
                for row in $table::Entity::find().all(readers).await.unwrap() {
                    if row.tenant_id == tenant_id && !self.$rows.iter().any(|own| own.id == row.id) {
                        self.$rows.push(row);
                    }
                }
            )+};
        }
        add!(customers: customer, agreements: agreement, products: product, offers: offer);
    }
}

async fn index(txn: &Txn, kind: Kind, id: Uuid, texts: &[&str]) {
    search::index(txn, kind, id, texts).await.unwrap();
}

fn status_of(retired: bool) -> CatalogStatus {
    if retired { CatalogStatus::Retired } else { CatalogStatus::Active }
}

/// When a row was created and last changed; some share a moment with others.
struct Times {
    created: DateTime<Utc>,
    updated: DateTime<Utc>,
}

impl Times {
    fn of(index: usize) -> Self {
        let start: DateTime<Utc> = "2026-02-01T00:00:00Z".parse().unwrap();
        let seconds = |number: usize| TimeDelta::seconds(i64::try_from(number).unwrap());
        let created = start + seconds(index / 4) + TimeDelta::microseconds(500);
        Self { created, updated: created + seconds(index * 7 % 5 * 10) }
    }
}
