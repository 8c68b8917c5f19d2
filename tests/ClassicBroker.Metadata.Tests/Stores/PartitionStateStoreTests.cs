using ClassicBroker.Metadata.Stores;
using ClassicBroker.Primitives;
using ClassicBroker.Testing.ZooKeeper;
using ClassicBroker.ZooKeeper;

namespace ClassicBroker.Metadata.Tests.Stores;

public sealed class PartitionStateStoreTests
{
    private const string StatePath = "/brokers/topics/t/partitions/0/state";
    private static readonly TopicPartition Partition = new("t", 0);
    private static readonly PartitionState First = new(
        new LeaderAndIsr { Leader = 1, LeaderEpoch = 0, Isr = [1, 2], PartitionEpoch = 0 }, 1);

    private readonly MetadataFixture _fixture = new();
    private readonly int _fence;

    public PartitionStateStoreTests()
    {
        _fixture.Ensemble.Put("/brokers/topics/t", "");
        _fence = _fixture.Run(() => _fixture.Store.Controller.ElectAsync(1)).EpochZkVersion;
    }

    [Fact]
    public void New_states_come_with_the_znodes_above_them()
    {
        Assert.Equal(First.LeaderAndIsr, Create().Written[Partition]);
        Assert.Equal(First, _fixture.Run(() => _fixture.Store.PartitionStates.GetAsync(Partition)));
    }

    [Theory]
    [InlineData(ZooKeeperFault.LostReply)]
    [InlineData(ZooKeeperFault.LostRequest)]
    public void A_creation_whose_reply_is_lost_has_happened(ZooKeeperFault fault)
    {
        _fixture.FailNextWrite(StatePath, fault);
        Assert.Contains(Partition, Create().Written.Keys);
    }

    [Fact]
    public void A_state_that_another_controller_made_first_is_a_failure()
    {
        _fixture.Ensemble.Put(StatePath, """{"controller_epoch":2,"leader":2,"version":1,"leader_epoch":0,"isr":[2]}""");
        Assert.Equal(ZooKeeperError.NodeExists, Create().Failed[Partition]);
    }

    [Fact]
    public void An_update_counts_the_partition_epoch_up()
    {
        Create();
        Assert.Equal(1, Update(First.LeaderAndIsr.WithLeader(2)).Written[Partition].PartitionEpoch);
    }

    [Theory]
    [InlineData(ZooKeeperFault.LostReply)]
    [InlineData(ZooKeeperFault.LostRequest)]
    public void An_update_whose_reply_is_lost_happens_once(ZooKeeperFault fault)
    {
        Create();
        _fixture.FailNextWrite(StatePath, fault);
        Assert.Equal(1, Update(First.LeaderAndIsr.WithLeader(2)).Written[Partition].PartitionEpoch);
        Assert.Equal(1, _fixture.Ensemble.Stat(StatePath)!.Value.Version);
    }

    [Fact]
    public void An_update_over_someone_elses_is_to_be_decided_again()
    {
        Create();
        Update(First.LeaderAndIsr.WithLeader(2));
        Assert.Equal([Partition], Update(First.LeaderAndIsr.WithLeaderAndIsr(1, [1])).Stale);
    }

    [Fact]
    public void A_leader_recognises_its_own_lost_write_but_not_anothers()
    {
        Create();
        var shrunk = First with { LeaderAndIsr = First.LeaderAndIsr with { Isr = [1] } };
        _fixture.FailNextWrite(StatePath, ZooKeeperFault.LostReply);
        Assert.Equal(1, UpdateAsLeader(shrunk));
        var expanded = First with { LeaderAndIsr = First.LeaderAndIsr with { Isr = [1, 2, 3] } };
        Assert.Null(UpdateAsLeader(expanded));
    }

    [Fact]
    public void A_leader_of_a_deleted_topic_is_refused()
    {
        Assert.Null(UpdateAsLeader(First));
    }

    private int? UpdateAsLeader(PartitionState state) =>
        _fixture.Run(() => _fixture.Store.PartitionStates.UpdateAsLeaderAsync(Partition, state));

    private PartitionStateWrites Create() =>
        _fixture.Run(() => _fixture.Store.PartitionStates.CreateAsync([KeyValuePair.Create(Partition, First)], _fence));

    private PartitionStateWrites Update(LeaderAndIsr leaderAndIsr) =>
        _fixture.Run(() => _fixture.Store.PartitionStates.UpdateAsync(
            [KeyValuePair.Create(Partition, new PartitionState(leaderAndIsr, 1))], _fence));
}
