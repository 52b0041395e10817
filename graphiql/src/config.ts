/** What the server says about this page, at ./config.json. Every part is optional. */
export interface PageConfig {
  /** Headers that every tab starts with. */
  defaultHeaders?: Record<string, string>;
  /** The tabs of a browser that has none stored. `variables` is JSON text. */
  defaultTabs?: { name?: string; query: string; variables?: string }[];
  /** Opens the panel with the live feed of orders, and begins to watch with the default headers. */
  live?: boolean;
  /** One line of plain text above the editor. */
  notice?: string;
}

/** Reads the page's configuration. Without it the page still works, only with nothing filled in. */
export async function loadConfig(): Promise<PageConfig> {
  try {
    const response = await fetch('./config.json', { cache: 'no-store' });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return await response.json();
  } catch (error) {
    console.warn('Starting without config.json:', error);
    return {};
  }
}
