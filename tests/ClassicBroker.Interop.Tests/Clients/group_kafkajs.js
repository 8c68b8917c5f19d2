// A member of a group on kafkajs; see README.md for what group members print.
const { Kafka, PartitionAssigners, logLevel } = require('kafkajs')
const { kafkajs } = require('./client_security')

const [bootstrap, groupId, topic] = process.argv.slice(2)

// kafkajs gives its assigner a name of its own; what it puts into the group is what the others call roundrobin.
const roundrobin = config => {
  const assigner = PartitionAssigners.roundRobin(config)
  return { ...assigner, name: 'roundrobin', protocol: request => ({ ...assigner.protocol(request), name: 'roundrobin' }) }
}

async function main() {
  const kafka = new Kafka({
    clientId: 'kafkajs-member', brokers: [bootstrap], logLevel: logLevel.NOTHING, retry: { retries: 20 }, ...kafkajs(),
  })
  const consumer = kafka.consumer({
    groupId, sessionTimeout: 6000, heartbeatInterval: 500, rebalanceTimeout: 10000, maxWaitTimeInMs: 200, partitionAssigners: [roundrobin],
  })
  consumer.on(consumer.events.GROUP_JOIN, event => {
    console.log(`assigned ${JSON.stringify((event.payload.memberAssignment[topic] || []).slice().sort((a, b) => a - b))}`)
  })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  process.on('SIGTERM', async () => {
    await consumer.disconnect()
    console.log('left')
    process.exit(0)
  })
  await consumer.run({
    autoCommit: true,
    autoCommitThreshold: 1,
    eachMessage: async ({ partition, message }) => {
      console.log(`message ${partition} ${message.offset} ${message.value.toString()}`)
    },
  })
}

main().catch(error => {
  console.error(error)
  process.exit(1)
})
