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
    private readonly Dictionary<int, int> _leaderships = [];
    private bool _isCounted;

    /// <summary>The index of a broker that leads the fewest partitions: of several, one at random.</summary>
    public int DrawLeast(ReadOnlySpan<BrokerRack> brokers, IRandomSource random)
    {
        Count();
        var (fewest, tied) = (int.MaxValue, 0);
        foreach (var broker in brokers)
        {
            var led = Of(broker);
            tied = led == fewest ? tied + 1 : led < fewest ? 1 : tied;
            fewest = Math.Min(fewest, led);
        }

        var drawn = random.Next(tied);
        for (var index = 0; ; index++)
        {
            if (Of(brokers[index]) == fewest && drawn-- == 0)
            {
                return index;
            }
        }
    }

    /// <summary>Counts the partitions of a topic that was created, each for the first of its replicas.</summary>
    public void Add(IEnumerable<ReplicaAssignment> created)
    {
        foreach (var assignment in created)
        {
            Add(assignment.Replicas[0]);
        }
    }

    private int Of(BrokerRack broker) => _leaderships.GetValueOrDefault(broker.Id);

    private void Add(int leader) => CollectionsMarshal.GetValueRefOrAddDefault(_leaderships, leader, out _)++;

    private void Count()
    {
        if (_isCounted)
        {
            return;
        }

        _isCounted = true;
        foreach (var topic in image.Topics)
        {
            foreach (var partition in topic.Partitions)
            {
                Add(partition.Leader);
            }
        }
    }
}
