using ClassicBroker.Primitives;
using ClassicBroker.Replication.Quotas;
using ClassicBroker.Storage;
using ClassicBroker.Testing.Loops;

namespace ClassicBroker.Replication.Tests.Quotas;

public sealed class ReplicationQuotaTests
{
    private readonly ManualTime _time = new();
    private readonly PartitionLog _log;
    private string[] _throttled = ["*"];
    private long _limit = 1000;

    public ReplicationQuotaTests()
    {
        var harness = new ReplicaHarness();
        var partition = new TopicPartition("t", 3);
        harness.Lead(partition, Uuid.Zero);
        _log = harness.Logs.Find(partition)!;
    }

    [Theory]
    [InlineData("*", true)]
    [InlineData("3:7", true)]
    [InlineData("1:7,3:7", true)]
    [InlineData("3:8", false)]
    [InlineData("2:7", false)]
    [InlineData("none", false)]
    [InlineData("", false)]
    public void A_replica_is_throttled_where_the_list_of_its_topic_names_it(string listed, bool isThrottled)
    {
        _throttled = listed.Length == 0 ? [] : listed.Split(',');
        Assert.Equal(isThrottled, Quota().IsThrottled(_log));
    }

    [Fact]
    public void Nothing_is_exceeded_where_there_is_no_limit()
    {
        _limit = long.MaxValue;
        var quota = Quota();
        quota.Record(long.MaxValue / 2);
        Assert.False(quota.IsExceeded);
    }

    [Fact]
    public void The_rate_counts_the_time_since_the_oldest_window_and_one_window_at_least()
    {
        var quota = Quota();
        quota.Record(1000);
        Assert.False(quota.IsExceeded);
        quota.Record(1);
        Assert.True(quota.IsExceeded);

        _time.AdvanceMs(1001);
        Assert.False(quota.IsExceeded);
        quota.Record(10_000);
        Assert.True(quota.IsExceeded);
        _time.AdvanceMs(10_000);
        Assert.False(quota.IsExceeded);
    }

    [Fact]
    public void A_burst_is_forgotten_when_its_window_is_too_old()
    {
        var quota = Quota();
        quota.Record(1_000_000);
        _time.AdvanceMs(10_999);
        Assert.True(quota.IsExceeded);
        _time.AdvanceMs(1);
        Assert.False(quota.IsExceeded);
    }

    private ReplicationQuota Quota() => new(_time, new BrokerId(7), _ => _throttled, () => _limit, windowCount: 11, windowMs: 1000);
}
