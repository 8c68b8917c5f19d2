// Logs in with every line of JSON of its input by kafkajs, all at once; prints which were let in. See sasl_session.py for the lines.
const fs = require('fs')
const { Kafka, logLevel } = require('kafkajs')

const part = content => Buffer.from(JSON.stringify(content)).toString('base64url')
const token = user => {
  const now = Math.floor(Date.now() / 1000)
  return `${part({ alg: 'none' })}.${part({ sub: user, iat: now - 5, exp: now + 300 })}.`
}

async function attempt(cell) {
  const sasl = cell.mechanism === 'OAUTHBEARER'
    ? { mechanism: 'oauthbearer', oauthBearerProvider: async () => ({ value: cell.secret || token(cell.user) }) }
    : { mechanism: cell.mechanism.toLowerCase(), username: cell.user, password: cell.secret }
  const ssl = cell.protocol === 'SASL_SSL' ? { ca: [fs.readFileSync(cell.ca)] } : undefined
  const kafka = new Kafka({ brokers: [cell.bootstrap], ssl, sasl, logLevel: logLevel.NOTHING, retry: { retries: 0 }, connectionTimeout: 15000 })
  const admin = kafka.admin()
  try {
    await admin.connect()
    await admin.listTopics()
    return `${cell.name} in`
  } catch (failure) {
    console.error(`${cell.name}: ${failure.message}`)
    return `${cell.name} out`
  } finally {
    await admin.disconnect()
  }
}

const cells = fs.readFileSync(0, 'utf8').split('\n').filter(line => line).map(line => JSON.parse(line))
Promise.all(cells.map(attempt)).then(answers => console.log(answers.join('\n')))
