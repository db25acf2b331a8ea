import { serviceMain } from '@quadra/platform';
import { commandService } from './service';

void serviceMain(commandService);
