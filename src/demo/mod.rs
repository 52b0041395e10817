//! A made-up seller to try Ordergate with. Everything in it came about through the same use cases as in a real one.

mod campaign;
mod catalogue;
mod customers;
mod keys;
mod orders;
mod payments;
mod people;
pub mod plans;
mod rules;
mod trickle;

use std::{ops::Range, sync::Arc};

use chrono::TimeDelta;
use domain::{approval::is_enough, mail::may_go_to, viewer::Viewer};
use entity::{
    AgreementId, ApprovalDecision, Billing, CustomerId, Language, MailAudience, MailKind, OfferId,
    OrderId, OrderStatus, PartnerId, ProductId, Provisioning, TenantId, TenantKind, approval,
    consent, order,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use tracing::warn;

pub use self::keys::RoleKey;
use self::{campaign::Campaign, catalogue::Catalogue, orders::Story};
use crate::{
    app::App,
    error::Outcome,
    services::{
        change::Change,
        mail::create::{CreateMailRecipient, create_mail_recipient},
        orders::links::create::{ApprovalLinksCreated, CreateApprovalLinks, create_approval_links},
        tenants::{
            create::{CreateTenant, create_tenant},
            update_settings::{UpdateTenantSettings, update_tenant_settings},
        },
        unit::Unit,
    },
};

/// How old the seller is: somewhat older than its first order.
const AGE: TimeDelta = TimeDelta::weeks(8);

/// What the made-up world is to be like.
#[derive(Clone, Copy, Debug)]
pub struct Wishes {
    /// How many purchases the past weeks have seen.
    pub purchases: usize,
    /// The same seed gives the same world.
    pub seed: u64,
}

/// The seller, its people, and what they sell to whom.
pub struct Shop {
    pub tenant_id: TenantId,
    /// One key for each role.
    pub keys: Vec<RoleKey>,
    seller: Arc<Viewer>,
    /// Decides, when all others have said yes who are asked.
    approver: Arc<Viewer>,
    other_approvers: Vec<Approver>,
    provisioner: Arc<Viewer>,
    offers: Vec<Offer>,
    /// A plan, and what may be chosen of it.
    plan: plans::Example,
    /// What takes the yes of two of the seller's people.
    services: ProductId,
    campaign: Campaign,
    buyers: Vec<Buyer>,
}

/// Somebody who says yes before the seller's approver does.
struct Approver {
    /// None: the seller's, where it takes two.
    partner_id: Option<PartnerId>,
    viewer: Arc<Viewer>,
}

#[derive(Clone, Debug)]
struct Offer {
    id: OfferId,
    product_id: ProductId,
    billing: Billing,
    provisioning: Provisioning,
    /// How many are usually bought.
    quantities: Range<i32>,
}

/// A customer, and who orders for it.
#[derive(Clone)]
struct Buyer {
    name: &'static str,
    customer_id: CustomerId,
    agreement_id: AgreementId,
    viewer: Arc<Viewer>,
}

/// Things to try something with.
#[derive(Clone, Copy, Debug)]
pub struct Examples {
    /// Waits for one yes, the seller's; none: no order does.
    pub waiting_order: Option<OrderId>,
    /// Has one yes of the seller's and waits for another; none: no order does.
    pub half_approved_order: Option<OrderId>,
    /// Whose key there is.
    /// Is yet to be paid and submitted; none: there is no draft.
    pub draft: Option<OrderId>,
    pub customer: CustomerId,
    pub offer: OfferId,
    /// A plan, and what may be chosen of it.
    pub plan: plans::Example,
}

/// A world whose past has been told; [`World::go_on`] tells on.
pub struct World {
    pub shop: Arc<Shop>,
    pub examples: Examples,
    story: Story,
}

/// Makes the seller and its past. Few transactions, because each waits for the disk.
pub async fn make(app: &App, wishes: Wishes) -> Outcome<World> {
    let now = app.clock.now();
    let tenant_id = TenantId::new(now);
    let mut unit = Unit::begin(app, Arc::new(Viewer::system(tenant_id))).await?;
    unit.now = now - AGE;
    let shop = Arc::new(open_shop(&mut unit).await?);
    let mut story = Story::new(shop.clone(), wishes.seed);
    story.tell_past(&mut unit, now, wishes.purchases).await?;
    if story.refused() > 0 {
        warn!("{} steps of the demo's past were refused, and are left out", story.refused());
    }
    let examples = examples(&unit, &shop).await?;
    unit.commit().await?;
    Ok(World { shop, examples, story })
}

/// A shop that has sold nothing yet.
async fn open_shop(unit: &mut Unit) -> Outcome<Shop> {
    let tenant_id = unit.viewer.tenant_id;
    let tenant = CreateTenant {
        name: "Northwind Cloud".to_owned(),
        kind: TenantKind::Sandbox,
        default_currency: "EUR".to_owned(),
        approval_required: true,
        approval_lapse_days: None,
        payment_terms_days: 14,
        time_zone: "Europe/Copenhagen".to_owned(),
    };
    create_tenant(unit, tenant).await?;
    let text = |text: &str| Change::Set(text.to_owned());
    let party = UpdateTenantSettings {
        legal_name: text("Northwind Cloud ApS"),
        street: text("Havnegade 1"),
        postal_code: text("1058"),
        city: text("København"),
        country: text("DK"),
        tax_number: text("DK12345674"),
        registration_number: text("12345674"),
        email: text("billing@northwind.example"),
        payment_instructions: text(
            "Bank transfer to DK50 0040 0440 1162 43. Name the number of the invoice.",
        ),
        ..UpdateTenantSettings::default()
    };
    update_tenant_settings(unit, party).await?;
    let Catalogue { offers, services, campaign } = catalogue::make(unit).await?;
    let campaign = Campaign::make(unit, campaign).await?;
    let plan = plans::make(unit).await?;
    let partners = customers::make_partners(unit).await?;
    if let Some(partner) = partners.first() {
        rules::make(unit, partner.id, services).await?;
    }
    let buyers = customers::make_customers(unit, &partners).await?;
    let keys = keys::make(unit, &partners, &buyers).await?;
    let of_partners = partners.into_iter().map(|it| (Some(it.id), it.approver));
    let second = (None, Arc::new(people::second_approver(tenant_id)));
    let other_approvers = of_partners.chain([second]);
    let other_approvers =
        other_approvers.map(|(partner_id, viewer)| Approver { partner_id, viewer }).collect();
    Ok(Shop {
        tenant_id,
        keys,
        seller: Arc::new(people::seller(tenant_id)),
        approver: Arc::new(people::approver(tenant_id)),
        other_approvers,
        provisioner: Arc::new(people::provisioner(tenant_id)),
        offers,
        plan,
        services,
        campaign,
        buyers,
    })
}

impl World {
    /// Links to answer the order that waits, made by the seller's approver; none: there is no such order.
    pub async fn approval_links(&self, app: &App) -> Outcome<Option<ApprovalLinksCreated>> {
        let Some(order_id) = self.examples.waiting_order else { return Ok(None) };
        let unit = Unit::begin(app, self.shop.approver.clone()).await?;
        let command = CreateApprovalLinks {
            order_id,
            expected_version: None,
            recipient: "whoever tries the demo".to_owned(),
            expires_in_hours: None,
        };
        let links = create_approval_links(&unit, command).await?;
        unit.commit().await?;
        Ok(Some(links))
    }

    /// Has people get mail about what happens from now on: the seller's approver, a partner's in German, and customers.
    pub async fn people_get_mail(&self, app: &App) -> Outcome<()> {
        let told =
            MailKind::ALL.iter().copied().filter(|it| may_go_to(*it, MailAudience::Customer));
        let told: Vec<_> = told.collect();
        let approver = &self.shop.approver;
        let mut people = vec![
            (
                approver,
                Some("elin.dahl@northwind.example"),
                MailKind::ALL.to_vec(),
                Language::English,
            ),
            (approver, None, told, Language::English),
        ];
        let mut others = self.shop.other_approvers.iter();
        let at_partner = others.find(|it| it.partner_id.is_some());
        people.extend(at_partner.map(|Approver { viewer, .. }| {
            (viewer, Some("freigabe@partner.example"), MailKind::ALL.to_vec(), Language::German)
        }));
        for (viewer, address, kinds, language) in people {
            let unit = Unit::begin(app, viewer.clone()).await?;
            let audience = match address {
                Some(_) => MailAudience::Address,
                None => MailAudience::Customer,
            };
            let command = CreateMailRecipient {
                partner_id: None,
                audience,
                address: address.map(str::to_owned),
                kinds,
                language,
                enabled: true,
            };
            create_mail_recipient(&unit, command).await?;
            unit.commit().await?;
        }
        Ok(())
    }

    /// How many steps of the past were refused, and left out: none, unless the story and the rules have grown apart.
    pub fn refused_steps(&self) -> usize {
        self.story.refused()
    }
}

async fn examples(unit: &Unit, shop: &Shop) -> Outcome<Examples> {
    let waiting = order::Entity::find()
        .filter(order::Column::TenantId.eq(shop.tenant_id))
        .filter(order::Column::Status.eq(OrderStatus::PendingApproval))
        .order_by_desc(order::Column::CreatedAt)
        .all(&unit.txn)
        .await?;
    let draft = order::Entity::find()
        .filter(order::Column::TenantId.eq(shop.tenant_id))
        .filter(order::Column::Status.eq(OrderStatus::Draft))
        .order_by_desc(order::Column::CreatedAt)
        .one(&unit.txn)
        .await?;
    let approvals = approval::Entity::find()
        .filter(approval::Column::TenantId.eq(shop.tenant_id))
        .filter(approval::Column::Decision.eq(ApprovalDecision::Pending))
        .all(&unit.txn)
        .await?;
    let consents = consent::Entity::find()
        .filter(consent::Column::TenantId.eq(shop.tenant_id))
        .all(&unit.txn)
        .await?;
    // Whether it is the seller alone that is waited for, and for the last of so many.
    let lacks_one_of = |order: &order::Model, people: i32| {
        let open: Vec<_> = approvals.iter().filter(|it| it.order_id == order.id).collect();
        let [answer] = open.as_slice() else { return false };
        let given = consents.iter().filter(|it| it.approval_id == answer.id).count();
        answer.partner_id.is_none()
            && answer.approvers_needed == people
            && is_enough(answer, given + 1)
    };
    let newest = |people| waiting.iter().find(|it| lacks_one_of(it, people)).map(|it| it.id);
    let (Some(buyer), Some(offer)) = (shop.buyers.first(), shop.offers.first()) else {
        return Err(anyhow::anyhow!("the made-up seller sells nothing to nobody").into());
    };
    Ok(Examples {
        waiting_order: newest(1),
        half_approved_order: newest(2),
        draft: draft.map(|draft| draft.id),
        customer: buyer.customer_id,
        offer: offer.id,
        plan: shop.plan,
    })
}

#[cfg(test)]
mod tests {
    use entity::{CatalogStatus, event, offer};
    use sea_orm::{PaginatorTrait, sea_query::Expr};
    use tokio_util::{sync::CancellationToken, task::TaskTracker};
    use uuid::Uuid;

    use super::*;
    use crate::{
        clock::Clock,
        store::{Settings, Store},
    };

    /// Whatever the rules have to say against a step, the demo starts, and nothing of the step is left.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_step_that_is_refused_is_left_out() {
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let folder = std::env::temp_dir().join(format!("ordergate-test-{}", Uuid::new_v4()));
        std::fs::create_dir(&folder).unwrap();
        let url = format!("sqlite://{}?mode=rwc", folder.join("demo.db").display());
        let store = Store::open(&url, &Settings::default(), &tasks, &stop).await.unwrap();
        store.migrate().await.unwrap();
        let app = App::new(store, Clock::System, &tasks, &stop);
        let now = app.clock.now();
        let tenant_id = TenantId::new(now);
        let mut unit = Unit::begin(&app, Arc::new(Viewer::system(tenant_id))).await.unwrap();
        unit.now = now - AGE;
        let world = open_shop(&mut unit).await.unwrap();
        // Most orders have a line of these.
        offer::Entity::update_many()
            .col_expr(offer::Column::Status, Expr::value(CatalogStatus::Retired))
            .filter(offer::Column::Code.not_like("LYRA-%"))
            .exec(&unit.txn)
            .await
            .unwrap();

        let mut past = Story::new(Arc::new(world), 7);
        past.tell_past(&mut unit, now, 60).await.unwrap();
        assert!(past.refused() > 30, "{}", past.refused());
        let orders = order::Entity::find().count(&unit.txn).await.unwrap();
        assert!(orders > 0);
        unit.commit().await.unwrap();
        let events = event::Entity::find().all(app.store.readers()).await.unwrap();
        let placed = events.iter().filter(|event| event.order_version == Some(1)).count();
        assert_eq!(placed as u64, orders);
        stop.cancel();
        drop(app);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
