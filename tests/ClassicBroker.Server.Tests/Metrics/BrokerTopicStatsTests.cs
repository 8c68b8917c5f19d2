using ClassicBroker.Platform.Metrics;
using System.Diagnostics.Metrics;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Primitives;
using ClassicBroker.Replication;
using ClassicBroker.Replication.Fetch;
using ClassicBroker.Server.Metrics;
using ClassicBroker.Server.Tests.InProcess;
using ClassicBroker.Storage;

namespace ClassicBroker.Server.Tests.Metrics;

public sealed class BrokerTopicStatsTests
{
    private static AppendOutcome Appended(int records) => new()
    {
        Appended = new LogAppend { FirstOffset = 0, LastOffset = records - 1, MaxTimestamp = 0, LogStartOffset = 0, RecordCount = records },
    };

    [Fact]
    public void What_comes_in_counts_for_its_topic_and_in_all()
    {
        var stats = new BrokerTopicStats(new MetadataCache(), new MeterScope(TimeProvider.System));
        stats.Produced("a", 100, Appended(3));
        stats.Produced("b", 50, Appended(1));
        stats.Produced("b", 7, AppendOutcome.Refused(ErrorCode.MessageTooLarge));
        Assert.Equal((100, 3), (stats.Total(TrafficKind.BytesIn, "a"), stats.Total(TrafficKind.MessagesIn, "a")));
        Assert.Equal((150, 4), (stats.Total(TrafficKind.BytesIn, null), stats.Total(TrafficKind.MessagesIn, null)));
        Assert.Equal((2, 1, 7), (
            stats.Total(TrafficKind.TotalProduceRequests, "b"),
            stats.Total(TrafficKind.FailedProduceRequests, "b"),
            stats.Total(TrafficKind.BytesRejected, "b")));
    }

    [Fact]
    public void Names_of_topics_that_do_not_exist_are_not_remembered()
    {
        var stats = new BrokerTopicStats(new MetadataCache(), new MeterScope(TimeProvider.System));
        stats.Produced("made-up", 1, AppendOutcome.Refused(ErrorCode.UnknownTopicOrPartition));
        stats.Fetched("made-up", FetchPartitionResult.Failed(ErrorCode.UnknownTopicOrPartition), isFollower: false);
        Assert.Equal(0, stats.Total(TrafficKind.TotalProduceRequests, "made-up"));
        Assert.Equal((1, 1), (stats.Total(TrafficKind.FailedProduceRequests, null), stats.Total(TrafficKind.FailedFetchRequests, null)));
    }

    [Fact]
    public void Counting_allocates_nothing()
    {
        var stats = new BrokerTopicStats(new MetadataCache(), new MeterScope(TimeProvider.System));
        var outcome = Appended(1);
        stats.Produced("t", 10, outcome);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            stats.Produced("t", 10, outcome);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Whoever_listens_sees_the_traffic_of_the_topics_there_are()
    {
        var broker = new InProcessBroker();
        var client = broker.Connect();
        client.CreateTopic("seen");
        var seen = new SortedDictionary<string, long>(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Scope == broker.Meters && instrument.Name.Contains("BrokerTopicMetrics"))
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            if (tags.Length == 1 && (string?)tags[0].Value == "seen")
            {
                seen[instrument.Name] = value;
            }
        });
        listener.Start();
        client.Produce("seen", 0, 1, "a", "b");
        var fetched = client.Fetch("seen", 0, 0).Responses[0].Partitions[0].Records.Length;
        listener.RecordObservableInstruments();
        Assert.Equal(2, seen["kafka.server.BrokerTopicMetrics.MessagesInPerSec"]);
        Assert.Equal(fetched, seen["kafka.server.BrokerTopicMetrics.BytesOutPerSec"]);
        Assert.Equal(1, seen["kafka.server.BrokerTopicMetrics.TotalFetchRequestsPerSec"]);
    }
}
