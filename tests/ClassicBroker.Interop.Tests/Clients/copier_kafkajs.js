// Copies messages exactly once until SIGTERM: copier_kafkajs.js BOOTSTRAP GROUP TRANSACTIONAL_ID INPUT OUTPUT.
//
// kafkajs does not tell a transaction which member of the group it is of (KIP-447). So each partition of INPUT has a transactional id of
// its own, as clients did before KIP-447: its new owner fences the old one, and looks for the position after that. Says "copied N" after each
// transaction, and ends with 3 on any failure; started again it goes on behind the last transaction.
const { Kafka, logLevel } = require('kafkajs')

const [bootstrap, groupId, transactionalId, source, target] = process.argv.slice(2)
const kafka = new Kafka({
  clientId: 'kafkajs-copier', brokers: bootstrap.split(','), logLevel: logLevel.NOTHING,
  retry: { retries: 30, initialRetryTime: 100, maxRetryTime: 500 }, requestTimeout: 5000,
})
const admin = kafka.admin()
const consumer = kafka.consumer({
  groupId, sessionTimeout: 6000, heartbeatInterval: 500, rebalanceTimeout: 10000, maxWaitTimeInMs: 200, metadataMaxAge: 2000,
})
let owned = new Map()

function fail(error) {
  console.log(`failed ${error && error.type} ${error}`)
  process.exit(3)
}

async function ownerOf(partition) {
  if (!owned.has(partition)) {
    const producer = kafka.producer({
      transactionalId: `${transactionalId}-${partition}`, idempotent: true, maxInFlightRequests: 1, transactionTimeout: 10000,
      metadataMaxAge: 2000,
    })
    owned.set(partition, { producer, next: -1 })
    await producer.connect()
  }
  return owned.get(partition)
}

async function copy(partition, messages) {
  const owner = await ownerOf(partition)
  const transaction = await owner.producer.transaction()
  if (owner.next < 0) {
    const [{ partitions }] = await admin.fetchOffsets({ groupId, topics: [source] })
    owner.next = Math.max(0, ...partitions.filter(position => position.partition === partition).map(position => Number(position.offset)))
  }
  const fresh = messages.filter(message => Number(message.offset) >= owner.next)
  if (fresh.length > 0) {
    const next = Number(fresh[fresh.length - 1].offset) + 1
    await transaction.send({ topic: target, messages: fresh.map(message => ({ value: message.value, partition })) })
    await transaction.sendOffsets({
      consumerGroupId: groupId, topics: [{ topic: source, partitions: [{ partition, offset: String(next) }] }],
    })
    owner.next = next
  }
  await transaction.commit()
  return fresh.length
}

async function main() {
  consumer.on(consumer.events.GROUP_JOIN, () => {
    const before = owned
    owned = new Map()
    before.forEach(owner => owner.producer.disconnect().catch(() => {}))
  })
  consumer.on(consumer.events.CRASH, event => fail(event.payload.error))
  await admin.connect()
  await consumer.connect()
  await consumer.subscribe({ topic: source, fromBeginning: true })
  process.on('SIGTERM', async () => {
    await consumer.disconnect()
    process.exit(0)
  })
  console.log('ready')
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    eachBatch: async ({ batch, resolveOffset, heartbeat, isStale }) => {
      for (let i = 0; i < batch.messages.length && !isStale(); i += 50) {
        const messages = batch.messages.slice(i, i + 50)
        try {
          const copied = await copy(batch.partition, messages)
          console.log(`copied ${copied}`)
        } catch (error) {
          fail(error)
        }
        resolveOffset(messages[messages.length - 1].offset)
        await heartbeat()
      }
    },
  })
}

process.on('unhandledRejection', fail)
main().catch(fail)
