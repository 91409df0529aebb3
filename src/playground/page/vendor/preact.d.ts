// preact.js is copied here from node_modules when the page is built.
export * from 'preact'
