// GraphQL-ESLint's recommended rules for schemas, and those of Relay.

import { fileURLToPath } from 'node:url';
import graphql from '@graphql-eslint/eslint-plugin';

const { configs, parser } = graphql;
const schema = fileURLToPath(new URL('../../../schema.graphql', import.meta.url));

// What is a part of something else, and has no identity of its own.
const VALUES = [
  'ActivationItem',
  'ApprovalPreview',
  'BillingHold',
  'BillingPreview',
  'ChargeLine',
  'CreditNotePreview',
  'CreditNotePreviewLine',
  'CreditNotePreviewTax',
  'DiscountTerms',
  'DueSubscription',
  'EditionLimitation',
  'EditionVariable',
  'InvoiceTax',
  'LineCorrection',
  'MigratedPrice',
  'Money',
  'OfferCommitment',
  'OrderLineComponent',
  'OrderLinePreview',
  'OrderLineQueueUpdate',
  'OrderPreview',
  'OrderQueueUpdate',
  'OrderStatusChange',
  'OrderStatusCount',
  'OrderStatusCounts',
  'OrderTransition',
  'PageInfo',
  'Party',
  'PeriodShare',
  'PlanComponent',
  'PlanInstance',
  'PlanInstanceComponent',
  'PlanInstanceStep',
  'PlanStep',
  'PriceMigrationPreview',
  'PriceOverrideRule',
  'PriceTier',
  'ProrationPolicy',
  'RenewalPreview',
  'Share',
  'SubscriptionChangePreview',
  'SubscriptionCommitment',
  'TaxAmount',
  'TaxRate',
  'TenantSettings',
  'Totals',
  'UserError',
  'Viewer',
];

export default [
  {
    files: ['**/*.graphql'],
    languageOptions: { parser, parserOptions: { graphQLConfig: { schema } } },
    plugins: { '@graphql-eslint': graphql },
    rules: {
      ...configs['flat/schema-recommended'].rules,
      ...configs['flat/schema-relay'].rules,
      // Short descriptions are printed in one line, long ones as blocks.
      '@graphql-eslint/description-style': 'off',
      // `customerNumber` and `licenseKey` are words of the trade.
      '@graphql-eslint/no-typename-prefix': 'off',
      // Takes the definition of `@specifiedBy` for unreachable; the other linter finds unused types.
      '@graphql-eslint/no-unreachable-types': 'off',
      // Not every list is a connection, connections have `nodes` besides `edges`, and events and invoice lines are
      // paged through but not asked for by id.
      '@graphql-eslint/relay-edge-types': [
        'error',
        { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false },
      ],
      '@graphql-eslint/strict-id-in-types': [
        'error',
        { exceptions: { types: VALUES, suffixes: ['Connection', 'Edge', 'Payload'] } },
      ],
    },
  },
];
