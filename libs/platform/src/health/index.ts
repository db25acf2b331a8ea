export { reportHealth, type HealthCheck, type HealthReport } from './health';
export { OPERATION, OperationController, type OperationPort } from './controller';
