/** Jest loads setup and teardown as separate modules of one process: only the global object is common to both. */
const shared = globalThis as { quadraTestServer?: () => Promise<void> };

export const keepServer = (stop: () => Promise<void>): void => {
  shared.quadraTestServer = stop;
};

export const stopServer = async (): Promise<void> => {
  await shared.quadraTestServer?.();
  delete shared.quadraTestServer;
};
