export { NOTICE_LAYOUT } from './layout';
export { readNotificationCsv } from './read';
