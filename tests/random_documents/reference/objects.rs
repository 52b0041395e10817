//! What each field of each object is: one line, one expression.

#![expect(clippy::unnecessary_wraps, reason = "fields that never fail are written like all others")]

use std::cmp::Reverse;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, NaiveDate, Utc};
use domain::order_life::{Mover, TRANSITIONS, Transition, allows, movers};
use entity::{
    ApprovalDecision, BillingPeriod, CreditReason, LineOutcome, OfferId, OrderAction,
    OrderLineStatus, OrderStatus, OrderTrigger, PaymentAgreementStatus, PaymentMethod, PriceScope,
    PriceStatus, Role, SubjectKind, TaxCategory, TenantId, WebhookDisabledReason,
    WebhookEndpointId, account_transaction,
    activation::{Activation, ActivationItem},
    agreement, api_key, approval, approval_link, approval_rule, billing_run,
    commitment::{Commitment, OfferCommitment},
    consent, customer, denial,
    discount::{self, DiscountTerms},
    edition, event, invoice, invoice_line, invoice_tax, license, line_correction, mail,
    mail_recipient, offer, order, order_line, order_line_attempt, order_line_hold, partner, party,
    payment, payment_agreement, plan, plan_component,
    plan_instance::{
        Charge, LineComponent, PlanComponent, PlanInstance, PlanStep, ProrationPolicy,
    },
    plan_step, price,
    pricing::PriceTier,
    product, subscription, subscription_change, subscription_discount, subscription_period,
    tax_code, tax_rate, tenant, usage_report, webhook_delivery, webhook_endpoint,
};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{
    BAD_USER_INPUT, FORBIDDEN, Failure, Found, Reference,
    access::{Party, Row},
    answer::{Answer, id, moment},
    arguments::{Arguments, read_id},
    lists::{Edge, Page, is_overdue},
    money::{Money, Tax, Totals},
};

/// An object of an answer.
#[derive(Clone)]
pub(super) enum Object<'a> {
    Query,
    Viewer,
    Tenant(&'a tenant::Model),
    TenantSettings(&'a tenant::Model),
    ProrationPolicy(ProrationPolicy),
    Partner(&'a partner::Model),
    ApiKey(&'a api_key::Model),
    Customer(&'a customer::Model),
    Product(&'a product::Model),
    Offer(&'a offer::Model),
    Price(&'a price::Model),
    Plan(&'a plan::Model),
    PlanStep(&'a plan_step::Model),
    PlanComponent(&'a plan_component::Model),
    PriceOverrideRule(&'a plan::Model),
    PlanInstance(&'a PlanInstance, &'a str),
    PlanInstanceStep(&'a PlanStep, &'a str),
    PlanInstanceComponent(&'a PlanComponent, &'a str),
    OrderLineComponent(&'a LineComponent, &'a str),
    Edition(&'a edition::Model),
    TaxCode(&'a tax_code::Model),
    TaxRate(&'a tax_rate::Model),
    EditionLimitation(&'a str, i32),
    EditionVariable(&'a str, &'a str),
    Agreement(&'a agreement::Model),
    Order(&'a order::Model),
    OrderLine(&'a order_line::Model),
    ActivationItem(&'a ActivationItem),
    OrderLineAttempt(&'a order_line_attempt::Model),
    OrderLineHold(&'a order_line_hold::Model),
    Approval(&'a approval::Model),
    ApprovalLink(&'a approval_link::Model),
    ApprovalRule(&'a approval_rule::Model),
    Consent(&'a consent::Model),
    Mail(&'a mail::Model),
    MailRecipient(&'a mail_recipient::Model),
    Subscription(&'a subscription::Model),
    BillingHold(&'a str, DateTime<Utc>),
    BillingRun(&'a billing_run::Model),
    Denial(&'a denial::Model),
    PaymentAgreement(&'a payment_agreement::Model),
    Discount(&'a discount::Model),
    DiscountTerms(&'a DiscountTerms, &'a str),
    OfferCommitment(&'a OfferCommitment),
    SubscriptionCommitment(&'a Commitment, &'a str),
    SubscriptionDiscount(&'a subscription_discount::Model),
    SubscriptionPeriod(&'a subscription_period::Model),
    ScheduledChange(&'a subscription_change::Model),
    UsageReport(&'a usage_report::Model),
    ChargeLine(Charge, &'a str),
    PriceTier(PriceTier, &'a str),
    Share(Charge),
    License(&'a license::Model),
    Invoice(&'a invoice::Model),
    /// In the currency of what it was reached from.
    InvoiceLine {
        line: &'a invoice_line::Model,
        currency: &'a str,
    },
    InvoiceTax {
        tax: &'a invoice_tax::Model,
        currency: &'a str,
    },
    LineCorrection(&'a line_correction::Model),
    InvoiceParty(&'a party::Party),
    PeriodShare(i32, i32),
    Payment(&'a payment::Model),
    AccountTransaction(&'a account_transaction::Model),
    Event(&'a event::Model),
    WebhookEndpoint(&'a webhook_endpoint::Model),
    WebhookDelivery(&'a webhook_delivery::Model),
    OrderTransition(&'static Transition),
    Money(Money<'a>),
    Totals(Totals<'a>),
    TaxAmount(Tax<'a>),
    Page(Page<'a>),
    Edge(&'static str, Box<Edge<'a>>),
    PageInfo(Page<'a>),
}

impl Object<'_> {
    pub(super) fn type_name(&self) -> String {
        let name = match self {
            Self::Query => "Query",
            Self::Viewer => "Viewer",
            Self::Tenant(_) => "Tenant",
            Self::TenantSettings(_) => "TenantSettings",
            Self::ProrationPolicy(_) => "ProrationPolicy",
            Self::Partner(_) => "Partner",
            Self::ApiKey(_) => "ApiKey",
            Self::Customer(_) => "Customer",
            Self::Product(_) => "Product",
            Self::Offer(_) => "Offer",
            Self::Price(_) => "Price",
            Self::Plan(_) => "Plan",
            Self::PlanStep(_) => "PlanStep",
            Self::PlanComponent(_) => "PlanComponent",
            Self::PriceOverrideRule(_) => "PriceOverrideRule",
            Self::PlanInstance(..) => "PlanInstance",
            Self::PlanInstanceStep(..) => "PlanInstanceStep",
            Self::PlanInstanceComponent(..) => "PlanInstanceComponent",
            Self::OrderLineComponent(..) => "OrderLineComponent",
            Self::Edition(_) => "Edition",
            Self::TaxCode(_) => "TaxCode",
            Self::TaxRate(_) => "TaxRate",
            Self::EditionLimitation(..) => "EditionLimitation",
            Self::EditionVariable(..) => "EditionVariable",
            Self::Agreement(_) => "Agreement",
            Self::Order(_) => "Order",
            Self::OrderLine(_) => "OrderLine",
            Self::ActivationItem(_) => "ActivationItem",
            Self::OrderLineAttempt(_) => "OrderLineAttempt",
            Self::OrderLineHold(_) => "OrderLineHold",
            Self::Approval(_) => "Approval",
            Self::ApprovalLink(_) => "ApprovalLink",
            Self::ApprovalRule(_) => "ApprovalRule",
            Self::Consent(_) => "Consent",
            Self::Mail(_) => "Mail",
            Self::MailRecipient(_) => "MailRecipient",
            Self::Subscription(_) => "CustomerSubscription",
            Self::BillingHold(..) => "BillingHold",
            Self::BillingRun(_) => "BillingRun",
            Self::Denial(_) => "Denial",
            Self::PaymentAgreement(_) => "PaymentAgreement",
            Self::Discount(_) => "Discount",
            Self::DiscountTerms(..) => "DiscountTerms",
            Self::OfferCommitment(_) => "OfferCommitment",
            Self::SubscriptionCommitment(..) => "SubscriptionCommitment",
            Self::SubscriptionDiscount(_) => "SubscriptionDiscount",
            Self::SubscriptionPeriod(_) => "SubscriptionPeriod",
            Self::ScheduledChange(_) => "ScheduledChange",
            Self::UsageReport(_) => "UsageReport",
            Self::ChargeLine(..) => "ChargeLine",
            Self::PriceTier(..) => "PriceTier",
            Self::Share(_) => "Share",
            Self::License(_) => "License",
            Self::Invoice(_) => "Invoice",
            Self::InvoiceLine { .. } => "InvoiceLine",
            Self::InvoiceTax { .. } => "InvoiceTax",
            Self::LineCorrection(_) => "LineCorrection",
            Self::InvoiceParty(_) => "Party",
            Self::PeriodShare(..) => "PeriodShare",
            Self::Payment(_) => "Payment",
            Self::AccountTransaction(_) => "AccountTransaction",
            Self::Event(_) => "Event",
            Self::WebhookEndpoint(_) => "WebhookEndpoint",
            Self::WebhookDelivery(_) => "WebhookDelivery",
            Self::OrderTransition(_) => "OrderTransition",
            Self::Money(_) => "Money",
            Self::Totals(_) => "Totals",
            Self::TaxAmount(_) => "TaxAmount",
            Self::Page(page) => return format!("{}Connection", page.of),
            Self::Edge(of, _) => return format!("{of}Edge"),
            Self::PageInfo(_) => "PageInfo",
        };
        name.to_owned()
    }
}

type Field<'a> = Result<Found<'a>, Failure>;

impl<'a> Reference<'a> {
    /// What a field of an object is.
    pub(super) fn field(&self, of: &Object<'a>, name: &str, arguments: &Arguments) -> Field<'a> {
        match of {
            Object::Query => self.of_query(name, arguments),
            Object::Viewer => self.of_viewer(name),
            Object::Tenant(row) => self.of_tenant(row, name),
            Object::TenantSettings(row) => of_tenant_settings(row, name),
            Object::ProrationPolicy(policy) => of_proration_policy(*policy, name),
            Object::Partner(row) => self.of_partner(row, name, arguments),
            Object::ApiKey(row) => self.of_api_key(row, name),
            Object::Customer(row) => self.of_customer(row, name, arguments),
            Object::Product(row) => self.of_product(row, name, arguments),
            Object::Offer(row) => self.of_offer(row, name, arguments),
            Object::Price(row) => self.of_price(row, name),
            Object::Plan(row) => self.of_plan(row, name, arguments),
            Object::PlanStep(row) => self.of_plan_step(row, name),
            Object::PlanComponent(row) => self.of_plan_component(row, name),
            Object::PriceOverrideRule(row) => of_price_override(row, name),
            Object::PlanInstance(sold, currency) => of_plan_instance(sold, currency, name),
            Object::PlanInstanceStep(step, currency) => of_plan_instance_step(step, currency, name),
            Object::PlanInstanceComponent(sold, currency) => {
                of_plan_instance_component(sold, currency, name)
            }
            Object::OrderLineComponent(sold, currency) => of_line_component(sold, currency, name),
            Object::Edition(row) => self.of_edition(row, name, arguments),
            Object::TaxCode(row) => self.of_tax_code(row, name),
            Object::TaxRate(row) => of_tax_rate(row, name),
            Object::EditionLimitation(limited, most) => match name {
                "name" => text(limited),
                "value" => int(*most),
                _ => unknown("EditionLimitation", name),
            },
            Object::EditionVariable(set, to) => match name {
                "name" => text(set),
                "value" => text(to),
                _ => unknown("EditionVariable", name),
            },
            Object::Agreement(row) => self.of_agreement(row, name, arguments),
            Object::Order(row) => self.of_order(row, name, arguments),
            Object::OrderLine(row) => self.of_order_line(row, name),
            Object::ActivationItem(item) => match name {
                "name" => text(&item.name),
                "kind" => text(item.kind.as_str()),
                "value" => text(&item.value),
                _ => unknown("ActivationItem", name),
            },
            Object::OrderLineAttempt(row) => self.of_order_line_attempt(row, name),
            Object::OrderLineHold(row) => self.of_order_line_hold(row, name),
            Object::Approval(row) => self.of_approval(row, name),
            Object::ApprovalLink(row) => self.of_approval_link(row, name),
            Object::ApprovalRule(row) => self.of_approval_rule(row, name),
            Object::Consent(row) => self.of_consent(row, name),
            Object::Mail(row) => self.of_mail(row, name),
            Object::MailRecipient(row) => self.of_mail_recipient(row, name),
            Object::Subscription(row) => self.of_subscription(row, name, arguments),
            Object::BillingHold(reason, since) => match name {
                "reason" => text(reason),
                "since" => time(*since),
                _ => unknown("BillingHold", name),
            },
            Object::BillingRun(row) => of_billing_run(row, name),
            Object::Denial(row) => self.of_denial(row, name),
            Object::PaymentAgreement(row) => self.of_payment_agreement(row, name),
            Object::Discount(row) => self.of_discount(row, name),
            Object::DiscountTerms(terms, currency) => of_discount_terms(terms, currency, name),
            Object::OfferCommitment(it) => of_offer_commitment(it, name),
            Object::SubscriptionCommitment(it, currency) => of_commitment(it, currency, name),
            Object::SubscriptionDiscount(row) => self.of_subscription_discount(row, name),
            Object::SubscriptionPeriod(row) => self.of_subscription_period(row, name),
            Object::ScheduledChange(row) => self.of_scheduled_change(row, name),
            Object::UsageReport(row) => self.of_usage_report(row, name),
            Object::ChargeLine(charge, currency) => of_charge_line(charge, currency, name),
            Object::PriceTier(tier, currency) => match name {
                "upTo" => maybe_int(tier.up_to),
                "unitPrice" => money(tier.unit_amount, currency),
                "flatPrice" => money(tier.flat_amount, currency),
                "packageSize" => maybe_int(tier.package_size),
                _ => unknown("PriceTier", name),
            },
            Object::Share(charge) => match name {
                "days" => int(charge.share_days),
                "ofDays" => int(charge.share_of_days),
                _ => unknown("Share", name),
            },
            Object::License(row) => self.of_license(row, name),
            Object::Invoice(row) => self.of_invoice(row, name),
            Object::InvoiceLine { line, currency } => self.of_invoice_line(line, currency, name),
            Object::InvoiceTax { tax, currency } => match name {
                "category" => text(tax.category.as_str()),
                "basisPoints" => int(tax.basis_points),
                "net" => money(tax.net_amount, currency),
                "tax" => money(tax.tax_amount, currency),
                "exemptionReason" => maybe_text(tax.exemption_reason.as_deref()),
                _ => unknown("InvoiceTax", name),
            },
            Object::LineCorrection(row) => match name {
                "line" => {
                    let line = self
                        .seen::<invoice_line::Model>()
                        .find(|line| line.id == row.corrects_line_id);
                    maybe_object(line.map(|line| self.line(line)))
                }
                "amount" => text(&row.amount.to_string()),
                _ => unknown("LineCorrection", name),
            },
            Object::InvoiceParty(party) => of_party(party, name),
            Object::PeriodShare(days, of_days) => match name {
                "days" => int(*days),
                "ofDays" => int(*of_days),
                _ => unknown("PeriodShare", name),
            },
            Object::Payment(row) => self.of_payment(row, name),
            Object::AccountTransaction(row) => self.of_account_transaction(row, name),
            Object::WebhookEndpoint(row) => self.of_webhook_endpoint(row, name, arguments),
            Object::WebhookDelivery(row) => self.of_webhook_delivery(row, name),
            Object::Event(row) => self.of_event(row, name),
            Object::OrderTransition(row) => of_order_transition(row, name),
            Object::Money(money) => match name {
                "minorUnits" => text(&money.amount.to_string()),
                "currency" => text(money.currency),
                "formatted" => text(&money.formatted()),
                _ => unknown("Money", name),
            },
            Object::Totals(totals) => match name {
                "net" => money(totals.net(), totals.currency),
                "tax" => money(totals.tax(), totals.currency),
                "gross" => money(totals.net() + totals.tax(), totals.currency),
                "taxes" => objects(totals.taxes().into_iter().map(Object::TaxAmount)),
                _ => unknown("Totals", name),
            },
            Object::TaxAmount(tax) => match name {
                "category" => text(tax.category.as_str()),
                "basisPoints" => int(tax.basis_points),
                "net" => money(tax.net, tax.currency),
                "tax" => money(tax.due, tax.currency),
                _ => unknown("TaxAmount", name),
            },
            Object::Page(page) => of_page(page, name),
            Object::Edge(_, edge) => match name {
                "cursor" => text(&edge.cursor),
                "node" => object(edge.node.clone()),
                _ => unknown("Edge", name),
            },
            Object::PageInfo(page) => match name {
                "hasPreviousPage" => boolean(page.has_previous),
                "hasNextPage" => boolean(page.has_next),
                "startCursor" => maybe_text(page.items.first().map(|edge| edge.cursor.as_str())),
                "endCursor" => maybe_text(page.items.last().map(|edge| edge.cursor.as_str())),
                _ => unknown("PageInfo", name),
            },
        }
    }

    fn of_query(&self, name: &str, arguments: &Arguments) -> Field<'a> {
        match name {
            "viewer" => object(Object::Viewer),
            "node" => self.node(arguments.text("id").unwrap_or_default()),
            "nodes" => self.nodes(&arguments.texts("ids").unwrap_or_default()),
            "orderLifecycle" => objects(TRANSITIONS.iter().map(Object::OrderTransition)),
            "apiKeys" if self.caller.key.role != Role::Admin => Err(FORBIDDEN),
            "apiKeys" => page(self.api_keys(arguments)),
            "mailRecipient" => {
                let id = arguments.id("id", "mailrecipient")?.ok_or(BAD_USER_INPUT)?;
                self.keeps_mail()?;
                self.maybe(Object::MailRecipient, Some(id))
            }
            "mailRecipients" => page(self.mail_recipients(arguments)),
            "mail" => {
                let id = arguments.id("id", "mail")?.ok_or(BAD_USER_INPUT)?;
                self.keeps_mail()?;
                self.maybe(Object::Mail, Some(id))
            }
            "mails" => page(self.mails(arguments)),
            "order" => self.one(arguments, "number", Object::Order, |row| Some(&row.number)),
            "orders" => page(self.orders(arguments)),
            "orderLine" => {
                let id = arguments.id("id", "line")?.ok_or(BAD_USER_INPUT)?;
                self.maybe(Object::OrderLine, Some(id))
            }
            "orderLines" => page(self.order_lines(arguments)),
            "subscription" => {
                self.one(arguments, "number", Object::Subscription, |row| Some(&row.number))
            }
            "subscriptions" => page(self.subscriptions(arguments)),
            "license" => {
                self.one(arguments, "licenseKey", Object::License, |row| Some(&row.license_key))
            }
            "licenses" => page(self.licenses(arguments)),
            "invoice" => self.one(arguments, "number", Object::Invoice, |row| row.number.as_ref()),
            "invoices" => page(self.invoices(arguments)),
            "agreement" => {
                self.one(arguments, "number", Object::Agreement, |row| Some(&row.number))
            }
            "agreements" => page(self.agreements(arguments)),
            "paymentAgreement" => {
                let reference = |row: &'a payment_agreement::Model| row.provider_reference.as_ref();
                self.one(arguments, "providerReference", Object::PaymentAgreement, reference)
            }
            "paymentAgreements" => page(self.payment_agreements(arguments)),
            "customer" => {
                let number = |row: &'a customer::Model| Some(&row.customer_number);
                self.one(arguments, "customerNumber", Object::Customer, number)
            }
            "customers" => page(self.customers(arguments)),
            "partner" => {
                let number = |row: &'a partner::Model| Some(&row.partner_number);
                self.one(arguments, "partnerNumber", Object::Partner, number)
            }
            "partners" => page(self.partners(arguments)),
            "product" => self.one(arguments, "code", Object::Product, |row| Some(&row.code)),
            "products" => page(self.products(arguments)),
            "offer" => self.one(arguments, "code", Object::Offer, |row| Some(&row.code)),
            "offers" => page(self.offers(arguments)),
            "plan" => self.one(arguments, "code", Object::Plan, |row| Some(&row.code)),
            "plans" => page(self.plans(arguments)),
            "discount" => self.one(arguments, "code", Object::Discount, |row| Some(&row.code)),
            "discounts" => page(self.discounts(arguments)),
            "edition" => {
                let id = arguments.id("id", "edition")?.ok_or(BAD_USER_INPUT)?;
                self.maybe(Object::Edition, Some(id))
            }
            "editions" => page(self.editions(arguments)),
            "billingRun" => {
                let id = arguments.id("id", "billingrun")?.ok_or(BAD_USER_INPUT)?;
                self.maybe(Object::BillingRun, Some(id))
            }
            "billingRuns" => page(self.billing_runs(arguments)),
            "webhookEndpoint" => {
                let id = arguments.id("id", "webhookendpoint")?.ok_or(BAD_USER_INPUT)?;
                self.is_webhook_keeper()?;
                self.maybe(Object::WebhookEndpoint, Some(id))
            }
            "webhookEndpoints" => {
                self.is_webhook_keeper()?;
                page(self.webhook_endpoints(arguments))
            }
            "approvalRule" => {
                let id = arguments.id("id", "approvalrule")?.ok_or(BAD_USER_INPUT)?;
                self.maybe(Object::ApprovalRule, Some(id))
            }
            "approvalRules" => page(self.approval_rules(arguments)),
            "taxCode" => self.one(arguments, "code", Object::TaxCode, |row| Some(&row.code)),
            "taxCodes" => page(self.tax_codes(arguments)),
            _ => unknown("Query", name),
        }
    }

    /// Refused unless the caller looks after mail. Arguments are read before that.
    pub(super) fn keeps_mail(&self) -> Result<(), Failure> {
        let may = matches!(self.caller.key.role, Role::Admin | Role::Approver | Role::Partner);
        if may { Ok(()) } else { Err(FORBIDDEN) }
    }

    /// One row, by its id or by its key.
    fn one<R: Row>(
        &self,
        arguments: &Arguments,
        key_name: &str,
        view: fn(&'a R) -> Object<'a>,
        key: impl Fn(&'a R) -> Option<&'a String>,
    ) -> Field<'a> {
        match (arguments.id("id", R::PREFIX)?, arguments.text(key_name)) {
            (Some(id), None) => self.maybe(view, Some(id)),
            (None, Some(wanted)) => {
                let wanted = wanted.trim();
                if wanted.is_empty() || wanted.chars().count() > 64 {
                    return Err(BAD_USER_INPUT);
                }
                let row = self.seen::<R>().find(|row| key(row).is_some_and(|it| it == wanted));
                maybe_object(row.map(view))
            }
            (Some(_), Some(_)) | (None, None) => Err(BAD_USER_INPUT),
        }
    }

    fn nodes(&self, ids: &[&str]) -> Field<'a> {
        if ids.len() > 100 {
            return Err(BAD_USER_INPUT);
        }
        Ok(Found::List(ids.iter().map(|id| self.node(id)).collect()))
    }

    fn node(&self, text: &str) -> Field<'a> {
        let (prefix, id) = read_id(text).ok_or(BAD_USER_INPUT)?;
        let id = Some(id);
        match prefix {
            "tenant" => self.maybe(Object::Tenant, id),
            "partner" => self.maybe(Object::Partner, id),
            "apikey" => self.maybe(Object::ApiKey, id),
            "customer" => self.maybe(Object::Customer, id),
            "product" => self.maybe(Object::Product, id),
            "offer" => self.maybe(Object::Offer, id),
            "plan" => self.maybe(Object::Plan, id),
            "edition" => self.maybe(Object::Edition, id),
            "agreement" => self.maybe(Object::Agreement, id),
            "order" => self.maybe(Object::Order, id),
            "line" => self.maybe(Object::OrderLine, id),
            "approvallink" => self.maybe(Object::ApprovalLink, id),
            "approvalrule" => self.maybe(Object::ApprovalRule, id),
            "subscription" => self.maybe(Object::Subscription, id),
            "change" => self.maybe(Object::ScheduledChange, id),
            "usagereport" => self.maybe(Object::UsageReport, id),
            "license" => self.maybe(Object::License, id),
            "invoice" => self.maybe(Object::Invoice, id),
            "billingrun" => self.maybe(Object::BillingRun, id),
            "denial" => self.maybe(Object::Denial, id),
            "paymentagreement" => self.maybe(Object::PaymentAgreement, id),
            "discount" => self.maybe(Object::Discount, id),
            "taxcode" => self.maybe(Object::TaxCode, id),
            "webhookendpoint" => self.maybe(Object::WebhookEndpoint, id),
            "mailrecipient" => self.maybe(Object::MailRecipient, id),
            "mail" => self.maybe(Object::Mail, id),
            _ => Ok(Found::Null),
        }
    }

    fn of_viewer(&self, name: &str) -> Field<'a> {
        let key = &self.caller.key;
        match name {
            "subject" => text(&self.caller.subject()),
            "kind" => text("API_KEY"),
            "role" => text(key.role.as_str()),
            "tenant" => self.maybe(Object::Tenant, Some(key.tenant_id)),
            "partner" => self.maybe(Object::Partner, key.partner_id),
            "customer" => self.maybe(Object::Customer, key.customer_id),
            "expiresAt" => maybe_time(key.expires_at),
            _ => unknown("Viewer", name),
        }
    }

    fn of_tenant(&self, row: &'a tenant::Model, name: &str) -> Field<'a> {
        match name {
            "id" => text(&id("tenant", row.id)),
            "name" => text(&row.name),
            "kind" => text(row.kind.as_str()),
            "defaultCurrency" => text(&row.default_currency),
            "settings" => match self.caller.party {
                Party::Seller => object(Object::TenantSettings(row)),
                Party::Partner { .. } | Party::Customer { .. } => Ok(Found::Null),
            },
            "version" => version(row.version),
            "createdAt" => time(row.created_at),
            "updatedAt" => time(row.updated_at),
            _ => unknown("Tenant", name),
        }
    }

    fn of_partner(&self, row: &'a partner::Model, name: &str, arguments: &Arguments) -> Field<'a> {
        let own = Some(row.id);
        match name {
            "id" => text(&id("partner", row.id)),
            "partnerNumber" => text(&row.partner_number),
            "name" => text(&row.name),
            "approvalRequired" => boolean(row.approval_required),
            "email" => maybe_text(row.email.as_deref()),
            "street" => maybe_text(row.street.as_deref()),
            "postalCode" => maybe_text(row.postal_code.as_deref()),
            "city" => maybe_text(row.city.as_deref()),
            "country" => maybe_text(row.country.as_deref()),
            "taxNumber" => maybe_text(row.tax_number.as_deref()),
            "parent" => self.maybe(Object::Partner, row.parent_id),
            "version" => version(row.version),
            "createdAt" => time(row.created_at),
            "updatedAt" => time(row.updated_at),
            "children" => {
                page(self.newest_first(arguments, |it: &partner::Model| it.parent_id == own))
            }
            "customers" => {
                page(self.newest_first(arguments, |it: &customer::Model| it.partner_id == own))
            }
            "orders" => {
                page(self.newest_first(arguments, |it: &order::Model| it.partner_id == own))
            }
            "subscriptions" => {
                page(self.newest_first(arguments, |it: &subscription::Model| it.partner_id == own))
            }
            "licenses" => {
                page(self.newest_first(arguments, |it: &license::Model| it.partner_id == own))
            }
            "invoices" => {
                page(self.newest_first(arguments, |it: &invoice::Model| it.partner_id == own))
            }
            _ => unknown("Partner", name),
        }
    }

    fn of_api_key(&self, row: &'a api_key::Model, name: &str) -> Field<'a> {
        match name {
            "id" => text(&id("apikey", row.id)),
            "name" => text(&row.name),
            "prefix" => text(&row.prefix),
            "role" => text(row.role.as_str()),
            "partner" => self.maybe(Object::Partner, row.partner_id),
            "customer" => self.maybe(Object::Customer, row.customer_id),
            "createdAt" => time(row.created_at),
            "expiresAt" => maybe_time(row.expires_at),
            "revokedAt" => maybe_time(row.revoked_at),
            _ => unknown("ApiKey", name),
        }
    }

    fn of_customer(
        &self,
        row: &'a customer::Model,
        name: &str,
        arguments: &Arguments,
    ) -> Field<'a> {
        let own = row.id;
        match name {
            "id" => text(&id("customer", row.id)),
            "customerNumber" => text(&row.customer_number),
            "name" => text(&row.name),
            "email" => maybe_text(row.email.as_deref()),
            "phone" => maybe_text(row.phone.as_deref()),
            "street" => maybe_text(row.street.as_deref()),
            "postalCode" => maybe_text(row.postal_code.as_deref()),
            "city" => maybe_text(row.city.as_deref()),
            "country" => maybe_text(row.country.as_deref()),
            "taxNumber" => maybe_text(row.tax_number.as_deref()),
            "taxTreatment" => text(row.tax_treatment.as_str()),
            "taxExemptionReason" => maybe_text(row.tax_exemption_reason.as_deref()),
            "partner" => self.maybe(Object::Partner, row.partner_id),
            "version" => version(row.version),
            "createdAt" => time(row.created_at),
            "updatedAt" => time(row.updated_at),
            "agreements" => {
                page(self.newest_first(arguments, |it: &agreement::Model| it.customer_id == own))
            }
            "orders" => {
                page(self.newest_first(arguments, |it: &order::Model| it.customer_id == own))
            }
            "subscriptions" => {
                page(self.newest_first(arguments, |it: &subscription::Model| it.customer_id == own))
            }
            "licenses" => {
                page(self.newest_first(arguments, |it: &license::Model| it.customer_id == own))
            }
            "accountTransactions" => {
                let of_own = |it: &account_transaction::Model| it.customer_id == own;
                page(self.newest_first(arguments, of_own))
            }
            "paymentAgreements" => page(
                self.newest_first(arguments, |it: &payment_agreement::Model| it.customer_id == own),
            ),
            "denials" => {
                let of_own = self.seen::<denial::Model>().filter(|it| it.customer_id == own);
                let newest_first = sorted(of_own, |it| Reverse((it.created_at, it.id)));
                objects(newest_first.map(Object::Denial))
            }
            "invoices" => {
                page(self.newest_first(arguments, |it: &invoice::Model| it.customer_id == own))
            }
            _ => unknown("Customer", name),
        }
    }

    fn of_payment_agreement(&self, row: &'a payment_agreement::Model, name: &str) -> Field<'a> {
        match name {
            "id" => text(&id("paymentagreement", row.id)),
            "customer" => self.maybe(Object::Customer, Some(row.customer_id)),
            "partner" => self.maybe(Object::Partner, row.partner_id),
            "order" => self.maybe(Object::Order, row.order_id),
            "method" => text(row.method.as_str()),
            "currency" => maybe_text(row.currency.as_deref()),
            "status" => text(row.status.as_str()),
            "redirectUrl" => maybe_text(row.redirect_url.as_deref()),
            "returnUrl" => maybe_text(row.return_url.as_deref()),
            "providerReference" => maybe_text(row.provider_reference.as_deref()),
            "submitsOrder" => boolean(row.submits_order),
            "reason" => maybe_text(row.reason.as_deref()),
            "registeredBy" => {
                let told = self.caller.may_name(row.registered_by_partner_id);
                maybe_text(told.then_some(&row.registered_by))
            }
            "expiresAt" => maybe_time(row.expires_at),
            "decidedAt" => maybe_time(row.decided_at),
            "version" => version(row.version),
            "createdAt" => time(row.created_at),
            "updatedAt" => time(row.updated_at),
            _ => unknown("PaymentAgreement", name),
        }
    }

    fn of_denial(&self, row: &'a denial::Model, name: &str) -> Field<'a> {
        match name {
            "id" => text(&id("denial", row.id)),
            "customer" => self.maybe(Object::Customer, Some(row.customer_id)),
            "kind" => text(row.kind.as_str()),
            "product" => self.maybe(Object::Product, row.product_id),
            "offer" => self.maybe(Object::Offer, row.offer_id),
            "balanceLimit" => match (row.balance_limit, &row.currency) {
                (Some(amount), Some(currency)) => money(amount, currency),
                _ => Ok(Found::Null),
            },
            "reason" => maybe_text(row.reason.as_deref()),
            "createdBy" => text(&row.created_by),
            "createdAt" => time(row.created_at),
            _ => unknown("Denial", name),
        }
    }

    fn of_discount(&self, row: &'a discount::Model, name: &str) -> Field<'a> {
        match name {
            "id" => text(&id("discount", row.id)),
            "code" => text(&row.code),
            "name" => text(&row.name),
            "kind" => text(row.kind.as_str()),
            "basisPoints" => maybe_int(row.basis_points),
            "amount" => match (row.amount, &row.currency) {
                (Some(amount), Some(currency)) => money(amount, currency),
                _ => Ok(Found::Null),
            },
            "duration" => text(row.duration.as_str()),
            "periods" => maybe_int(row.periods),
            "validFrom" => maybe_day(row.valid_from),
            "validUntil" => maybe_day(row.valid_until),
            "offers" => {
                let named = self.tables.discount_offer.iter();
                let offers = self.seen::<offer::Model>().filter(|offer| {
                    named.clone().any(|it| it.discount_id == row.id && it.offer_id == offer.id)
                });
                objects(sorted(offers, |offer| offer.code.clone()).map(Object::Offer))
            }
            "customers" => {
                let named = self.tables.discount_customer.iter();
                let customers = self.seen::<customer::Model>().filter(|one| {
                    named.clone().any(|it| it.discount_id == row.id && it.customer_id == one.id)
                });
                objects(sorted(customers, |one| one.customer_number.clone()).map(Object::Customer))
            }
            "partner" => self.maybe(Object::Partner, row.partner_id),
            "maxRedemptions" => maybe_int(row.max_redemptions),
            "maxRedemptionsPerCustomer" => maybe_int(row.max_redemptions_per_customer),
            "redemptions" => int(row.redemptions),
            "precedence" => int(row.precedence),
            "status" => text(row.status.as_str()),
            "version" => version(row.version),
            "createdAt" => time(row.created_at),
            "updatedAt" => time(row.updated_at),
            _ => unknown("Discount", name),
        }
    }

    fn of_subscription_discount(
        &self,
        row: &'a subscription_discount::Model,
        name: &str,
    ) -> Field<'a> {
        let of = self.tables.subscription.iter().find(|it| it.id == row.subscription_id).unwrap();
        match name {
            "id" => text(&id("subscriptiondiscount", row.id)),
            "subscription" => self.maybe(Object::Subscription, Some(row.subscription_id)),
            "terms" => object(Object::DiscountTerms(&row.terms, &of.currency)),
            "discount" => self.maybe(Object::Discount, Some(row.discount_id)),
            "orderLine" => self.maybe(Object::OrderLine, row.order_line_id),
            "firstPeriod" => int(row.first_period),
            "endPeriod" => maybe_int(row.end_period),
            "appliedBy" => match self.caller.party {
                Party::Seller => text(&row.applied_by),
                Party::Partner { .. } | Party::Customer { .. } => Ok(Found::Null),
            },
            "removedAt" => maybe_time(row.removed_at),
            "createdAt" => time(row.created_at),
            _ => unknown("SubscriptionDiscount", name),
        }
    }

    fn of_product(&self, row: &'a product::Model, name: &str, arguments: &Arguments) -> Field<'a> {
        let own = row.id;
        match name {
            "id" => text(&id("product", row.id)),
            "code" => text(&row.code),
            "name" => text(&row.name),
            "vendor" => text(&row.vendor),
            "description" => maybe_text(row.description.as_deref()),
            "provisioning" => text(row.provisioning.as_str()),
            "provisioningEndpointId" => self.endpoint(row.provisioning_endpoint_id),
            "answerWithinMinutes" => maybe_int(row.answer_within_minutes),
            "status" => text(row.status.as_str()),
            "version" => version(row.version),
            "createdAt" => time(row.created_at),
            "updatedAt" => time(row.updated_at),
            "offers" => {
                page(self.newest_first(arguments, |it: &offer::Model| it.product_id == own))
            }
            "editions" => {
                page(self.newest_first(arguments, |it: &edition::Model| it.product_id == own))
            }
            "orders" => page(self.newest_first(arguments, |it: &order::Model| {
                self.lines_of(it).any(|line| line.product_id == own)
            })),
            "subscriptions" => {
                page(self.newest_first(arguments, |it: &subscription::Model| it.product_id == own))
            }
            "licenses" => {
                page(self.newest_first(arguments, |it: &license::Model| it.product_id == own))
            }
            _ => unknown("Product", name),
        }
    }

    fn of_offer(&self, row: &'a offer::Model, name: &str, arguments: &Arguments) -> Field<'a> {
        let own = row.id;
        match name {
            "id" => text(&id("offer", row.id)),
            "code" => text(&row.code),
            "name" => text(&row.name),
            "description" => maybe_text(row.description.as_deref()),
            "product" => self.maybe(Object::Product, Some(row.product_id)),
            "billing" => text(row.billing.as_str()),
            "billingPeriod" => maybe_text(row.billing_period.map(BillingPeriod::as_str)),
            "billingTiming" => text(row.billing_timing.as_str()),
            "billingAlignment" => text(row.billing_alignment.as_str()),
            "prorationPolicy" => maybe_object(row.proration_policy.map(Object::ProrationPolicy)),
            "refundWindowHours" => maybe_int(row.refund_window_hours),
            "minQuantity" => int(row.min_quantity),
            "maxQuantity" => maybe_int(row.max_quantity),
            "oncePerCustomer" => boolean(row.once_per_customer),
            "commitment" => maybe_object(row.commitment.as_ref().map(Object::OfferCommitment)),
            "parentOffer" => self.maybe(Object::Offer, row.parent_offer_id),
            "addOnMinimum" => maybe_int(row.add_on_minimum),
            "addOnMaximum" => maybe_int(row.add_on_maximum),
            "addOns" => page(
                self.newest_first(arguments, |it: &offer::Model| it.parent_offer_id == Some(own)),
            ),
            "edition" => self.maybe(Object::Edition, row.edition_id),
            "status" => text(row.status.as_str()),
            "prices" => {
                let prices = self.asked(own).into_iter();
                objects(sorted(prices, |it| (it.currency.clone(), it.id)).map(Object::Price))
            }
            "allPrices" => {
                page(self.newest_first(arguments, |it: &price::Model| it.offer_id == own))
            }
            "plans" => page(self.newest_first(arguments, |it: &plan::Model| it.offer_id == own)),
            "version" => version(row.version),
            "createdAt" => time(row.created_at),
            "updatedAt" => time(row.updated_at),
            "orders" => page(self.newest_first(arguments, |it: &order::Model| {
                self.lines_of(it).any(|line| line.offer_id == own)
            })),
            "subscriptions" => {
                page(self.newest_first(arguments, |it: &subscription::Model| it.offer_id == own))
            }
            _ => unknown("Offer", name),
        }
    }

    /// The prices of an offer that are asked of the caller.
    fn asked(&self, offer: OfferId) -> Vec<&'a price::Model> {
        let in_force: Vec<_> = self
            .seen::<price::Model>()
            .filter(|it| it.offer_id == offer && it.status == PriceStatus::InForce)
            .collect();
        let asked = |it: &&price::Model| {
            let more_particular = |scopes: &[PriceScope]| {
                in_force.iter().any(|other| {
                    other.currency == it.currency
                        && scopes.contains(&other.scope)
                        && match &self.caller.party {
                            Party::Partner { own, .. } => other.partner_id == Some(*own),
                            Party::Seller | Party::Customer { .. } => true,
                        }
                })
            };
            match (&self.caller.party, it.scope) {
                (Party::Seller, scope) => scope == PriceScope::List,
                (Party::Partner { .. }, PriceScope::List) => {
                    !more_particular(&[PriceScope::Partner])
                }
                (Party::Partner { own, .. }, _) => it.partner_id == Some(*own),
                (Party::Customer { .. }, PriceScope::List) => {
                    !more_particular(&[PriceScope::Partner, PriceScope::Customer])
                }
                (Party::Customer { .. }, PriceScope::Partner) => {
                    !more_particular(&[PriceScope::Customer])
                }
                (Party::Customer { .. }, PriceScope::Customer | PriceScope::Agreement) => true,
            }
        };
        in_force.iter().filter(|it| asked(it)).copied().collect()
    }

    fn of_price(&self, row: &'a price::Model, name: &str) -> Field<'a> {
        match name {
            "id" => text(&id("price", row.id)),
            "currency" => text(&row.currency),
            "scope" => text(row.scope.as_str()),
            "partner" => self.maybe(Object::Partner, row.partner_id),
            "customer" => self.maybe(Object::Customer, row.customer_id),
            "agreement" => self.maybe(Object::Agreement, row.agreement_id),
            "status" => text(row.status.as_str()),
            "validFrom" => maybe_day(row.valid_from),
            "validUntil" => maybe_day(row.valid_until),
            "createdAt" => time(row.created_at),
            "model" => text(row.model.as_str()),
            "unitPrice" => money(row.unit_amount, &row.currency),
            "tiers" => {
                let tiers = row.tiers.iter().flat_map(|tiers| &tiers.0);
                objects(tiers.map(|tier| Object::PriceTier(*tier, &row.currency)))
            }
            "packageSize" => maybe_int(row.package_size),
            "taxBasisPoints" => int(row.tax_basis_points),
            "taxCode" => self.maybe(Object::TaxCode, row.tax_code_id),
            "taxInclusive" => boolean(row.tax_inclusive),
            "offer" => self.maybe(Object::Offer, Some(row.offer_id)),
            _ => unknown("Price", name),
        }
    }

    fn of_plan(&self, row: &'a plan::Model, name: &str, arguments: &Arguments) -> Field<'a> {
        let own = Some(row.id);
        match name {
            "id" => text(&id("plan", row.id)),
            "code" => text(&row.code),
            "name" => text(&row.name),
            "description" => maybe_text(row.description.as_deref()),
            "offer" => self.maybe(Object::Offer, Some(row.offer_id)),
            "partner" => self.maybe(Object::Partner, row.partner_id),
            "currency" => text(&row.currency),
            "taxInclusive" => boolean(row.tax_inclusive),
            "componentChoice" => text(row.choice.as_str()),
            "minComponents" => maybe_int(row.min_components),
            "maxComponents" => maybe_int(row.max_components),
            "priceOverride" => {
                maybe_object(row.allows_override.then_some(Object::PriceOverrideRule(row)))
            }
            "validFrom" => maybe_day(row.valid_from),
            "validUntil" => maybe_day(row.valid_until),
            "status" => text(row.status.as_str()),
            "steps" => {
                let steps = self.tables.plan_step.iter().filter(|step| step.plan_id == row.id);
                objects(sorted(steps, |step| step.step_number).map(Object::PlanStep))
            }
            "version" => version(row.version),
            "createdAt" => time(row.created_at),
            "updatedAt" => time(row.updated_at),
            "subscriptions" => {
                page(self.newest_first(arguments, |it: &subscription::Model| it.plan_id == own))
            }
            _ => unknown("Plan", name),
        }
    }

    fn of_plan_step(&self, row: &'a plan_step::Model, name: &str) -> Field<'a> {
        let plan = self.tables.plan.iter().find(|plan| plan.id == row.plan_id).unwrap();
        match name {
            "stepNumber" => int(row.step_number),
            "periods" => maybe_int(row.periods),
            "billingPeriod" => maybe_text(row.billing_period.map(BillingPeriod::as_str)),
            "unitPrice" => maybe_money(row.unit_amount, &plan.currency),
            "components" => {
                let components = self.tables.plan_component.iter();
                let components = components.filter(|it| it.plan_step_id == row.id);
                objects(sorted(components, |it| it.component_number).map(Object::PlanComponent))
            }
            _ => unknown("PlanStep", name),
        }
    }

    fn of_plan_component(&self, row: &'a plan_component::Model, name: &str) -> Field<'a> {
        let plan = self.tables.plan.iter().find(|plan| plan.id == row.plan_id).unwrap();
        match name {
            "componentNumber" => int(row.component_number),
            "product" => self.maybe(Object::Product, Some(row.product_id)),
            "timing" => text(row.timing.as_str()),
            "model" => text(row.model.as_str()),
            "unitPrice" => money(row.unit_amount, &plan.currency),
            "tiers" => {
                let tiers = row.tiers.iter().flat_map(|tiers| &tiers.0);
                objects(tiers.map(|tier| Object::PriceTier(*tier, &plan.currency)))
            }
            "packageSize" => maybe_int(row.package_size),
            "taxBasisPoints" => int(row.tax_basis_points),
            "taxCode" => self.maybe(Object::TaxCode, row.tax_code_id),
            _ => unknown("PlanComponent", name),
        }
    }

    fn of_edition(&self, row: &'a edition::Model, name: &str, arguments: &Arguments) -> Field<'a> {
        let own = row.id;
        match name {
            "id" => text(&id("edition", row.id)),
            "name" => text(&row.name),
            "product" => self.maybe(Object::Product, Some(row.product_id)),
            "features" => {
                let features = row.features.as_array().unwrap().iter();
                leaves(features.map(|feature| feature.as_str().unwrap()))
            }
            "limitations" => objects(by_name(&row.limitations).map(|(limited, most)| {
                Object::EditionLimitation(limited, most.as_i64().unwrap().try_into().unwrap())
            })),
            "variables" => objects(
                by_name(&row.variables)
                    .map(|(set, to)| Object::EditionVariable(set, to.as_str().unwrap())),
            ),
            "version" => version(row.version),
            "createdAt" => time(row.created_at),
            "updatedAt" => time(row.updated_at),
            "offers" => {
                page(self.newest_first(arguments, |it: &offer::Model| it.edition_id == Some(own)))
            }
            "licenses" => {
                page(self.newest_first(arguments, |it: &license::Model| it.edition_id == own))
            }
            _ => unknown("Edition", name),
        }
    }

    fn of_tax_code(&self, row: &'a tax_code::Model, name: &str) -> Field<'a> {
        match name {
            "id" => text(&id("taxcode", row.id)),
            "code" => text(&row.code),
            "name" => text(&row.name),
            "category" => text(row.category.as_str()),
            "rates" => {
                let rates = self.tables.tax_rate.iter().filter(|rate| rate.tax_code_id == row.id);
                objects(sorted(rates, |rate| rate.valid_from).map(Object::TaxRate))
            }
            "version" => version(row.version),
            "createdAt" => time(row.created_at),
            "updatedAt" => time(row.updated_at),
            _ => unknown("TaxCode", name),
        }
    }

    fn of_agreement(
        &self,
        row: &'a agreement::Model,
        name: &str,
        arguments: &Arguments,
    ) -> Field<'a> {
        let own = Some(row.id);
        match name {
            "id" => text(&id("agreement", row.id)),
            "number" => text(&row.number),
            "customer" => self.maybe(Object::Customer, Some(row.customer_id)),
            "currency" => text(&row.currency),
            "defaultPoNumber" => maybe_text(row.default_po_number.as_deref()),
            "status" => text(row.status.as_str()),
            "startsOn" => maybe_text(row.starts_on.map(|day| day.to_string()).as_deref()),
            "version" => version(row.version),
            "createdAt" => time(row.created_at),
            "updatedAt" => time(row.updated_at),
            "orders" => {
                page(self.newest_first(arguments, |it: &order::Model| it.agreement_id == own))
            }
            "subscriptions" => page(
                self.newest_first(arguments, |it: &subscription::Model| it.agreement_id == own),
            ),
            "invoices" => {
                page(self.newest_first(arguments, |it: &invoice::Model| it.agreement_id == own))
            }
            _ => unknown("Agreement", name),
        }
    }

    fn of_order(&self, row: &'a order::Model, name: &str, arguments: &Arguments) -> Field<'a> {
        let lines = sorted(self.lines_of(row), |line| line.line_number);
        match name {
            "id" => text(&id("order", row.id)),
            "number" => text(&row.number),
            "status" => text(row.status.as_str()),
            "customer" => self.maybe(Object::Customer, Some(row.customer_id)),
            "partner" => self.maybe(Object::Partner, row.partner_id),
            "agreement" => self.maybe(Object::Agreement, row.agreement_id),
            "paymentMethod" => maybe_text(row.payment_method.map(PaymentMethod::as_str)),
            "paymentAgreement" => self.maybe(Object::PaymentAgreement, row.payment_agreement_id),
            "paymentAgreements" => {
                page(self.newest_first(arguments, |it: &payment_agreement::Model| {
                    it.order_id == Some(row.id)
                }))
            }
            "currency" => text(&row.currency),
            "reference" => maybe_text(row.reference.as_deref()),
            "poNumber" => maybe_text(row.po_number.as_deref()),
            "externalReference" => maybe_text(row.external_reference.as_deref()),
            "startAt" => maybe_time(row.start_at),
            "placedBy" => {
                let told = self.caller.may_name(row.placed_by_partner_id);
                maybe_text(told.then_some(&row.placed_by))
            }
            "reason" => maybe_text(row.reason.as_deref()),
            "roundingMode" => text(row.rounding_mode.as_str()),
            "taxInclusive" => boolean(row.tax_inclusive),
            "lines" => objects(lines.map(Object::OrderLine)),
            "approvals" => {
                let answers = sorted(self.approvals_of(row), |answer| answer.level);
                objects(answers.map(Object::Approval))
            }
            "approvalLinks" => {
                let seen = self.seen::<approval_link::Model>();
                let of_order = seen.filter(|link| link.order_id == row.id);
                objects(
                    sorted(of_order, |link| (link.created_at, link.id)).map(Object::ApprovalLink),
                )
            }
            "totals" => object(Object::Totals(Totals {
                currency: &row.currency,
                rounding: row.rounding_mode,
                includes_tax: row.tax_inclusive,
                lines: lines.flat_map(taxed).collect(),
            })),
            "chargesTotal" => {
                let amount = |line: &order_line::Model| {
                    Some(line.charges.as_ref()?.0.iter().map(|charge| charge.amount).sum::<i64>())
                };
                match lines.map(amount).sum::<Option<i64>>() {
                    Some(amount) => money(amount, &row.currency),
                    None => Ok(Found::Null),
                }
            }
            "subscriptions" => {
                // What several lines act on is told once, where the first of them is.
                let mut ids = Vec::new();
                for id in lines.filter_map(|line| line.subscription_id) {
                    if !ids.contains(&id) {
                        ids.push(id);
                    }
                }
                let found = ids.into_iter().filter_map(|id| self.find::<subscription::Model>(id));
                objects(found.map(Object::Subscription))
            }
            "licenses" => {
                let licenses = self.seen::<license::Model>();
                let licenses = licenses.filter(|license| license.order_id == Some(row.id));
                objects(oldest_first(licenses).map(Object::License))
            }
            "invoices" => {
                let invoices = self.seen::<invoice::Model>();
                let invoices = invoices.filter(|invoice| invoice.order_id == Some(row.id));
                let invoices = sorted(invoices, |invoice| (invoice.created_at, invoice.id));
                objects(invoices.map(Object::Invoice))
            }
            "availableActions" => leaves(self.available_actions(row)),
            "submittedAt" => maybe_time(row.submitted_at),
            "approvedAt" => maybe_time(row.approved_at),
            "endedAt" => maybe_time(row.ended_at),
            "version" => version(row.version),
            "createdAt" => time(row.created_at),
            "updatedAt" => time(row.updated_at),
            "history" => page(self.history(arguments, row)),
            _ => unknown("Order", name),
        }
    }

    /// Whether the order's answer is the caller's to give now.
    pub(super) fn waits_for_caller(&self, order: &order::Model) -> bool {
        order.status == OrderStatus::PendingApproval && self.decides_on(order)
    }

    /// Whether an answer of the order is the caller's to give, and the order is nobody's work whose it is.
    fn decides_on(&self, order: &order::Model) -> bool {
        let subject = self.caller.subject();
        let is_own = order.placed_by == subject
            || order.co_authors.iter().any(|authors| authors.0.contains(&subject));
        // The seller's answer is that of no partner.
        let answers_for = match (&self.caller.party, self.caller.key.role) {
            (Party::Seller, Role::Admin | Role::Approver) => Some(None),
            (Party::Partner { own, .. }, Role::Approver) => Some(Some(*own)),
            _ => None,
        };
        let is_asked = answers_for.is_some_and(|partner| {
            self.approvals_of(order).any(|answer| {
                let mut consents = self.tables.consent.iter();
                let has_agreed =
                    consents.any(|it| it.approval_id == answer.id && it.person == subject);
                answer.partner_id == partner
                    && answer.decision == ApprovalDecision::Pending
                    && !has_agreed
            })
        });
        is_asked && !is_own
    }

    fn available_actions(&self, order: &order::Model) -> Vec<&'static str> {
        let can = |trigger| allows(order.status, trigger, movers(self.caller.key.role));
        let mut actions = Vec::new();
        if can(OrderTrigger::Submit) {
            actions.extend(["UPDATE", "DELETE"]);
            if self.is_payable(order) {
                actions.push("SUBMIT");
            }
        }
        if self.decides_on(order) && can(OrderTrigger::ApproveStep) {
            actions.push("APPROVE");
        }
        if self.decides_on(order) && can(OrderTrigger::Reject) {
            actions.push("REJECT");
        }
        if can(OrderTrigger::Cancel) {
            actions.push("CANCEL");
        }
        if can(OrderTrigger::Retry) {
            actions.push("RETRY");
        }
        actions
    }

    fn is_payable(&self, order: &order::Model) -> bool {
        let mut agreements = self.tables.payment_agreement.iter();
        if let Some(agreement) = agreements.find(|it| Some(it.id) == order.payment_agreement_id) {
            return agreement.status == PaymentAgreementStatus::Active;
        }
        let seller = self.tables.tenant.iter().find(|it| it.id == order.tenant_id).unwrap();
        order.payment_method.is_none_or(|method| method == PaymentMethod::Invoice)
            && !seller.payment_required
    }

    fn of_order_line(&self, row: &'a order_line::Model, name: &str) -> Field<'a> {
        let order = self.tables.order.iter().find(|order| order.id == row.order_id).unwrap();
        match name {
            "id" => text(&id("line", row.id)),
            "order" => self.maybe(Object::Order, Some(row.order_id)),
            "lineNumber" => int(row.line_number),
            "startsOn" => maybe_day(row.starts_on),
            "clientLineId" => maybe_text(row.client_line_id.as_deref()),
            "action" => text(row.action.as_str()),
            "status" => text(row.status.as_str()),
            "product" => self.maybe(Object::Product, Some(row.product_id)),
            "offer" => self.maybe(Object::Offer, Some(row.offer_id)),
            "plan" => self.maybe(Object::Plan, row.plan_id),
            "parentSubscription" => self.maybe(Object::Subscription, row.parent_subscription_id),
            "parentLine" => maybe_int(row.parent_line),
            "planInstance" => {
                let sold = row.plan_instance.as_ref();
                maybe_object(sold.map(|sold| Object::PlanInstance(sold, &order.currency)))
            }
            "components" => {
                let components = row.components.iter().flat_map(|components| &components.0);
                let component = |it| Object::OrderLineComponent(it, &order.currency);
                objects(components.map(component))
            }
            "subscription" => self.maybe(Object::Subscription, row.subscription_id),
            "quantity" => int(row.quantity),
            "previousQuantity" => maybe_int(row.previous_quantity),
            "previousOffer" => self.maybe(Object::Offer, row.previous_offer_id),
            "when" => text(row.change_time.as_str()),
            "takesEffectOn" => maybe_day(row.change_on),
            "keepAnchor" => boolean(row.keep_anchor),
            "autoRenew" => maybe_boolean(row.auto_renew),
            "charges" => match &row.charges {
                Some(charges) => objects(
                    charges.0.iter().map(|it| Object::ChargeLine(it.clone(), &order.currency)),
                ),
                None => Ok(Found::Null),
            },
            "poNumber" => maybe_text(row.po_number.as_deref()),
            "cancelsLine" => self.maybe(Object::OrderLine, row.cancels_line_id),
            "cancellableUntil" => maybe_time(row.cancellable_until),
            "cancellation" => {
                let lines = self.tables.order_line.iter();
                let lines = lines.filter(|line| line.cancels_line_id == Some(row.id));
                let mut lines = sorted(lines, |line| (line.order_created_at, line.id));
                maybe_object(lines.next_back().map(Object::OrderLine))
            }
            "discountCodes" => {
                let discounts = row.discounts.iter().flat_map(|discounts| &discounts.0);
                leaves(discounts.map(|discount| discount.code.as_str()))
            }
            "discounts" => {
                let discounts = row.discounts.iter().flat_map(|discounts| &discounts.0);
                let of = |terms| Object::DiscountTerms(terms, &order.currency);
                objects(discounts.map(|discount| of(&discount.terms)))
            }
            "discount" => money(row.discount_amount, &order.currency),
            "unitPrice" => money(row.unit_amount, &order.currency),
            "taxCategory" => maybe_text(one_tax(row).map(|(category, _)| category.as_str())),
            "taxBasisPoints" => maybe_int(one_tax(row).map(|(_, basis_points)| basis_points)),
            "priceModel" => text(row.price_model.as_str()),
            "price" => self.maybe(Object::Price, row.price_id),
            "priceScope" => maybe_text(row.price_scope.map(PriceScope::as_str)),
            "net" => money(row.net_amount, &order.currency),
            "provisioning" => text(row.provisioning.as_str()),
            "provisioningReference" => maybe_text(row.provisioning_reference.as_deref()),
            "activation" => activation(row.activation.as_ref()),
            "holdReason" => maybe_text(row.hold_reason.as_deref()),
            "heldSince" => maybe_time(row.held_since),
            "failureReason" => maybe_text(row.failure_reason.as_deref()),
            "attemptCount" => int(row.attempts),
            "attempts" => {
                let attempts = self.tables.order_line_attempt.iter();
                let attempts = attempts.filter(|attempt| attempt.order_line_id == row.id);
                let attempts = sorted(attempts, |attempt| attempt.attempt_number);
                objects(attempts.map(Object::OrderLineAttempt))
            }
            "holds" => {
                let holds = self.tables.order_line_hold.iter();
                let holds = holds.filter(|hold| hold.order_line_id == row.id);
                objects(sorted(holds, |hold| hold.hold_number).map(Object::OrderLineHold))
            }
            "availableActions" => leaves(self.available_line_actions(row, order)),
            "startedAt" => maybe_time(row.started_at),
            "endedAt" => maybe_time(row.ended_at),
            _ => unknown("OrderLine", name),
        }
    }

    fn available_line_actions(
        &self,
        line: &order_line::Model,
        order: &order::Model,
    ) -> Vec<&'static str> {
        let role = self.caller.key.role;
        let carries_out = matches!(role, Role::Admin | Role::Provisioner);
        let buys = matches!(role, Role::Admin | Role::Seller | Role::Partner | Role::Customer);
        let is_open = matches!(order.status, OrderStatus::Provisioning | OrderStatus::OnHold);
        let is = |status| line.status == status;
        let (in_progress, on_hold) = (is(OrderLineStatus::InProgress), is(OrderLineStatus::OnHold));
        let actions = [
            (is(OrderLineStatus::Pending) && is_open && carries_out, "START"),
            (in_progress && carries_out, "COMPLETE"),
            ((in_progress || on_hold) && carries_out, "FAIL"),
            (in_progress && carries_out, "HOLD"),
            (on_hold && buys, "RESUME"),
            (is(OrderLineStatus::Failed) && (carries_out || role == Role::Seller), "RETRY"),
        ];
        actions.into_iter().filter_map(|(may, action)| may.then_some(action)).collect()
    }

    fn of_order_line_hold(&self, row: &'a order_line_hold::Model, name: &str) -> Field<'a> {
        let told = |who: Option<&'a str>, spoke_for| {
            maybe_text(who.filter(|_| self.caller.may_name(spoke_for)))
        };
        match name {
            "id" => text(&id("hold", row.id)),
            "holdNumber" => int(row.hold_number),
            "question" => text(&row.question),
            "choices" => {
                let choices = row.choices.iter().flat_map(|choices| &choices.0);
                leaves(choices.map(String::as_str))
            }
            "askedBy" => told(Some(&row.asked_by), row.asked_by_partner_id),
            "askedAt" => time(row.asked_at),
            "answer" => maybe_text(row.answer.as_deref()),
            "answeredBy" => told(row.answered_by.as_deref(), row.answered_by_partner_id),
            "endedAt" => maybe_time(row.ended_at),
            _ => unknown("OrderLineHold", name),
        }
    }

    fn of_approval(&self, row: &'a approval::Model, name: &str) -> Field<'a> {
        match name {
            "id" => text(&id("approval", row.id)),
            "order" => self.maybe(Object::Order, Some(row.order_id)),
            "partner" => self.maybe(Object::Partner, row.partner_id),
            "bySeller" => boolean(row.partner_id.is_none()),
            "level" => int(row.level),
            "decision" => text(row.decision.as_str()),
            "approversNeeded" => int(row.approvers_needed),
            "consents" => {
                let consents = self.tables.consent.iter().filter(|it| it.approval_id == row.id);
                objects(sorted(consents, |it| (it.given_at, it.id)).map(Object::Consent))
            }
            "decidedBy" => {
                let told = self.caller.may_name(row.partner_id);
                maybe_text(row.decided_by.as_deref().filter(|_| told))
            }
            "reason" => maybe_text(row.reason.as_deref()),
            "decidedAt" => maybe_time(row.decided_at),
            "rules" => {
                let told = self.caller.sees_rules_of(row.partner_id);
                leaves(row.rules.iter().filter(|_| told).flat_map(|it| &it.0).map(String::as_str))
            }
            "lapsesAt" => maybe_time(row.lapses_at),
            "remindedAt" => {
                let told = self.caller.sees_rules_of(row.partner_id);
                maybe_time(row.reminded_at.filter(|_| told))
            }
            "createdAt" => time(row.created_at),
            _ => unknown("Approval", name),
        }
    }

    fn of_consent(&self, row: &'a consent::Model, name: &str) -> Field<'a> {
        match name {
            "id" => text(&id("consent", row.id)),
            "givenBy" => maybe_text(self.caller.may_name(row.partner_id).then_some(&row.given_by)),
            "givenAt" => time(row.given_at),
            "orderVersion" => match row.order_version {
                Some(number) => version(number),
                None => Ok(Found::Null),
            },
            _ => unknown("Consent", name),
        }
    }

    fn of_approval_link(&self, row: &'a approval_link::Model, name: &str) -> Field<'a> {
        match name {
            "id" => text(&id("approvallink", row.id)),
            "order" => self.maybe(Object::Order, Some(row.order_id)),
            "orderVersion" => version(row.order_version),
            "approval" => {
                let answer = self.tables.approval.iter().find(|it| it.id == row.approval_id);
                maybe_object(answer.map(Object::Approval))
            }
            "action" => text(row.action.as_str()),
            "recipient" => text(&row.recipient),
            "createdBy" => text(&row.created_by),
            "status" => text(row.status.as_str()),
            "createdAt" => time(row.created_at),
            "expiresAt" => time(row.expires_at),
            "usedAt" => maybe_time(row.used_at),
            "revokedAt" => maybe_time(row.revoked_at),
            _ => unknown("ApprovalLink", name),
        }
    }

    fn of_approval_rule(&self, row: &'a approval_rule::Model, name: &str) -> Field<'a> {
        let amount = |amount: Option<i64>| match (amount, &row.currency) {
            (Some(amount), Some(currency)) => money(amount, currency),
            _ => Ok(Found::Null),
        };
        match name {
            "id" => text(&id("approvalrule", row.id)),
            "name" => text(&row.name),
            "enabled" => boolean(row.enabled),
            "approverPartner" => self.maybe(Object::Partner, row.approver_partner_id),
            "bySeller" => boolean(row.approver_partner_id.is_none()),
            "minimumAmount" => amount(row.minimum_amount),
            "creditLimit" => amount(row.credit_limit),
            "product" => self.maybe(Object::Product, row.product_id),
            "vendor" => maybe_text(row.vendor.as_deref()),
            "action" => maybe_text(row.action.map(OrderAction::as_str)),
            "customer" => self.maybe(Object::Customer, row.customer_id),
            "partner" => self.maybe(Object::Partner, row.partner_id),
            "firstOrder" => boolean(row.first_order),
            "approversNeeded" => int(row.approvers_needed),
            "lapseAfterHours" => maybe_int(row.lapse_after_hours),
            "remindEveryHours" => maybe_int(row.remind_every_hours),
            "version" => version(row.version),
            "createdAt" => time(row.created_at),
            "updatedAt" => time(row.updated_at),
            _ => unknown("ApprovalRule", name),
        }
    }

    fn of_mail_recipient(&self, row: &'a mail_recipient::Model, name: &str) -> Field<'a> {
        match name {
            "id" => text(&id("mailrecipient", row.id)),
            "partner" => self.maybe(Object::Partner, row.partner_id),
            "audience" => text(row.audience.as_str()),
            "address" => maybe_text(row.address.as_deref()),
            "kinds" => leaves(row.kinds.0.iter().map(|kind| kind.as_str())),
            "language" => text(row.language.as_str()),
            "enabled" => boolean(row.enabled),
            "updatedBy" => text(&row.updated_by),
            "version" => version(row.version),
            "createdAt" => time(row.created_at),
            "updatedAt" => time(row.updated_at),
            _ => unknown("MailRecipient", name),
        }
    }

    fn of_mail(&self, row: &'a mail::Model, name: &str) -> Field<'a> {
        match name {
            "id" => text(&id("mail", row.id)),
            "recipient" => self.maybe(Object::MailRecipient, Some(row.recipient_id)),
            "partner" => self.maybe(Object::Partner, row.partner_id),
            "eventId" => text(&id("event", row.event_id)),
            "kind" => text(row.kind.as_str()),
            "order" => self.maybe(Object::Order, row.order_id),
            "invoice" => self.maybe(Object::Invoice, row.invoice_id),
            "address" => text(&row.address),
            "language" => text(row.language.as_str()),
            "subject" => maybe_text(row.subject.as_deref()),
            "status" => text(row.status.as_str()),
            "attempts" => int(row.attempts),
            "nextTryAt" => time(row.next_try_at),
            "giveUpAt" => time(row.give_up_at),
            "error" => maybe_text(row.error.as_deref()),
            "createdAt" => time(row.created_at),
            "sentAt" => maybe_time(row.sent_at),
            _ => unknown("Mail", name),
        }
    }

    fn of_subscription(
        &self,
        row: &'a subscription::Model,
        name: &str,
        arguments: &Arguments,
    ) -> Field<'a> {
        let own = Some(row.id);
        match name {
            "id" => text(&id("subscription", row.id)),
            "number" => text(&row.number),
            "status" => text(row.status.as_str()),
            "parent" => self.maybe(Object::Subscription, row.parent_id),
            "addOns" => {
                page(self.newest_first(arguments, |it: &subscription::Model| it.parent_id == own))
            }
            "customer" => self.maybe(Object::Customer, Some(row.customer_id)),
            "partner" => self.maybe(Object::Partner, row.partner_id),
            "product" => self.maybe(Object::Product, Some(row.product_id)),
            "offer" => self.maybe(Object::Offer, Some(row.offer_id)),
            "agreement" => self.maybe(Object::Agreement, row.agreement_id),
            "order" => self.maybe(Object::Order, Some(row.order_id)),
            "plan" => self.maybe(Object::Plan, row.plan_id),
            "planInstance" => {
                let sold = row.plan_instance_now.as_ref().or(row.plan_instance.as_ref());
                maybe_object(sold.map(|sold| Object::PlanInstance(sold, &row.currency)))
            }
            "step" => int(row.step),
            "stepPeriodsLeft" => maybe_int(row.step_periods_left),
            "quantity" => int(row.quantity),
            "unitPrice" => money(row.unit_amount, &row.currency),
            "priceModel" => text(row.price_model.as_str()),
            "taxBasisPoints" => int(row.tax_basis_points),
            "poNumber" => maybe_text(row.po_number.as_deref()),
            "externalReference" => maybe_text(row.external_reference.as_deref()),
            "reason" => maybe_text(row.reason.as_deref()),
            "activation" => activation(row.activation.as_ref()),
            "license" => {
                let licenses = self.seen::<license::Model>();
                let licenses = licenses.filter(|license| license.subscription_id == own);
                maybe_object(oldest_first(licenses).next().map(Object::License))
            }
            "periods" => {
                let periods = self.tables.subscription_period.iter();
                let periods = periods.filter(|period| period.subscription_id == row.id);
                let periods = sorted(periods, |period| period.period_number);
                objects(periods.map(Object::SubscriptionPeriod))
            }
            "currentPeriod" => {
                let periods = self.tables.subscription_period.iter();
                let periods = periods.filter(|period| period.subscription_id == row.id);
                let newest = periods.max_by_key(|period| period.period_number);
                maybe_object(newest.map(Object::SubscriptionPeriod))
            }
            "discounts" => {
                let given = self
                    .tables
                    .subscription_discount
                    .iter()
                    .filter(|it| it.subscription_id == row.id && it.returned_at.is_none());
                let given = sorted(given, |it| (it.created_at, it.id));
                objects(given.map(Object::SubscriptionDiscount))
            }
            "autoRenew" => boolean(row.auto_renew),
            "anchorDay" => maybe_int(row.anchor_day),
            "nextBillingAt" => maybe_time(row.next_billing_at),
            "endsOn" => maybe_day(row.ends_on),
            "commitment" => {
                let commitment = row.commitment.as_ref();
                let of = |it| Object::SubscriptionCommitment(it, row.currency.as_str());
                maybe_object(commitment.map(of))
            }
            "billingHold" => {
                let since = row.billing_held_since;
                let hold = row.billing_hold_reason.as_deref().zip(since);
                maybe_object(hold.map(|(reason, since)| Object::BillingHold(reason, since)))
            }
            "activatedAt" => maybe_time(row.activated_at),
            "endedAt" => maybe_time(row.ended_at),
            "version" => version(row.version),
            "createdAt" => time(row.created_at),
            "updatedAt" => time(row.updated_at),
            "orders" => page(self.newest_first(arguments, |it: &order::Model| {
                self.lines_of(it).any(|line| line.subscription_id == own)
            })),
            "scheduledChanges" => page(self.scheduled_changes(arguments, row)),
            "invoiceLines" => page(self.charges(arguments, row)),
            "usage" => page(self.usage(arguments, row)),
            _ => unknown("CustomerSubscription", name),
        }
    }

    fn of_usage_report(&self, row: &'a usage_report::Model, name: &str) -> Field<'a> {
        match name {
            "id" => text(&id("usagereport", row.id)),
            "subscription" => self.maybe(Object::Subscription, Some(row.subscription_id)),
            "product" => self.maybe(Object::Product, Some(row.product_id)),
            "quantity" => int(row.quantity),
            "startsOn" => maybe_day(Some(row.starts_on)),
            "endsOn" => maybe_day(Some(row.ends_on)),
            "reference" => text(&row.reference),
            "corrects" => self.maybe(Object::UsageReport, row.corrects_id),
            "late" => boolean(row.late_on.is_some()),
            "createdAt" => time(row.created_at),
            _ => unknown("UsageReport", name),
        }
    }

    fn of_scheduled_change(&self, row: &'a subscription_change::Model, name: &str) -> Field<'a> {
        match name {
            "id" => text(&id("change", row.id)),
            "subscription" => self.maybe(Object::Subscription, Some(row.subscription_id)),
            "changeNumber" => int(row.change_number),
            "orderLine" => self.maybe(Object::OrderLine, row.order_line_id),
            "kind" => text(row.kind.as_str()),
            "when" => text(row.change_time.as_str()),
            "status" => text(row.status.as_str()),
            "takesEffectOn" => maybe_day(Some(row.takes_effect_on)),
            "quantity" => maybe_int(row.quantity),
            "offer" => self.maybe(Object::Offer, row.offer_id),
            "keepAnchor" => boolean(row.keep_anchor),
            "autoRenew" => maybe_boolean(row.auto_renew),
            "executedAt" => maybe_time(row.executed_at),
            "failureReason" => maybe_text(row.failure_reason.as_deref()),
            "createdAt" => time(row.created_at),
            "updatedAt" => time(row.updated_at),
            _ => unknown("ScheduledChange", name),
        }
    }

    fn of_subscription_period(&self, row: &'a subscription_period::Model, name: &str) -> Field<'a> {
        let subscriptions = &self.tables.subscription;
        let subscription = subscriptions.iter().find(|it| it.id == row.subscription_id).unwrap();
        match name {
            "id" => text(&id("period", row.id)),
            "subscription" => object(Object::Subscription(subscription)),
            "periodNumber" => int(row.period_number),
            "startsAt" => time(row.starts_at),
            "endsAt" => maybe_time(row.ends_at),
            "quantity" => int(row.quantity),
            "unitPrice" => money(row.unit_amount, &subscription.currency),
            "orderLine" => self.maybe(Object::OrderLine, row.order_line_id),
            _ => unknown("SubscriptionPeriod", name),
        }
    }

    fn of_license(&self, row: &'a license::Model, name: &str) -> Field<'a> {
        match name {
            "id" => text(&id("license", row.id)),
            "licenseKey" => text(&row.license_key),
            "legacyLicenseKey" => maybe_text(row.legacy_license_key.as_deref()),
            "status" => text(row.status.as_str()),
            "customer" => self.maybe(Object::Customer, Some(row.customer_id)),
            "partner" => self.maybe(Object::Partner, row.partner_id),
            "product" => self.maybe(Object::Product, Some(row.product_id)),
            "edition" => self.maybe(Object::Edition, Some(row.edition_id)),
            "subscription" => self.maybe(Object::Subscription, row.subscription_id),
            "order" => self.maybe(Object::Order, row.order_id),
            "activation" => {
                let subscriptions = self.tables.subscription.iter();
                let mut own = subscriptions.filter(|it| Some(it.id) == row.subscription_id);
                activation(own.next().and_then(|it| it.activation.as_ref()))
            }
            "userLimit" => int(row.user_limit),
            "externalReference" => maybe_text(row.external_reference.as_deref()),
            "startsAt" => time(row.starts_at),
            "expiresAt" => maybe_time(row.expires_at),
            "version" => version(row.version),
            "createdAt" => time(row.created_at),
            "updatedAt" => time(row.updated_at),
            _ => unknown("License", name),
        }
    }

    fn of_invoice(&self, row: &'a invoice::Model, name: &str) -> Field<'a> {
        let lines = self.seen::<invoice_line::Model>().filter(|line| line.invoice_id == row.id);
        let lines = sorted(lines, |line| line.line_number);
        match name {
            "id" => text(&id("invoice", row.id)),
            "number" => maybe_text(row.number.as_deref()),
            "status" => text(row.status.as_str()),
            "customer" => self.maybe(Object::Customer, Some(row.customer_id)),
            "partner" => self.maybe(Object::Partner, row.partner_id),
            "agreement" => self.maybe(Object::Agreement, row.agreement_id),
            "currency" => text(&row.currency),
            "lines" => {
                objects(lines.map(|line| Object::InvoiceLine { line, currency: &row.currency }))
            }
            "totals" => object(Object::Totals(Totals {
                currency: &row.currency,
                rounding: row.rounding_mode,
                includes_tax: row.tax_inclusive,
                lines: lines
                    .map(|line| (line.tax_category, line.tax_basis_points, line.net_amount))
                    .collect(),
            })),
            "kind" => text(row.kind.as_str()),
            "documentPath" => text(&format!("/documents/{}", id("invoice", row.id))),
            "taxes" => {
                let taxes = self.tables.invoice_tax.iter().filter(|it| it.invoice_id == row.id);
                let taxes = sorted(taxes, |it| (it.basis_points, it.category));
                objects(taxes.map(|tax| Object::InvoiceTax { tax, currency: &row.currency }))
            }
            "order" => self.maybe(Object::Order, row.order_id),
            "taxInclusive" => boolean(row.tax_inclusive),
            "roundingMode" => text(row.rounding_mode.as_str()),
            "timeZone" => text(&row.time_zone),
            "seller" => maybe_object(row.seller.as_ref().map(Object::InvoiceParty)),
            "buyer" => maybe_object(row.buyer.as_ref().map(Object::InvoiceParty)),
            "correctsInvoice" => self.maybe(Object::Invoice, row.corrects_invoice_id),
            "creditNotes" => {
                let of_it = |it: &&invoice::Model| it.corrects_invoice_id == Some(row.id);
                objects(sorted(self.seen().filter(of_it), |it| it.id).map(Object::Invoice))
            }
            "creditReason" => maybe_text(row.credit_reason.map(CreditReason::as_str)),
            "note" => maybe_text(row.note.as_deref()),
            "payments" => {
                let of_it = |it: &&payment::Model| it.invoice_id == row.id;
                let payments = sorted(self.seen().filter(of_it), |it| (it.created_at, it.id));
                objects(payments.map(Object::Payment))
            }
            "paidAmount" => money(row.paid_amount, &row.currency),
            "openAmount" => money(row.open_amount, &row.currency),
            "settledAt" => maybe_time(row.settled_at),
            "overdue" => boolean(is_overdue(row)),
            "closesOn" => text(&row.closes_on.to_string()),
            "issuedOn" => maybe_text(row.issued_on.map(|day| day.to_string()).as_deref()),
            "issuedAt" => maybe_time(row.issued_at),
            "dueOn" => maybe_text(row.due_on.map(|day| day.to_string()).as_deref()),
            "version" => version(row.version),
            "createdAt" => time(row.created_at),
            "updatedAt" => time(row.updated_at),
            _ => unknown("Invoice", name),
        }
    }

    fn of_invoice_line(
        &self,
        row: &'a invoice_line::Model,
        currency: &'a str,
        name: &str,
    ) -> Field<'a> {
        match name {
            "id" => text(&id("invoiceline", row.id)),
            "invoice" => self.maybe(Object::Invoice, Some(row.invoice_id)),
            "lineNumber" => int(row.line_number),
            "subscription" => self.maybe(Object::Subscription, row.subscription_id),
            "orderLine" => self.maybe(Object::OrderLine, row.order_line_id),
            "chargeType" => text(row.charge_type.as_str()),
            "description" => text(&row.description),
            "direction" => text(row.direction.as_str()),
            "quantity" => int(row.quantity),
            "billedQuantity" => maybe_int(row.billed_quantity),
            "unitPrice" => money(row.unit_amount, currency),
            "taxBasisPoints" => int(row.tax_basis_points),
            "taxCategory" => text(row.tax_category.as_str()),
            "discount" => money(row.discount_amount, currency),
            "net" => money(row.net_amount, currency),
            "poNumber" => maybe_text(row.po_number.as_deref()),
            "externalReference" => maybe_text(row.external_reference.as_deref()),
            "creditedAmount" => money(row.credited_amount, currency),
            "corrects" => {
                let corrections = self.tables.line_correction.iter();
                let corrections = corrections.filter(|it| it.line_id == row.id);
                objects(sorted(corrections, |it| it.corrects_line_id).map(Object::LineCorrection))
            }
            "startsOn" => maybe_text(row.starts_on.map(|day| day.to_string()).as_deref()),
            "endsOn" => maybe_text(row.ends_on.map(|day| day.to_string()).as_deref()),
            "share" => {
                let share = row.share_days.zip(row.share_of_days);
                maybe_object(share.map(|(days, of_days)| Object::PeriodShare(days, of_days)))
            }
            "periodStartsAt" => maybe_time(row.period_starts_at),
            "periodEndsAt" => maybe_time(row.period_ends_at),
            "createdAt" => time(row.created_at),
            _ => unknown("InvoiceLine", name),
        }
    }

    /// A line, in the currency of its invoice.
    fn line(&self, line: &'a invoice_line::Model) -> Object<'a> {
        let invoice = self.tables.invoice.iter().find(|it| it.id == line.invoice_id).unwrap();
        Object::InvoiceLine { line, currency: &invoice.currency }
    }

    fn of_payment(&self, row: &'a payment::Model, name: &str) -> Field<'a> {
        match name {
            "id" => text(&id("payment", row.id)),
            "invoice" => self.maybe(Object::Invoice, Some(row.invoice_id)),
            "customer" => self.maybe(Object::Customer, Some(row.customer_id)),
            "amount" => money(row.amount, &row.currency),
            "reference" => text(row.reversed_reference.as_ref().unwrap_or(&row.reference)),
            "reversedAt" => maybe_time(row.reversed_at),
            "reversalReason" => maybe_text(row.reversal_reason.as_deref()),
            "receivedOn" => text(&row.received_on.to_string()),
            "createdAt" => time(row.created_at),
            _ => unknown("Payment", name),
        }
    }

    fn of_account_transaction(&self, row: &'a account_transaction::Model, name: &str) -> Field<'a> {
        match name {
            "id" => text(&id("accounttransaction", row.id)),
            "customer" => self.maybe(Object::Customer, Some(row.customer_id)),
            "kind" => text(row.kind.as_str()),
            "amount" => money(row.amount, &row.currency),
            "invoice" => self.maybe(Object::Invoice, row.invoice_id),
            "payment" => self.maybe(Object::Payment, row.payment_id),
            "note" => maybe_text(row.note.as_deref()),
            "createdAt" => time(row.created_at),
            _ => unknown("AccountTransaction", name),
        }
    }

    fn of_event(&self, row: &'a event::Model, name: &str) -> Field<'a> {
        let subject = |kind| (row.subject_kind == kind).then_some(row.subject_id);
        match name {
            "id" => text(&id("event", row.id)),
            "position" => maybe_text(row.position.map(|place| place.to_string()).as_deref()),
            "cursor" => maybe_text(self.cursor_of(row).as_deref()),
            "kind" => text(row.kind.as_str()),
            "subjectKind" => text(row.subject_kind.as_str()),
            "order" => self.maybe(Object::Order, row.order_id),
            "orderId" => maybe_text(row.order_id.map(|order| id("order", order)).as_deref()),
            "orderLine" => self.maybe(Object::OrderLine, row.order_line_id),
            "subscription" => self.maybe(Object::Subscription, subject(SubjectKind::Subscription)),
            "license" => self.maybe(Object::License, subject(SubjectKind::License)),
            "invoice" => self.maybe(Object::Invoice, subject(SubjectKind::Invoice)),
            "billingRun" => self.maybe(Object::BillingRun, subject(SubjectKind::BillingRun)),
            "approvalLink" => self.maybe(Object::ApprovalLink, subject(SubjectKind::ApprovalLink)),
            "price" => self.maybe(Object::Price, subject(SubjectKind::Price)),
            "paymentAgreement" => {
                self.maybe(Object::PaymentAgreement, subject(SubjectKind::PaymentAgreement))
            }
            "webhookEndpointId" => {
                let endpoint = subject(SubjectKind::WebhookEndpoint);
                maybe_text(endpoint.map(|it| id("webhookendpoint", it)).as_deref())
            }
            "customer" => self.maybe(Object::Customer, row.customer_id),
            "partner" => self.maybe(Object::Partner, row.partner_id),
            "orderVersion" => maybe_int(row.order_version.map(|number| number.try_into().unwrap())),
            "trigger" => maybe_text(row.trigger.map(OrderTrigger::as_str)),
            "fromStatus" => maybe_text(row.from_status.as_deref()),
            "toStatus" => maybe_text(row.to_status.as_deref()),
            "actorKind" => text(row.actor_kind.as_str()),
            "actor" => {
                let told = self.caller.may_name(row.actor_partner_id);
                maybe_text(told.then_some(&row.actor))
            }
            "onBehalfOf" => self.maybe(Object::Customer, row.for_customer_id),
            "requestId" => {
                let told = self.caller.may_name(row.actor_partner_id);
                maybe_text(row.request_id.as_deref().filter(|_| told))
            }
            "traceId" => {
                let told = self.caller.may_name(row.actor_partner_id);
                maybe_text(row.trace_id.as_deref().filter(|_| told))
            }
            "reason" => maybe_text(row.reason.as_deref()),
            "occurredAt" => time(row.occurred_at),
            _ => unknown("Event", name),
        }
    }

    /// Webhooks are for administrators and partners.
    fn is_webhook_keeper(&self) -> Result<(), Failure> {
        let is_one = matches!(self.caller.key.role, Role::Admin | Role::Partner);
        if is_one { Ok(()) } else { Err(FORBIDDEN) }
    }

    /// The endpoint that lines go to is the seller's business.
    fn endpoint(&self, endpoint: Option<WebhookEndpointId>) -> Field<'a> {
        let told = endpoint.filter(|_| matches!(self.caller.party, Party::Seller));
        maybe_text(told.map(|it| id("webhookendpoint", it)).as_deref())
    }

    fn of_order_line_attempt(&self, row: &order_line_attempt::Model, name: &str) -> Field<'a> {
        match name {
            "id" => text(&id("attempt", row.id)),
            "attemptNumber" => int(row.attempt_number),
            "startedAt" => time(row.started_at),
            "endedAt" => maybe_time(row.ended_at),
            "outcome" => maybe_text(row.outcome.map(LineOutcome::as_str)),
            "message" => maybe_text(row.message.as_deref()),
            "provisioningReference" => maybe_text(row.provisioning_reference.as_deref()),
            "webhookEndpointId" => self.endpoint(row.webhook_endpoint_id),
            "answerBy" => maybe_time(row.answer_by),
            "acceptedAt" => maybe_time(row.accepted_at),
            "posts" => int(row.posts),
            "statusCode" => maybe_int(row.status_code),
            "error" => match self.caller.party {
                Party::Seller => maybe_text(row.error.as_deref()),
                Party::Partner { .. } | Party::Customer { .. } => Ok(Found::Null),
            },
            _ => unknown("OrderLineAttempt", name),
        }
    }

    fn of_webhook_delivery(&self, row: &'a webhook_delivery::Model, name: &str) -> Field<'a> {
        match name {
            "id" => text(&id("webhookdelivery", row.id)),
            "eventId" => maybe_text(row.event_id.map(|event| id("event", event)).as_deref()),
            "orderLine" => self.maybe(Object::OrderLine, row.order_line_id),
            "position" => maybe_text(row.position.map(|place| place.to_string()).as_deref()),
            "attempt" => int(row.attempt),
            "delivered" => boolean(row.delivered),
            "statusCode" => maybe_int(row.status_code),
            "error" => maybe_text(row.error.as_deref()),
            "answer" => maybe_text(row.answer.as_deref()),
            "tookMs" => int(row.took_ms),
            "createdAt" => time(row.created_at),
            _ => unknown("WebhookDelivery", name),
        }
    }

    fn of_webhook_endpoint(
        &self,
        row: &'a webhook_endpoint::Model,
        name: &str,
        arguments: &Arguments,
    ) -> Field<'a> {
        match name {
            "id" => text(&id("webhookendpoint", row.id)),
            "partner" => self.maybe(Object::Partner, row.partner_id),
            "url" => text(&row.url),
            "purpose" => text(row.purpose.as_str()),
            "kinds" => {
                Ok(Found::List(row.kinds.0.iter().map(|kind| text(kind.as_str())).collect()))
            }
            "document" => maybe_text(row.document.as_deref()),
            "status" => text(row.status.as_str()),
            "disabledReason" => maybe_text(row.disabled_reason.map(WebhookDisabledReason::as_str)),
            "cursor" => maybe_text(self.cursor_at(row.tenant_id, row.position).as_deref()),
            "failures" => int(row.failures),
            "failingSince" => maybe_time(row.failing_since),
            "nextTryAt" => time(row.next_try_at),
            "version" => version(row.version),
            "createdAt" => time(row.created_at),
            "updatedAt" => time(row.updated_at),
            "deliveries" => page(self.deliveries(arguments, row)),
            _ => unknown("WebhookEndpoint", name),
        }
    }

    /// From where a feed goes on behind an event.
    fn cursor_of(&self, event: &event::Model) -> Option<String> {
        self.cursor_at(event.tenant_id, event.position?)
    }

    /// The history's name and a position.
    fn cursor_at(&self, tenant_id: TenantId, position: i64) -> Option<String> {
        let log = self.tables.event_log.iter().find(|log| log.tenant_id == tenant_id)?;
        let bytes = [log.epoch.as_bytes().as_slice(), &position.to_be_bytes()].concat();
        Some(BASE64_URL_SAFE_NO_PAD.encode(bytes))
    }

    fn lines_of(&self, order: &order::Model) -> impl Iterator<Item = &'a order_line::Model> {
        let id = order.id;
        self.tables.order_line.iter().filter(move |line| line.order_id == id)
    }

    fn approvals_of(&self, order: &order::Model) -> impl Iterator<Item = &'a approval::Model> {
        let id = order.id;
        self.tables.approval.iter().filter(move |answer| answer.order_id == id)
    }

    /// The rows of a table that the caller sees.
    pub(super) fn seen<R: Row>(&self) -> impl Iterator<Item = &'a R> {
        let (caller, tables) = (self.caller, self.tables);
        R::rows(tables).iter().filter(move |row| row.is_seen(caller, tables))
    }

    fn find<R: Row>(&self, id: impl Into<Uuid>) -> Option<&'a R> {
        let id = id.into();
        let row = R::rows(self.tables).iter().find(|row| row.id() == id)?;
        row.is_seen(self.caller, self.tables).then_some(row)
    }

    /// The object with this id, if there is an id and the caller sees the object.
    fn maybe<R: Row>(
        &self,
        view: fn(&'a R) -> Object<'a>,
        id: Option<impl Into<Uuid>>,
    ) -> Field<'a> {
        maybe_object(id.and_then(|id| self.find(id)).map(view))
    }
}

fn of_tenant_settings<'a>(row: &tenant::Model, name: &str) -> Field<'a> {
    match name {
        "approvalRequired" => boolean(row.approval_required),
        "approvalLapseDays" => maybe_int(row.approval_lapse_days),
        "paymentTermsDays" => int(row.payment_terms_days),
        "timeZone" => text(&row.time_zone),
        "roundingMode" => text(row.rounding_mode.as_str()),
        "prorationPolicy" => {
            object(Object::ProrationPolicy(row.proration_policy.unwrap_or_default()))
        }
        "cancellationDay" => text(row.cancellation_day.as_str()),
        "suspensionBilling" => text(row.suspension_billing.as_str()),
        "creditBy" => text(row.credit_by.as_str()),
        "invoicePerOrder" => boolean(row.invoice_per_order),
        "lineCancellationDays" => int(row.line_cancellation_days),
        "invoiceLeadDays" => int(row.invoice_lead_days),
        "pastStartDays" => int(row.past_start_days),
        "draftGraceDays" => int(row.draft_grace_days),
        "paymentTolerance" => int(row.payment_tolerance.try_into().unwrap()),
        "invoicePrefix" => text(&row.invoice_prefix),
        "creditNotePrefix" => text(&row.credit_note_prefix),
        "numberWidth" => int(row.number_width),
        "legalName" => maybe_text(row.legal_name.as_deref()),
        "street" => maybe_text(row.street.as_deref()),
        "postalCode" => maybe_text(row.postal_code.as_deref()),
        "city" => maybe_text(row.city.as_deref()),
        "country" => maybe_text(row.country.as_deref()),
        "taxNumber" => maybe_text(row.tax_number.as_deref()),
        "registrationNumber" => maybe_text(row.registration_number.as_deref()),
        "email" => maybe_text(row.email.as_deref()),
        "paymentRequired" => boolean(row.payment_required),
        "paymentPageUrl" => maybe_text(row.payment_page_url.as_deref()),
        "unpaidOrders" => text(row.unpaid_orders.as_str()),
        "paymentInstructions" => maybe_text(row.payment_instructions.as_deref()),
        _ => unknown("TenantSettings", name),
    }
}

fn of_proration_policy<'a>(policy: ProrationPolicy, name: &str) -> Field<'a> {
    text(match name {
        "firstPeriod" => policy.first_period.as_str(),
        "increase" => policy.increase.as_str(),
        "decrease" => policy.decrease.as_str(),
        "paidCancellation" => policy.paid_cancellation.as_str(),
        "unpaidCancellation" => policy.unpaid_cancellation.as_str(),
        _ => unknown("ProrationPolicy", name),
    })
}

fn activation(returned: Option<&Activation>) -> Field<'_> {
    objects(returned.into_iter().flat_map(|it| &it.0).map(Object::ActivationItem))
}

fn of_billing_run<'a>(row: &'a billing_run::Model, name: &str) -> Field<'a> {
    match name {
        "id" => text(&id("billingrun", row.id)),
        "asOf" => time(row.as_of),
        "dryRun" => boolean(row.dry_run),
        "status" => text(row.status.as_str()),
        "startedBy" => text(&row.started_by),
        "subscriptionsDue" => int(row.subscriptions_due),
        "subscriptionsBilled" => int(row.subscriptions_billed),
        "subscriptionsHeld" => int(row.subscriptions_held),
        "linesWritten" => int(row.lines_written),
        "documentsIssued" => int(row.documents_issued),
        "netAmounts" => {
            let amounts = row.net_amounts.iter().flat_map(|amounts| &amounts.0);
            objects(
                amounts
                    .map(|(currency, amount)| Object::Money(Money { amount: *amount, currency })),
            )
        }
        "finishedAt" => maybe_time(row.finished_at),
        "version" => version(row.version),
        "createdAt" => time(row.created_at),
        "updatedAt" => time(row.updated_at),
        _ => unknown("BillingRun", name),
    }
}

fn of_tax_rate<'a>(row: &tax_rate::Model, name: &str) -> Field<'a> {
    match name {
        "validFrom" => text(&row.valid_from.to_string()),
        "basisPoints" => int(row.basis_points),
        _ => unknown("TaxRate", name),
    }
}

/// What the parts of a line come to, with their tax.
fn taxed(line: &order_line::Model) -> Vec<(TaxCategory, i32, i64)> {
    match &line.components {
        Some(components) => components
            .0
            .iter()
            .map(|it| (it.tax_category, it.tax_basis_points, it.amount))
            .collect(),
        None => vec![(line.tax_category, line.tax_basis_points, line.net_amount)],
    }
}

/// How a line is taxed, if all of it is taxed alike.
fn one_tax(line: &order_line::Model) -> Option<(TaxCategory, i32)> {
    let mut taxes: Vec<_> =
        taxed(line).iter().map(|(category, rate, _)| (*category, *rate)).collect();
    taxes.dedup();
    match taxes.as_slice() {
        [] => Some((line.tax_category, line.tax_basis_points)),
        [one] => Some(*one),
        [..] => None,
    }
}

fn of_price_override<'a>(row: &'a plan::Model, name: &str) -> Field<'a> {
    match name {
        "minimum" => money(row.override_minimum.unwrap_or(0), &row.currency),
        "maximum" => maybe_money(row.override_maximum, &row.currency),
        _ => unknown("PriceOverrideRule", name),
    }
}

fn of_plan_instance<'a>(sold: &'a PlanInstance, currency: &'a str, name: &str) -> Field<'a> {
    let chosen = sold.selection.as_ref();
    match name {
        "planId" => maybe_text(chosen.map(|it| id("plan", it.plan_id)).as_deref()),
        "planVersion" => maybe_int(chosen.map(|it| it.plan_version.try_into().unwrap())),
        "productIds" => match chosen.and_then(|it| it.product_ids.as_ref()) {
            Some(ids) => {
                let ids: Vec<_> = ids.iter().map(|it| id("product", *it)).collect();
                leaves(ids.iter().map(String::as_str))
            }
            None => Ok(Found::Null),
        },
        "priceOverride" => maybe_money(chosen.and_then(|it| it.price_override), currency),
        "skipsTrial" => boolean(chosen.is_some_and(|it| it.skips_trial)),
        "taxInclusive" => boolean(sold.tax_inclusive),
        "steps" => objects(sold.steps.iter().map(|it| Object::PlanInstanceStep(it, currency))),
        _ => unknown("PlanInstance", name),
    }
}

fn of_plan_instance_step<'a>(step: &'a PlanStep, currency: &'a str, name: &str) -> Field<'a> {
    match name {
        "periods" => maybe_int(step.periods.map(|it| it.try_into().unwrap())),
        "billingPeriod" => maybe_text(step.billing_period.map(BillingPeriod::as_str)),
        "components" => {
            let component = |it| Object::PlanInstanceComponent(it, currency);
            objects(step.components.iter().map(component))
        }
        _ => unknown("PlanInstanceStep", name),
    }
}

fn of_plan_instance_component<'a>(
    sold: &'a PlanComponent,
    currency: &'a str,
    name: &str,
) -> Field<'a> {
    match name {
        "productId" => maybe_text(sold.product_id.map(|it| id("product", it)).as_deref()),
        "name" => text(&sold.name),
        "timing" => text(sold.timing.as_str()),
        "model" => text(sold.pricing.model.as_str()),
        "unitPrice" => money(sold.pricing.unit_amount, currency),
        "tiers" => {
            let tiers = sold.pricing.tiers.0.iter();
            objects(tiers.map(|tier| Object::PriceTier(*tier, currency)))
        }
        "packageSize" => maybe_int(sold.pricing.package_size),
        "taxBasisPoints" => int(sold.tax_basis_points),
        _ => unknown("PlanInstanceComponent", name),
    }
}

fn of_line_component<'a>(sold: &'a LineComponent, currency: &'a str, name: &str) -> Field<'a> {
    match name {
        "productId" => text(&id("product", sold.product_id)),
        "name" => text(&sold.name),
        "timing" => text(sold.timing.as_str()),
        "unitPrice" => money(sold.unit_amount, currency),
        "net" => money(sold.amount, currency),
        "taxCategory" => text(sold.tax_category.as_str()),
        "taxBasisPoints" => int(sold.tax_basis_points),
        _ => unknown("OrderLineComponent", name),
    }
}

fn of_offer_commitment<'a>(commitment: &'a OfferCommitment, name: &str) -> Field<'a> {
    match name {
        "months" => int(commitment.months),
        "minimumQuantity" => maybe_int(commitment.minimum_quantity),
        "surcharge" => text(commitment.surcharge.as_str()),
        "basisPoints" => maybe_int(commitment.basis_points),
        "amounts" => {
            objects(commitment.amounts.iter().map(|it| {
                Object::Money(Money { amount: it.amount, currency: it.currency.as_str() })
            }))
        }
        "renewal" => text(commitment.renewal.as_str()),
        _ => unknown("OfferCommitment", name),
    }
}

fn of_commitment<'a>(commitment: &'a Commitment, currency: &'a str, name: &str) -> Field<'a> {
    match name {
        "startsOn" => maybe_day(Some(commitment.starts_on)),
        "endsOn" => maybe_day(Some(commitment.ends_on)),
        "quantity" => int(i32::try_from(commitment.quantity).unwrap()),
        "surcharge" => text(commitment.surcharge.as_str()),
        "basisPoints" => maybe_int(commitment.basis_points),
        "amount" => commitment.amount.map_or(Ok(Found::Null), |amount| money(amount, currency)),
        "renewal" => text(commitment.renewal.as_str()),
        _ => unknown("SubscriptionCommitment", name),
    }
}

fn of_discount_terms<'a>(terms: &'a DiscountTerms, currency: &'a str, name: &str) -> Field<'a> {
    match name {
        "name" => text(&terms.name),
        "kind" => text(terms.kind.as_str()),
        "basisPoints" => maybe_int(terms.basis_points),
        "amount" => terms.amount.map_or(Ok(Found::Null), |amount| money(amount, currency)),
        "duration" => text(terms.duration.as_str()),
        "periods" => maybe_int(terms.periods),
        "precedence" => int(terms.precedence),
        _ => unknown("DiscountTerms", name),
    }
}

fn of_charge_line<'a>(charge: &Charge, currency: &'a str, name: &str) -> Field<'a> {
    match name {
        "chargeType" => text(charge.charge_type.as_str()),
        "description" => text(&charge.description),
        "startsOn" => maybe_day(Some(charge.starts_on)),
        "endsOn" => maybe_day(charge.ends_on),
        "share" => object(Object::Share(charge.clone())),
        "quantity" => int(charge.quantity),
        "amount" => money(charge.amount, currency),
        "discount" => money(charge.discount, currency),
        "dueOn" => maybe_day(Some(charge.due_on)),
        _ => unknown("ChargeLine", name),
    }
}

fn of_order_transition<'a>(row: &'static Transition, name: &str) -> Field<'a> {
    match name {
        "from" => maybe_text(row.from.map(OrderStatus::as_str)),
        "trigger" => text(row.trigger.as_str()),
        "to" => text(row.to.as_str()),
        "by" => leaves(row.by.iter().map(|mover| match mover {
            Mover::Customer => "CUSTOMER",
            Mover::Partner => "PARTNER",
            Mover::Seller => "SELLER",
            Mover::Approver => "APPROVER",
            Mover::Provisioner => "PROVISIONER",
            Mover::System => "SYSTEM",
        })),
        _ => unknown("OrderTransition", name),
    }
}

fn of_page<'a>(page: &Page<'a>, name: &str) -> Field<'a> {
    let items = page.items.iter().cloned();
    match name {
        "edges" => objects(items.map(|edge| Object::Edge(page.of, Box::new(edge)))),
        "nodes" => objects(items.map(|edge| edge.node)),
        "pageInfo" => object(Object::PageInfo(page.clone())),
        "totalCount" => int(page.total.try_into().unwrap()),
        _ => unknown("Connection", name),
    }
}

fn unknown(object: &str, name: &str) -> ! {
    panic!("the reference does not know {object}.{name}: say here what it is")
}

fn text<'a>(text: &str) -> Field<'a> {
    Ok(Found::Leaf(Answer::Text(text.to_owned())))
}

fn maybe_text<'a, T: AsRef<str> + ?Sized>(found: Option<&T>) -> Field<'a> {
    found.map_or(Ok(Found::Null), |found| text(found.as_ref()))
}

fn int<'a>(number: i32) -> Field<'a> {
    Ok(Found::Leaf(Answer::Int(number)))
}

fn maybe_int<'a>(number: Option<i32>) -> Field<'a> {
    number.map_or(Ok(Found::Null), int)
}

fn maybe_boolean<'a>(value: Option<bool>) -> Field<'a> {
    value.map_or(Ok(Found::Null), boolean)
}

fn maybe_day<'a>(day: Option<NaiveDate>) -> Field<'a> {
    maybe_text(day.map(|day| day.to_string()).as_deref())
}

fn version<'a>(version: i64) -> Field<'a> {
    int(version.try_into().unwrap())
}

fn boolean<'a>(value: bool) -> Field<'a> {
    Ok(Found::Leaf(Answer::Bool(value)))
}

fn time<'a>(time: DateTime<Utc>) -> Field<'a> {
    text(&moment(time))
}

fn maybe_time<'a>(found: Option<DateTime<Utc>>) -> Field<'a> {
    found.map_or(Ok(Found::Null), time)
}

fn money(amount: i64, currency: &str) -> Field<'_> {
    object(Object::Money(Money { amount, currency }))
}

fn maybe_money(amount: Option<i64>, currency: &str) -> Field<'_> {
    amount.map_or(Ok(Found::Null), |amount| money(amount, currency))
}

fn object(object: Object<'_>) -> Field<'_> {
    Ok(Found::Object(Box::new(object)))
}

fn maybe_object(found: Option<Object<'_>>) -> Field<'_> {
    found.map_or(Ok(Found::Null), object)
}

fn objects<'a>(found: impl Iterator<Item = Object<'a>>) -> Field<'a> {
    Ok(Found::List(found.map(object).collect()))
}

fn leaves<'a, 'text>(texts: impl IntoIterator<Item = &'text str>) -> Field<'a> {
    Ok(Found::List(texts.into_iter().map(text).collect()))
}

fn page(page: Result<Page<'_>, Failure>) -> Field<'_> {
    object(Object::Page(page?))
}

fn sorted<'a, R, K: Ord>(
    rows: impl Iterator<Item = &'a R>,
    key: impl Fn(&R) -> K,
) -> std::vec::IntoIter<&'a R> {
    let mut rows: Vec<_> = rows.collect();
    rows.sort_by_key(|row| key(row));
    rows.into_iter()
}

fn oldest_first<'a>(
    licenses: impl Iterator<Item = &'a license::Model>,
) -> std::vec::IntoIter<&'a license::Model> {
    sorted(licenses, |license| (license.created_at, license.id))
}

/// The members of a JSON object, in alphabetical order.
fn by_name(members: &Json) -> std::vec::IntoIter<(&String, &Json)> {
    let mut members: Vec<_> = members.as_object().unwrap().iter().collect();
    members.sort_by_key(|(name, _)| *name);
    members.into_iter()
}

fn of_party<'a>(row: &'a party::Party, name: &str) -> Field<'a> {
    match name {
        "name" => text(&row.name),
        "number" => maybe_text(row.number.as_deref()),
        "street" => maybe_text(row.street.as_deref()),
        "postalCode" => maybe_text(row.postal_code.as_deref()),
        "city" => maybe_text(row.city.as_deref()),
        "country" => maybe_text(row.country.as_deref()),
        "taxNumber" => maybe_text(row.tax_number.as_deref()),
        "registrationNumber" => maybe_text(row.registration_number.as_deref()),
        "email" => maybe_text(row.email.as_deref()),
        "paymentInstructions" => maybe_text(row.payment_instructions.as_deref()),
        _ => unknown("Party", name),
    }
}
