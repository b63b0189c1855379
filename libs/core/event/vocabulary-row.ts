/** One row of the vocabulary: type, Chinese name, English name, own fields in the form of `parseFields`. */
export type EventRow = readonly [type: string, zh: string, en: string, fields: string];
