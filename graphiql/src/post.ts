import type { FetcherParams } from '@graphiql/toolkit';
import type { HeaderMap } from './feed';

export const HTTP_URL = new URL('/graphql', location.href).href;

/** Sends a query or a mutation, and answers what the server says. */
export async function post(params: FetcherParams, headers?: HeaderMap) {
  const response = await fetch(HTTP_URL, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/graphql-response+json, application/json;q=0.9',
      ...headers,
    },
    body: JSON.stringify(params),
  });
  if (!response.headers.get('Content-Type')?.includes('json')) {
    // Not from the GraphQL server: a proxy's error page, say.
    throw { message: `HTTP ${response.status} ${response.statusText}`.trim() };
  }
  return response.json();
}
