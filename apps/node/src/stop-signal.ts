/**
 * Resolves with the reason to stop: a signal, or, with EXIT_WITH_PARENT=true, the end of standard
 * input (a launcher that dies must not leave its nodes behind).
 */
export function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve('SIGTERM'));
    process.once('SIGINT', () => resolve('SIGINT'));
    if (process.env['EXIT_WITH_PARENT'] !== 'true') return;
    process.stdin.resume();
    process.stdin.once('end', () => resolve('the end of standard input'));
    process.stdin.once('error', () => resolve('a closed standard input'));
  });
}
