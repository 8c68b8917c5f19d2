using ClassicBroker.Replication.Selection;

namespace ClassicBroker.Replication.Tests.Selection;

/// <summary>Leader 1 in rack a, followers 2 and 3 in rack b, 4 in rack c.</summary>
public sealed class RackAwareReplicaSelectorTests
{
    private const int Leader = 1;

    [Theory]
    [InlineData("a", Leader)]
    [InlineData("c", 4)]
    [InlineData("d", Leader)]
    [InlineData("", Leader)]
    public void A_consumer_reads_in_its_own_rack_and_else_from_the_leader(string rack, int selected) =>
        Assert.Equal(selected, Select(rack, new(2, 10, 0), new(3, 10, 0), new(4, 5, 0)));

    [Fact]
    public void Among_replicas_of_a_rack_the_one_with_the_most_is_taken() => Assert.Equal(3, Select("b", new(2, 9, 0), new(3, 10, 500)));

    [Fact]
    public void Among_equals_the_one_that_was_caught_up_last_is_taken() => Assert.Equal(2, Select("b", new(2, 10, 100), new(3, 10, 500)));

    private static int Select(string rack, params ReplicaView[] followers) =>
        RackAwareReplicaSelector.Select(rack, Leader, followers, brokerId => brokerId switch { 1 => "a", 2 or 3 => "b", _ => "c" });
}
