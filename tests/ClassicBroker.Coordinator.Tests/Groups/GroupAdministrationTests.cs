using ClassicBroker.Primitives;

namespace ClassicBroker.Coordinator.Tests.Groups;

/// <summary>Listing, describing and deleting.</summary>
public sealed class GroupAdministrationTests
{
    private readonly CoordinatorHarness _broker = CoordinatorHarness.Leading();

    private string List(string[] states, params string[] types)
    {
        Assert.Equal(ErrorCode.None, _broker.Coordinator.Administration.List(states, types, out var groups));
        return string.Join(' ', groups.Select(group => $"{group.GroupId}:{group.ProtocolType}:{group.GroupState}:{group.GroupType}"));
    }

    [Fact]
    public void Lists_filter_by_state_and_type_whatever_the_case_and_know_no_wrong_value()
    {
        _broker.Stable();
        _broker.Time.Await(_broker.Commit(1, group: "simple"));
        Assert.Equal("g:consumer:Stable:classic simple::Empty:classic", List([]));
        Assert.Equal("simple::Empty:classic", List(["EMPTY", "Bogus"]));
        Assert.Equal("g:consumer:Stable:classic", List(["stable"], "Classic"));
        Assert.Equal("", List([], "consumer"));
        Assert.Equal("", List([""]));
    }

    [Fact]
    public void A_group_of_members_is_not_deleted_and_an_empty_one_is_with_its_offsets()
    {
        var member = _broker.Stable();
        _broker.Time.Await(_broker.Commit(1, member, 1));
        Assert.Equal(ErrorCode.NonEmptyGroup, _broker.Coordinator.Administration.Delete("g"));
        _broker.Leave(member);
        Assert.Equal(ErrorCode.None, _broker.Coordinator.Administration.Delete("g"));
        Assert.Equal(ErrorCode.GroupIdNotFound, _broker.Coordinator.Administration.Delete("g"));
        Assert.Equal(ErrorCode.GroupIdNotFound, _broker.Coordinator.Administration.Delete(""));
        Assert.Equal((-1, "Dead"), (_broker.Fetch().Offset, _broker.StateOf()));

        // Tombstones for the offset and for the group, so that the next coordinator knows of neither.
        Assert.Equal(2, _broker.Records().Count(record => record.Value is null));
        _broker.Follow(1);
        _broker.Lead(2);
        _broker.Time.RunUntilIdle();
        Assert.Equal("", List([]));
    }

    [Fact]
    public void Offsets_of_topics_that_members_consume_are_not_deleted()
    {
        var member = _broker.Stable();
        _broker.Time.Await(_broker.Commit(1, member, 1));
        _broker.Time.Await(_broker.Commit(2, member, 1, topic: "other"));
        TopicPartition[] both = [new("t", 0), new("other", 0)];
        Assert.Equal(ErrorCode.None, _broker.Coordinator.Administration.DeleteOffsets("g", both, out var errors));
        Assert.Equal([ErrorCode.GroupSubscribedToTopic, ErrorCode.None], both.Select(partition => errors[partition]));
        Assert.Equal((1, -1), (_broker.Fetch().Offset, _broker.Fetch(topic: "other").Offset));
        Assert.Equal(ErrorCode.GroupIdNotFound, _broker.Coordinator.Administration.DeleteOffsets("absent", both, out _));
        Assert.Equal(ErrorCode.InvalidGroupId, _broker.Coordinator.Administration.DeleteOffsets("", both, out _));
    }

    [Fact]
    public void Deleted_topics_take_their_offsets_along()
    {
        _broker.Time.Await(_broker.Commit(1));
        _broker.Time.Await(_broker.Commit(2, topic: "other"));
        _broker.Coordinator.OnPartitionsDeleted([new("t", 0)]);
        _broker.Time.RunUntilIdle();
        Assert.Equal((-1, 2), (_broker.Fetch().Offset, _broker.Fetch(topic: "other").Offset));
    }

    [Fact]
    public void Counts_are_those_of_the_groups()
    {
        _broker.Stable();
        _broker.Time.Await(_broker.Commit(1, group: "simple"));
        var counts = _broker.Coordinator.Count();
        Assert.Equal((2, 1, 1, 1), (counts.NumGroups, counts.NumOffsets, counts.NumGroupsStable, counts.NumGroupsEmpty));
        Assert.Equal(1, _broker.Coordinator.CompletedRebalances);
        Assert.Equal(1, _broker.Coordinator.Offsets.CommittedCount);
    }
}
