using System.Text;
using ClassicBroker.Client;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests;

/// <summary>A broker that OpenTelemetry's variables tell to export: what its collector gets, and that it needs none.</summary>
public sealed class OtlpTests : IDisposable
{
    private const string TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly ScratchDirectory _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task A_collector_gets_metrics_and_the_traces_that_producers_began()
    {
        using var collector = new OtlpCollector();
        await using var zooKeeper = await new ZooKeeperServerProcess(_scratch.File("zookeeper")).StartAsync();
        await using var broker = new KafkaServerProcess(_scratch.File("broker"), zooKeeper.ConnectString, brokerId: 7);
        broker.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address;
        broker.Environment["OTEL_EXPORTER_OTLP_HEADERS"] = "api-key=secret";
        broker.Environment["OTEL_EXPORTER_OTLP_COMPRESSION"] = "gzip";
        broker.Environment["OTEL_TRACES_EXPORTER"] = "otlp";
        broker.Environment["OTEL_METRIC_EXPORT_INTERVAL"] = "300";
        broker.Environment["OTEL_BSP_SCHEDULE_DELAY"] = "300";
        broker.Environment["OTEL_RESOURCE_ATTRIBUTES"] = "deployment.environment=test";
        await broker.StartAsync();
        await using (var producer = new KafkaProducer<string?, string?>(
            new ProducerConfig { BootstrapServers = broker.BootstrapServers }, Serdes.String, Serdes.String))
        {
            await producer.ProduceAsync(new("orders", null, "v") { Headers = [new("traceparent", Encoding.ASCII.GetBytes(TraceParent))] });
        }

        var (metrics, key) = await collector.WaitForAsync(
            "/v1/metrics", message => message.One(1).All(2).SelectMany(scope => scope.All(2)).Any(metric => metric.Text(1) == "kafka.server.BrokerTopicMetrics.MessagesInPerSec"), Limit);
        Assert.Equal("secret", key);
        var resource = metrics.One(1).One(1).Attributes(1);
        Assert.Equal(("7", "classicbroker", "test"), (resource["service.instance.id"], resource["service.name"], resource["deployment.environment"]));
        var (traces, _) = await collector.WaitForAsync(
            "/v1/traces", message => message.One(1).One(2).All(2).Any(span => span.Hex(1) == TraceParent[3..35]), Limit);
        var span = traces.One(1).One(2).All(2).Single(each => each.Hex(1) == TraceParent[3..35]);
        Assert.Equal(("Produce orders", TraceParent[36..52]), (span.Text(5), span.Hex(4)));
    }

    [Fact]
    public async Task A_collector_that_is_away_is_named_once_and_keeps_nothing_from_working()
    {
        await using var zooKeeper = await new ZooKeeperServerProcess(_scratch.File("zookeeper")).StartAsync();
        await using var broker = new KafkaServerProcess(_scratch.File("broker"), zooKeeper.ConnectString);
        broker.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://127.0.0.1:{LoopbackPorts.Next()}";
        broker.Environment["OTEL_METRIC_EXPORT_INTERVAL"] = "50";
        await broker.StartAsync();
        await broker.Process.WaitForAsync("Nothing can be exported to http://127.0.0.1:", Limit);
        await Tool.RunAsync("kafka-topics.sh", "--bootstrap-server", broker.BootstrapServers, "--create", "--topic", "orders");
        Assert.Equal(0, await broker.StopAsync());
        Assert.Single(broker.Process.Output.Split("Nothing can be exported to").Skip(1));
    }

    [Fact]
    public async Task A_variable_that_is_wrong_ends_the_start_and_is_named()
    {
        await using var broker = new KafkaServerProcess(_scratch.File("broker"), "127.0.0.1:1");
        broker.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:4317";
        broker.Environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc";
        broker.Launch();
        Assert.Equal(1, await broker.Process.WaitForExitAsync(Limit));
        Assert.Contains("OTEL_EXPORTER_OTLP_PROTOCOL=grpc is not spoken here", broker.Process.Output, StringComparison.Ordinal);
    }
}
