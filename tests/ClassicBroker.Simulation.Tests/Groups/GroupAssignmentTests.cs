using ClassicBroker.Primitives;
using ClassicBroker.Simulation.Runs.Groups;

namespace ClassicBroker.Simulation.Tests.Groups;

/// <summary>What the leader of a simulated group decides.</summary>
public sealed class GroupAssignmentTests
{
    private static readonly TopicPartition[] Three = [new("t", 0), new("t", 1), new("t", 2)];

    [Fact]
    public void Members_without_partitions_share_them()
    {
        var parts = Of(("a", []), ("b", []));

        Assert.Equal([Three[0], Three[2]], parts["a"]);
        Assert.Equal([Three[1]], parts["b"]);
    }

    [Fact]
    public void What_changes_hands_is_given_to_none_before_its_owner_has_let_it_go()
    {
        var parts = Of(("a", Three), ("b", []));

        Assert.Equal([Three[0], Three[1]], parts["a"]);
        Assert.Empty(parts["b"]);
        Assert.Equal([Three[2]], Of(("a", [Three[0], Three[1]]), ("b", []))["b"]);
    }

    [Fact]
    public void What_two_claim_both_let_go()
    {
        var parts = Of(("a", [Three[0]]), ("b", [Three[0], Three[1]]));

        Assert.DoesNotContain(Three[0], parts["a"].Concat(parts["b"]));
    }

    private static SortedDictionary<string, List<TopicPartition>> Of(params (string Member, TopicPartition[] Owned)[] members) =>
        GroupAssignment.Of(
            new SortedDictionary<string, IReadOnlyList<TopicPartition>>(
                members.ToDictionary(member => member.Member, IReadOnlyList<TopicPartition> (member) => member.Owned), StringComparer.Ordinal),
            Three);
}
