using System.Globalization;
using ClassicBroker.Client;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Cluster.Tests.Compaction;

/// <summary>
/// kill -9 in the middle of cleanings, while records are produced and consumed: the log reduces to the last value of each key, readers never
/// see one come back, nothing acknowledged is lost. Small by default; <c>CLASSICBROKER_COMPACTION</c> sets records, keys and kills, and
/// <c>scripts/test.sh Cluster --long</c> sets it to ten million, a hundred thousand and twenty.
/// </summary>
public sealed class CompactionCrashTests : IDisposable
{
    private const string Topic = "compacted";

    private static readonly (int Records, int Keys, int Kills) Size =
        Environment.GetEnvironmentVariable("CLASSICBROKER_COMPACTION")?.Split(',') is [var records, var keys, var kills]
            ? (Number(records), Number(keys), Number(kills))
            : (300_000, 10_000, 5);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60 + (Size.Records / 50_000));

    private readonly ScratchDirectory _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [MemberData(nameof(SecurityProfiles.Rows), MemberType = typeof(SecurityProfiles))]
    public async Task Whatever_is_killed_in_a_cleaning_the_last_values_are_left(SecurityProfile profile)
    {
        using var security = ClusterSecurity.Of(profile, _scratch);
        await using var zooKeeper = await SingleZooKeeper.StartAsync(security, _scratch.File("zookeeper"));
        await using var broker = security.Secure(new KafkaServerProcess(
            _scratch.File("broker"), zooKeeper.ConnectString, properties: new Dictionary<string, string>
            {
                // Short, so that a restart need not wait long for the session of the killed broker; a start on a busy machine takes longer.
                ["zookeeper.session.timeout.ms"] = "2000",
                ["zookeeper.connection.timeout.ms"] = "30000",
                ["log.cleaner.backoff.ms"] = "50",
            }));
        await broker.StartAsync();
        await using var network = ClientNetwork.Open();
        await CreateTopicAsync(security, broker, network);
        var oracle = new CompactionOracle(Size.Records, Size.Keys);
        await using var load = new CompactionLoad(broker.BootstrapServers, security.Client, Topic, oracle, network);
        await using var reader = new CompactionReader(broker.BootstrapServers, security.Client, Topic, oracle, network);

        var producing = load.RunAsync();
        var reading = reader.RunUntilStoppedAsync();
        var part = Size.Records / (Size.Kills + 1);
        for (var kill = 0; kill < Size.Kills; kill++)
        {
            await KillInCleaningAsync(broker, () => load.Allow(part));
            await broker.StartAsync();
        }

        load.Allow(Size.Records - (part * Size.Kills));
        await producing.WaitAsync(Patience);
        reader.Stop();
        Assert.True(await reading.WaitAsync(Patience) > 0, "no pass over the log came to its end");

        // The last segment is closed, so that all but what closes it can be cleaned.
        await load.CloseSegmentAsync();
        await reader.ReadUntilReducedAsync(Patience);
        Assert.Equal(0, await broker.StopAsync());
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static async Task CreateTopicAsync(ClusterSecurity security, KafkaServerProcess broker, ClientNetwork network)
    {
        await using var admin = new AdminClient(
            new AdminConfig { BootstrapServers = broker.BootstrapServers }.As(security.Client), network);
        var topic = new NewTopic(Topic)
        {
            Partitions = 1,
            ReplicationFactor = 1,
            Configs = new Dictionary<string, string>
            {
                ["cleanup.policy"] = "compact",
                ["segment.bytes"] = $"{Math.Max(1 << 20, Size.Records * 3)}",
                ["min.cleanable.dirty.ratio"] = "0",
                ["segment.ms"] = $"{CompactionLoad.SegmentMs}",
            },
        };
        (await admin.CreateTopicsAsync([topic]))[0].ThrowIfFailed();
    }

    /// <summary>Kills the broker as soon as its cleaner has made a file of what is being written.</summary>
    private static async Task KillInCleaningAsync(KafkaServerProcess broker, Action writeOn)
    {
        using var watcher = new FileSystemWatcher(Path.Combine(broker.DataDirectory, $"{Topic}-0"), "*.log.cleaned");
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        watcher.Created += (_, _) => begun.TrySetResult();
        watcher.EnableRaisingEvents = true;
        writeOn();
        await begun.Task.WaitAsync(Patience);
        await broker.KillAsync();
    }
}
