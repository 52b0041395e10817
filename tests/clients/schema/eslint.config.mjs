// The rules of GraphQL-ESLint for schemas, those of Relay included.

import graphql from '@graphql-eslint/eslint-plugin';

const { configs, parser } = graphql;

export default [
  {
    files: ['**/*.graphql'],
    languageOptions: { parser },
    plugins: { '@graphql-eslint': graphql },
    rules: {
      ...configs['flat/schema-recommended'].rules,
      ...configs['flat/schema-relay'].rules,
    },
  },
];
