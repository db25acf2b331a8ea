/** What a key may be for; the offices of an Italian body that work with payments, and the machines beside them. */
export const ROLES = [
  /** Sees payments, flows, credits and reports. */
  'reader',
  /** *Operatore di tesoreria*: takes files in and works on what they say. */
  'treasury-operator',
  /** *Responsabile finanziario*: as the operator, and closes the books. */
  'finance-manager',
  /** Reads everything except personal data. */
  'auditor',
  /** Sets up one body. */
  'org-admin',
  /** The broker above the bodies: registers them, reads their reports; nothing about a single payment. */
  'region',
  /** A program of the body: brings files, reads results. */
  'integrator',
  /** Runs the instance: processors, keys, registrations; no business data. */
  'system-admin',
] as const;

export type Role = (typeof ROLES)[number];

const BUSINESS_READERS = ['reader', 'treasury-operator', 'finance-manager', 'auditor', 'org-admin', 'integrator'] as const;

/** The one table of who may do what. Originals of files hold personal data, so readers and auditors do not get them. */
export const ACCESS = {
  'organizations.read': ROLES,
  'organizations.register': ['system-admin', 'region'],
  'organizations.configure': ['system-admin', 'org-admin'],
  'files.take-in': ['treasury-operator', 'finance-manager', 'org-admin', 'integrator'],
  'files.read': BUSINESS_READERS,
  'files.rejects': ['treasury-operator', 'finance-manager', 'auditor', 'org-admin', 'integrator'],
  'files.void': ['treasury-operator', 'finance-manager', 'org-admin'],
  'files.original': ['treasury-operator', 'finance-manager', 'org-admin'],
  'payments.read': BUSINESS_READERS,
  'flows.read': BUSINESS_READERS,
  'credits.read': BUSINESS_READERS,
  'coverage.read': BUSINESS_READERS,
  'reports.read': [...BUSINESS_READERS, 'region'],
  'events.read': BUSINESS_READERS,
  'webhooks.read': ['treasury-operator', 'finance-manager', 'auditor', 'org-admin', 'integrator'],
  'webhooks.manage': ['org-admin', 'integrator'],
  'processors.read': ['system-admin', 'auditor'],
  'processors.rebuild': ['system-admin'],
  'parked.read': ['system-admin', 'auditor'],
  'parked.retry': ['system-admin'],
  'parked.skip': ['system-admin'],
  'integrity.read': ['system-admin', 'auditor'],
  'integrity.verify': ['system-admin', 'auditor'],
} as const satisfies Record<string, readonly Role[]>;

export type Operation = keyof typeof ACCESS;

export const mayDo = (operation: Operation, roles: readonly Role[]): boolean =>
  roles.some((role) => (ACCESS[operation] as readonly Role[]).includes(role));

/** What the first key of an instance may do: everything, so that one person can begin. */
export const FIRST_KEY_ROLES: readonly Role[] = ['system-admin', 'org-admin', 'finance-manager', 'treasury-operator'];
