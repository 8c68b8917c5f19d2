using System.Diagnostics;
using System.Text;
using ClassicBroker.Primitives;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace ClassicBroker.Client.Tests.Hosting;

/// <summary>Hosted consumers over a broker in this process. Each test has a topic and a group of its own.</summary>
public sealed class KafkaConsumerServiceTests(KafkaFixture kafka) : IClassFixture<KafkaFixture>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Works _works = new();

    private IHost NewHost(string topic, params (string Key, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Configuration.AddInMemoryCollection(new (string Key, string Value)[]
        {
            ("bootstrap.servers", kafka.BootstrapServers),
            ("group.id", $"group-{topic}"),
            ("auto.offset.reset", "earliest"),
            ("service.topics", topic),
        }.Concat(settings).Select(pair => new KeyValuePair<string, string?>($"Orders:{pair.Key}", pair.Value)));
        builder.Services.AddSingleton(_works);
        builder.Services.AddKafkaConsumerService<string?, int, Works.Handler>("orders", builder.Configuration.GetSection("Orders"));
        builder.Services.AddHealthChecks().AddKafkaConsumerService("orders").AddKafka();
        builder.Services.AddKafkaAdmin(builder.Configuration.GetSection("Admin"), options => options.Properties["bootstrap.servers"] = kafka.BootstrapServers);
        return builder.Build();
    }

    private async Task ProduceAsync(string topic, params int[] values)
    {
        await using var producer = new KafkaProducer<string?, int>(
            ProducerConfig.ForReliability(kafka.BootstrapServers), Serdes.String, Serdes.Int32);
        foreach (var value in values)
        {
            await producer.ProduceAsync(topic, "k", value);
        }
    }

    private async Task<long?> CommittedAsync(string topic, string? group = null)
    {
        await using var consumer = new KafkaConsumer<string?, string?>(
            new ConsumerConfig { BootstrapServers = kafka.BootstrapServers, GroupId = group ?? $"group-{topic}" }, Serdes.String, Serdes.String);
        var partition = new TopicPartition(topic, 0);
        return (await consumer.CommittedAsync([partition])).TryGetValue(partition, out var committed) ? committed.Offset : null;
    }

    private async Task<List<ConsumerRecord<string?, byte[]?>>> ReadAsync(string topic, int count)
    {
        await using var consumer = new KafkaConsumer<string?, byte[]?>(
            new ConsumerConfig { BootstrapServers = kafka.BootstrapServers, AutoOffsetReset = AutoOffsetReset.Earliest },
            Serdes.String,
            Serdes.ByteArray);
        using var patience = new CancellationTokenSource(Patience);
        consumer.Assign([new TopicPartition(topic, 0)]);
        List<ConsumerRecord<string?, byte[]?>> records = [];
        await foreach (var record in consumer.ConsumeAsync(patience.Token))
        {
            records.Add(record);
            if (records.Count == count)
            {
                break;
            }
        }

        return records;
    }

    private static string? Header(ConsumerRecord<string?, byte[]?> record, string key) =>
        record.Headers.Where(header => header.Key == key).Select(header => Encoding.UTF8.GetString(header.Value!.Value.Span)).SingleOrDefault();

    [Fact]
    public async Task Records_are_handled_in_order_and_committed_when_the_application_stops()
    {
        await ProduceAsync("in-order", 1, 2, 3);
        using var host = NewHost("in-order");
        await host.StartAsync();
        for (var i = 1; i <= 3; i++)
        {
            Assert.Equal(i, (await _works.NextAsync()).Value);
        }

        await host.StopAsync();
        Assert.Equal(3, await CommittedAsync("in-order"));
    }

    [Fact]
    public async Task The_record_in_hand_is_finished_when_the_application_stops_and_the_next_one_comes_again()
    {
        await ProduceAsync("drained", 1, 2);
        var release = new TaskCompletionSource();
        _works.Work = async (_, cancellation) => await release.Task.WaitAsync(cancellation);
        using var host = NewHost("drained");
        await host.StartAsync();
        Assert.Equal(1, (await _works.NextAsync()).Value);
        var stopped = host.StopAsync();
        Assert.False(stopped.IsCompleted);
        release.SetResult();
        await stopped;
        Assert.Equal(1, await CommittedAsync("drained"));
        Assert.Equal(0, _works.Left);
    }

    [Fact]
    public async Task A_record_that_the_end_of_draining_interrupts_comes_again()
    {
        await ProduceAsync("interrupted", 1);
        _works.Work = async (_, cancellation) => await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
        using (var host = NewHost("interrupted", ("service.drain.timeout.ms", "0")))
        {
            await host.StartAsync();
            await _works.NextAsync();
            await host.StopAsync();
        }

        Assert.Null(await CommittedAsync("interrupted"));
    }

    [Fact]
    public async Task With_at_most_once_an_interrupted_record_does_not_come_again_and_those_behind_it_do()
    {
        await ProduceAsync("at-most-once", 1, 2);
        _works.Work = async (_, cancellation) => await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
        using (var host = NewHost("at-most-once", ("service.drain.timeout.ms", "0"), ("service.delivery", "at-most-once")))
        {
            await host.StartAsync();
            await _works.NextAsync();
            Assert.Equal(2, await CommittedAsync("at-most-once"));
            await host.StopAsync();
        }

        Assert.Equal(1, await CommittedAsync("at-most-once"));
    }

    [Fact]
    public async Task A_record_that_fails_waits_in_retry_topics_then_goes_to_the_dead_letters_while_others_go_on()
    {
        await ProduceAsync("retried", 1, 2);
        _works.Work = (record, _) => record.Value == 1 ? throw new FormatException("no good") : ValueTask.CompletedTask;
        using var host = NewHost(
            "retried", ("service.retry.delays", "1ms, 2ms"), ("service.attempts", "2"), ("service.dead.letter.topic", "{topic}-dead"));
        await host.StartAsync();
        List<string> handled = [];
        for (var i = 0; i < 7; i++)
        {
            var record = await _works.NextAsync();
            handled.Add($"{record.Topic} {record.Value}");
        }

        Assert.Equal(
            ["retried 1", "retried 1", "retried 2", "retried-retry-1ms 1", "retried-retry-1ms 1", "retried-retry-2ms 1", "retried-retry-2ms 1"],
            handled.OrderBy(text => text, StringComparer.Ordinal));
        var dead = (await ReadAsync("retried-dead", 1))[0];
        Assert.Equal(("k", 1), (dead.Key, dead.Value![3]));
        Assert.Equal("retried", Header(dead, RetryHeaders.OriginalTopic));
        Assert.Equal("0", Header(dead, RetryHeaders.OriginalPartition));
        Assert.Equal("0", Header(dead, RetryHeaders.OriginalOffset));
        Assert.Equal("6", Header(dead, RetryHeaders.Attempts));
        Assert.Equal("System.FormatException", Header(dead, RetryHeaders.ExceptionType));
        Assert.Equal("no good", Header(dead, RetryHeaders.ExceptionMessage));
        await host.StopAsync();
        Assert.Equal(2, await CommittedAsync("retried"));
        Assert.Equal(1, await CommittedAsync("retried-retry-1ms", "group-retried-retry-1ms"));
    }

    [Fact]
    public async Task A_record_that_cannot_be_read_goes_to_the_dead_letters_at_once_byte_for_byte()
    {
        await using (var producer = new KafkaProducer<string?, byte[]?>(
            ProducerConfig.ForReliability(kafka.BootstrapServers), Serdes.String, Serdes.ByteArray))
        {
            await producer.ProduceAsync("unreadable", "k", [1, 2]);
        }

        await ProduceAsync("unreadable", 7);
        using var host = NewHost("unreadable", ("service.retry.delays", "1ms"), ("service.dead.letter.topic", "unreadable-dead"));
        await host.StartAsync();
        Assert.Equal(7, (await _works.NextAsync()).Value);
        var dead = (await ReadAsync("unreadable-dead", 1))[0];
        Assert.Equal([1, 2], dead.Value);
        Assert.Equal("0", Header(dead, RetryHeaders.Attempts));
        await host.StopAsync();
    }

    [Fact]
    public async Task Without_a_place_for_it_a_record_that_fails_stops_the_application_and_comes_again()
    {
        await ProduceAsync("fatal", 1, 2);
        _works.Work = (record, _) => record.Value == 2 ? throw new FormatException("no good") : ValueTask.CompletedTask;
        using var host = NewHost("fatal");
        var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(stopping.SetResult);
        await host.StartAsync();
        await stopping.Task.WaitAsync(Patience);
        var health = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        Assert.Equal(HealthStatus.Unhealthy, health.Entries["orders"].Status);
        Assert.Contains("fatal-0@1 could not be handled", health.Entries["orders"].Description, StringComparison.Ordinal);
        await host.StopAsync();
        Assert.Equal(1, await CommittedAsync("fatal"));
    }

    [Fact]
    public async Task Health_tells_of_the_cluster_and_of_a_consumer_that_runs()
    {
        await ProduceAsync("healthy", 1);
        using var host = NewHost("healthy");
        var checks = host.Services.GetRequiredService<HealthCheckService>();
        Assert.Equal(HealthStatus.Degraded, (await checks.CheckHealthAsync()).Entries["orders"].Status);
        await host.StartAsync();
        await _works.NextAsync();
        var health = await checks.CheckHealthAsync();
        Assert.Equal(HealthStatus.Healthy, health.Entries["orders"].Status);
        Assert.Equal(HealthStatus.Healthy, health.Entries["kafka"].Status);
        Assert.Equal(1, health.Entries["kafka"].Data["brokers"]);
        await host.StopAsync();
    }

    [Fact]
    public async Task The_span_of_a_handler_is_a_child_of_the_one_that_sent_the_record()
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == KafkaTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        using (var request = new Activity("request").Start())
        {
            await ProduceAsync("traced", 1);
        }

        Activity? seen = null;
        _works.Work = (_, _) =>
        {
            seen = Activity.Current;
            return ValueTask.CompletedTask;
        };
        using var host = NewHost("traced");
        await host.StartAsync();
        var record = await _works.NextAsync();
        await host.StopAsync();
        var sender = ActivityContext.Parse(
            Encoding.UTF8.GetString(record.Headers.Single(header => header.Key == "traceparent").Value!.Value.Span), null);
        Assert.Equal("process traced", seen!.OperationName);
        Assert.Equal((sender.TraceId, sender.SpanId), (seen.TraceId, seen.ParentSpanId));
    }
}
