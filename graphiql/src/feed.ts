import type { FetcherParams } from '@graphiql/toolkit';
import type { FormattedExecutionResult } from 'graphql';
import { createClient } from 'graphql-ws';
import { HTTP_URL } from './post';

const WS_URL = HTTP_URL.replace(/^http/, 'ws');

// The server's answer to a token that is wrong, or is no longer right: asking again cannot help.
const FORBIDDEN = 4403;

export type HeaderMap = Record<string, string>;
type Data = Record<string, unknown>;
type Extensions = { cursor?: unknown };

/** What becomes of a feed. */
export interface Observer {
  next(result: FormattedExecutionResult<Data, Extensions>): void;
  error(problem: unknown): void;
  complete(): void;
  /** The connection is there (true), or was lost and is tried again (false). */
  connected(is: boolean): void;
}

/**
 * Follows a feed on a socket of its own: `connection_init` carries the token, and the socket closes
 * with the feed. Once connected, a lost socket is reopened until the user stops. A feed that is
 * `resumable`, which is one with the variable `after`, goes on behind the last event seen.
 */
export function follow(
  params: FetcherParams,
  headers: HeaderMap,
  resumable: boolean,
  observer: Observer,
) {
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
    on: {
      connected() {
        connected = true;
        observer.connected(true);
      },
      closed(problem) {
        if (connected && closeCode(problem) !== FORBIDDEN) observer.connected(false);
      },
    },
  });
  // graphql-ws sends this same object again after a reconnect, so moving `after` along makes the
  // feed go on behind the last event seen.
  const request = { ...params, variables: { ...params.variables } };
  return client.subscribe<Data, Extensions>(request, {
    next(result) {
      const cursor = result.extensions?.cursor;
      if (resumable && cursor) request.variables.after = cursor;
      observer.next(result);
    },
    error: (problem) => observer.error(describe(problem)),
    complete: () => observer.complete(),
  });
}

/** Doubling, with jitter so that feeds don't return all at once. graphql-ws's own has no ceiling. */
function retryWait(retries: number) {
  const delay = Math.min(500 * 2 ** retries, 10_000) * (0.5 + Math.random());
  return new Promise<void>((resolve) => setTimeout(resolve, delay));
}

function closeCode(problem: unknown) {
  return problem instanceof CloseEvent ? problem.code : undefined;
}

/** Says why a feed ended; an event of the socket shows nothing by itself. */
function describe(problem: unknown) {
  if (problem instanceof CloseEvent) {
    return { message: `Socket closed: ${problem.code} ${problem.reason}`.trim() };
  }
  if (problem instanceof Event) return { message: `Could not connect to ${WS_URL}` };
  return problem; // GraphQL errors, or a protocol error with its own message
}
