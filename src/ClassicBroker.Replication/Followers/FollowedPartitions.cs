using System.Diagnostics.CodeAnalysis;
using ClassicBroker.Primitives;

namespace ClassicBroker.Replication.Followers;

/// <summary>
/// The partitions of one fetcher in the order they are asked for: one that got records goes to the end, so that none starves where a
/// response cannot hold them all. Threading: the fetcher's loop.
/// </summary>
internal sealed class FollowedPartitions(FetcherMetrics metrics)
{
    private readonly Dictionary<TopicPartition, LinkedListNode<FollowedPartition>> _nodes = [];
    private readonly LinkedList<FollowedPartition> _order = [];

    public int Count => _nodes.Count;

    /// <summary>In fetch order. One may be removed while it is looked at.</summary>
    public IEnumerable<FollowedPartition> InOrder
    {
        get
        {
            for (var node = _order.First; node is not null;)
            {
                var next = node.Next;
                yield return node.Value;
                node = next;
            }
        }
    }

    /// <summary>Puts it in, in the place of what was there for the same partition.</summary>
    public void Put(FollowedPartition followed)
    {
        Remove(followed.TopicPartition);
        _nodes[followed.TopicPartition] = _order.AddLast(followed);
        metrics.Put(followed);
    }

    public bool Remove(TopicPartition topicPartition)
    {
        if (!_nodes.Remove(topicPartition, out var node))
        {
            return false;
        }

        _order.Remove(node);
        metrics.Remove(topicPartition);
        return true;
    }

    public bool TryGet(TopicPartition topicPartition, [NotNullWhen(true)] out FollowedPartition? followed)
    {
        followed = _nodes.GetValueOrDefault(topicPartition)?.Value;
        return followed is not null;
    }

    /// <summary>Is it still the one that is fetched for? It is not once it was removed, or replaced for a later epoch.</summary>
    public bool Contains(FollowedPartition followed) =>
        TryGet(followed.TopicPartition, out var current) && ReferenceEquals(current, followed);

    public void MoveToEnd(FollowedPartition followed)
    {
        var node = _nodes[followed.TopicPartition];
        _order.Remove(node);
        _order.AddLast(node);
    }
}
