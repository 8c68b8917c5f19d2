using System.Text.RegularExpressions;
using ClassicBroker.Server.Config;
using ClassicBroker.Server.Quotas;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Server.Tests.Config;

/// <summary>
/// Every key that is accepted is read by something, or says that it has no effect. Readers are found in the source: a key is read where
/// its name stands between quotes, outside of the tables that define it and of the rules that only check it.
/// </summary>
public sealed partial class ConfigKeyReaderTests
{
    private const string LogConfigFactory = "Topics/LogConfigFactory.cs";
    private const string LogConfig = "Log/LogConfig.cs";

    /// <summary>Where keys are named without being read: checked, converted, or told of.</summary>
    private static readonly string[] Checks =
    [
        "Config/BrokerConfigDefinition.cs", "Config/DynamicConfigRules.cs", "Config/KafkaConfigRules.cs", "Hosting/ConfigNotices.cs",
    ];

    /// <summary>Keys whose only effect is that some of their values are refused.</summary>
    private static readonly string[] Refusals =
    [
        "controller.listener.names", "group.coordinator.rebalance.protocols", "metric.reporters",
        "principal.builder.class", "process.roles", "remote.log.storage.system.enable", "zookeeper.metadata.migration.enable",
    ];

    /// <summary>Quotas that are stored and described for others to enforce.</summary>
    private static readonly string[] Stored =
        ["producer_byte_rate", "consumer_byte_rate", "request_percentage", "controller_mutation_rate", "connection_creation_rate"];

    private static readonly IReadOnlyDictionary<string, string> Sources = BrokerSources();

    private static readonly HashSet<string> Named = Quoted(Sources.Where(source => !Checks.Any(source.Key.EndsWith)).Select(source => source.Value));

    private static Dictionary<string, string> BrokerSources()
    {
        string[] others = ["ClassicBroker.Client", "ClassicBroker.Tools/", "ClassicBroker.ZooKeeper.Server/", "/obj/", "/bin/", "/Config/Keys/"];
        return Directory.EnumerateFiles(Path.Join(RepositoryLayout.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(path => !others.Any(other => path.Contains(other, StringComparison.Ordinal)))
            .ToDictionary(path => path, File.ReadAllText);
    }

    private static HashSet<string> Quoted(IEnumerable<string> texts) =>
        [.. texts.SelectMany(text => QuotedName().Matches(text).Select(match => match.Groups[1].Value))];

    /// <summary>A topic key is read where the property that carries it to the log is.</summary>
    private static bool IsTopicKeyRead(string key)
    {
        var factory = Sources.Single(source => source.Key.EndsWith(LogConfigFactory, StringComparison.Ordinal)).Value;
        var assignment = Regex.Match(factory, $@"(\w+) = [^=]*?""{Regex.Escape(key)}""");
        if (!assignment.Success)
        {
            return factory.Contains($"\"{key}\"", StringComparison.Ordinal);
        }

        var property = new Regex($@"\b{assignment.Groups[1].Value}\b");
        return Sources.Any(
            source => !source.Key.EndsWith(LogConfigFactory, StringComparison.Ordinal)
                && property.Count(source.Value) > (source.Key.EndsWith(LogConfig, StringComparison.Ordinal) ? 1 : 0));
    }

    /// <summary>True for keys read in a roundabout way: through the topic key they are the default of, or without the prefix they have.</summary>
    private static bool IsReadIndirectly(string key) =>
        TopicConfigDefinition.Keys.Keys.Any(topic => topic.Synonyms.Contains(key) && topic.InertBecause is null)
        || (key.StartsWith("zookeeper.ssl.", StringComparison.Ordinal) && Named.Contains(key["zookeeper.".Length..]));

    [Fact]
    public void Every_broker_key_is_read_or_says_that_it_is_inert() =>
        Assert.Empty(
            BrokerConfigDefinition.Keys.Keys
                .Where(key => key.InertBecause is null && !Named.Contains(key.Name) && !IsReadIndirectly(key.Name) && !Refusals.Contains(key.Name))
                .Select(key => key.Name));

    [Fact]
    public void No_broker_key_that_is_read_says_that_it_is_inert() =>
        Assert.Empty(
            BrokerConfigDefinition.Keys.Keys
                .Where(key => key.InertBecause is not null && (Named.Contains(key.Name) || IsReadIndirectly(key.Name)))
                .Select(key => $"{key.Name} is read: remove .Inert from its line"));

    [Fact]
    public void Every_topic_key_is_read_or_says_that_it_is_inert() =>
        Assert.Empty(
            TopicConfigDefinition.Keys.Keys
                .Where(key => key.InertBecause is null && !IsTopicKeyRead(key.Name) && !Named.Contains(key.Name))
                .Select(key => key.Name));

    [Fact]
    public void No_topic_key_that_is_read_says_that_it_is_inert() =>
        Assert.Empty(
            TopicConfigDefinition.Keys.Keys
                .Where(key => key.InertBecause is not null && IsTopicKeyRead(key.Name))
                .Select(key => $"{key.Name} is read: remove .Inert from its line"));

    [Fact]
    public void Every_quota_key_is_known()
    {
        Assert.Equal(Stored.Order(), QuotaConfigDefinition.Clients.Keys.Concat(QuotaConfigDefinition.Ips.Keys).Select(key => key.Name).Order());
    }

    [GeneratedRegex("\"([A-Za-z][A-Za-z0-9.]*)\"")]
    private static partial Regex QuotedName();
}
