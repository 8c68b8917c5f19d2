using ClassicBroker.Primitives;
using ClassicBroker.Tools.Arguments;

namespace ClassicBroker.Tools.Commands;

/// <summary>
/// <c>kafka-storage.sh</c>: prints a random id. The rest of it belongs to KRaft, whose log directories want to be formatted; a broker with
/// ZooKeeper does that itself.
/// </summary>
internal sealed class StorageCommand : ICommand
{
    private const string RandomUuid = "random-uuid";
    private const int IdLength = 16;

    private readonly ArgumentParser _parser = new("kafka-storage", "The Kafka storage tool.") { HelpExitCode = 0 };

    public StorageCommand()
    {
        const string config = "The Kafka configuration file to use.";
        var info = _parser.Command("info", "Get information about the Kafka log directories on this node.");
        info.Value("--config -c", "CONFIG", config, isRequired: true);
        var format = _parser.Command("format", "Format the Kafka log directories on this node.");
        format.Value("--config -c", "CONFIG", config, isRequired: true);
        format.Value("--cluster-id -t", "CLUSTER_ID", "The cluster ID to use.", isRequired: true);
        format.Values("--add-scram -S", "ADD_SCRAM", "A SCRAM_CREDENTIAL to add to the __cluster_metadata log.");
        format.Flag("--ignore-formatted -g", "Pass this option to format unformatted directories only.");
        format.Value("--release-version -r", "RELEASE_VERSION", "The release version to use for the initial feature settings.");
        format.Values("--feature -f", "FEATURE", "The setting to use for a specific feature, in feature=level format.");
        _parser.Command(RandomUuid, "Print a random UUID.");
    }

    public bool ReportsFacts => true;

    public Task<int> RunAsync(IReadOnlyList<string> args, ToolHost host)
    {
        if (_parser.Parse(args).Command != RandomUuid)
        {
            throw new ToolException(
                "The kafka configuration file appears to be for a legacy cluster. Formatting is only supported for clusters in KRaft mode: "
                + "a broker with ZooKeeper makes its log directories when it starts.");
        }

        var id = RandomId(host).ToString();
        host.Facts?.Set("uuid", json => json.WriteStringValue(id));
        host.Out.WriteLine(id);
        return Task.FromResult(0);
    }

    /// <summary>An id of version 4, none that begins with a dash: it would be taken for an option.</summary>
    private static Uuid RandomId(ToolHost host)
    {
        var random = new byte[IdLength];
        while (true)
        {
            host.Random.Fill(random);
            var id = Uuid.FromRandom(random);
            if (!id.ToString().StartsWith('-'))
            {
                return id;
            }
        }
    }
}
