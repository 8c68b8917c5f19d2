using System.Collections.Concurrent;
using ClassicBroker.Metadata.Stores;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Platform;
using ClassicBroker.Server.Config;
using ClassicBroker.Storage;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Topics;

/// <summary>
/// The configuration of every topic this broker has logs of, as ZooKeeper tells it, over the broker's own defaults. Owned by the broker.
/// Failure strategy: a znode that cannot be read costs its topic alone, and a value that cannot be read its key alone; both keep the last
/// value that could, and the log says so. Threading: lookups from any thread; changes come one at a time from the loop that follows
/// ZooKeeper.
/// </summary>
public sealed partial class TopicLogConfigs(
    ConfigStore store, DynamicBrokerConfig broker, IEventLoop timers, ILogger<TopicLogConfigs> logger)
{
    private static readonly TimeSpan ExpiredSessionPause = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<string, (
        SortedDictionary<string, string> Overrides,
        SortedDictionary<string, string> Readable,
        LogConfig Config)> _topics = new(StringComparer.Ordinal);

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

    /// <summary>
    /// Reads the configuration of those topics of which this broker has no log yet. A session that expires meanwhile is waited out: no
    /// log may be made without the configuration of its topic.
    /// </summary>
    public Task LoadNewAsync(IEnumerable<string> topics)
    {
        var held = (Logs?.Logs ?? []).Select(log => log.Partition.Topic).ToHashSet(StringComparer.Ordinal);
        var unknown = topics.Where(topic => !held.Contains(topic)).ToList();
        return unknown.Count == 0 ? Task.CompletedTask : unknown.Select(RefreshInNextSessionAsync).AwaitAllAsync();
    }

    /// <summary>Reads the configuration of a topic again and hands it to its logs.</summary>
    public async Task RefreshAsync(string topic)
    {
        if (await store.TryGetAsync(ConfigEntityZnode.Topics, topic) is { } overrides)
        {
            Set(topic, overrides);
            Logs?.UpdateConfig(topic, Of(topic));
        }
    }

    /// <summary>The broker's own configuration has changed, and with it what topics have that do not say.</summary>
    public void OnBrokerConfigChanged()
    {
        foreach (var topic in (Logs?.Logs ?? []).Select(log => log.Partition.Topic).Distinct(StringComparer.Ordinal).ToList())
        {
            var (overrides, readable, _) = _topics.GetValueOrDefault(topic, (NoOverrides(), NoOverrides(), null!));
            _topics[topic] = (overrides, readable, LogConfigFactory.From(broker.Current, readable));
            Logs!.UpdateConfig(topic, Of(topic));
        }
    }

    private async Task RefreshInNextSessionAsync(string topic)
    {
        while (true)
        {
            try
            {
                await RefreshAsync(topic);
                return;
            }
            catch (SessionExpiredException)
            {
                await timers.DelayAsync(ExpiredSessionPause);
            }
        }
    }

    private void Set(string topic, SortedDictionary<string, string> overrides)
    {
        var readable = Readable(topic, overrides);
        _topics[topic] = (overrides, readable, LogConfigFactory.From(broker.Current, readable));
    }

    private SortedDictionary<string, string> Readable(string topic, SortedDictionary<string, string> overrides)
    {
        var before = _topics.TryGetValue(topic, out var known) ? known.Readable : NoOverrides();
        var readable = NoOverrides();
        foreach (var (key, text) in overrides)
        {
            try
            {
                TopicConfigDefinition.Keys.Find(key)?.Parse(text);
                readable[key] = text;
            }
            catch (ConfigException refused)
            {
                LogUnreadable(ConfigEntityZnode.Path(ConfigEntityZnode.Topics, topic), refused.Message);
                if (before.TryGetValue(key, out var last))
                {
                    readable[key] = last;
                }
            }
        }

        return readable;
    }

    private static SortedDictionary<string, string> NoOverrides() => new(StringComparer.Ordinal);

    [LoggerMessage(Level = LogLevel.Error, Message = "A value of {Path} is passed over, and the last good one or the default holds: {Reason}")]
    private partial void LogUnreadable(string path, string reason);
}
