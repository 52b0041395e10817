/**
 * localStorage for GraphiQL, without request headers: its history would keep everyone's tokens,
 * whatever `shouldPersistHeaders` says. What is read back has `headers`, as a new tab does.
 */
export function createStorage(headers = '') {
  const storage = window.localStorage;
  return {
    get length() {
      return storage.length;
    },
    clear: () => storage.clear(),
    removeItem: (key: string) => storage.removeItem(key),
    getItem(key: string) {
      const value = storage.getItem(key);
      return value && isHistory(key) ? replaceHeaders(value, headers) : value;
    },
    setItem(key: string, value: string) {
      storage.setItem(key, isHistory(key) ? replaceHeaders(value, '') : value);
    },
  };
}

function isHistory(key: string) {
  return key === 'graphiql:queries' || key === 'graphiql:favorites';
}

function replaceHeaders(json: string, headers: string) {
  return JSON.stringify(JSON.parse(json), (key, value) => (key === 'headers' ? headers : value));
}
