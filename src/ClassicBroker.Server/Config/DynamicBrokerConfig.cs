using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Config;

/// <summary>
/// The broker's configuration as it is now (KIP-226): the file, over it the cluster-wide dynamic values, over these the broker's own.
/// Owned by the broker. Threading: <see cref="Current"/> from any thread; changes come from one loop.
/// </summary>
public sealed partial class DynamicBrokerConfig(
    IReadOnlyDictionary<string, string> file,
    string canonicalHostName,
    ILogger<DynamicBrokerConfig> logger)
{
    private readonly List<Action<KafkaConfig>> _listeners = [];
    private readonly List<Action<KafkaConfig>> _validators = [];
    private readonly List<Func<KafkaConfig, Task>> _slowValidators = [];
    private volatile KafkaConfig _current = KafkaConfig.From(file, canonicalHostName);

    public KafkaConfig Current => _current;

    /// <summary>The properties of the file, overrides of the command line included.</summary>
    public IReadOnlyDictionary<string, string> File { get; } = KafkaConfig.WithBothIds(file);

    /// <summary>The values of <c>/config/brokers/&lt;default&gt;</c>.</summary>
    public IReadOnlyDictionary<string, string> ClusterWide { get; private set; } =
        new SortedDictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The values of this broker's own znode.</summary>
    public IReadOnlyDictionary<string, string> PerBroker { get; private set; } =
        new SortedDictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Adds someone to be told of every new configuration. Before the first change only.</summary>
    public void OnChange(Action<KafkaConfig> listener) => _listeners.Add(listener);

    /// <summary>
    /// Adds someone who knows what a proposed configuration needs beyond its own text, and throws where it is not there.
    /// </summary>
    public void OnValidate(Action<KafkaConfig> validator) => _validators.Add(validator);

    /// <summary>The same where finding out takes time.</summary>
    public void OnValidate(Func<KafkaConfig, Task> validator) => _slowValidators.Add(validator);

    /// <summary>
    /// Takes new dynamic values. What cannot stand is left out and logged, and the rest holds: a broker never stops over a znode.
    /// </summary>
    public void Update(IReadOnlyDictionary<string, string> clusterWide, IReadOnlyDictionary<string, string> perBroker)
    {
        KeyValuePair<string, string>[] before = [.. ClusterWide, .. PerBroker];
        ClusterWide = OnlyValid(clusterWide, isPerBroker: false);
        PerBroker = OnlyValid(perBroker, isPerBroker: true);
        try
        {
            _current = Merge(ClusterWide, PerBroker);
        }
        catch (ConfigException)
        {
            LeaveOutWhatClashes();
        }

        TellWhatHasNoEffect(ClusterWide.Concat(PerBroker).Except(before));
        foreach (var listener in _listeners)
        {
            listener(_current);
        }
    }

    /// <summary>Finds out whether the broker could run with these values in place of its present ones.</summary>
    /// <exception cref="ConfigException">It could not.</exception>
    public async Task ValidateAsync(IReadOnlyDictionary<string, string> values, bool isPerBroker)
    {
        DynamicConfigRules.Check(values, isPerBroker);
        var proposed = isPerBroker ? Merge(ClusterWide, values) : Merge(values, PerBroker);
        DynamicConfigRules.CheckThreadPools(_current, proposed);
        foreach (var validator in _validators)
        {
            validator(proposed);
        }

        foreach (var validator in _slowValidators)
        {
            await validator(proposed);
        }
    }

    /// <summary>
    /// Values that are right one by one and wrong together: takes them over one after the other, and leaves out each with which the
    /// configuration would not stand. Values that need each other are tried together first, without one of the others.
    /// </summary>
    private void LeaveOutWhatClashes()
    {
        var all = ClusterWide.Select(entry => (entry.Key, entry.Value, IsPerBroker: false))
            .Concat(PerBroker.Select(entry => (entry.Key, entry.Value, IsPerBroker: true)))
            .ToList();
        var kept = all.Select((_, culprit) => all.Where((_, index) => index != culprit).ToList())
            .FirstOrDefault(rest => Fault(rest) is null);
        if (kept is null)
        {
            kept = [];
            foreach (var value in all)
            {
                kept.Add(value);
                if (Fault(kept) is not null)
                {
                    kept.RemoveAt(kept.Count - 1);
                }
            }
        }

        foreach (var value in all.Except(kept))
        {
            LogRefused(value.Key, Fault([.. kept, value]) ?? "it contradicts the others");
        }

        ClusterWide = Of(kept, isPerBroker: false);
        PerBroker = Of(kept, isPerBroker: true);
        _current = Merge(ClusterWide, PerBroker);

        string? Fault(List<(string Key, string Value, bool IsPerBroker)> values)
        {
            try
            {
                Merge(Of(values, isPerBroker: false), Of(values, isPerBroker: true));
                return null;
            }
            catch (ConfigException refused)
            {
                return refused.Message;
            }
        }
    }

    private static SortedDictionary<string, string> Of(
        IEnumerable<(string Key, string Value, bool IsPerBroker)> values, bool isPerBroker) =>
        new(
            values.Where(value => value.IsPerBroker == isPerBroker).ToDictionary(value => value.Key, value => value.Value),
            StringComparer.Ordinal);

    private KafkaConfig Merge(IReadOnlyDictionary<string, string> clusterWide, IReadOnlyDictionary<string, string> perBroker)
    {
        var merged = new Dictionary<string, string>(File, StringComparer.Ordinal);
        foreach (var (key, value) in clusterWide.Concat(perBroker))
        {
            merged[key] = value;
        }

        return KafkaConfig.From(merged, canonicalHostName);
    }

    private SortedDictionary<string, string> OnlyValid(IReadOnlyDictionary<string, string> values, bool isPerBroker)
    {
        var valid = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in values)
        {
            try
            {
                var one = new Dictionary<string, string>(StringComparer.Ordinal) { [key] = value };
                DynamicConfigRules.Check(one, isPerBroker);
                BrokerConfigDefinition.Resolve(key)?.Parse(value);
                valid[key] = value;
            }
            catch (ConfigException refused)
            {
                LogRefused(key, refused.Message);
            }
        }

        return valid;
    }

    /// <summary>Values that may be set, as in Kafka, and change nothing here: what the start says of those in the file.</summary>
    private void TellWhatHasNoEffect(IEnumerable<KeyValuePair<string, string>> values)
    {
        foreach (var (key, _) in values)
        {
            if (BrokerConfigDefinition.Resolve(key)?.InertBecause is { } because)
            {
                LogInert(key, because);
            }
            else if (_current.IsIdleListenerKey(key))
            {
                LogInert(key, "there is no such listener, or the listeners share what it asks for");
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Dynamic configuration {Key} has no effect: {Because}")]
    private partial void LogInert(string key, string because);

    [LoggerMessage(Level = LogLevel.Error, Message = "Dynamic configuration {Key} is ignored: {Reason}")]
    private partial void LogRefused(string key, string reason);
}
