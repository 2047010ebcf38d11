// The npm scripts run on the pinned Node of node_modules/.bin. Where it is missing (an install without install scripts),
// they would fall back to the system's: this says so in words. Plain JavaScript, because an old Node has to read it.

const LEAST = [24, 15]
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major < LEAST[0] || (major === LEAST[0] && minor < LEAST[1])) {
  console.error(
    `Farthing needs Node ${LEAST.join('.')} or later, and this is ${process.version} (${process.execPath}).\n` +
      'It is pinned as the development dependency "node": run "npm ci" without --ignore-scripts and\n' +
      '--omit=dev, and start through npm scripts (npm start, npm test), which put node_modules/.bin first.',
  )
  process.exit(1)
}
