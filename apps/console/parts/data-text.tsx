const HAN = /\p{Script=Han}/u;

/** Language of a text that was not written for this page: data stays as it was entered, and says what it is. */
export function langOf(text: string): 'zh-CN' | undefined {
  return HAN.test(text) ? 'zh-CN' : undefined;
}

/** Data as it was entered: names, numbers of documents, codes. */
export function DataText({ text }: { readonly text: string }) {
  return <span lang={langOf(text)}>{text}</span>;
}
