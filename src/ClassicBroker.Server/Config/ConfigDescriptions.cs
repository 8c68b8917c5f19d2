using ClassicBroker.Protocol.Messages;

namespace ClassicBroker.Server.Config;

/// <summary>
/// Describes the configs of this broker, of the cluster's defaults and of topics: values, and where they come from. Stateless beside the
/// configuration it looks at; safe from any thread.
/// </summary>
public sealed class ConfigDescriptions(DynamicBrokerConfig config)
{
    /// <summary>All configs of this broker, sorted by name.</summary>
    public IReadOnlyList<ConfigEntry> OfBroker()
    {
        var names = new SortedSet<string>(config.Current.Originals.Keys, StringComparer.Ordinal);
        names.UnionWith(BrokerConfigDefinition.Keys.Keys.Where(IsDescribed).Select(key => key.Name));
        return [.. names.Select(name => BrokerEntry(name, BrokerValue(name), _ => true))];
    }

    /// <summary>Kafka 3.9 does not show what it no longer has, nor what only a running broker takes, as long as it is not set.</summary>
    private static bool IsDescribed(ConfigKey key) =>
        key is { IsInternal: false, IsRetired: false, UpdateMode: not ConfigUpdateMode.DynamicOnly };

    /// <summary>The configs set for all brokers.</summary>
    public IReadOnlyList<ConfigEntry> OfClusterDefault() =>
        [
            .. config.ClusterWide.Select(
                entry => BrokerEntry(entry.Key, entry.Value, synonym => synonym.Source == ConfigSource.DynamicDefaultBroker))
        ];

    /// <summary>All configs of a topic with the given overrides, sorted by name.</summary>
    public IReadOnlyList<ConfigEntry> OfTopic(IReadOnlyDictionary<string, string> overrides)
    {
        var values = TopicConfigDefinition.Derive(config.Current, overrides);
        return [.. TopicConfigDefinition.Keys.Keys.Select(key => TopicEntry(key, values, overrides))];
    }

    /// <summary>The configs a CreateTopics response lists (KIP-525).</summary>
    public CreateTopicsResponse.CreatableTopicConfigs[] OfNewTopic(IEnumerable<CreateTopicsRequest.CreatableTopicConfig> configs)
    {
        var overrides = configs.ToDictionary(entry => entry.Name, entry => entry.Value!, StringComparer.Ordinal);
        return
        [
            .. OfTopic(overrides).Select(entry => new CreateTopicsResponse.CreatableTopicConfigs
            {
                Name = entry.Name,
                Value = entry.Value,
                ReadOnly = entry.IsReadOnly,
                ConfigSource = (sbyte)entry.Source,
                IsSensitive = entry.IsSensitive,
            }),
        ];
    }

    private string? BrokerValue(string name) =>
        BrokerConfigDefinition.Keys.Contains(name)
            ? ConfigText.Of(config.Current.Values[name])
            : config.Current.Originals.GetValueOrDefault(name);

    private ConfigEntry BrokerEntry(string name, string? value, Func<ConfigSynonym, bool> counts)
    {
        var definition = BrokerConfigDefinition.Resolve(name);

        // What no part of Kafka knows may be a plug-in's password.
        var isSensitive = definition is null or { IsSensitive: true };
        var synonyms = Synonyms(name, isSensitive).Where(counts).ToList();
        return new ConfigEntry(
            name,
            isSensitive ? null : value,
            definition?.Type ?? ConfigType.String,
            DynamicConfigRules.IsReadOnly(name),
            isSensitive,
            synonyms.Count > 0 ? synonyms[0].Source : ConfigSource.Default,
            synonyms,
            definition?.Documentation);
    }

    private ConfigEntry TopicEntry(ConfigKey key, ConfigValues values, IReadOnlyDictionary<string, string> overrides)
    {
        var synonyms = key.Synonyms.Count > 0 ? Synonyms(key.Synonyms[0], isSensitive: false) : [];
        if (overrides.TryGetValue(key.Name, out var own))
        {
            synonyms.Insert(0, new ConfigSynonym(key.Name, own, ConfigSource.Topic));
        }

        return new ConfigEntry(
            key.Name,
            ConfigText.Of(values[key.Name]),
            key.Type,
            IsReadOnly: false,
            IsSensitive: false,
            synonyms.Count > 0 ? synonyms[0].Source : ConfigSource.Default,
            synonyms,
            key.Documentation);
    }

    /// <summary>As Kafka lists them: level by level, and only from the key itself on, so that a coarser unit never stands first.</summary>
    private List<ConfigSynonym> Synonyms(string name, bool isSensitive)
    {
        var names = BrokerConfigDefinition.SynonymsOf(name);
        var all = new List<ConfigSynonym>();
        Add(config.PerBroker, ConfigSource.DynamicBroker);
        Add(config.ClusterWide, ConfigSource.DynamicDefaultBroker);
        Add(config.File, ConfigSource.StaticBroker);
        foreach (var synonym in names)
        {
            if (BrokerConfigDefinition.Keys.Find(synonym)?.DefaultText is { } text)
            {
                all.Add(new ConfigSynonym(synonym, isSensitive ? null : text, ConfigSource.Default));
            }
        }

        return [.. all.SkipWhile(synonym => synonym.Name != name)];

        void Add(IReadOnlyDictionary<string, string> values, ConfigSource source)
        {
            foreach (var synonym in names)
            {
                if (values.TryGetValue(synonym, out var text))
                {
                    all.Add(new ConfigSynonym(synonym, isSensitive ? null : text, source));
                }
            }
        }
    }
}
