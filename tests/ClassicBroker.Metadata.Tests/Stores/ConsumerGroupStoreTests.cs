using ClassicBroker.Primitives;
using ClassicBroker.Testing.ZooKeeper;

namespace ClassicBroker.Metadata.Tests.Stores;

public sealed class ConsumerGroupStoreTests
{
    private static readonly TopicPartition Partition = new("t", 3);

    private readonly MetadataFixture _fixture = new();

    private static ConsumerRegistration Registration(string pattern = ConsumerRegistration.Static) =>
        new(pattern, new SortedDictionary<string, int>(StringComparer.Ordinal) { ["t"] = 2 }, 77);

    [Theory]
    [InlineData(ZooKeeperFault.None)]
    [InlineData(ZooKeeperFault.LostReply)]
    [InlineData(ZooKeeperFault.LostRequest)]
    public void A_member_is_registered_once_though_a_reply_is_lost(ZooKeeperFault fault)
    {
        _fixture.Run(() => _fixture.Store.ConsumerGroups.PrepareAsync("g"));
        _fixture.FailNextWrite("/consumers/g/ids/c", fault);
        Assert.True(_fixture.Run(() => _fixture.Store.ConsumerGroups.RegisterAsync("g", "c", Registration())));
        Assert.Equal(
            """{"version":1,"subscription":{"t":2},"pattern":"static","timestamp":"77"}""", _fixture.Ensemble.Text("/consumers/g/ids/c"));
        Assert.Equal(_fixture.ZooKeeper.SessionId, _fixture.Ensemble.Stat("/consumers/g/ids/c")!.Value.EphemeralOwner);
    }

    [Fact]
    public void Of_two_sessions_one_gets_a_partition_and_the_other_cannot_take_it_away()
    {
        var other = _fixture.StoreOf(_fixture.Ensemble.Connect(_fixture.Loop)).ConsumerGroups;
        Assert.True(_fixture.Run(() => _fixture.Store.ConsumerGroups.ClaimAsync("g", Partition, "c-0")));
        Assert.True(_fixture.Run(() => _fixture.Store.ConsumerGroups.ClaimAsync("g", Partition, "c-0")));
        Assert.False(_fixture.Run(() => other.ClaimAsync("g", Partition, "d-0")));
        _fixture.Run(() => other.ReleaseAsync("g", Partition));
        Assert.Equal("c-0", _fixture.Ensemble.Text("/consumers/g/owners/t/3"));
        _fixture.Run(() => _fixture.Store.ConsumerGroups.ReleaseAsync("g", Partition));
        Assert.True(_fixture.Run(() => other.ClaimAsync("g", Partition, "d-0")));
        Assert.Equal("d-0", _fixture.Ensemble.Text("/consumers/g/owners/t/3"));
    }

    [Fact]
    public void Members_are_read_in_the_forms_of_all_releases_and_unreadable_ones_passed_over()
    {
        _fixture.Ensemble.Put("/consumers/g/ids/b", """{"pattern":"white_list","timestamp":"5","version":1,"subscription":{"a|b":1},"new":[]}""");
        _fixture.Ensemble.Put("/consumers/g/ids/a", """{"version":1,"subscription":{"t":1,"u":3}}""");
        foreach (var (index, unreadable) in new[]
        {
            "", "{}x", """{"subscription":{"t":0}}""", """{"subscription":{"t":2000000000}}""", """{"subscription":[]}""",
            """{"subscription":{"t":1},"pattern":"grey_list"}""",
        }.Index())
        {
            _fixture.Ensemble.Put($"/consumers/g/ids/x{index}", unreadable);
        }

        var members = _fixture.Run(() => _fixture.Store.ConsumerGroups.GetMembersAsync("g"));
        Assert.Equal(["a", "b"], members.Select(member => member.ConsumerId));
        Assert.Equal((ConsumerRegistration.Static, 3), (members[0].Registration.Pattern, members[0].Registration.Subscription["u"]));
        Assert.Equal((ConsumerRegistration.Whitelist, 5), (members[1].Registration.Pattern, members[1].Registration.TimestampMs));
        Assert.Empty(_fixture.Run(() => _fixture.Store.ConsumerGroups.GetMembersAsync("none")));
    }
}
