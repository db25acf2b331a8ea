/** The backup cannot be used: it is incomplete, was changed, or needs another program or secret. The message says what. */
export class BackupUnusable extends Error {}

/** The instance or the folder to write to is not empty; the message names what is there. */
export class NotEmpty extends Error {}
