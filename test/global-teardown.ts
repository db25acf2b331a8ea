import { stopServer } from './support/server-of-run';

/** Ends the server that `global-setup` started, and removes its folder. */
export default stopServer;
