/** A column of a table: title, and its share of the width. */
export interface Column {
  readonly title: string;
  readonly share: number;
  /** Digests, codes: letters of one width. */
  readonly isCode?: boolean;
}

/** Parts of a paper for people, the same for the screen and for print. */
export type Block =
  | { readonly kind: 'heading'; readonly level: 1 | 2 | 3; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string; readonly isSmall?: boolean }
  | { readonly kind: 'notice'; readonly text: string }
  /** Label and value; two columns. */
  | { readonly kind: 'facts'; readonly rows: readonly (readonly [string, string])[] }
  | {
      readonly kind: 'table';
      readonly columns: readonly Column[];
      readonly rows: readonly (readonly string[])[];
      /** What stands there without rows. */
      readonly empty: string;
    }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  /** To be filled in by hand: label, and how much room in lines. */
  | { readonly kind: 'blanks'; readonly rows: readonly (readonly [string, number])[] }
  | { readonly kind: 'page' };

export interface Paper {
  readonly title: string;
  /** Work-secret marking, on every page. */
  readonly marking: string;
  /** Number and edition, on every page. */
  readonly number: string;
  readonly blocks: readonly Block[];
}
