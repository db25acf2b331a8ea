export { ACCESS, FIRST_KEY_ROLES, ROLES, mayDo, type Operation, type Role } from './roles';
export { actorOf, bearerOf, parseToken, seesOrganization, type OrganizationScope, type Principal } from './api-key';
export { ApiKeys, type KeyDescription, type KeyRequest } from './api-keys';
export { Allows, AuthGuard, Caller, Public, StillAllowed, requireVisible, type AuthenticatedRequest } from './guard';
