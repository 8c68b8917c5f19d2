using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Records;
using ClassicBroker.Server.Tests.InProcess;

namespace ClassicBroker.Server.Tests.Hosting;

/// <summary>What a running broker learns from configs that change, and tells clients of features.</summary>
public sealed class DynamicBehaviourTests
{
    /// <summary><c>producer.id.expiration.check.interval.ms</c>, as it is by default.</summary>
    private const int ProducerCheckIntervalMs = 600_000;

    private readonly InProcessBroker _broker = new();

    private ErrorCode Set(sbyte type, string name, string key, string value) =>
        _broker.Connect().Ask<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(
            new()
            {
                Resources = [new() { ResourceType = type, ResourceName = name, Configs = [new() { Name = key, ConfigOperation = 0, Value = value }] }],
            },
            1).Responses[0].ErrorCode;

    private int LeaderOf(string topic) =>
        _broker.Connect().Ask<MetadataRequest, MetadataResponse>(
            new() { Topics = [new() { Name = topic }] }, 9).Topics[0].Partitions[0].LeaderId;

    /// <summary>Makes the only in-sync replica one that is not alive, while the broker is away.</summary>
    private void LoseTheInSyncReplica(string topic)
    {
        _broker.Connect().CreateTopic(topic);
        _broker.Stop();
        var path = $"/brokers/topics/{topic}";
        _broker.ZooKeeper.Put(path, _broker.ZooKeeper.Text(path)!.Replace("[0]", "[5,0]", StringComparison.Ordinal));
        _broker.ZooKeeper.Put(
            $"{path}/partitions/0/state", """{"controller_epoch":1,"leader":-1,"version":1,"leader_epoch":3,"isr":[5]}""");
        _broker.Start();
        Assert.Equal(-1, LeaderOf(topic));
    }

    [Fact]
    public void A_topic_that_allows_unclean_elections_gets_a_leader_at_once()
    {
        LoseTheInSyncReplica("t");
        Assert.Equal(ErrorCode.None, Set(2, "t", "unclean.leader.election.enable", "true"));
        _broker.Time.AdvanceMs(1000);
        Assert.Equal(0, LeaderOf("t"));
    }

    [Fact]
    public void So_do_all_topics_when_the_default_changes()
    {
        LoseTheInSyncReplica("t");
        Assert.Equal(ErrorCode.None, Set(4, "", "unclean.leader.election.enable", "true"));
        _broker.Time.AdvanceMs(1000);
        Assert.Equal(0, LeaderOf("t"));
    }

    [Fact]
    public void Retention_of_all_topics_follows_the_brokers()
    {
        _broker.Connect().CreateTopic("t");
        Assert.Equal(ErrorCode.None, Set(4, "", "message.max.bytes", "100"));
        _broker.Time.RunUntilIdle();
        Assert.Equal(ErrorCode.MessageTooLarge, _broker.Connect().Produce("t", 0, 1, new string('x', 200)).ErrorCode);
    }

    [Fact]
    public void Recovery_threads_that_are_set_while_it_runs_load_the_logs_of_the_next_start()
    {
        Assert.Equal(1, _broker.RecoveryLoopsAsked);
        Assert.Equal(ErrorCode.None, Set(4, "", "num.recovery.threads.per.data.dir", "2"));
        _broker.Stop();
        _broker.Start();
        Assert.Equal(2, _broker.RecoveryLoopsAsked);
    }

    [Fact]
    public void As_many_logs_are_cleaned_at_a_time_as_cleaner_threads_are_set_while_it_runs()
    {
        var client = _broker.Connect();
        string[] topics = ["a", "b"];
        foreach (var topic in topics)
        {
            client.CreateTopic(topic, 1, ("cleanup.policy", "compact"), ("segment.bytes", "20000"), ("min.cleanable.dirty.ratio", "0"));
            for (var i = 0; i < 300; i++)
            {
                using var batch = new RecordBatchBuilder();
                batch.Append(_broker.Time.GetUtcNow().ToUnixTimeMilliseconds(), new byte[] { (byte)i }, new byte[] { 1 });
                Assert.Equal(ErrorCode.None, client.ProduceRaw(topic, 0, acks: 1, version: 7, batch.Build().ToArray()).ErrorCode);
            }
        }

        Assert.Equal(ErrorCode.None, Set(4, "", "log.cleaner.io.max.bytes.per.second", "500"));
        Assert.Equal(1, MostCleanedAtATime(seconds: 60));
        Assert.Equal(ErrorCode.None, Set(4, "", "log.cleaner.threads", "2"));
        Assert.Equal(2, MostCleanedAtATime(seconds: 200));

        int MostCleanedAtATime(int seconds)
        {
            var most = 0;
            for (var step = 0; step < seconds * 10; step++)
            {
                _broker.Time.AdvanceMs(100);
                most = Math.Max(most, topics.Count(topic => _broker.Files.List($"/data/a/{topic}-0")
                    .Any(entry => entry.Name.EndsWith(".cleaned", StringComparison.Ordinal))));
            }

            return most;
        }
    }

    [Fact]
    public void Silent_producers_are_forgotten_after_the_time_that_is_set_while_it_runs()
    {
        var client = _broker.Connect();
        client.CreateTopic("t");
        using var batch = new RecordBatchBuilder { ProducerId = 5, ProducerEpoch = 0, BaseSequence = 0 };
        batch.Append(_broker.Time.GetUtcNow().ToUnixTimeMilliseconds(), null, new byte[] { 1 });
        Assert.Equal(ErrorCode.None, client.ProduceRaw("t", 0, acks: 1, version: 7, batch.Build().ToArray()).ErrorCode);
        _broker.Time.AdvanceMs(ProducerCheckIntervalMs + 1_000);
        Assert.Equal([5], Producers());

        Assert.Equal(ErrorCode.None, Set(4, "", "producer.id.expiration.ms", "60000"));
        Assert.Equal([5], Producers());
        _broker.Time.AdvanceMs(ProducerCheckIntervalMs);
        Assert.Empty(Producers());

        IEnumerable<long> Producers() =>
            _broker.Connect().Ask<DescribeProducersRequest, DescribeProducersResponse>(
                new() { Topics = [new() { Name = "t", PartitionIndexes = [0] }] }, 0)
                .Topics[0].Partitions[0].ActiveProducers.Select(producer => producer.ProducerId);
    }

    [Fact]
    public void Clients_are_told_the_epoch_of_the_finalised_features() =>
        Assert.Equal(
            0,
            _broker.Connect().Ask<ApiVersionsRequest, ApiVersionsResponse>(
                new() { ClientSoftwareName = "test", ClientSoftwareVersion = "1" }, 3).FinalizedFeaturesEpoch);
}
