using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Simulation.Clusters;

namespace ClassicBroker.Simulation.Tests;

/// <summary>What is changed at one broker holds at all of them within a second.</summary>
public sealed class DynamicConfigTests
{
    private const sbyte TopicType = 2;
    private const sbyte BrokerType = 4;
    private const ulong Seed = 23;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private readonly SimulatedCluster _cluster = new(Seed, 3);

    [Fact]
    public void Configs_of_topics_and_brokers_reach_all_brokers_in_a_second()
    {
        var partition = new TopicPartition("t", 0);
        _cluster.Connect(0).CreateTopic("t", 1, 3);
        _cluster.Until(() => _cluster.Brokers.All(broker => broker.LogOf(partition) is not null), "all have the replica");
        foreach (var asked in _cluster.Brokers)
        {
            var value = 1_000_000 + asked.Id;
            Alter(asked.Id, TopicType, "t", "retention.ms", $"{value}");
            Alter(asked.Id, BrokerType, "", "max.connections", $"{value}");
            _cluster.Pass(Limit);
            Assert.All(_cluster.Brokers, broker => Assert.Equal(value, broker.LogOf(partition)!.Config.RetentionMs));
            Assert.All(_cluster.Brokers, broker => Assert.Equal(value, broker.Server.Config.Current.MaxConnections));
        }
    }

    [Fact]
    public void Quotas_reach_all_brokers_in_a_second()
    {
        _cluster.Connect(0).CreateTopic("t", 3, 1);
        foreach (var asked in _cluster.Brokers)
        {
            // One limit and none in turn; a produce of some hundred bytes is over the first.
            foreach (var limit in (double?[])[1, null])
            {
                AlterQuota(asked.Id, limit);
                _cluster.Pass(Limit);
                foreach (var broker in _cluster.Brokers)
                {
                    var throttleMs = _cluster.Connect(broker.Id).Ask<ProduceRequest, ProduceResponse>(
                        new() { Acks = 1, TimeoutMs = 1_000 }, maxVersion: 9).ThrottleTimeMs;
                    Assert.True(throttleMs > 0 == limit is not null, $"asked {asked.Id}, broker {broker.Id}, limit {limit}: {throttleMs}");
                }
            }
        }
    }

    private void Alter(int brokerId, sbyte type, string resource, string key, string value)
    {
        var answer = _cluster.Connect(brokerId).Ask<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(
            new() { Resources = [new() { ResourceType = type, ResourceName = resource, Configs = [new() { Name = key, Value = value }] }] });
        Assert.Equal((ErrorCode.None, null), (answer.Responses[0].ErrorCode, answer.Responses[0].ErrorMessage));
    }

    private void AlterQuota(int brokerId, double? limit)
    {
        var answer = _cluster.Connect(brokerId).Ask<AlterClientQuotasRequest, AlterClientQuotasResponse>(
            new()
            {
                Entries =
                [
                    new()
                    {
                        Entity = [new() { EntityType = "client-id", EntityName = "test" }],
                        Ops = [new() { Key = "producer_byte_rate", Value = limit ?? 0, Remove = limit is null }],
                    },
                ],
            });
        Assert.Equal(ErrorCode.None, answer.Entries[0].ErrorCode);
    }
}
