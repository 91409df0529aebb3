// Runs ahead of each file. Quick files share a process: what one left behind would let another wait for ever.
if ('clock' in setTimeout) throw new Error('a file that ran before this one has left fake timers behind')
