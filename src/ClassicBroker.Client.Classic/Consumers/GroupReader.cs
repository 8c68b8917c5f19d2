using System.Text.RegularExpressions;
using ClassicBroker.Metadata;
using ClassicBroker.Metadata.Sessions;
using ClassicBroker.Metadata.Znodes;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Client.Classic.Consumers;

/// <summary>
/// Reads a group, its topics and the brokers from ZooKeeper, and keeps watches on all that a share depends on: members, brokers, the
/// topics of filters, partition counts. Each watch is set before what it guards is read. Threading: the client's loop.
/// </summary>
internal sealed class GroupReader(
    MetadataStore store, string group, bool excludesInternalTopics, Action changed, ILogger logger)
{
    private readonly SortedSet<string> _watchedTopics = new(StringComparer.Ordinal);

    /// <summary>Names what is watched; the next reads set the watches.</summary>
    public async Task WatchAsync()
    {
        var watches = store.Session.Watches;
        watches.Register(new ZnodeChildrenHandler(ConsumerGroupZnodes.IdsPath(group), changed));
        watches.Register(new ZnodeChildrenHandler(BrokerIdZnode.ParentPath, changed));
        await store.ConsumerGroups.PrepareAsync(group);
    }

    /// <summary><c>host:port</c> of the live brokers, as they listen in plaintext.</summary>
    public async Task<IReadOnlyList<string>> BrokersAsync() =>
    [
        .. (await store.Brokers.GetAllAsync())
            .Select(broker => broker.Registration.Endpoints.FirstOrDefault(
                endpoint => endpoint.SecurityProtocol == Primitives.SecurityProtocol.Plaintext))
            .OfType<BrokerEndpoint>()
            .Select(endpoint => endpoint.Address),
    ];

    /// <summary>The group as it is now.</summary>
    public async Task<GroupView> ReadAsync()
    {
        var members = await store.ConsumerGroups.GetMembersAsync(group);
        var filters = members.Any(member => member.Registration.Pattern != ConsumerRegistration.Static);
        var allTopics = filters ? await AllTopicsAsync() : [];
        var threads = new SortedDictionary<string, List<StreamThread>>(StringComparer.Ordinal);
        foreach (var (consumerId, registration) in members)
        {
            foreach (var (topic, streams) in StreamsOf(registration, allTopics))
            {
                if (!threads.TryGetValue(topic, out var readers))
                {
                    threads.Add(topic, readers = []);
                }

                readers.AddRange(Enumerable.Range(0, streams).Select(number => new StreamThread(consumerId, number)));
            }
        }

        var sorted = new SortedDictionary<string, StreamThread[]>(StringComparer.Ordinal);
        foreach (var (topic, readers) in threads)
        {
            sorted.Add(topic, [.. readers.Order()]);
        }

        return new GroupView(sorted, await PartitionsAsync([.. sorted.Keys]));
    }

    private async Task<IReadOnlyList<string>> AllTopicsAsync()
    {
        store.Session.Watches.Register(new ZnodeChildrenHandler(TopicZnode.ParentPath, changed));
        return await store.Topics.GetAllAsync();
    }

    private async Task<SortedDictionary<string, int[]>> PartitionsAsync(IReadOnlyList<string> topics)
    {
        Watch(topics);
        var partitions = new SortedDictionary<string, int[]>(StringComparer.Ordinal);
        foreach (var (topic, assignment) in await store.Topics.GetAsync(topics))
        {
            partitions[topic] = [.. assignment.Partitions.Keys.Order()];
        }

        foreach (var missing in topics.Where(topic => !partitions.ContainsKey(topic) && ZnodeName.IsValid(topic)))
        {
            // Reading a missing znode sets no watch. One that has come meanwhile is read next time.
            if (await store.Znodes.ExistsAsync(TopicZnode.Path(missing)) is not null)
            {
                changed();
            }
        }

        return partitions;
    }

    private void Watch(IReadOnlyList<string> topics)
    {
        foreach (var gone in _watchedTopics.Except(topics).ToArray())
        {
            _watchedTopics.Remove(gone);
            store.Session.Watches.UnregisterChange(TopicZnode.Path(gone));
        }

        foreach (var topic in topics.Where(ZnodeName.IsValid))
        {
            if (_watchedTopics.Add(topic))
            {
                store.Session.Watches.Register(new ZnodeChangeHandler(TopicZnode.Path(topic), changed, changed, changed));
            }
        }
    }

    private IEnumerable<(string Topic, int Streams)> StreamsOf(ConsumerRegistration registration, IReadOnlyList<string> allTopics)
    {
        if (registration.Pattern == ConsumerRegistration.Static)
        {
            return registration.Subscription.Select(topic => (topic.Key, topic.Value));
        }

        return registration.Subscription.SelectMany(entry => TopicsOf(registration.Pattern, entry.Key, allTopics)
            .Select(topic => (topic, entry.Value)));
    }

    /// <summary>The expression is another member's, and what it uses may be Java's alone.</summary>
    private string[] TopicsOf(string pattern, string expression, IReadOnlyList<string> allTopics)
    {
        try
        {
            var filter = pattern == ConsumerRegistration.Whitelist ? TopicFilter.Whitelist(expression) : TopicFilter.Blacklist(expression);
            return [.. allTopics.Where(topic => filter.Allows(topic, excludesInternalTopics))];
        }
        catch (Exception unusable) when (unusable is ArgumentException or RegexMatchTimeoutException)
        {
            logger.LogError("A member of group {Group} filters topics by {Expression}: {Cause}", group, expression, unusable.Message);
            return [];
        }
    }
}
