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
    private volatile KafkaConfig _current = KafkaConfig.From(file, canonicalHostName);

    public KafkaConfig Current => _current;

    /// <summary>The properties of the file, overrides of the command line included.</summary>
    public IReadOnlyDictionary<string, string> File { get; } = file;

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

    /// <summary>Takes new dynamic values. What cannot stand is left out and logged: a broker never stops over a znode.</summary>
    public void Update(IReadOnlyDictionary<string, string> clusterWide, IReadOnlyDictionary<string, string> perBroker)
    {
        ClusterWide = OnlyValid(clusterWide, isPerBroker: false);
        PerBroker = OnlyValid(perBroker, isPerBroker: true);
        try
        {
            _current = Merge(ClusterWide, PerBroker);
        }
        catch (ConfigException refused)
        {
            LogRefused("together", refused.Message);
            return;
        }

        foreach (var listener in _listeners)
        {
            listener(_current);
        }
    }

    /// <summary>Finds out whether the broker could run with these values in place of its present ones.</summary>
    /// <exception cref="ConfigException">It could not.</exception>
    public void Validate(IReadOnlyDictionary<string, string> values, bool isPerBroker)
    {
        DynamicConfigRules.Check(values, isPerBroker);
        var proposed = isPerBroker ? Merge(ClusterWide, values) : Merge(values, PerBroker);
        DynamicConfigRules.CheckThreadPools(_current, proposed);
        foreach (var validator in _validators)
        {
            validator(proposed);
        }
    }

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

    [LoggerMessage(Level = LogLevel.Error, Message = "Dynamic configuration {Key} is ignored: {Reason}")]
    private partial void LogRefused(string key, string reason);
}
