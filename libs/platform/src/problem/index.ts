export { PROBLEMS, detailOf, type ProblemCode, type ProblemParams } from './catalogue';
export { languageOf, type Language } from './language';
export { ProblemError, problemBody, RETRY_AFTER_SECONDS, type FieldError, type ProblemBody } from './problem';
export { recognize } from './recognize';
export { ProblemFilter, sendProblem } from './filter';
export { invalidField, strayProblem, validationPipe } from './validation';
