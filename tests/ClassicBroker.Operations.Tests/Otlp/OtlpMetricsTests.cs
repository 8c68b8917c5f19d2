using System.Diagnostics.Metrics;
using ClassicBroker.Operations.Otlp;
using ClassicBroker.Platform.Metrics;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.Otlp;

namespace ClassicBroker.Operations.Tests.Otlp;

/// <summary>Metrics as a collector of OpenTelemetry reads them; field numbers are those of opentelemetry-proto 1.</summary>
public sealed class OtlpMetricsTests : IDisposable
{
    private const ulong Start = 1_000_000_000, Now = 5_000_000_000;

    private static readonly SortedDictionary<string, string> Resource = new() { ["service.name"] = "kafka", ["service.instance.id"] = "3" };

    private readonly MeterScope _meters = new(new ManualTime());

    public void Dispose() => _meters.Dispose();

    private IReadOnlyList<ProtobufMessage> Requests()
    {
        using var metrics = new OtlpMetrics(_meters, Resource, Start);
        return [.. metrics.Collect(Now).Select(ProtobufMessage.Parse)];
    }

    private static IEnumerable<ProtobufMessage> MetricsOf(ProtobufMessage request, string scope) =>
        request.One(1).All(2).Where(each => each.One(1).Text(1) == scope).SelectMany(each => each.All(2));

    [Fact]
    public void A_gauge_is_told_with_whom_it_is_about()
    {
        _meters.Gauge("kafka.server:type=ReplicaManager,name=PartitionCount", "Replicas.", () => 3L);
        var request = Assert.Single(Requests());
        Assert.Equal(Resource, request.One(1).One(1).Attributes(1));
        var metric = Assert.Single(MetricsOf(request, "kafka.server"));
        Assert.Equal(("kafka.server.ReplicaManager.PartitionCount", "Replicas."), (metric.Text(1), metric.Text(2)));
        var point = metric.One(5).One(1);
        Assert.Equal((Start, Now, 3UL), (point.Number(2), point.Number(3), point.Number(6)));
    }

    [Fact]
    public void A_count_is_a_monotonic_sum_since_the_start_with_its_tags()
    {
        _meters.Counters(
            "kafka.server:type=BrokerTopicMetrics,name=BytesInPerSec",
            "Bytes.",
            () => [new Measurement<long>(7, new KeyValuePair<string, object?>("topic", "t")), new Measurement<long>(9)]);
        var sum = Assert.Single(MetricsOf(Assert.Single(Requests()), "kafka.server")).One(7);
        Assert.Equal((2UL, 1UL), (sum.Number(2), sum.Number(3)));
        Assert.Equal(["7 topic=t", "9 "], sum.All(1).Select(point =>
            $"{point.Number(6)} {string.Join(',', point.Attributes(7).Select(tag => $"{tag.Key}={tag.Value}"))}"));
    }

    [Fact]
    public void Numbers_with_fractions_keep_them()
    {
        _meters.Gauge("kafka.server:type=KafkaRequestHandlerPool,name=RequestHandlerAvgIdlePercent", "Idle.", () => 0.25);
        Assert.Equal(0.25, Assert.Single(MetricsOf(Assert.Single(Requests()), "kafka.server")).One(5).One(1).Double(4));
    }

    [Fact]
    public void What_is_much_goes_in_several_requests_each_of_which_says_whom_it_is_about()
    {
        for (var i = 0; i < 10; i++)
        {
            _meters.Gauges(
                $"kafka.log:type=Log,name=Metric{i}",
                "For each partition.",
                () => Enumerable.Range(0, 5_000).Select(partition =>
                    new Measurement<long>(partition, new("topic", "a-topic-with-a-long-name"), new("partition", $"{partition}"))));
        }

        var requests = Requests();
        Assert.InRange(requests.Count, 2, 5);
        Assert.All(requests, request => Assert.Equal("kafka", request.One(1).One(1).Attributes(1)["service.name"]));
        var points = requests.SelectMany(request => MetricsOf(request, "kafka.log")).Sum(metric => metric.One(5).All(1).Count());
        Assert.Equal(50_000, points);
    }

    [Fact]
    public void A_second_collection_does_not_tell_the_first_again()
    {
        _meters.Gauge("kafka.server:type=ReplicaManager,name=PartitionCount", "Replicas.", () => 3L);
        using var metrics = new OtlpMetrics(_meters, Resource, Start);
        metrics.Collect(Now);
        Assert.Single(MetricsOf(ProtobufMessage.Parse(Assert.Single(metrics.Collect(Now))), "kafka.server")).One(5).One(1);
    }
}
