using System.Collections.Concurrent;
using ClassicBroker.Metadata.Stores;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Platform;
using ClassicBroker.Server.Config;
using ClassicBroker.Storage;

namespace ClassicBroker.Server.Topics;

/// <summary>
/// The configuration of every topic this broker has logs of, as ZooKeeper tells it, over the broker's own defaults. Owned by the broker.
/// Threading: lookups from any thread; changes come one at a time from the loop that follows ZooKeeper.
/// </summary>
public sealed class TopicLogConfigs(ConfigStore store, DynamicBrokerConfig broker)
{
    private readonly ConcurrentDictionary<string, (
        SortedDictionary<string, string> Overrides, LogConfig Config)> _topics = new(StringComparer.Ordinal);

    /// <summary>The logs that want to hear of changes; set once they are loaded.</summary>
    public LogStore? Logs { get; set; }

    public LogConfig Of(string topic) =>
        _topics.TryGetValue(topic, out var known) ? known.Config : LogConfigFactory.From(broker.Current, NoOverrides());

    /// <summary>What a topic says itself.</summary>
    public IReadOnlyDictionary<string, string> Overrides(string topic) =>
        _topics.TryGetValue(topic, out var known) ? known.Overrides : NoOverrides();

    /// <summary>Reads the configuration of all topics, before their logs are loaded.</summary>
    public async Task LoadAllAsync()
    {
        foreach (var (topic, overrides) in await store.GetAllAsync(ConfigEntityZnode.Topics))
        {
            Set(topic, overrides);
        }
    }

    /// <summary>Reads the configuration of those topics of which this broker has no log yet.</summary>
    public Task LoadNewAsync(IEnumerable<string> topics)
    {
        var held = (Logs?.Logs ?? []).Select(log => log.Partition.Topic).ToHashSet(StringComparer.Ordinal);
        var unknown = topics.Where(topic => !held.Contains(topic)).ToList();
        return unknown.Count == 0 ? Task.CompletedTask : unknown.Select(RefreshAsync).AwaitAllAsync();
    }

    /// <summary>Reads the configuration of a topic again and hands it to its logs.</summary>
    public async Task RefreshAsync(string topic)
    {
        Set(topic, await store.GetAsync(ConfigEntityZnode.Topics, topic));
        Logs?.UpdateConfig(topic, Of(topic));
    }

    /// <summary>The broker's own configuration has changed, and with it what topics have that do not say.</summary>
    public void OnBrokerConfigChanged()
    {
        foreach (var topic in (Logs?.Logs ?? []).Select(log => log.Partition.Topic).Distinct(StringComparer.Ordinal).ToList())
        {
            Set(topic, _topics.TryGetValue(topic, out var known) ? known.Overrides : NoOverrides());
            Logs!.UpdateConfig(topic, Of(topic));
        }
    }

    private void Set(string topic, SortedDictionary<string, string> overrides) =>
        _topics[topic] = (overrides, LogConfigFactory.From(broker.Current, overrides));

    private static SortedDictionary<string, string> NoOverrides() => new(StringComparer.Ordinal);
}
