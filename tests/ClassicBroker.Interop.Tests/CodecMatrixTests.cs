using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Interop.Tests;

/// <summary>What any client wrote, with any codec it has, every other client and our own tools read back byte for byte.</summary>
[Collection(SingleBrokerCollection.Name)]
public sealed class CodecMatrixTests(SingleBrokerFixture cluster)
{
    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("snappy")]
    [InlineData("lz4")]
    [InlineData("zstd")]
    public async Task Everyone_reads_what_kafka_python_wrote(string codec) => await WriteAndReadBackAsync(ForeignClient.KafkaPython(), codec);

    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("snappy")]
    [InlineData("lz4")]
    [InlineData("zstd")]
    public async Task Everyone_reads_what_confluent_kafka_wrote(string codec) => await WriteAndReadBackAsync(ForeignClient.Confluent(), codec);

    /// <summary>lz4 is not among them: the encoder there is for JavaScript chains blocks, which Kafka refuses.</summary>
    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("snappy")]
    public async Task Everyone_reads_what_kafkajs_wrote(string codec) => await WriteAndReadBackAsync(ForeignClient.KafkaJs(), codec);

    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    public async Task Everyone_reads_what_no_kafka_wrote_in_the_old_formats(string codec) => await WriteAndReadBackAsync(ForeignClient.NoKafka(), codec);

    /// <summary>Clients made to speak as they did to brokers of 0.8 to 0.10: no ApiVersions, fixed request versions, message formats 0 and 1.</summary>
    [Theory]
    [InlineData("kafka-python", "0.8.1", "none")]
    [InlineData("kafka-python", "0.8.2", "gzip")]
    [InlineData("kafka-python", "0.8.2", "snappy")]
    [InlineData("kafka-python", "0.9", "lz4")]
    [InlineData("kafka-python", "0.10.0", "lz4")]
    [InlineData("kafka-python", "0.10.1", "gzip")]
    [InlineData("confluent-kafka", "0.8.2.1", "none")]
    [InlineData("confluent-kafka", "0.9.0.1", "snappy")]
    public async Task Clients_that_take_us_for_an_old_broker_write_and_read(string client, string version, string codec)
    {
        var old = client == "kafka-python" ? ForeignClient.KafkaPython(version) : ForeignClient.Confluent(version);
        var topic = await cluster.CreateTopicAsync("old-client");

        await old.ProduceAsync(cluster.BootstrapServers, topic, codec, old.Corpus);

        AssertSame(old.Corpus, await old.ConsumeAsync(cluster.BootstrapServers, topic, old.Corpus.Count));
        AssertSame(old.Corpus, await ForeignClient.KafkaPython().ConsumeAsync(cluster.BootstrapServers, topic, old.Corpus.Count));
    }

    /// <summary>Old consumers read what new producers wrote in format 2: the broker converts down.</summary>
    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("snappy")]
    [InlineData("lz4")]
    public async Task Old_consumers_read_new_batches_converted_down(string codec)
    {
        var topic = await cluster.CreateTopicAsync("down-conversion");
        await ForeignClient.Confluent().ProduceAsync(cluster.BootstrapServers, topic, codec, RecordCorpus.Full);

        foreach (var version in new[] { "0.8.2", "0.9", "0.10.0" })
        {
            var read = await ForeignClient.KafkaPython(version).ConsumeAsync(cluster.BootstrapServers, topic, RecordCorpus.Full.Count);
            AssertSame(RecordCorpus.WithoutHeaders, read);
        }
    }

    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("snappy")]
    [InlineData("lz4")]
    [InlineData("zstd")]
    public async Task Everyone_reads_what_kcat_wrote(string codec)
    {
        ForeignRecord[] records =
        [
            new("k"u8.ToArray(), "value"u8.ToArray()),
            new(null, "no key"u8.ToArray()),
            new("tombstone"u8.ToArray(), null),
            new("h"u8.ToArray(), "with headers"u8.ToArray(), ("a", "1"u8.ToArray()), ("b", "2"u8.ToArray())),
            new("large"u8.ToArray(), RecordCorpus.Full[^1].Value),
        ];
        var topic = await cluster.CreateTopicAsync("kcat");

        await Kcat.ProduceAsync(cluster.BootstrapServers, topic, codec, records);

        await AssertEveryoneReadsAsync(topic, records, LegacyReaderHas(codec));
    }

    private async Task WriteAndReadBackAsync(ForeignClient writer, string codec)
    {
        var topic = await cluster.CreateTopicAsync("matrix");
        await writer.ProduceAsync(cluster.BootstrapServers, topic, codec, writer.Corpus);
        await AssertEveryoneReadsAsync(topic, writer.Corpus, LegacyReaderHas(codec));
    }

    /// <param name="legacyReaderHasCodec">no-kafka brings gzip alone.</param>
    private async Task AssertEveryoneReadsAsync(string topic, IReadOnlyList<ForeignRecord> written, bool legacyReaderHasCodec)
    {
        var withoutHeaders = written.Select(record => record.WithoutHeaders()).ToArray();
        List<ForeignClient> readers = [ForeignClient.KafkaPython(), ForeignClient.Confluent(), ForeignClient.KafkaJs()];
        if (legacyReaderHasCodec)
        {
            readers.Add(ForeignClient.NoKafka());
        }

        foreach (var reader in readers)
        {
            AssertSame(reader.CarriesHeaders ? written : withoutHeaders, await reader.ConsumeAsync(cluster.BootstrapServers, topic, written.Count));
        }

        AssertSame(withoutHeaders, await Kcat.ConsumeAsync(cluster.BootstrapServers, topic, written.Count));
        await AssertConsoleConsumerReadsAsync(topic, written);
    }

    private async Task AssertConsoleConsumerReadsAsync(string topic, IReadOnlyList<ForeignRecord> written)
    {
        const string BytesDeserializer = "org.apache.kafka.common.serialization.ByteArrayDeserializer";
        var outcome = (await ChildProcess.RunAsync(
            RepositoryLayout.Script("kafka-console-consumer.sh"),
            [
                "--bootstrap-server", cluster.BootstrapServers, "--topic", topic, "--partition", "0", "--offset", "earliest",
                "--max-messages", $"{written.Count}", "--property", "print.key=true",
                "--key-deserializer", BytesDeserializer, "--value-deserializer", BytesDeserializer,
            ])).RequireSuccess();
        using var expected = new MemoryStream();
        foreach (var record in written)
        {
            expected.Write(record.Key ?? "null"u8);
            expected.WriteByte((byte)'\t');
            expected.Write(record.Value ?? "null"u8);
            expected.WriteByte((byte)'\n');
        }

        Assert.Equal(Convert.ToHexString(expected.ToArray()), Convert.ToHexString(outcome.StandardOutput));
        Assert.Contains($"Processed a total of {written.Count} messages", outcome.StandardError);
    }

    private static bool LegacyReaderHas(string codec) => codec is "none" or "gzip";

    private static void AssertSame(IReadOnlyList<ForeignRecord> written, IReadOnlyList<ForeignRecord> read) =>
        Assert.Equal(string.Join('\n', written), string.Join('\n', read));
}
