//! A seller with everything: two customers of two partners, and of each of them orders in every stage and what comes of
//! orders.

mod arguments;
mod setup;

use chrono::NaiveDate;
use domain::viewer::Viewer;
use entity::TenantId;

pub(crate) use self::setup::seller;

/// Ids are as the API spells them.
pub(crate) struct Seller {
    pub(crate) tenant_id: TenantId,
    tenant: String,
    pub(crate) admin: Viewer,
    pub(crate) near: Buyer,
    pub(crate) far: Buyer,
    /// The partner above those of both customers.
    pub(crate) upper_partner: String,
    pub(crate) product: String,
    pub(crate) edition: String,
    pub(crate) offer: String,
    tax_code: String,
    /// In place of the other.
    larger_offer: String,
    plan: String,
    larger_plan: String,
    /// Of the offer, with a plan.
    add_on: String,
    add_on_plan: String,
    manual_offer: String,
    billing_run: String,
    /// To which order lines are posted.
    vendor_endpoint: String,
    /// Before everything that has happened.
    first_cursor: String,
}

/// A customer below a partner of its own, and what it has.
pub(crate) struct Buyer {
    pub(crate) customer_viewer: Viewer,
    pub(crate) partner_viewer: Viewer,
    pub(crate) partner_approver: Viewer,
    pub(crate) partner: String,
    pub(crate) customer: String,
    pub(crate) agreement: String,
    pub(crate) api_key: String,
    /// Carried out: of the instant offer.
    pub(crate) order: String,
    pub(crate) subscription: String,
    pub(crate) license: String,
    pub(crate) issued_invoice: String,
    issued_line: String,
    draft_invoice: String,
    /// Drafts.
    credit_notes: [String; 3],
    credit_of_invoice: String,
    payment: String,
    account_transaction: String,
    suspended_subscription: String,
    changeable_subscriptions: [String; 4],
    /// Its cancellation waits for the renewal, and a change before that.
    ending_subscription: String,
    scheduled_change: String,
    /// Charged by use.
    used_subscription: String,
    usage_report: String,
    /// The first day of the report, and the first after it.
    used_days: [NaiveDate; 2],
    drafts: [String; 3],
    pending: [String; 3],
    /// Waits for approval, by a link of the seller's too.
    linked: String,
    approval_link: String,
    /// Not enabled, and for the answer of the partner.
    approval_rules: [String; 2],
    denial: String,
    /// Of the offer, for the customer.
    price: String,
    /// Pending: for a draft, and for none.
    payment_agreements: [String; 3],
    paid_draft: String,
    /// For this customer alone, and not given yet.
    discount: String,
    /// Given to the subscription that can be changed last.
    subscription_discount: String,
    mail_recipient: String,
    other_mail_recipient: String,
    /// Could not be sent.
    mail: String,
    lines: Lines,
    /// Of the partner.
    pub(crate) webhook_endpoints: [String; 2],
}

/// Lines of one order in provisioning.
struct Lines {
    pending: String,
    in_progress: [String; 4],
    on_hold: String,
    failed: String,
}

impl Seller {
    /// Every id that a caller may come across.
    pub(crate) fn ids(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = vec![
            &self.tenant,
            &self.upper_partner,
            &self.product,
            &self.edition,
            &self.offer,
            &self.tax_code,
            &self.larger_offer,
            &self.plan,
            &self.larger_plan,
            &self.add_on,
            &self.add_on_plan,
            &self.manual_offer,
            &self.billing_run,
            &self.vendor_endpoint,
        ];
        for buyer in [&self.near, &self.far] {
            ids.extend(buyer.ids());
        }
        ids
    }

    /// The ids that the near customer and its partner may not come across.
    pub(crate) fn far_ids(&self) -> Vec<&str> {
        self.far.ids().collect()
    }
}

impl Buyer {
    fn ids(&self) -> impl Iterator<Item = &str> {
        let lines = &self.lines;
        [
            &self.partner,
            &self.customer,
            &self.agreement,
            &self.api_key,
            &self.order,
            &self.subscription,
            &self.license,
            &self.issued_invoice,
            &self.issued_line,
            &self.draft_invoice,
            &self.credit_of_invoice,
            &self.payment,
            &self.account_transaction,
            &self.suspended_subscription,
            &self.ending_subscription,
            &self.scheduled_change,
            &self.used_subscription,
            &self.usage_report,
            &self.linked,
            &self.approval_link,
            &self.approval_rules[0],
            &self.approval_rules[1],
            &self.denial,
            &self.price,
            &self.paid_draft,
            &self.discount,
            &self.subscription_discount,
            &self.mail_recipient,
            &self.other_mail_recipient,
            &self.mail,
            &lines.pending,
            &lines.on_hold,
            &lines.failed,
        ]
        .into_iter()
        .chain(&self.changeable_subscriptions)
        .chain(&self.credit_notes)
        .chain(&self.drafts)
        .chain(&self.pending)
        .chain(&lines.in_progress)
        .chain(&self.webhook_endpoints)
        .chain(&self.payment_agreements)
        .map(String::as_str)
    }
}
