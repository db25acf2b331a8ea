/** Under which the controllers find the service. */
export const PUBLIC_EVENTS_PORT = Symbol('quadra:public-events');
