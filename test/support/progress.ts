/** Prints lines on stdout, each with the seconds since now. */
export function progress(): (text: string) => void {
  const begun = performance.now();
  return (text) => {
    process.stdout.write(`[${((performance.now() - begun) / 1000).toFixed(0).padStart(4)} s] ${text}\n`);
  };
}
