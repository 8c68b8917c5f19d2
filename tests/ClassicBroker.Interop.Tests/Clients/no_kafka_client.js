// Drives no-kafka, which speaks message formats 0 and 1 only; see README.md for the commands.
const readline = require('readline')
const Kafka = require('no-kafka')

const decode = text => (text === null ? null : Buffer.from(text, 'base64'))
const encode = data => (data === null || data === undefined ? null : Buffer.from(data).toString('base64'))
const quiet = { logger: { logLevel: 0 } }

async function produce(bootstrap, topic, codec) {
  const messages = []
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const record = JSON.parse(line)
    messages.push({ topic, partition: 0, message: { key: decode(record.k), value: decode(record.v) } })
  }
  const producer = new Kafka.Producer({ ...quiet, connectionString: bootstrap, requiredAcks: -1, codec: codec === 'gzip' ? Kafka.COMPRESSION_GZIP : Kafka.COMPRESSION_NONE })
  await producer.init()
  for (const result of await producer.send(messages)) if (result.error) throw result.error
  await producer.end()
}

async function consume(bootstrap, topic, count) {
  const consumer = new Kafka.SimpleConsumer({ ...quiet, connectionString: bootstrap, maxBytes: 4 << 20 })
  await consumer.init()
  let left = Number(count)
  await new Promise(resolve => {
    consumer.subscribe(topic, 0, { time: Kafka.EARLIEST_OFFSET }, messages => {
      for (const { offset, message } of messages) {
        if (left === 0) break
        console.log(JSON.stringify({ o: offset, k: encode(message.key), v: encode(message.value), h: [] }))
        if (--left === 0) resolve()
      }
    })
  })
  await consumer.end()
}

const commands = { produce, consume }
// The client keeps timers of its own; what was printed must be through the pipe before the process is ended over them.
commands[process.argv[2]](...process.argv.slice(3)).then(() => process.stdout.write('', () => process.exit(0)), error => {
  console.error(error)
  process.exit(1)
})
