import { serviceMain } from '@quadra/platform';
import { reconciliationService } from './service';

void serviceMain(reconciliationService);
