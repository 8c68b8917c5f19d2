using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using ClassicBroker.Operations;
using ClassicBroker.Platform;
using ClassicBroker.Platform.Metrics;
using ClassicBroker.Server.Metrics;
using ClassicBroker.Server.Tests.InProcess;
using ClassicBroker.Testing;
using ClassicBroker.Transport;

namespace ClassicBroker.Server.Tests.Metrics;

/// <summary>
/// Holds the metrics against <c>kafka-3.9-beans.txt</c>: each bean that Kafka 3.9's documentation lists for a broker with ZooKeeper, and
/// each that such a broker was seen to have, with the name that the rules of Prometheus' exporter for Java give it.
/// </summary>
public sealed class DocumentedBeansTests
{
    private static readonly string Table = Path.Join(AppContext.BaseDirectory, "Metrics", "kafka-3.9-beans.txt");

    [Fact]
    public async Task Each_documented_bean_is_an_instrument_and_exposed_under_the_name_dashboards_know()
    {
        var broker = new InProcessBroker("authorizer.class.name=kafka.security.authorizer.AclAuthorizer", "super.users=User:ANONYMOUS");
        await using var network = new EventLoopGroup(1, "kafka-network-thread-", TimeProvider.System, _ => { });
        await using var handlers = new WorkerPool("kafka-request-handler", 1, _ => { });
        ThreadMetrics.Register(broker.Meters, network, handlers, TimeProvider.System);
        ProcessMetrics.Register(broker.Meters, TimeProvider.System, openFilesMax: 1024);
        var exposed = new SortedDictionary<string, string>(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Scope == broker.Meters)
                {
                    exposed[instrument.Name] = PrometheusNames.Of(instrument).Family;
                }
            },
        };
        listener.Start();
        var wrong = File.ReadLines(Table)
            .Select(line => line.Split('\t'))
            .Where(row => exposed.GetValueOrDefault(BeanName.Parse(row[0]).Instrument) != row[1])
            .Select(row => $"{row[0]}: {row[1]} expected, {exposed.GetValueOrDefault(BeanName.Parse(row[0]).Instrument) ?? "nothing"} there");
        Assert.Empty(wrong);
    }

    [Fact]
    public void Each_instrument_has_a_description()
    {
        var broker = new InProcessBroker();
        var without = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Scope == broker.Meters && string.IsNullOrEmpty(instrument.Description))
                {
                    without.Add(instrument.Name);
                }
            },
        };
        listener.Start();
        Assert.Empty(without);
    }

    [Fact]
    public void A_broker_at_work_shows_what_it_did()
    {
        var broker = new InProcessBroker();
        using var reading = new MeterReading(broker.Meters);
        var client = broker.Connect();
        client.CreateTopic("t");
        client.Produce("t", 0, 1, "a", "b");
        client.Fetch("t", 0, 0);
        broker.Time.AdvanceMs(1_000);
        var read = reading.Read();
        Assert.Equal(1, read["kafka.server.ReplicaManager.PartitionCount"]);
        Assert.Equal(1, read["kafka.server.ReplicaManager.LeaderCount"]);
        Assert.Equal(0, read["kafka.server.ReplicaManager.UnderReplicatedPartitions"]);
        Assert.Equal(1, read["kafka.cluster.Partition.InSyncReplicasCount{topic=t,partition=0}"]);
        Assert.Equal(2, read["kafka.log.Log.LogEndOffset{topic=t,partition=0}"]);
        Assert.Equal(3, read["kafka.server.KafkaServer.BrokerState"]);
        Assert.Equal(1, read["kafka.controller.KafkaController.ActiveControllerCount"]);
        Assert.Equal(1, read["kafka.server.SessionExpireListener.SessionState{state=CONNECTED}"]);
        Assert.Equal(1, read["kafka.network.RequestMetrics.TotalTimeMs.Count{request=Produce}"]);
        Assert.Equal(1, read["kafka.network.RequestMetrics.TotalTimeMs.Count{request=FetchConsumer}"]);
        Assert.Equal(1, read["kafka.network.RequestMetrics.TotalTimeMs.Count{request=Fetch}"]);
        Assert.DoesNotContain("kafka.network.RequestMetrics.TotalTimeMs.Count{request=FetchFollower}", read.Keys);
        Assert.Equal(1, read["kafka.network.RequestMetrics.ErrorsPerSec{request=Produce,error=NONE}"]);
        Assert.Equal(1, read.Where(entry => entry.Key.StartsWith("kafka.network.RequestMetrics.RequestsPerSec{request=Produce,", StringComparison.Ordinal)).Sum(entry => entry.Value));
        Assert.Equal(1, read["kafka.server.socket-server-metrics.connection-count{listener=PLAINTEXT,networkProcessor=0}"]);
        Assert.True(read["kafka.log.LogFlushStats.LogFlushRateAndTimeMs.Count"] >= 0);
    }

    [Fact]
    public void Records_that_are_refused_are_counted_by_their_fault()
    {
        var broker = new InProcessBroker();
        using var reading = new MeterReading(broker.Meters);
        var client = broker.Connect();
        client.CreateTopic("compacted", configs: [("cleanup.policy", "compact")]);
        client.Produce("compacted", 0, 1, "no key", "none either");
        Assert.Equal(2, reading.Read()["kafka.server.BrokerTopicMetrics.NoKeyCompactedTopicRecordsPerSec"]);
    }

    [Fact]
    public void The_scope_of_a_broker_that_was_stopped_shows_nothing()
    {
        var broker = new InProcessBroker();
        using var reading = new MeterReading(broker.Meters);
        broker.Stop();
        Assert.Equal(0, reading.Read()["kafka.server.KafkaServer.BrokerState"]);
        broker.Meters.Dispose();
        Assert.Empty(reading.Read());
    }

    [Fact]
    public void The_exposition_is_text_that_Prometheus_reads()
    {
        var broker = new InProcessBroker();
        using var exposition = new PrometheusExposition(broker.Meters);
        var client = broker.Connect();
        client.CreateTopic("t");
        client.Produce("t", 0, 1, "a");
        var text = Encoding.UTF8.GetString(exposition.Write());
        var families = new HashSet<string>(StringComparer.Ordinal);
        var current = "";
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var words = line.Split(' ');
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                current = words[2];
                Assert.True(families.Add(current), $"{current} comes twice");
            }
            else if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                Assert.Equal(current, words[2]);
                Assert.Contains(words[3], new[] { "counter", "gauge", "summary" });
            }
            else
            {
                Assert.StartsWith(current, line);
                Assert.True(double.TryParse(line.AsSpan(line.LastIndexOf(' ') + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out _), line);
            }
        }

        Assert.Contains("kafka_server_brokertopicmetrics_messagesin_total{topic=\"t\"} 1\n", text);
        Assert.Contains("kafka_server_replicamanager_partitioncount 1\n", text);
        Assert.Contains("# TYPE kafka_network_requestmetrics_totaltimems summary\n", text);
        Assert.Contains("kafka_network_requestmetrics_totaltimems_count{request=\"Produce\"} 1\n", text);
        Assert.Contains("kafka_network_requestmetrics_totaltimems{request=\"Produce\",quantile=\"0.99\"} ", text);
        Assert.Contains("dotnet_gc_collections_total", text);
    }
}
