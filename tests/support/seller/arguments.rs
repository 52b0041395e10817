//! The arguments with which each root field does something.

use serde_json::{Value, json};

use super::{Buyer, Seller};

/// The root fields about one noun.
type Noun = fn(&Seller, &Buyer, &str) -> Option<Value>;

const NOUNS: &[Noun] = &[
    nodes,
    orders,
    order_lines,
    subscriptions,
    licenses,
    invoices,
    billing_runs,
    customers,
    denials,
    discounts,
    partners,
    agreements,
    products,
    editions,
    offers,
    plans,
    tax_codes,
    approval_rules,
    api_keys,
    mail,
    tenants,
    webhook_endpoints,
    payment_agreements,
    usage,
];

impl Seller {
    /// The arguments with which a field does something, every id being one of this buyer's; none: nobody has written
    /// down what the field needs.
    pub(crate) fn arguments(&self, buyer: &Buyer, field: &str) -> Option<Value> {
        NOUNS.iter().find_map(|noun| noun(self, buyer, field))
    }
}

fn by_id(id: &str) -> Value {
    json!({ "id": id })
}

fn page(filter: Value) -> Value {
    Value::from_iter([("first", json!(2)), ("filter", filter)])
}

fn input(input: Value) -> Value {
    Value::from_iter([("input", input)])
}

fn nodes(seller: &Seller, buyer: &Buyer, field: &str) -> Option<Value> {
    Some(match field {
        "node" => by_id(&buyer.order),
        "nodes" => json!({ "ids": [buyer.order, seller.tenant] }),
        "feedCursor" => json!({}),
        "events" => json!({ "filter": {
            "orderId": buyer.order, "customerId": buyer.customer, "partnerId": buyer.partner,
            "paymentAgreementId": buyer.payment_agreements[0],
        } }),
        _ => return None,
    })
}

fn orders(seller: &Seller, buyer: &Buyer, field: &str) -> Option<Value> {
    let Buyer { partner, customer, agreement, .. } = buyer;
    let plan = json!({ "planId": seller.add_on_plan, "productIds": [seller.product] });
    let buy = json!([{
        "offerId": seller.add_on, "quantity": 2, "plan": plan,
        "parentSubscriptionId": buyer.subscription,
    }]);
    Some(match field {
        "order" | "orderUpdated" => by_id(&buyer.order),
        "orders" | "orderQueue" => page(json!({
            "customerId": customer, "partnerId": partner, "productId": seller.product,
            "offerId": seller.offer, "agreementId": agreement,
            "subscriptionId": buyer.subscription,
        })),
        "orderLifecycle" => json!({}),
        "orderStatusChanged" => json!({ "filter": {
            "orderIds": [buyer.order], "customerId": customer, "partnerId": partner,
        } }),
        "orderCounts" => json!({ "filter": { "customerId": customer, "partnerId": partner } }),
        "createOrder" | "previewOrder" => input(json!({
            "customerId": customer, "agreementId": agreement, "lines": buy,
            "paymentSelection": { "agreementId": buyer.payment_agreements[1] },
        })),
        "updateOrder" => input(json!({
            "id": buyer.drafts[0], "agreementId": agreement, "reference": "other", "lines": buy,
            "paymentSelection": { "agreementId": buyer.payment_agreements[1] },
        })),
        "submitOrder" => input(by_id(&buyer.drafts[1])),
        "deleteOrder" => input(by_id(&buyer.drafts[2])),
        "approveOrder" => input(by_id(&buyer.pending[0])),
        "rejectOrder" => input(json!({ "id": buyer.pending[1], "reason": "No credit" })),
        "cancelOrder" => input(by_id(&buyer.pending[2])),
        "createApprovalLinks" => input(json!({ "id": buyer.linked, "recipient": "Other" })),
        "revokeApprovalLink" => input(by_id(&buyer.approval_link)),
        _ => return None,
    })
}

fn order_lines(seller: &Seller, buyer: &Buyer, field: &str) -> Option<Value> {
    let lines = &buyer.lines;
    Some(match field {
        "orderLine" => by_id(&lines.on_hold),
        "orderLines" | "orderLineQueue" => page(json!({
            "orderId": buyer.order, "productId": seller.product, "customerId": buyer.customer,
            "partnerId": buyer.partner,
        })),
        "startOrderLine" => input(by_id(&lines.pending)),
        "completeOrderLine" => input(by_id(&lines.in_progress[0])),
        "failOrderLine" => input(json!({ "id": lines.in_progress[1], "reason": "Broken" })),
        "holdOrderLine" => input(json!({ "id": lines.in_progress[2], "reason": "Which?" })),
        "resumeOrderLine" => input(json!({ "id": lines.on_hold, "answer": "This" })),
        "retryOrderLine" | "cancelOrderLine" | "previewOrderLineCancellation" => {
            input(by_id(&lines.failed))
        }
        "simulateOrderLine" => input(json!({ "id": lines.in_progress[3], "outcome": "COMPLETES" })),
        _ => return None,
    })
}

fn subscriptions(seller: &Seller, buyer: &Buyer, field: &str) -> Option<Value> {
    let [changed, suspended, cancelled, renewed] = &buyer.changeable_subscriptions;
    Some(match field {
        "subscription" => by_id(&buyer.subscription),
        "subscriptions" => page(json!({
            "customerId": buyer.customer, "partnerId": buyer.partner, "productId": seller.product,
            "offerId": seller.offer, "planId": seller.plan, "agreementId": buyer.agreement,
            "parentId": buyer.subscription,
        })),
        "changeSubscription" => {
            let larger = &seller.larger_offer;
            let plan = json!({ "planId": seller.larger_plan, "productIds": [seller.product] });
            input(json!({ "id": changed, "quantity": 7, "offerId": larger, "plan": plan }))
        }
        "suspendSubscription" => input(by_id(suspended)),
        "cancelSubscription" => input(by_id(cancelled)),
        "resumeSubscription" => input(by_id(&buyer.suspended_subscription)),
        "setAutoRenew" => input(json!({ "id": renewed, "autoRenew": false })),
        "revokeScheduledChange" => input(by_id(&buyer.scheduled_change)),
        "revokeCancellation" => input(by_id(&buyer.ending_subscription)),
        "previewSubscriptionChange" => {
            let plan = json!({ "planId": seller.larger_plan, "productIds": [seller.product] });
            let larger = &seller.larger_offer;
            input(json!({ "id": buyer.subscription, "offerId": larger, "plan": plan }))
        }
        "previewRenewal" => json!({ "subscriptionId": buyer.subscription, "periods": 2 }),
        _ => return None,
    })
}

fn licenses(seller: &Seller, buyer: &Buyer, field: &str) -> Option<Value> {
    Some(match field {
        "license" => by_id(&buyer.license),
        "licenses" => page(json!({
            "customerId": buyer.customer, "partnerId": buyer.partner, "productId": seller.product,
            "editionId": seller.edition,
        })),
        _ => return None,
    })
}

fn invoices(seller: &Seller, buyer: &Buyer, field: &str) -> Option<Value> {
    Some(match field {
        "invoice" => by_id(&buyer.issued_invoice),
        "invoices" => page(json!({
            "customerId": buyer.customer, "partnerId": buyer.partner,
            "agreementId": buyer.agreement,
        })),
        "issueInvoice" => input(by_id(&buyer.draft_invoice)),
        "addInvoiceLine" => input(json!({
            "id": buyer.draft_invoice,
            "line": { "description": "Other", "amount": "100", "taxCodeId": seller.tax_code },
        })),
        "chargeCustomer" => input(json!({
            "customerId": buyer.customer, "agreementId": buyer.agreement,
            "line": { "description": "Other", "amount": "100", "taxCodeId": seller.tax_code },
        })),
        "previewCreditNote" => json!({
            "invoiceId": buyer.issued_invoice, "lines": [{ "lineId": buyer.issued_line }],
        }),
        "createCreditNote" => input(json!({
            "invoiceId": buyer.issued_invoice, "lines": [{ "lineId": buyer.issued_line }],
            "reason": "OTHER",
        })),
        "createStandaloneCreditNote" => input(json!({
            "customerId": buyer.customer, "agreementId": buyer.agreement, "reason": "OTHER",
            "lines": [{ "description": "Other", "amount": "100", "taxCodeId": seller.tax_code }],
        })),
        "issueCreditNote" => input(by_id(&buyer.credit_notes[0])),
        "updateCreditNote" => input(json!({
            "id": buyer.credit_of_invoice, "lines": [{ "lineId": buyer.issued_line }],
        })),
        "updateStandaloneCreditNote" => input(json!({
            "id": buyer.credit_notes[2],
            "lines": [{ "description": "Other", "amount": "100", "taxCodeId": seller.tax_code }],
        })),
        "deleteCreditNote" => input(by_id(&buyer.credit_notes[1])),
        "reversePayment" => input(json!({ "id": buyer.payment, "reason": "Bounced" })),
        "recordPayment" => input(json!({
            "invoiceId": buyer.issued_invoice, "amount": "100", "reference": "NEW",
        })),
        "addAccountTransaction" => input(json!({
            "customerId": buyer.customer, "partnerId": buyer.partner, "currency": "EUR",
            "kind": "ALLOWANCE", "amount": "100",
        })),
        "accountBalance" => json!({
            "customerId": buyer.customer, "partnerId": buyer.partner, "currency": "EUR",
        }),
        _ => return None,
    })
}

fn billing_runs(seller: &Seller, buyer: &Buyer, field: &str) -> Option<Value> {
    Some(match field {
        "billingRun" => by_id(&seller.billing_run),
        "billingRuns" | "previewBilling" => json!({ "first": 2 }),
        "startBillingRun" => input(json!({ "dryRun": true })),
        "releaseBillingHold" => input(by_id(&buyer.suspended_subscription)),
        _ => return None,
    })
}

fn customers(_: &Seller, Buyer { customer, partner, .. }: &Buyer, field: &str) -> Option<Value> {
    Some(match field {
        "customer" => by_id(customer),
        "customers" => page(json!({ "partnerId": partner })),
        "createCustomer" => input(json!({
            "customerNumber": "NEW", "name": "New", "partnerId": partner,
        })),
        "updateCustomer" => input(json!({
            "id": customer, "partnerId": partner, "city": "Other",
        })),
        _ => return None,
    })
}

fn partners(seller: &Seller, Buyer { partner, .. }: &Buyer, field: &str) -> Option<Value> {
    Some(match field {
        "partner" => by_id(partner),
        "partners" => page(json!({ "parentId": seller.upper_partner })),
        "createPartner" => input(json!({
            "partnerNumber": "NEW", "name": "New", "parentId": partner,
        })),
        "updatePartner" => input(json!({
            "id": partner, "parentId": seller.upper_partner, "name": "Other",
        })),
        _ => return None,
    })
}

fn agreements(_: &Seller, Buyer { agreement, customer, .. }: &Buyer, field: &str) -> Option<Value> {
    Some(match field {
        "agreement" => by_id(agreement),
        "agreements" => page(json!({ "customerId": customer })),
        "createAgreement" => input(json!({ "customerId": customer, "number": "NEW" })),
        "updateAgreement" => input(json!({ "id": agreement, "defaultPoNumber": "Other" })),
        _ => return None,
    })
}

fn products(
    Seller { product, vendor_endpoint, .. }: &Seller,
    _: &Buyer,
    field: &str,
) -> Option<Value> {
    Some(match field {
        "product" => by_id(product),
        "products" => page(json!({})),
        "createProduct" => input(json!({
            "code": "NEW", "name": "New", "vendor": "Fabrikam", "provisioning": "WEBHOOK",
            "provisioningEndpointId": vendor_endpoint,
        })),
        "updateProduct" => input(json!({
            "id": product, "name": "Other", "provisioning": "WEBHOOK",
            "provisioningEndpointId": vendor_endpoint,
        })),
        _ => return None,
    })
}

fn editions(Seller { product, edition, .. }: &Seller, _: &Buyer, field: &str) -> Option<Value> {
    Some(match field {
        "edition" => by_id(edition),
        "editions" => json!({ "first": 2, "productId": product }),
        "createEdition" => input(json!({ "productId": product, "name": "New" })),
        _ => return None,
    })
}

fn offers(seller: &Seller, buyer: &Buyer, field: &str) -> Option<Value> {
    let Seller { product, edition, offer, tax_code, .. } = seller;
    let prices = json!([{ "currency": "EUR", "unitAmount": "1000", "taxCodeId": tax_code }]);
    Some(match field {
        "offer" => by_id(offer),
        "offers" => page(json!({
            "productId": product, "editionId": edition, "parentOfferId": offer,
        })),
        "createOffer" => input(json!({
            "productId": product, "editionId": edition, "parentOfferId": offer, "code": "NEW", "name": "New",
            "billing": "RECURRING", "billingPeriod": "MONTHLY", "prices": prices,
        })),
        "updateOffer" => input(json!({
            "id": offer, "editionId": edition, "name": "Other", "prices": prices,
        })),
        "createPrice" => input(json!({
            "offerId": offer, "customerId": buyer.customer, "partnerId": buyer.partner,
            "agreementId": buyer.agreement,
            "price": { "currency": "NOK", "unitAmount": "900", "taxCodeId": tax_code },
        })),
        "endPrice" => input(by_id(&buyer.price)),
        "previewPriceMigration" | "migrateSubscriptionPrices" => input(json!({
            "offerId": offer, "currency": "EUR", "when": "ON_RENEWAL", "first": 2,
        })),
        _ => return None,
    })
}

fn plans(seller: &Seller, buyer: &Buyer, field: &str) -> Option<Value> {
    let Seller { product, offer, plan, tax_code, .. } = seller;
    let component = json!({ "productId": product, "unitAmount": "1000", "taxCodeId": tax_code });
    let steps = json!([{ "components": [component] }]);
    Some(match field {
        "plan" => by_id(plan),
        "plans" => page(json!({ "offerId": offer, "partnerId": buyer.partner })),
        "createPlan" => input(json!({
            "offerId": offer, "partnerId": buyer.partner, "code": "NEW", "name": "New",
            "currency": "EUR", "steps": steps,
        })),
        "updatePlan" => input(json!({
            "id": plan, "partnerId": buyer.partner, "name": "Other", "steps": steps,
        })),
        _ => return None,
    })
}

fn payment_agreements(_: &Seller, buyer: &Buyer, field: &str) -> Option<Value> {
    let [pending, completed, cancelled] = &buyer.payment_agreements;
    Some(match field {
        "paymentAgreement" | "paymentAgreementUpdated" => by_id(pending),
        "paymentAgreements" => page(json!({
            "customerId": buyer.customer, "partnerId": buyer.partner, "orderId": buyer.paid_draft,
        })),
        "registerPaymentAgreement" => input(json!({
            "orderId": buyer.drafts[0], "customerId": buyer.customer, "method": "WALLET",
        })),
        "completePaymentAgreement" => input(json!({ "id": completed, "outcome": "APPROVED" })),
        "cancelPaymentAgreement" => input(by_id(cancelled)),
        "rotatePaymentCallbackSecret" => input(json!({})),
        _ => return None,
    })
}

fn denials(seller: &Seller, buyer: &Buyer, field: &str) -> Option<Value> {
    Some(match field {
        "denyCustomer" => input(json!({
            "customerId": buyer.customer, "productId": seller.product, "offerId": seller.offer,
        })),
        "liftDenial" => input(by_id(&buyer.denial)),
        _ => return None,
    })
}

fn discounts(seller: &Seller, buyer: &Buyer, field: &str) -> Option<Value> {
    let Buyer { partner, customer, discount, subscription_discount, .. } = buyer;
    let subscription = &buyer.changeable_subscriptions[3];
    Some(match field {
        "discount" => by_id(discount),
        "discounts" => page(json!({
            "offerId": seller.offer, "customerId": customer, "partnerId": partner,
        })),
        "createDiscount" => input(json!({
            "code": "NEW", "name": "New", "basisPoints": 100, "duration": "ONCE",
            "offerIds": [seller.offer], "customerIds": [customer], "partnerId": partner,
        })),
        "updateDiscount" => input(json!({
            "id": discount, "name": "Other", "offerIds": [seller.offer], "customerIds": [customer],
            "partnerId": partner,
        })),
        "applyDiscount" => input(json!({ "id": subscription, "discountId": discount })),
        "removeDiscount" => input(by_id(subscription_discount)),
        _ => return None,
    })
}

fn usage(seller: &Seller, buyer: &Buyer, field: &str) -> Option<Value> {
    let [starts_on, ends_on] = &buyer.used_days;
    Some(match field {
        "reportUsage" => input(json!({
            "subscriptionId": buyer.used_subscription, "productId": seller.product,
            "quantity": -1, "startsOn": starts_on, "endsOn": ends_on, "reference": "NEW",
            "correctsId": buyer.usage_report,
        })),
        _ => return None,
    })
}

fn tax_codes(Seller { tax_code, .. }: &Seller, _: &Buyer, field: &str) -> Option<Value> {
    let rates = json!([{ "validFrom": "2400-01-01", "basisPoints": 2600 }]);
    Some(match field {
        "taxCode" => by_id(tax_code),
        "taxCodes" => json!({ "first": 2 }),
        "createTaxCode" => input(json!({ "code": "NEW", "name": "New", "rates": rates })),
        "updateTaxCode" => input(json!({ "id": tax_code, "name": "Other", "rates": rates })),
        _ => return None,
    })
}

fn approval_rules(seller: &Seller, buyer: &Buyer, field: &str) -> Option<Value> {
    let Buyer { partner, customer, approval_rules: [rule, other], .. } = buyer;
    let product = &seller.product;
    Some(match field {
        "approvalRule" => by_id(rule),
        "approvalRules" => json!({ "first": 2 }),
        "createApprovalRule" => input(json!({
            "name": "New", "approverPartnerId": partner, "productId": product,
            "customerId": customer, "partnerId": partner,
        })),
        "updateApprovalRule" => input(json!({
            "id": rule, "name": "Other", "productId": product, "customerId": customer,
            "partnerId": partner,
        })),
        "deleteApprovalRule" => input(by_id(other)),
        _ => return None,
    })
}

fn api_keys(_: &Seller, buyer: &Buyer, field: &str) -> Option<Value> {
    Some(match field {
        "apiKeys" => json!({ "first": 2 }),
        "createApiKey" => input(json!({
            "name": "New", "role": "CUSTOMER", "customerId": buyer.customer,
            "partnerId": buyer.partner,
        })),
        "revokeApiKey" => input(by_id(&buyer.api_key)),
        _ => return None,
    })
}

fn mail(_: &Seller, buyer: &Buyer, field: &str) -> Option<Value> {
    let kinds = json!(["ORDER_HELD", "INVOICE_ISSUED"]);
    Some(match field {
        "mailRecipient" => by_id(&buyer.mail_recipient),
        "mailRecipients" => json!({ "first": 2 }),
        "mail" => by_id(&buyer.mail),
        "mails" => page(json!({ "orderId": buyer.order })),
        "createMailRecipient" => input(json!({
            "partnerId": buyer.partner, "address": "new@example.com", "kinds": kinds,
        })),
        "updateMailRecipient" => input(json!({ "id": buyer.mail_recipient, "kinds": kinds })),
        "deleteMailRecipient" => input(by_id(&buyer.other_mail_recipient)),
        "retryMail" => input(by_id(&buyer.mail)),
        _ => return None,
    })
}

fn tenants(_: &Seller, _: &Buyer, field: &str) -> Option<Value> {
    Some(match field {
        "viewer" => json!({}),
        "updateTenantSettings" => input(json!({ "paymentTermsDays": 31 })),
        _ => return None,
    })
}

fn webhook_endpoints(seller: &Seller, buyer: &Buyer, field: &str) -> Option<Value> {
    let [kept, deleted] = &buyer.webhook_endpoints;
    Some(match field {
        "webhookEndpoint" => by_id(kept),
        "webhookEndpoints" => json!({ "first": 2 }),
        "createWebhookEndpoint" => input(json!({
            "url": "https://new.example/", "kinds": ["INVOICE_PAID"], "partnerId": buyer.partner,
        })),
        "updateWebhookEndpoint" => input(json!({ "id": kept, "kinds": ["INVOICE_ISSUED"] })),
        "rotateWebhookSecret" | "sendWebhookTest" | "retryWebhook" => input(by_id(kept)),
        "replayWebhookEvents" => input(json!({ "id": kept, "after": seller.first_cursor })),
        "deleteWebhookEndpoint" => input(by_id(deleted)),
        _ => return None,
    })
}
