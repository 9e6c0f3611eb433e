/** A lesson cannot be used: what is wrong, one line each, beginning with the file's name. */
export class LessonError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'LessonError';
    this.problems = problems;
  }
}
