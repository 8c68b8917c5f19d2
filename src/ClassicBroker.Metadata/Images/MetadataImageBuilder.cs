using ClassicBroker.Primitives;
using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Metadata.Images;

/// <summary>
/// Makes an image out of the one before and a request. Maps are copied only when a topic in them changes, and once for a request
/// however many topics it names. Threading: lives within one call.
/// </summary>
internal sealed class MetadataImageBuilder(
    MetadataBroker[] brokers,
    Dictionary<string, TopicImage> topicsBefore,
    Dictionary<Uuid, TopicImage> topicsByIdBefore)
{
    private readonly List<TopicPartition> _deleted = [];
    private Dictionary<string, TopicImage>? _changedTopics;
    private Dictionary<Uuid, TopicImage>? _changedTopicsById;

    public MetadataImage Apply(UpdateMetadataRequest request, out IReadOnlyList<TopicPartition> deleted)
    {
        foreach (var topic in request.TopicStates)
        {
            ApplyTopic(topic.TopicName, topic.TopicId, topic.PartitionStates);
        }

        // Versions before 5 list partitions without their topics.
        foreach (var topic in request.UngroupedPartitionStates.GroupBy(state => state.TopicName, StringComparer.Ordinal))
        {
            ApplyTopic(topic.Key, Uuid.Zero, [.. topic]);
        }

        deleted = _deleted;
        return new(
            request.ControllerId,
            ApplyBrokers(request.LiveBrokers),
            _changedTopics ?? topicsBefore,
            _changedTopicsById ?? topicsByIdBefore);
    }

    private static MetadataBroker BrokerOf(UpdateMetadataRequest.UpdateMetadataBroker broker)
    {
        if (broker.Endpoints.Length == 0)
        {
            return new(
                broker.Id,
                [new(SecurityProtocol.Plaintext.WireName(), broker.V0Host, broker.V0Port, SecurityProtocol.Plaintext)],
                broker.Rack);
        }

        var endpoints = new BrokerEndpoint[broker.Endpoints.Length];
        for (var index = 0; index < endpoints.Length; index++)
        {
            var endpoint = broker.Endpoints[index];
            var protocol = (SecurityProtocol)endpoint.SecurityProtocol;
            if (!Enum.IsDefined(protocol))
            {
                throw new MalformedDataException(
                    $"UpdateMetadata names security protocol {endpoint.SecurityProtocol}, which does not exist.");
            }

            // Before version 3 a listener has no name but its protocol's.
            var listener = endpoint.Listener.Length > 0 ? endpoint.Listener : protocol.WireName();
            endpoints[index] = new(listener, endpoint.Host, endpoint.Port, protocol);
        }

        return new(broker.Id, endpoints, broker.Rack);
    }

    private static PartitionImage PartitionOf(UpdateMetadataRequest.UpdateMetadataPartitionState state) =>
        new()
        {
            Partition = state.PartitionIndex,
            Leader = state.Leader,
            LeaderEpoch = state.LeaderEpoch,
            Replicas = state.Replicas,
            Isr = state.Isr,
            OfflineReplicas = state.OfflineReplicas,
            PartitionEpoch = state.ZkVersion,
            ControllerEpoch = state.ControllerEpoch,
        };

    private MetadataBroker[] ApplyBrokers(UpdateMetadataRequest.UpdateMetadataBroker[] live)
    {
        MetadataBroker[] after = [.. live.Select(BrokerOf).OrderBy(broker => broker.Id)];

        // Most requests say of the brokers what the last one said; then all readers keep the array they have.
        var unchanged = after.Length == brokers.Length
            && after.Zip(brokers).All(pair => pair.First.Id == pair.Second.Id && pair.First.Rack == pair.Second.Rack
                && pair.First.Endpoints.SequenceEqual(pair.Second.Endpoints));
        return unchanged ? brokers : after;
    }

    private void ApplyTopic(string name, Uuid id, UpdateMetadataRequest.UpdateMetadataPartitionState[] states)
    {
        if (states.Length == 0)
        {
            return;
        }

        var known = (_changedTopics ?? topicsBefore).GetValueOrDefault(name);
        var partitions = new SortedDictionary<int, PartitionImage>();
        foreach (var partition in known is null ? [] : known.Partitions)
        {
            partitions[partition.Partition] = partition;
        }

        foreach (var state in states)
        {
            if (state.Leader == LeaderAndIsr.LeaderDuringDelete)
            {
                partitions.Remove(state.PartitionIndex);
                _deleted.Add(new(name, state.PartitionIndex));
            }
            else
            {
                partitions[state.PartitionIndex] = PartitionOf(state);
            }
        }

        Replace(name, known, id.IsZero && known is not null ? known.Id : id, partitions);
    }

    private void Replace(string name, TopicImage? known, Uuid id, SortedDictionary<int, PartitionImage> partitions)
    {
        // Copied once for the request, however many topics it changes.
        var topics = _changedTopics ??= new(topicsBefore, StringComparer.Ordinal);
        var topicsById = _changedTopicsById ??= new(topicsByIdBefore);
        if (known is not null)
        {
            topicsById.Remove(known.Id);
        }

        if (partitions.Count == 0)
        {
            topics.Remove(name);
            return;
        }

        var topic = new TopicImage(name, id, [.. partitions.Values]);
        topics[name] = topic;
        if (!id.IsZero)
        {
            topicsById[id] = topic;
        }
    }
}
