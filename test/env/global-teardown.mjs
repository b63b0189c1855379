/** Stops what global-setup.mjs started; servers given by a setting are left alone. */
export default async function globalTeardown() {
  const servers = globalThis.mingchaServers ?? [];
  globalThis.mingchaServers = [];
  await Promise.all(servers.map((server) => server.stop()));
}
