using ClassicBroker.Client;
using ClassicBroker.Metadata;
using ClassicBroker.Primitives;
using ClassicBroker.Tools.Arguments;
using ClassicBroker.Tools.Facts;

namespace ClassicBroker.Tools.Commands;

/// <summary><c>kafka-features.sh</c> (KIP-584). A cluster with ZooKeeper has no feature that could be finalized.</summary>
internal sealed class FeaturesCommand : ICommand
{
    private const string MetadataVersionFeature = "metadata.version";

    private readonly ArgumentParser _parser = new("kafka-features", "This tool manages feature flags in Kafka.");
    private readonly ArgumentSpec _bootstrapServer;
    private readonly ArgumentSpec _bootstrapController;
    private readonly ArgumentSpec _commandConfig;
    private readonly Dictionary<string, Changes> _changes = new(StringComparer.Ordinal);

    public FeaturesCommand()
    {
        var connection = new ExclusiveGroup(IsRequired: true);
        _bootstrapServer = _parser.Value(
            "--bootstrap-server",
            "BOOTSTRAP_SERVER",
            "A comma-separated list of host:port pairs to use for establishing the connection to the Kafka cluster.",
            group: connection);
        _bootstrapController = _parser.Value(
            "--bootstrap-controller",
            "BOOTSTRAP_CONTROLLER",
            "A comma-separated list of host:port pairs to use for establishing the connection to the KRaft quorum.",
            group: connection);
        _commandConfig = _parser.Value(
            "--command-config", "COMMAND_CONFIG", "Property file containing configs to be passed to Admin Client.");
        _parser.Command("describe", "Describes the current active feature flags.");
        _changes.Add("upgrade", Changes.Of(_parser.Command("upgrade", "Upgrade one or more feature flags."), "upgrade"));
        _changes.Add("downgrade", Changes.Of(_parser.Command("downgrade", "Upgrade one or more feature flags."), "downgrade"));
        _changes.Add(
            "disable",
            Changes.Of(
                _parser.Command(
                    "disable", "Disable one or more feature flags. This is the same as downgrading the version to zero."),
                "disable"));
    }

    public FailureForm Failures => FailureForm.MessageAndTrace;

    public bool AwaitsFutures => true;

    public bool ReportsFacts => true;

    public async Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        var options = _parser.Parse(args);
        var updates = _changes.TryGetValue(options.Command, out var changes) ? Updates(options, changes) : [];
        host.Facts?.AddList("features");
        await using var network = host.OpenNetwork();
        if (options.Value(_bootstrapController) is { } controllers)
        {
            throw await network.RefuseControllersAsync(host, controllers, options.Value(_commandConfig));
        }

        await using var admin = await network.AdminAsync(host, options.Text(_bootstrapServer), options.Value(_commandConfig));
        if (changes is null)
        {
            // Only features that brokers support are described, and brokers with ZooKeeper support none.
            await admin.DescribeClusterAsync();
            return 0;
        }

        var isDryRun = options.Has(changes.DryRun);
        var results = await admin.UpdateFeaturesAsync(updates, isDryRun);
        foreach (var update in updates)
        {
            var refused = results.First(result => result.Name == update.Feature).Failure;
            host.Out.WriteLine(Outcome(options.Command, isDryRun, update, refused));
            host.Facts?.Add("features", json =>
            {
                json.WriteString("feature", update.Feature);
                json.WriteNumber("maxVersionLevel", update.MaxVersionLevel);
                json.WriteError(refused);
            });
        }

        var failures = results.Count(result => result.Failure is not null);
        return failures == 0 ? 0 : throw new ToolException($"{failures} out of {updates.Length} operation(s) failed.");
    }

    private static string Outcome(string command, bool isDryRun, in FeatureUpdate update, KafkaException? failure)
    {
        var (can, did) = command switch
        {
            "disable" => ("disable", "disabled"),
            "downgrade" => ("downgrade", "downgraded"),
            _ => ("upgrade", "upgraded"),
        };
        var what = command == "disable" ? update.Feature : $"{update.Feature} to {update.MaxVersionLevel}";
        if (failure is not null)
        {
            return $"{(isDryRun ? "Can not " : "Could not ")}{can} {what}. {failure.Message}";
        }

        var target = command == "disable" ? $"{update.Feature} was {did}." : $"{update.Feature} was {did} to {update.MaxVersionLevel}.";
        return isDryRun ? $"{update.Feature} can be {did}{(command == "disable" ? "" : $" to {update.MaxVersionLevel}")}." : target;
    }

    private static FeatureUpdate[] Updates(ParsedArguments options, Changes changes)
    {
        var type = options.Command == "upgrade" ? FeatureUpdateType.Upgrade
            : changes.Unsafe is { } @unsafe && options.Has(@unsafe) ? FeatureUpdateType.UnsafeDowngrade
            : FeatureUpdateType.SafeDowngrade;
        var updates = new SortedDictionary<string, FeatureUpdate>(StringComparer.Ordinal);
        if (changes.Metadata is { } metadata && options.Value(metadata) is { } version)
        {
            updates[MetadataVersionFeature] = new FeatureUpdate(MetadataVersionFeature, LevelOf(version), type);
        }

        foreach (var text in options.Values(changes.Feature))
        {
            var (feature, level) = options.Command == "disable" ? (text, (short)0) : Parse(text);
            if (!updates.TryAdd(feature, new FeatureUpdate(feature, level, type)))
            {
                throw new ToolException($"Feature {feature} was specified more than once.");
            }
        }

        return updates.Count > 0
            ? updates.Values.ToArray()
            : throw new ToolException($"You must specify at least one feature to {options.Command}");
    }

    private static (string Feature, short Level) Parse(string text)
    {
        var parts = text.Split('=');
        if (parts.Length != 2)
        {
            throw new ToolException($"Can't parse feature=level string {text}: equals sign not found.");
        }

        return JavaText.TryParseShort(parts[1].Trim(), out var level)
            ? (parts[0].Trim(), level)
            : throw new ToolException($"Can't parse feature=level string {text}: unable to parse {parts[1].Trim()} as a short.");
    }

    /// <summary>The feature level of a metadata version: 3.0-IV1 was the first to have one.</summary>
    private static short LevelOf(string version) =>
        MetadataVersions.TryParse(version, out var parsed) && parsed >= MetadataVersion.IBP_3_0_IV1
            ? (short)(parsed - MetadataVersion.IBP_3_0_IV1 + 1)
            : throw new ToolException(
                $"Unknown metadata.version {version}. Supported metadata.version are 3.0-IV1 to {MetadataVersions.Latest.FullName()}");

    /// <summary>What a command that changes features takes.</summary>
    private sealed record Changes(ArgumentSpec? Metadata, ArgumentSpec Feature, ArgumentSpec? Unsafe, ArgumentSpec DryRun)
    {
        public static Changes Of(ArgumentParser parser, string command)
        {
            var metadata = command == "disable" ? null : parser.Value(
                "--metadata", "METADATA", $"The level to which we should {command} the metadata. For example, 3.3-IV3.");
            var feature = parser.Value(
                "--feature",
                "FEATURE",
                command == "disable"
                    ? "A feature flag to disable."
                    : $"A feature {command} we should perform, in feature=level format. For example: `metadata.version=5`.");
            var @unsafe = command == "upgrade" ? null : parser.Flag(
                "--unsafe", "Perform this operation even if it may irreversibly destroy metadata.");
            return new Changes(
                metadata,
                feature,
                @unsafe,
                parser.Flag("--dry-run", "Validate this operation, but do not perform it."));
        }
    }
}
