using System.Diagnostics.Metrics;
using System.Text;
using ClassicBroker.Platform.Metrics;
using ClassicBroker.Testing.Loops;

namespace ClassicBroker.Operations.Tests;

public sealed class PrometheusExpositionTests : IDisposable
{
    private readonly MeterScope _meters = new(new ManualTime());

    public void Dispose() => _meters.Dispose();

    private static string Text(PrometheusExposition exposition) => Encoding.UTF8.GetString(exposition.Write());

    private IReadOnlyList<string> Lines(string prefix)
    {
        using var exposition = new PrometheusExposition(_meters);
        return [.. Text(exposition).Split('\n').Where(line => line.Contains(prefix, StringComparison.Ordinal))];
    }

    [Fact]
    public void A_gauge_has_help_type_and_value()
    {
        _meters.Gauge("kafka.server:type=ReplicaManager,name=PartitionCount", "Replicas, all of them.", () => 3);
        Assert.Equal(
            [
                "# HELP kafka_server_replicamanager_partitioncount Replicas, all of them.",
                "# TYPE kafka_server_replicamanager_partitioncount gauge",
                "kafka_server_replicamanager_partitioncount 3",
            ],
            Lines("partitioncount"));
    }

    [Fact]
    public void An_exposition_that_failed_leaves_nothing_in_the_next()
    {
        var fails = true;
        _meters.Gauge("kafka.server:type=ReplicaManager,name=PartitionCount", "Replicas.", () => 3);
        _meters.Gauge("kafka.server:type=ReplicaManager,name=Broken", "Fails.", () => fails ? throw new InvalidOperationException("broken") : 1);
        using var exposition = new PrometheusExposition(_meters);
        Assert.ThrowsAny<Exception>(() => exposition.Write());
        fails = false;
        for (var i = 0; i < 2; i++)
        {
            Assert.Single(Text(exposition).Split('\n'), line => line.StartsWith("kafka_server_replicamanager_partitioncount ", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("kafka.server:type=BrokerTopicMetrics,name=MessagesInPerSec", "kafka_server_brokertopicmetrics_messagesin_total")]
    [InlineData("kafka.server:type=socket-server-metrics,name=request-total", "kafka_server_socket_server_metrics_request_total")]
    [InlineData("process:type=cpu,name=seconds", "process_cpu_seconds_total")]
    public void A_counter_ends_in_total(string bean, string name)
    {
        _meters.Counter(bean, "A count.", () => 7L);
        Assert.Equal([$"# HELP {name} A count.", $"# TYPE {name} counter", $"{name} 7"], Lines(name));
    }

    [Fact]
    public void A_distribution_is_a_summary_with_its_count_and_sum()
    {
        var histogram = _meters.Histograms("kafka.network:type=RequestMetrics,name=TotalTimeMs", "Times.")
            .Of(new KeyValuePair<string, object?>("request", "Produce"));
        using var exposition = new PrometheusExposition(_meters);
        histogram.Record(0.003);
        histogram.Record(0.003);
        Assert.Equal(
            [
                "# HELP kafka_network_requestmetrics_totaltimems Times.",
                "# TYPE kafka_network_requestmetrics_totaltimems summary",
                "kafka_network_requestmetrics_totaltimems{request=\"Produce\",quantile=\"0.50\"} 0.003",
                "kafka_network_requestmetrics_totaltimems{request=\"Produce\",quantile=\"0.75\"} 0.003",
                "kafka_network_requestmetrics_totaltimems{request=\"Produce\",quantile=\"0.95\"} 0.003",
                "kafka_network_requestmetrics_totaltimems{request=\"Produce\",quantile=\"0.98\"} 0.003",
                "kafka_network_requestmetrics_totaltimems{request=\"Produce\",quantile=\"0.99\"} 0.003",
                "kafka_network_requestmetrics_totaltimems{request=\"Produce\",quantile=\"0.999\"} 0.003",
                "kafka_network_requestmetrics_totaltimems_count{request=\"Produce\"} 2",
                "kafka_network_requestmetrics_totaltimems_sum{request=\"Produce\"} 0.006",
            ],
            Text(exposition).Split('\n').Where(line => line.Contains("totaltimems", StringComparison.Ordinal)));
    }

    [Fact]
    public void Kafka_s_percents_and_quotas_are_named_as_the_exporter_s_rules_name_them()
    {
        _meters.Gauge("kafka.network:type=SocketServer,name=NetworkProcessorAvgIdlePercent", "Idle.", () => 0.5);
        _meters.Gauges(
            "kafka.server:type=Produce,name=byte-rate",
            "Rate.",
            () => [new Measurement<double>(1, new("user", "u"), new("client-id", "c"))]);
        Assert.Contains("kafka_network_socketserver_networkprocessoravgidle_percent 0.5", Lines("idle_percent"));
        Assert.Contains("kafka_server_quota_byte_rate{resource=\"Produce\",user=\"u\",clientId=\"c\"} 1", Lines("byte_rate"));
    }

    [Fact]
    public void What_clients_name_cannot_break_the_text()
    {
        _meters.Gauges(
            "kafka.server:type=T,name=Hostile",
            "Of\nlines \\ and more.",
            () => [new Measurement<long>(1, new KeyValuePair<string, object?>("client-id", "a\"b\\c\nd} 5"))]);
        Assert.Equal(
            [
                "# HELP kafka_server_t_hostile Of lines \\\\ and more.",
                "# TYPE kafka_server_t_hostile gauge",
                "kafka_server_t_hostile{clientId=\"a\\\"b\\\\c\\nd} 5\"} 1",
            ],
            Lines("hostile"));
    }

    [Fact]
    public void Another_broker_of_the_process_is_not_shown()
    {
        using var other = new MeterScope(new ManualTime());
        other.Gauge("kafka.server:type=T,name=Foreign", "Foreign.", () => 1);
        Assert.Empty(Lines("foreign"));
    }

    [Fact]
    public void The_runtime_is_shown() => Assert.Contains("# TYPE dotnet_gc_collections_total counter", Lines("gc_collections"));

    [Theory]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(0.1, "0.1")]
    public void Values_are_written_as_Prometheus_reads_them(double value, string text)
    {
        _meters.Gauge("kafka.server:type=T,name=Value", "A value.", () => value);
        Assert.Contains($"kafka_server_t_value {text}", Lines("t_value"));
    }
}
