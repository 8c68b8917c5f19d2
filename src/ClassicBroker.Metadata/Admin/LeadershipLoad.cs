using System.Runtime.InteropServices;
using ClassicBroker.Metadata.Images;
using ClassicBroker.Platform;

namespace ClassicBroker.Metadata.Admin;

/// <summary>
/// How many partitions each broker leads, by which new topics are placed: those in an image, counted once and only when a topic is placed,
/// and those of topics that were created since for the same request, which the image does not have yet. Made for one request.
/// Threading: the loop of the request.
/// </summary>
public sealed class LeadershipLoad(MetadataImage image)
{
    /// <summary>Partitions by their leader; null until a topic is placed: most requests place none.</summary>
    private Dictionary<int, int>? _leaderships;

    /// <summary>The index of a broker that leads the fewest partitions: of several, one at random.</summary>
    public int DrawLeast(ReadOnlySpan<BrokerRack> brokers, IRandomSource random)
    {
        var leaderships = Counted();
        var (fewest, tied) = (int.MaxValue, 0);
        foreach (var broker in brokers)
        {
            var led = leaderships.GetValueOrDefault(broker.Id);
            tied = led == fewest ? tied + 1 : led < fewest ? 1 : tied;
            fewest = Math.Min(fewest, led);
        }

        var drawn = random.Next(tied);
        for (var index = 0; ; index++)
        {
            if (leaderships.GetValueOrDefault(brokers[index].Id) == fewest && drawn-- == 0)
            {
                return index;
            }
        }
    }

    /// <summary>Counts the partitions of a topic that was created, each for the first of its replicas.</summary>
    public void Add(IEnumerable<ReplicaAssignment> created)
    {
        var leaderships = Counted();
        foreach (var assignment in created)
        {
            Add(leaderships, assignment.Replicas[0]);
        }
    }

    private static void Add(Dictionary<int, int> leaderships, int leader) =>
        CollectionsMarshal.GetValueRefOrAddDefault(leaderships, leader, out _)++;

    private Dictionary<int, int> Counted()
    {
        if (_leaderships is null)
        {
            _leaderships = [];
            foreach (var topic in image.Topics)
            {
                foreach (var partition in topic.Partitions)
                {
                    Add(_leaderships, partition.Leader);
                }
            }
        }

        return _leaderships;
    }
}
