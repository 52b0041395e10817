//! The GraphQL documents that the demo shows.

use serde_json::{Value, json};

use crate::{demo::World, graphql::id::Id};

/// For the terminal: a page of what an approver has to look at.
pub(super) const WAITING: &str = "{ orders(first: 5, filter: {statusIn: [PENDING_APPROVAL]}) { nodes { id number customer { name } totals { gross { formatted } } } } }";

/// For the terminal: what happens to orders.
pub(super) const FEED: &str = "subscription { orderStatusChanged { position from to actor order { number customer { name } } } }";

/// A document for GraphiQL.
pub(super) struct Document {
    pub(super) name: &'static str,
    pub(super) text: &'static str,
    /// Null: it has none.
    pub(super) variables: Value,
}

/// What GraphiQL opens with, beside the panel in which every change is seen.
pub(super) fn all(world: &World) -> Vec<Document> {
    let examples = &world.examples;
    vec![
        Document { name: "Orders", text: ORDERS, variables: Value::Null },
        Document {
            name: "Approve",
            text: APPROVE,
            variables: json!({ "input": {
                "id": examples.waiting_order.map(|id| Id(id).to_string()),
                "externalReference": "DEAL-2001",
            } }),
        },
        Document {
            name: "Who agrees",
            text: WHO_AGREES,
            variables: json!({ "id": examples.half_approved_order.map(|id| Id(id).to_string()) }),
        },
        Document {
            name: "Order",
            text: CREATE,
            variables: json!({ "input": {
                "customerId": Id(examples.customer).to_string(),
                "lines": [{ "offerId": Id(examples.offer).to_string(), "quantity": 12 }],
                "reference": "Tried from GraphiQL",
                "submit": true,
                "idempotencyKey": "choose-a-new-one-for-each-order",
            } }),
        },
        Document {
            name: "Plan",
            text: PLAN,
            variables: json!({ "input": {
                "customerId": Id(examples.customer).to_string(),
                "lines": [{
                    "offerId": Id(examples.plan.offer).to_string(),
                    "quantity": 1,
                    "plan": {
                        "planId": Id(examples.plan.plan).to_string(),
                        "productIds": examples.plan.chosen.map(|id| Id(id).to_string()),
                    },
                }],
            } }),
        },
        Document {
            name: "Pay",
            text: PAY,
            variables: json!({ "input": {
                "orderId": examples.draft.map(|id| Id(id).to_string()),
                "method": "CARD",
                "submitsOrder": true,
            } }),
        },
        Document { name: "Invoices", text: INVOICES, variables: Value::Null },
        Document { name: "Live feed", text: LIVE_FEED, variables: Value::Null },
    ]
}

const LIVE_FEED: &str = "\
# A feed of your own: it runs while this tab is in front, the panel on the left beside any tab.
subscription LiveFeed($after: FeedCursor) {
  orderStatusChanged(after: $after) {
    position
    occurredAt
    from
    to
    actor
    reason
    order {
      number
      customer {
        name
      }
      totals {
        gross {
          formatted
        }
      }
    }
  }
}
";

const PLAN: &str = "\
# What two products of a plan come to. Change the variables: leave productIds out to have all, or say a priceOverride in cents.
# createOrder takes the same input, and orders it.
query Plan($input: CreateOrderInput!) {
  plans(first: 10) {
    nodes {
      code
      name
      componentChoice
      priceOverride {
        minimum {
          formatted
        }
        maximum {
          formatted
        }
      }
      steps {
        periods
        billingPeriod
        unitPrice {
          formatted
        }
        components {
          product {
            id
            name
          }
          unitPrice {
            formatted
          }
        }
      }
    }
  }
  previewOrder(input: $input) {
    lines {
      components {
        name
        unitPrice {
          formatted
        }
        net {
          formatted
        }
      }
    }
    gross {
      formatted
    }
    userErrors {
      code
      message
      field
    }
  }
}
";

const ORDERS: &str = "\
# What waits for an answer. Press the play button, then go to the next tab.
# feedCursor is where a feed goes on from this answer without a hole: orderStatusChanged(after: …)
query Orders {
  feedCursor
  orders(first: 10, filter: {statusIn: [PENDING_APPROVAL]}) {
    nodes {
      id
      number
      status
      version
      reference
      submittedAt
      customer {
        name
        city
      }
      partner {
        name
      }
      lines {
        offer {
          name
        }
        quantity
        net {
          formatted
        }
      }
      totals {
        gross {
          formatted
        }
      }
      approvals {
        level
        decision
        approversNeeded
        partner {
          name
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
";

const APPROVE: &str = "\
# Says yes to one of the orders that wait; the panel on the left shows what follows.
# Once more, with another externalReference: it is decided already.
mutation Approve($input: ApproveOrderInput!) {
  approveOrder(input: $input) {
    order {
      number
      status
      version
    }
    userErrors {
      code
      message
      field
      currentStatus
    }
  }
}
";

const WHO_AGREES: &str = "\
# An order that takes two of the seller's people, of whom one has said yes: by which rules, and who has.
# You may be the other one: approve it by its id in the tab before.
query WhoAgrees($id: ID!) {
  order(id: $id) {
    number
    status
    approvals {
      level
      bySeller
      partner {
        name
      }
      rules
      decision
      approversNeeded
      consents {
        givenBy
        givenAt
      }
    }
    availableActions
  }
  approvalRules(first: 5) {
    nodes {
      name
      approverPartner {
        name
      }
      minimumAmount {
        formatted
      }
      product {
        name
      }
      firstOrder
      approversNeeded
    }
  }
}
";

const CREATE: &str = "\
# Orders for a customer and submits at once. The same idempotencyKey again gives the same order again.
mutation Order($input: CreateOrderInput!) {
  createOrder(input: $input) {
    order {
      id
      number
      status
      totals {
        net {
          formatted
        }
        tax {
          formatted
        }
        gross {
          formatted
        }
      }
    }
    userErrors {
      code
      message
      field
    }
  }
}
";

const PAY: &str = "\
# Has a draft paid by card. Open the redirectUrl, and press Pay there: the order is submitted by itself.
mutation Pay($input: RegisterPaymentAgreementInput!) {
  registerPaymentAgreement(input: $input) {
    paymentAgreement {
      id
      status
      redirectUrl
      order {
        number
        status
      }
    }
    userErrors {
      code
      message
      field
      currentStatus
    }
  }
}
";

const INVOICES: &str = "\
query Invoices {
  invoices(first: 5, filter: {statusIn: [ISSUED]}) {
    nodes {
      number
      issuedAt
      dueOn
      customer {
        name
      }
      lines {
        description
        quantity
        poNumber
        net {
          formatted
        }
      }
      totals {
        gross {
          formatted
        }
      }
    }
  }
}
";

#[cfg(test)]
mod tests {
    use async_graphql::{Request, Schema, Variables};
    use futures_util::StreamExt;

    use super::*;
    use crate::graphql::{Mutation, Query, Subscription};

    /// Nobody is signed in, so a document that the schema understands gets as far as the guard.
    #[tokio::test]
    async fn the_schema_understands_every_document() {
        let schema =
            Schema::build(Query::default(), Mutation::default(), Subscription::default()).finish();
        let id = "order_00000000000000000000000000000000";
        for (text, variables) in [
            (WAITING, Value::Null),
            (FEED, Value::Null),
            (LIVE_FEED, Value::Null),
            (ORDERS, Value::Null),
            (APPROVE, json!({ "input": { "id": id } })),
            (WHO_AGREES, json!({ "id": id })),
            (CREATE, json!({ "input": { "lines": [] } })),
            (PAY, json!({ "input": { "method": "CARD" } })),
            (INVOICES, Value::Null),
        ] {
            let request = Request::new(text).variables(Variables::from_json(variables));
            let answers: Vec<_> = schema.execute_stream(request).collect().await;
            let errors: Vec<_> = answers.iter().flat_map(|answer| &answer.errors).collect();
            assert!(!errors.is_empty(), "{text}");
            for error in errors {
                let code = error.extensions.as_ref().and_then(|extensions| extensions.get("code"));
                assert_eq!(code, Some(&"UNAUTHENTICATED".into()), "{error}: {text}");
            }
        }
    }
}
