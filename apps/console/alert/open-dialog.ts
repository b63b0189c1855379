/** True while a drawer or dialog lies over the page: keys that leave the page are then its own. */
export function isDialogOpen(): boolean {
  return [...document.querySelectorAll('[role="dialog"]')].some(
    (dialog) => dialog.getClientRects().length > 0,
  );
}
