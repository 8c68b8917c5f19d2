// What kafkajs says to get into a cluster: see client_security.py.
const fs = require('fs')

exports.kafkajs = () => {
  const path = process.env.KCAT_CONFIG
  if (!path) {
    return {}
  }
  const lines = fs.readFileSync(path, 'utf8').split('\n').filter(line => line.includes('='))
  const properties = Object.fromEntries(lines.map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
  return {
    ssl: { ca: [fs.readFileSync(properties['ssl.ca.location'])] },
    sasl: {
      mechanism: properties['sasl.mechanism'].toLowerCase(), username: properties['sasl.username'], password: properties['sasl.password'],
    },
  }
}
