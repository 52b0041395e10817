//! Sellers with catalogues, customers and keys.

use std::net::SocketAddr;

use anyhow::Context;
use serde_json::{Value, json};

use super::{api, node::Program};

const CUSTOMERS: usize = 4;

/// One seller, and everybody who has to do with it.
#[derive(Clone, Debug)]
pub(super) struct Tenant {
    pub(super) id: String,
    pub(super) admin: String,
    /// Two people who may decide on orders.
    pub(super) approvers: [String; 2],
    /// Provisioned by itself, and by nobody.
    pub(super) offers: [String; 2],
    pub(super) partner: Partner,
    pub(super) customers: Vec<Customer>,
    /// A cursor before anything happened.
    pub(super) beginning: String,
}

#[derive(Clone, Debug)]
pub(super) struct Partner {
    pub(super) id: String,
    pub(super) key: String,
}

#[derive(Clone, Debug)]
pub(super) struct Customer {
    pub(super) id: String,
    pub(super) key: String,
    pub(super) agreement: String,
}

/// Makes a tenant. Half of its customers belong to its partner.
pub(super) async fn tenant(
    program: &Program,
    client: &reqwest::Client,
    node: SocketAddr,
    name: &str,
) -> anyhow::Result<Tenant> {
    let url = format!("--database-url={}", program.database_url);
    let said = program
        .run(&["tenant", "create", "--kind=sandbox", "--approval-required", "--name", name, &url])
        .await?;
    let value = |label: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix(label));
        Ok::<_, anyhow::Error>(line.context("no such line")?.trim().to_owned())
    };
    let (id, admin) = (value("tenant:")?, value("admin key:")?);
    let seller = Seller { client, node, key: &admin };
    let beginning = seller.ask("{ feedCursor }", json!({})).await?;
    let offers = [seller.offer("INSTANT").await?, seller.offer("MANUAL").await?];
    let approvers = [
        seller.key(json!({ "name": "Ada", "role": "APPROVER" })).await?,
        seller.key(json!({ "name": "Bo", "role": "APPROVER" })).await?,
    ];
    let input = json!({ "partnerNumber": "P-1", "name": "Partner" });
    let partner = seller.create("Partner", input).await?;
    let key = json!({ "name": "Partner", "role": "PARTNER", "partnerId": partner });
    let partner = Partner { key: seller.key(key).await?, id: partner };
    let mut customers = Vec::new();
    for number in 0..CUSTOMERS {
        let partner = (number % 2 == 0).then_some(&partner.id);
        customers.push(seller.customer(number, partner).await?);
    }
    let beginning = beginning.as_str().context("no cursor")?.to_owned();
    Ok(Tenant { id, admin, approvers, offers, partner, customers, beginning })
}

struct Seller<'a> {
    client: &'a reqwest::Client,
    node: SocketAddr,
    key: &'a str,
}

impl Seller<'_> {
    async fn ask(&self, query: &str, variables: Value) -> anyhow::Result<Value> {
        api::ask(self.client, self.node, self.key, query, variables).await
    }

    /// Creates something and gives its id.
    async fn create(&self, what: &str, input: Value) -> anyhow::Result<String> {
        let field = format!("{}{}", what[..1].to_lowercase(), &what[1..]);
        let query = format!(
            "mutation($input: Create{what}Input!) {{ \
             create{what}(input: $input) {{ {field} {{ id }} userErrors {{ code message }} }} }}"
        );
        let payload = self.ask(&query, json!({ "input": input })).await?;
        Ok(payload[field]["id"].as_str().context("nothing was created")?.to_owned())
    }

    async fn key(&self, input: Value) -> anyhow::Result<String> {
        let query = "mutation($input: CreateApiKeyInput!) { \
                     createApiKey(input: $input) { secret userErrors { code message } } }";
        let payload = self.ask(query, json!({ "input": input })).await?;
        Ok(payload["secret"].as_str().context("no key was made")?.to_owned())
    }

    async fn offer(&self, provisioning: &str) -> anyhow::Result<String> {
        let (billing, period) = match provisioning {
            "INSTANT" => ("RECURRING", Some("MONTHLY")),
            _ => ("ONE_TIME", None),
        };
        let input = json!({ "code": provisioning, "name": provisioning, "vendor": "Fabrikam", "provisioning": provisioning });
        let product = self.create("Product", input).await?;
        let input = json!({
            "productId": product, "code": provisioning, "name": provisioning,
            "billing": billing, "billingPeriod": period, "maxQuantity": 500,
            "prices": [{ "currency": "EUR", "unitAmount": "1250", "taxBasisPoints": 2500 }],
        });
        self.create("Offer", input).await
    }

    async fn customer(&self, number: usize, partner: Option<&String>) -> anyhow::Result<Customer> {
        let input = json!({ "customerNumber": format!("C-{number}"), "name": "Customer", "partnerId": partner });
        let id = self.create("Customer", input).await?;
        let input = json!({ "customerId": id, "number": format!("A-{number}") });
        let agreement = self.create("Agreement", input).await?;
        let key = json!({ "name": "Buyer", "role": "CUSTOMER", "customerId": id });
        Ok(Customer { key: self.key(key).await?, id, agreement })
    }
}
