using ClassicBroker.Metadata.Admin;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Platform;
using ClassicBroker.Protocol.Messages;
using ClassicBroker.Testing;

namespace ClassicBroker.Metadata.Tests.Admin;

public sealed class LeadershipLoadTests
{
    private static readonly BrokerRack[] Three = [new(1, null), new(2, null), new(3, null)];

    /// <summary>The first number it may draw, the last one, and several in between.</summary>
    public static TheoryData<int> Draws => [0, int.MaxValue, 1, 2, 3, 4];

    [Theory]
    [MemberData(nameof(Draws))]
    public void Nine_topics_of_one_partition_give_each_of_three_brokers_three_leaderships(int draw)
    {
        var random = RandomOf(draw);
        var load = new LeadershipLoad(MetadataImage.Empty);
        var leaders = new List<int>();
        for (var topic = 0; topic < 9; topic++)
        {
            var placed = ReplicaPlacement.Place(Three, 1, 2, random, load);
            load.Add(placed.Values);
            leaders.Add(placed[0].Replicas[0]);
        }

        AssertCounts([3, 3, 3], Three, leaders);
    }

    /// <summary>Racks alternate from whichever broker comes first.</summary>
    [Theory]
    [MemberData(nameof(Draws))]
    public void Topics_spread_over_brokers_in_racks_as_well(int draw)
    {
        BrokerRack[] brokers = [new(0, "a"), new(1, "a"), new(2, "b"), new(3, "b")];
        var random = RandomOf(draw);
        var load = new LeadershipLoad(MetadataImage.Empty);
        var leaders = new List<int>();
        for (var topic = 0; topic < 8; topic++)
        {
            var placed = ReplicaPlacement.Place(brokers, 1, 2, random, load);
            load.Add(placed.Values);
            leaders.Add(placed[0].Replicas[0]);
            Assert.Equal(2, placed[0].Replicas.Select(id => brokers[id].Rack).Distinct().Count());
        }

        AssertCounts([2, 2, 2, 2], brokers, leaders);
    }

    [Fact]
    public void What_the_image_says_counts_whoever_is_preferred()
    {
        // Broker 1 is everyone's first replica and leads once; one partition has no leader, and one a leader that is gone.
        var image = ImageOf((1, 1), (2, 1), (2, 1), (3, 1), (3, 1), (-1, 1), (7, 1));
        Assert.Equal(0, new LeadershipLoad(image).DrawLeast(Three, RandomOf(0)));
        Assert.Equal(0, new LeadershipLoad(image).DrawLeast(Three, RandomOf(int.MaxValue)));
    }

    [Fact]
    public void Brokers_that_lead_equally_few_are_all_drawn_and_no_other_one()
    {
        var load = new LeadershipLoad(ImageOf((2, 2)));
        var random = new SeededRandomSource(1);
        Assert.Equal([0, 2], Enumerable.Range(0, 100).Select(_ => load.DrawLeast(Three, random)).Distinct().Order());
    }

    [Fact]
    public void The_first_partition_of_several_is_led_by_the_broker_that_leads_the_fewest_and_the_others_go_on_from_there()
    {
        var load = new LeadershipLoad(ImageOf((1, 1), (2, 2)));
        var placed = ReplicaPlacement.Place(Three, 4, 2, new RecordedRandom(), load);
        Assert.Equal([3, 1, 2, 3], placed.Values.Select(assignment => assignment.Replicas[0]));
    }

    [Fact]
    public void A_hundred_thousand_partitions_are_counted_without_memory()
    {
        var image = ImageOf([.. Enumerable.Repeat((1, 1), 50_000), .. Enumerable.Repeat((3, 3), 50_000)]);
        new LeadershipLoad(ImageOf((1, 1))).DrawLeast(Three, RandomOf(0));
        var load = new LeadershipLoad(image);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var drawn = load.DrawLeast(Three, RandomOf(0));
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(1, drawn);
        Assert.InRange(allocated, 0, 1_000);
    }

    private static void AssertCounts(IEnumerable<int> expected, BrokerRack[] brokers, List<int> leaders) =>
        Assert.Equal(expected, brokers.Select(broker => leaders.Count(id => id == broker.Id)));

    /// <summary>Partitions of one topic, each with its leader and its first replica.</summary>
    private static MetadataImage ImageOf(params (int Leader, int First)[] partitions) => MetadataImage.Empty.Apply(
        new UpdateMetadataRequest
        {
            TopicStates =
            [
                new()
                {
                    TopicName = "t",
                    PartitionStates = [.. partitions.Select((partition, index) => new UpdateMetadataRequest.UpdateMetadataPartitionState
                    {
                        PartitionIndex = index,
                        Leader = partition.Leader,
                        Replicas = [partition.First, 2],
                    })],
                },
            ],
        },
        out _);

    private static IRandomSource RandomOf(int draw) => draw is 0 or int.MaxValue ? new Fixed(draw) : new SeededRandomSource((ulong)draw);

    /// <summary>Draws the same number each time, or the last one there is.</summary>
    private sealed class Fixed(int draw) : IRandomSource
    {
        public int Next(int exclusiveMax) => Math.Min(draw, exclusiveMax - 1);

        public void Fill(Span<byte> destination) => destination.Clear();
    }
}
