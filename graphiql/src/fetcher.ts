import type { Fetcher, FetcherParams, Observable } from '@graphiql/toolkit';
import {
  getOperationAST,
  type DocumentNode,
  type ExecutionResult,
  type FormattedExecutionResult,
  type OperationDefinitionNode,
} from 'graphql';
import { createClient } from 'graphql-ws';

const HTTP_URL = new URL('/graphql', location.href).href;
const WS_URL = HTTP_URL.replace(/^http/, 'ws');

// The server's answer to a token that is wrong, or is no longer right: asking again cannot help.
const FORBIDDEN = 4403;

type HeaderMap = Record<string, string>;
type Data = Record<string, unknown>;
type Extensions = { cursor?: unknown };
type Feed = Observable<ExecutionResult>;

/** Sends subscriptions over a websocket and everything else as POST, both to /graphql. */
export function createFetcher(defaultHeaders?: HeaderMap): Fetcher {
  return (params, { headers, documentAST } = {}) => {
    const subscription = documentAST && findSubscription(documentAST, params.operationName);
    if (subscription) return watch(params, subscription, headers ?? {});
    // GraphiQL's first introspection runs before its headers editor exists.
    const introspecting = params.operationName === 'IntrospectionQuery';
    return post(params, headers ?? (introspecting ? defaultHeaders : undefined));
  };
}

function findSubscription(document: DocumentNode, operationName?: string | null) {
  const operation = getOperationAST(document, operationName);
  return operation?.operation === 'subscription' ? operation : undefined;
}

async function post(params: FetcherParams, headers?: HeaderMap) {
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

/**
 * Follows a subscription on a socket of its own: `connection_init` carries this tab's token, and
 * the socket closes with the feed. Once connected, a lost socket is reopened until the user stops.
 */
function watch(params: FetcherParams, operation: OperationDefinitionNode, headers: HeaderMap) {
  const authorization = new Headers(headers).get('Authorization');
  let connected = false;
  const client = createClient({
    url: WS_URL,
    connectionParams: authorization ? { Authorization: authorization } : undefined,
    retryAttempts: Infinity,
    retryWait,
    // A feed that never began reports why at once, and so does a protocol error (an Error). While
    // a server restarts, the browser reports the refused connection as a plain Event.
    shouldRetry: (problem) =>
      connected && !(problem instanceof Error) && closeCode(problem) !== FORBIDDEN,
    on: { connected: () => (connected = true) },
  });

  // graphql-ws sends this same object again after a reconnect, so moving `after` along makes the
  // feed go on behind the last event seen.
  const request = { ...params, variables: { ...params.variables } };
  const resumable = operation.variableDefinitions?.some((it) => it.variable.name.value === 'after');

  // An observable, not an async iterable: that can be stopped only when its next event comes.
  const feed = {
    subscribe(observer: Observer) {
      const unsubscribe = client.subscribe<Data, Extensions>(request, {
        next(result) {
          const cursor = result.extensions?.cursor;
          if (resumable && cursor) request.variables.after = cursor;
          observer.next(result);
        },
        error: (problem) => observer.error(describe(problem)),
        complete: () => observer.complete(),
      });
      return { unsubscribe };
    },
  };
  return feed as Feed; // without the other ways to subscribe, which GraphiQL does not use
}

/** Doubling, with jitter so that feeds don't return all at once. graphql-ws's own has no ceiling. */
function retryWait(retries: number) {
  const delay = Math.min(500 * 2 ** retries, 10_000) * (0.5 + Math.random());
  return new Promise<void>((resolve) => setTimeout(resolve, delay));
}

interface Observer {
  next(result: FormattedExecutionResult): void;
  error(problem: unknown): void;
  complete(): void;
}

function closeCode(problem: unknown) {
  return problem instanceof CloseEvent ? problem.code : undefined;
}

/** Says in the response pane why a feed ended; an event of the socket shows nothing by itself. */
function describe(problem: unknown) {
  if (problem instanceof CloseEvent) {
    return { message: `Socket closed: ${problem.code} ${problem.reason}`.trim() };
  }
  if (problem instanceof Event) return { message: `Could not connect to ${WS_URL}` };
  return problem; // GraphQL errors, or a protocol error with its own message
}
