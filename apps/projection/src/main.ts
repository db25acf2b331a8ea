import { serviceMain } from '@quadra/platform';
import { projectionService } from './service';

void serviceMain(projectionService);
