using ClassicBroker.Primitives;

namespace ClassicBroker.Client.Tests.Groups;

/// <summary>Who gets what, as Java's assignors share it out.</summary>
public sealed class PartitionAssignorTests
{
    private static SubscribedMember Member(string id, string[] topics, params TopicPartition[] owned) =>
        new() { MemberId = id, Topics = topics, Owned = owned, Generation = owned.Length > 0 ? 1 : -1 };

    private static string Text(IReadOnlyDictionary<string, IReadOnlyList<TopicPartition>> assigned) =>
        string.Join(' ', assigned.OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => $"{entry.Key}:{string.Join(',', entry.Value.Order().Select(one => $"{one.Topic}{one.Partition}"))}"));

    private static readonly Dictionary<string, int> Two = new() { ["a"] = 3, ["b"] = 3 };

    [Fact]
    public void Range_gives_neighbours_topic_by_topic() =>
        Assert.Equal(
            "x:a0,a1,b0,b1 y:a2,b2",
            Text(PartitionAssignors.Range.Assign(Two, [Member("x", ["a", "b"]), Member("y", ["a", "b"])])));

    [Fact]
    public void Range_gives_topics_only_to_those_who_subscribe_them() =>
        Assert.Equal(
            "x:a0,a1,a2 y:b0,b1 z:b2",
            Text(PartitionAssignors.Range.Assign(Two, [Member("x", ["a"]), Member("y", ["b"]), Member("z", ["b"])])));

    [Fact]
    public void Round_robin_goes_on_from_topic_to_topic() =>
        Assert.Equal(
            "x:a0,a2,b1 y:a1,b0,b2",
            Text(PartitionAssignors.RoundRobin.Assign(Two, [Member("x", ["a", "b"]), Member("y", ["a", "b"])])));

    [Fact]
    public void Round_robin_passes_those_over_that_do_not_subscribe() =>
        Assert.Equal(
            "x:a0,a1,a2 y:b0,b1,b2",
            Text(PartitionAssignors.RoundRobin.Assign(Two, [Member("x", ["a"]), Member("y", ["b"])])));

    [Fact]
    public void Sticky_moves_as_little_as_makes_it_even()
    {
        SubscribedMember Had(string id, params TopicPartition[] owned) =>
            Member(id, ["a", "b"]) with { UserData = PartitionAssignors.Sticky.UserData(owned, 4) };

        Assert.Equal(
            "x:a0,a1,b2 y:a2,b0,b1",
            Text(PartitionAssignors.Sticky.Assign(
                Two, [Had("x", new("a", 0), new("a", 1), new("b", 2)), Had("y", new("a", 2), new("b", 0), new("b", 1))])));
        Assert.Equal(
            "x:a2,b2 y:b0,b1 z:a0,a1",
            Text(PartitionAssignors.Sticky.Assign(
                Two,
                [
                    Had("x", new("a", 0), new("a", 2), new("b", 2)),
                    Had("y", new("a", 1), new("b", 0), new("b", 1)),
                    Member("z", ["a", "b"]),
                ])));
    }

    [Fact]
    public void Sticky_believes_neither_of_two_that_claim_the_same_nor_what_it_cannot_read()
    {
        var both = PartitionAssignors.Sticky.UserData([new("a", 0)], 4);
        var assigned = PartitionAssignors.Sticky.Assign(
            new Dictionary<string, int> { ["a"] = 2 },
            [
                Member("x", ["a"]) with { UserData = both },
                Member("y", ["a"]) with { UserData = both },
                Member("z", ["a"]) with { UserData = [1, 2, 3] },
            ]);
        Assert.Equal("x:a0 y:a1 z:", Text(assigned));
    }

    [Fact]
    public void Of_two_claims_that_of_the_later_generation_holds() =>
        Assert.Equal(
            "x:a1 y:a0",
            Text(PartitionAssignors.Sticky.Assign(
                new Dictionary<string, int> { ["a"] = 2 },
                [
                    Member("x", ["a"]) with { UserData = PartitionAssignors.Sticky.UserData([new("a", 0)], 4) },
                    Member("y", ["a"]) with { UserData = PartitionAssignors.Sticky.UserData([new("a", 0)], 5) },
                ])));

    [Fact]
    public void Cooperative_sticky_gives_a_partition_that_moves_to_none_until_it_was_given_up()
    {
        var assigned = PartitionAssignors.CooperativeSticky.Assign(
            new Dictionary<string, int> { ["a"] = 4 },
            [Member("x", ["a"], new("a", 0), new("a", 1), new("a", 2), new("a", 3)), Member("y", ["a"])]);
        Assert.Equal("x:a2,a3 y:", Text(assigned));
    }

    [Theory]
    [InlineData("org.apache.kafka.clients.consumer.RangeAssignor", "range")]
    [InlineData("RoundRobinAssignor", "roundrobin")]
    [InlineData("org.apache.kafka.clients.consumer.StickyAssignor", "sticky")]
    [InlineData("cooperative-sticky", "cooperative-sticky")]
    public void Assignors_are_found_by_javas_names(string name, string expected) =>
        Assert.Equal(expected, PartitionAssignors.Find(name)?.Name);
}
