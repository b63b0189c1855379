/** Address of the list that a number counts. */
export function listLink(
  list: 'alerts' | 'cases',
  query: Readonly<Record<string, string>>,
): string {
  return `/${list}?${new URLSearchParams(query)}`;
}
