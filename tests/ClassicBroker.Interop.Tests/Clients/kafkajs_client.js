// Drives kafkajs; see README.md for the commands. "admin" walks its admin calls and prints what each saw.
const fs = require('fs')
const readline = require('readline')
const { Kafka, CompressionTypes, CompressionCodecs, ConfigResourceTypes, logLevel } = require('kafkajs')
const SnappyCodec = require('kafkajs-snappy')
const lz4 = require('lz4js')
const fzstd = require('fzstd')
const Cluster = require('kafkajs/src/cluster')
const createSocketFactory = require('kafkajs/src/network/socketFactory')
const { createLogger } = require('kafkajs/src/loggers')
const LoggerConsole = require('kafkajs/src/loggers/console')

CompressionCodecs[CompressionTypes.Snappy] = SnappyCodec
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: async () => { throw new Error('lz4js chains blocks, which no broker accepts') },
  decompress: async buffer => Buffer.from(lz4.decompress(buffer)),
})
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: async () => { throw new Error('fzstd only decompresses') },
  decompress: async buffer => Buffer.from(fzstd.decompress(buffer)),
})

const decode = text => (text === null ? null : Buffer.from(text, 'base64'))
const encode = data => (data === null || data === undefined ? null : Buffer.from(data).toString('base64'))
const pem = name => (process.env[name] ? fs.readFileSync(process.env[name]) : undefined)
const ssl = process.env.TLS_CA ? { ca: [pem('TLS_CA')], cert: pem('TLS_CERTIFICATE'), key: pem('TLS_KEY') } : undefined
const client = bootstrap => new Kafka({ ssl, clientId: 'kafkajs-driver', brokers: [bootstrap], logLevel: logLevel.NOTHING, retry: { retries: 8 } })
const codecs = { none: CompressionTypes.None, gzip: CompressionTypes.GZIP, snappy: CompressionTypes.Snappy }

async function produce(bootstrap, topic, codec) {
  const messages = []
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const record = JSON.parse(line)
    const headers = {}
    for (const [name, value] of record.h) headers[name] = decode(value)
    messages.push({ partition: 0, key: decode(record.k), value: decode(record.v), headers })
  }
  const producer = client(bootstrap).producer()
  await producer.connect()
  for (const message of messages) await producer.send({ topic, acks: -1, compression: codecs[codec], messages: [message] })
  await producer.disconnect()
}

// kafkajs's consumer needs a group. Its own cluster and broker classes read a partition without one, through the same decoders.
async function consume(bootstrap, topic, count) {
  const cluster = new Cluster({
    logger: createLogger({ level: logLevel.NOTHING, logCreator: LoggerConsole }), socketFactory: createSocketFactory(),
    brokers: [bootstrap], ssl, clientId: 'kafkajs-driver', connectionTimeout: 5000, requestTimeout: 30000, metadataMaxAge: 300000,
    allowAutoTopicCreation: false, retry: { retries: 5 },
  })
  await cluster.connect()
  await cluster.addTargetTopic(topic)
  const leader = cluster.findTopicPartitionMetadata(topic)[0].leader
  const broker = await cluster.findBroker({ nodeId: String(leader) })
  let offset = '0'
  let left = Number(count)
  while (left > 0) {
    const response = await broker.fetch({
      maxWaitTime: 500, minBytes: 1, maxBytes: 8 << 20, isolationLevel: 1,
      topics: [{ topic, partitions: [{ partition: 0, fetchOffset: offset, maxBytes: 4 << 20 }] }],
    })
    for (const message of response.responses[0].partitions[0].messages) {
      if (BigInt(message.offset) < BigInt(offset) || left === 0) continue
      const headers = []
      for (const [name, value] of Object.entries(message.headers || {})) {
        for (const one of Array.isArray(value) ? value : [value]) headers.push([name, encode(one)])
      }
      console.log(JSON.stringify({ o: Number(message.offset), k: encode(message.key), v: encode(message.value), h: headers }))
      offset = String(BigInt(message.offset) + 1n)
      left--
    }
  }
  await cluster.disconnect()
}

async function admin(bootstrap, topic) {
  const admin = client(bootstrap).admin()
  await admin.connect()
  const created = await admin.createTopics({ topics: [{ topic, numPartitions: 2, replicationFactor: 1, configEntries: [{ name: 'retention.ms', value: '60000' }] }] })
  const described = await admin.fetchTopicMetadata({ topics: [topic] })
  await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] })
  await admin.alterConfigs({ validateOnly: false, resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries: [{ name: 'retention.ms', value: '120000' }] }] })
  const configs = await admin.describeConfigs({ resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configNames: ['retention.ms'] }], includeSynonyms: false })
  const grown = await admin.fetchTopicMetadata({ topics: [topic] })
  const listed = await admin.listTopics()
  const offsets = await admin.fetchTopicOffsets(topic)
  const cluster = await admin.describeCluster()
  await admin.deleteTopics({ topics: [topic] })
  const left = await admin.listTopics()
  await admin.disconnect()
  console.log(JSON.stringify({
    created, partitions: described.topics[0].partitions.length, grown: grown.topics[0].partitions.length,
    retention: configs.resources[0].configEntries.find(entry => entry.configName === 'retention.ms').configValue,
    listed: listed.includes(topic), deleted: !left.includes(topic), offsets: offsets.length, brokers: cluster.brokers.length,
  }))
}

const commands = { produce, consume, admin }
commands[process.argv[2]](...process.argv.slice(3)).catch(error => {
  console.error(error)
  process.exit(1)
})
