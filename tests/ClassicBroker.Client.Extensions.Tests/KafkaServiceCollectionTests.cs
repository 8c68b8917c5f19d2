using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace ClassicBroker.Client.Tests;

public sealed class KafkaServiceCollectionTests
{
    private static HostApplicationBuilder NewBuilder(params (string Key, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        foreach (var (key, value) in settings)
        {
            // A later value of a key hides an earlier one.
            builder.Configuration.AddInMemoryCollection([new(key, value)]);
        }

        return builder;
    }

    [Fact]
    public async Task Clients_are_made_once_and_keyed_where_there_are_several()
    {
        var builder = NewBuilder(("Kafka:bootstrap.servers", "127.0.0.1:1"));
        var section = builder.Configuration.GetSection("Kafka");
        builder.Services.AddKafkaProducer<string, int>(section);
        builder.Services.AddKafkaProducer<string, int>(section, options => options.Properties["acks"] = "1", serviceKey: "fast");
        builder.Services.AddKafkaConsumer<string, Guid>(section, options => options.Properties["group.id"] = "g");
        builder.Services.AddKafkaAdmin(section);
        await using var services = builder.Services.BuildServiceProvider();
        var producer = services.GetRequiredService<KafkaProducer<string, int>>();
        Assert.Same(producer, services.GetRequiredService<KafkaProducer<string, int>>());
        Assert.NotSame(producer, services.GetRequiredKeyedService<KafkaProducer<string, int>>("fast"));
        Assert.Equal("g", services.GetRequiredService<KafkaConsumer<string, Guid>>().GroupMetadata().GroupId);
        Assert.NotNull(services.GetRequiredService<AdminClient>());
        Assert.Same(services.GetRequiredService<ClientNetwork>(), services.GetRequiredService<ClientNetwork>());
    }

    [Theory]
    [InlineData("linger.mss", "5", "Section Kafka has the key linger.mss, which a Kafka producer does not know.")]
    [InlineData("acks", "two", "Section Kafka: Invalid value two for configuration acks: String must be one of: all, -1, 0, 1")]
    [InlineData(
        "bootstrap.servers", "", "Section Kafka names no brokers: bootstrap.servers is missing, such as localhost:9092.")]
    public async Task A_wrong_key_stops_the_application_as_it_starts_with_a_sentence_that_names_it(string key, string value, string sentence)
    {
        var builder = NewBuilder(("Kafka:bootstrap.servers", "127.0.0.1:1"), ($"Kafka:{key}", value));
        builder.Services.AddKafkaProducer<string, string>(builder.Configuration.GetSection("Kafka"));
        using var host = builder.Build();
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Equal(sentence, refused.Message);
    }

    [Theory]
    [InlineData("group.id", "", "Section Orders: group.id is missing: a hosted consumer reads as a member of a group")]
    [InlineData("service.topics", "", "Section Orders: service.topics is missing: a hosted consumer needs a topic to read")]
    [InlineData("service.topic", "t", "Section Orders: A hosted consumer does not know the key service.topic.")]
    [InlineData(
        "service.retry.delays",
        "5 s",
        "Section Orders: Invalid value 5 s for configuration service.retry.delays: Expected a number with ms, s, m, h or d behind it, such as 5s")]
    [InlineData(
        "service.retry.delays",
        "5s",
        "Section Orders: service.retry.delays needs service.dead.letter.topic, where records go whose last retry has failed")]
    public async Task A_hosted_consumers_keys_are_checked_at_the_start_too(string key, string value, string sentence)
    {
        var builder = NewBuilder(
            ("Orders:bootstrap.servers", "127.0.0.1:1"), ("Orders:group.id", "g"), ("Orders:service.topics", "t"), ($"Orders:{key}", value));
        builder.Services.AddKafkaConsumerService<string, string, IgnoringHandler>("orders", builder.Configuration.GetSection("Orders"));
        using var host = builder.Build();
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Equal(sentence, refused.Message);
    }

    [Fact]
    public async Task A_type_that_nothing_turns_into_bytes_is_named()
    {
        var builder = NewBuilder(("Kafka:bootstrap.servers", "127.0.0.1:1"));
        builder.Services.AddKafkaProducer<string, Uri>(builder.Configuration.GetSection("Kafka"));
        await using var services = builder.Services.BuildServiceProvider();
        var failure = Assert.Throws<InvalidOperationException>(() => services.GetRequiredService<KafkaProducer<string, Uri>>());
        Assert.StartsWith("Nothing turns System.Uri into bytes or back: ", failure.Message, StringComparison.Ordinal);
    }

    private sealed class IgnoringHandler : IRecordHandler<string, string>
    {
        public ValueTask HandleAsync(ConsumerRecord<string, string> record, CancellationToken cancellation) => ValueTask.CompletedTask;
    }
}
