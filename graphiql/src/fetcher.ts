import type { Fetcher, FetcherParams, Observable } from '@graphiql/toolkit';
import {
  getOperationAST,
  type DocumentNode,
  type ExecutionResult,
  type OperationDefinitionNode,
} from 'graphql';
import { follow, type HeaderMap, type Observer } from './feed';
import { lostFeeds } from './lost-feeds';
import { post } from './post';

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

/**
 * A tab's feed. That its connection is lost is shown above the editors, because the response pane
 * shows the last event.
 */
function watch(params: FetcherParams, operation: OperationDefinitionNode, headers: HeaderMap) {
  const resumable = operation.variableDefinitions?.some((it) => it.variable.name.value === 'after');
  // An observable, not an async iterable: that can be stopped only when its next event comes.
  const feed = {
    subscribe(observer: Omit<Observer, 'connected'>) {
      const mark = Symbol(operation.name?.value);
      const stop = follow(params, headers, resumable ?? false, {
        next: (result) => observer.next(result),
        error(problem) {
          lostFeeds.delete(mark);
          observer.error(problem);
        },
        complete() {
          lostFeeds.delete(mark);
          observer.complete();
        },
        connected: (is) => (is ? lostFeeds.delete(mark) : lostFeeds.add(mark)),
      });
      const unsubscribe = () => {
        stop();
        lostFeeds.delete(mark);
      };
      return { unsubscribe };
    },
  };
  return feed as Feed; // without the other ways to subscribe, which GraphiQL does not use
}
