/** What a handler waits for that ends when the test says so. */
export function gate (): { open: () => void, opened: Promise<void> } {
  let open = (): void => {}
  const opened = new Promise<void>(resolve => { open = resolve })
  return { open, opened }
}
