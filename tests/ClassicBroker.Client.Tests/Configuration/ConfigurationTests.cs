using ClassicBroker.Records;

namespace ClassicBroker.Client.Tests.Configuration;

public sealed class ConfigurationTests
{
    private static ProducerConfig Producer(params (string Key, string Value)[] properties) =>
        ProducerConfig.FromProperties(properties.Select(pair => KeyValuePair.Create(pair.Key, pair.Value)));

    [Fact]
    public void Defaults_are_those_of_the_Java_producer()
    {
        var config = Producer(("bootstrap.servers", "b:1"));
        Assert.Equal(
            (Acks.All, 16384, 33554432L, 1048576, int.MaxValue, 5, true),
            (config.Acks, config.BatchSize, config.BufferMemory, config.MaxRequestSize, config.Retries, config.MaxInFlight, config.EnableIdempotence));
        Assert.Equal((TimeSpan.Zero, 30, 120), (config.Linger, config.RequestTimeout.TotalSeconds, config.DeliveryTimeout.TotalSeconds));
    }

    [Fact]
    public void Keys_are_read_under_their_Java_names_and_misspelt_ones_told()
    {
        var config = Producer(
            ("acks", "1"), ("linger.ms", " 7 "), ("compression.type", "zstd"), ("compression.zstd.level", "9"), ("lingr.ms", "1"), ("key.serializer", "x"));
        Assert.Equal(Acks.Leader, config.Acks);
        Assert.Equal(7, config.Linger.TotalMilliseconds);
        Assert.Equal(Compression.Of(CompressionCodec.Zstd, 9), config.Compression);
        Assert.Equal(["lingr.ms"], config.UnusedKeys);
    }

    [Fact]
    public void What_is_secret_is_not_printed_with_a_configuration()
    {
        var config = Producer(
            ("bootstrap.servers", "b:1"), ("security.protocol", "SASL_SSL"), ("sasl.mechanism", "PLAIN"),
            ("sasl.jaas.config", "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"a\" password=\"s3cret\";"),
            ("ssl.truststore.location", "/trust.jks"), ("ssl.truststore.password", "s3cret"), ("ssl.keystore.location", "/own.jks"),
            ("ssl.keystore.password", "s3cret"), ("ssl.key.password", "s3cret"));
        var printed = $"{config} {config with { Tls = config.Tls with { KeystoreKey = "s3cret" } }} {new ScramChange(ScramMechanism.Sha256, "s3cret", 4096)}";
        Assert.Contains("/own.jks", printed, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", printed, StringComparison.Ordinal);
    }

    [Fact]
    public void Javas_largest_number_is_a_time_that_no_timer_is_too_short_for()
    {
        var config = Producer(("max.block.ms", $"{long.MaxValue}"), ("connections.max.idle.ms", $"{long.MaxValue}"));
        Assert.Equal(TimeSpan.FromMilliseconds(int.MaxValue), config.MaxBlock);
        Assert.Equal(TimeSpan.FromMilliseconds(int.MaxValue), config.ConnectionsMaxIdle);
    }

    [Theory]
    [InlineData("acks", "2", "acks")]
    [InlineData("batch.size", "-1", "at least 0")]
    [InlineData("linger.ms", "soon", "linger.ms")]
    [InlineData("compression.type", "rar", "compression.type")]
    [InlineData("enable.idempotence", "maybe", "true or false")]
    [InlineData("security.protocol", "TLS", "PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL")]
    public void Wrong_values_are_refused_by_name(string key, string value, string told)
    {
        var failure = Assert.Throws<KafkaConfigException>(() => Producer((key, value)));
        Assert.Contains(told, failure.Message);
    }

    [Fact]
    public void Idempotence_gives_way_only_where_nobody_asked_for_it()
    {
        Assert.False(Producer(("acks", "1")).EnableIdempotence);
        Assert.False(Producer(("max.in.flight.requests.per.connection", "6")).EnableIdempotence);
        Assert.Throws<KafkaConfigException>(() => Producer(("acks", "1"), ("enable.idempotence", "true")));
    }

    [Fact]
    public void A_transactional_id_needs_idempotence()
    {
        var config = Producer(("transactional.id", "tx"), ("transaction.timeout.ms", "5000"));
        Assert.Equal(("tx", 5, true), (config.TransactionalId, config.TransactionTimeout.TotalSeconds, config.EnableIdempotence));
        Assert.Empty(config.UnusedKeys);
        Assert.Equal((null, 60), (Producer().TransactionalId, Producer().TransactionTimeout.TotalSeconds));
        foreach (var (key, value) in new[] { ("enable.idempotence", "false"), ("acks", "1"), ("retries", "0") })
        {
            var failure = Assert.Throws<KafkaConfigException>(() => Producer(("transactional.id", "tx"), (key, value)));
            Assert.Equal("Cannot set a transactional.id without also enabling idempotence.", failure.Message);
        }

        Assert.Equal(
            "Invalid value  for configuration transactional.id: String must be non-empty",
            Assert.Throws<KafkaConfigException>(() => Producer(("transactional.id", ""))).Message);
    }

    [Fact]
    public void A_delivery_timeout_too_short_is_an_error_only_where_it_was_chosen()
    {
        Assert.Equal(200, Producer(("request.timeout.ms", "200000")).DeliveryTimeout.TotalSeconds);
        Assert.Throws<KafkaConfigException>(() => Producer(("delivery.timeout.ms", "1000")));
    }

    [Fact]
    public void An_empty_group_id_and_automatic_commits_without_a_group_are_refused()
    {
        var empty = Assert.Throws<KafkaConfigException>(() => ConsumerConfig.FromProperties([KeyValuePair.Create("group.id", " ")]));
        Assert.Equal("group.id", empty.Key);
        var made = new ConsumerConfig { BootstrapServers = "b:1", GroupId = "" };
        Assert.Throws<KafkaConfigException>(() => new KafkaConsumer<string?, string?>(made, Serdes.String, Serdes.String));
        var homeless = Assert.Throws<KafkaConfigException>(() => ConsumerConfig.FromProperties([KeyValuePair.Create("enable.auto.commit", "true")]));
        Assert.Equal("enable.auto.commit cannot be set to true when default group id (null) is used.", homeless.Message);
    }

    [Fact]
    public void Consumers_know_the_old_words_for_resets()
    {
        var config = ConsumerConfig.FromProperties([KeyValuePair.Create("auto.offset.reset", "smallest")]);
        Assert.Equal(AutoOffsetReset.Earliest, config.AutoOffsetReset);
    }
}
