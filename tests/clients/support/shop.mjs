// What happens in the shop while clients watch.

const BUYABLE = `{
  orders(first: 50) { edges { node { customer { id } lines { offer { id } quantity } } } }
}`;

const CREATE = `mutation Create($input: CreateOrderInput!) {
  createOrder(input: $input) { order { id number status } userErrors { code message field } }
}`;

const SUBMIT = `mutation Submit($input: SubmitOrderInput!) {
  submitOrder(input: $input) { order { id status } userErrors { code message field } }
}`;

const REJECT = `mutation Reject($input: RejectOrderInput!) {
  rejectOrder(input: $input) { order { id status } userErrors { code message field } }
}`;

/** The demo's shop, and ways to make something happen in it. */
export class Shop {
  #buyable;

  constructor(server) {
    this.server = server;
  }

  /** The input of `createOrder` for an order like one that was placed before. */
  async anOrder() {
    this.#buyable ??= await this.server.ask(BUYABLE);
    const { node } = this.#buyable.orders.edges.find(({ node }) => node.lines.length > 0);
    return {
      customerId: node.customer.id,
      lines: [{ offerId: node.lines[0].offer.id, quantity: node.lines[0].quantity }],
      submit: true,
    };
  }

  /** Places an order: it is SUBMITTED, and waits for approval at once. The demo leaves it alone. */
  async placeOrder() {
    return this.#createOrder(await this.anOrder());
  }

  /** Begins an order, which is a DRAFT. The demo leaves it alone. */
  async draftOrder() {
    return this.#createOrder({ ...(await this.anOrder()), submit: false });
  }

  async #createOrder(input) {
    const { createOrder } = await this.server.ask(CREATE, { input });
    return accepted(createOrder).order;
  }

  /** Submits a draft: it waits for approval at once. */
  async submitOrder(id) {
    const { submitOrder } = await this.server.ask(SUBMIT, { input: { id } });
    return accepted(submitOrder).order;
  }

  /** Turns an order down that waits for approval. */
  async rejectOrder(id) {
    const input = { id, reason: 'Not this year.' };
    const { rejectOrder } = await this.server.ask(REJECT, { input }, 'APPROVER');
    return accepted(rejectOrder).order;
  }

  /** A cursor at the end of the log. */
  async feedCursor() {
    return (await this.server.ask('{ feedCursor }')).feedCursor;
  }
}

function accepted(payload) {
  if (payload.userErrors.length > 0) throw new Error(JSON.stringify(payload.userErrors));
  return payload;
}
