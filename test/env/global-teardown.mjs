/** Stops what global-setup.mjs started; servers given by a setting are left alone. */
export default async function globalTeardown() {
  await Promise.all((globalThis.mingchaServers ?? []).map((server) => server.stop()));
}
