/** Progress of long work on standard error: one line, rewritten on a terminal, once in two seconds elsewhere. */
export class ProgressLine {
  private shownAt = Date.now();
  private readonly startedAt = Date.now();
  private shown = false;

  constructor(private readonly what: string) {}

  show(count: number, phase: string): void {
    const now = Date.now();
    const every = process.stderr.isTTY ? 200 : 2_000;
    if (now - this.shownAt < every) return;
    this.shownAt = now;
    this.shown = true;
    const seconds = Math.round((now - this.startedAt) / 1000);
    const text = `${phase}: ${count.toLocaleString('en')} ${this.what}, ${seconds} s`;
    process.stderr.write(process.stderr.isTTY ? `\r${text}\u001b[K` : `${text}\n`);
  }

  end(): void {
    if (this.shown && process.stderr.isTTY) process.stderr.write('\n');
  }
}
