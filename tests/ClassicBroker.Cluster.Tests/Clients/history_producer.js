// One of the producers of a history, by kafkajs with idempotence: see history_producer.py for what it is given, writes and prints.
const fs = require('fs')
const { Kafka, logLevel } = require('kafkajs')

const [bootstrap, topic, partitionsText, name, path, perSecondText] = process.argv.slice(2)
const partitions = Number(partitionsText)
const perSecond = Number(perSecondText)
const padding = '.'.repeat(200)
const burstMs = 50
// What a broker says to an idempotent producer whose sequences it does not follow: no client recovers from it with what it was sending.
const fatalErrors = ['OUT_OF_ORDER_SEQUENCE_NUMBER', 'UNKNOWN_PRODUCER_ID', 'INVALID_PRODUCER_EPOCH', 'INVALID_PRODUCER_ID_MAPPING']
const file = fs.openSync(path, 'a')
let stopping = false
let acked = 0
let failed = 0
process.on('SIGTERM', () => { stopping = true })

const kafka = new Kafka({
  clientId: name,
  brokers: bootstrap.split(','),
  logLevel: logLevel.NOTHING,
  connectionTimeout: 2000,
  requestTimeout: 5000,
  retry: { initialRetryTime: 50, maxRetryTime: 500, retries: Number.MAX_SAFE_INTEGER },
})
const newProducer = () => kafka.producer({ idempotent: true, maxInFlightRequests: 1, metadataMaxAge: 1000 })
const pause = ms => new Promise(done => setTimeout(done, ms))

// What is acknowledged says where the first record of each partition lies; the others lie behind it, in their order.
function keep(results, messages) {
  let lines = ''
  for (const result of results) {
    let offset = BigInt(result.baseOffset)
    for (const message of messages.filter(message => message.partition === result.partition)) {
      lines += `${result.partition} ${offset++} ${message.number}\n`
      acked++
    }
  }
  fs.writeSync(file, lines)
}

async function main() {
  let producer = newProducer()
  await producer.connect()
  let number = 0
  let begun = Date.now()
  while (!stopping) {
    let due = Math.floor((Date.now() - begun) * perSecond / 1000)
    if (due - number > perSecond) {
      begun = Date.now() - number * 1000 / perSecond
      due = number
    }
    // One partition a request: where one of several brokers fails, kafkajs sends again what another has acknowledged, with new sequences.
    const groups = new Map()
    for (; number < due; number++) {
      const partition = number % partitions
      groups.set(partition, [...groups.get(partition) ?? [], { number, partition, value: `${name} ${number} ${padding}` }])
    }
    for (const messages of groups.values()) {
      try {
        const results = await producer.send({ topic, acks: -1, messages })
        if (acked === 0) console.log('sending')
        keep(results, messages)
      } catch (error) {
        for (let cause = error; cause; cause = cause.cause ?? cause.originalError) {
          if (fatalErrors.includes(cause.type)) throw error
        }
        // Whether they were appended is unknown, and the producer would give their sequences to others: another one goes on.
        failed += messages.length
        console.log(`failed ${messages[0].number}: ${error}`)
        producer.disconnect().catch(() => {})
        producer = newProducer()
        await producer.connect()
      }
    }
    await pause(burstMs)
  }
  console.log(`acked ${acked} failed ${failed} left 0`)
  await producer.disconnect()
  process.exit(0)
}

main().catch(error => { console.log(`gave up: ${error}`); process.exit(3) })
