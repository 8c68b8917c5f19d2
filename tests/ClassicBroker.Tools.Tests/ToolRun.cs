using System.Net;
using System.Text;
using ClassicBroker.Client.Tests;
using ClassicBroker.Platform;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.ZooKeeper;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging.Abstractions;

namespace ClassicBroker.Tools.Tests;

/// <summary>
/// Runs a tool as its script does, with streams in memory, and with no network, brokers made by hand, or a ZooKeeper in memory.
/// Threading: the test's thread.
/// </summary>
internal sealed class ToolRun
{
    private readonly MemoryStream _output = new();
    private readonly StringWriter _error = new() { NewLine = "\n" };

    private ToolRun(
        string input,
        string[] words,
        Func<ToolHost, ToolNetwork> opener,
        ManualTime time,
        IReadOnlyDictionary<string, string>? systemProperties = null,
        bool isWatched = false)
    {
        var host = new ToolHost
        {
            Input = new MemoryStream(Encoding.UTF8.GetBytes(input)),
            Output = _output,
            Error = _error,
            Files = new PosixFileSystem(),
            ReadFile = File.ReadAllBytes,
            Time = time,
            Random = new SeededRandomSource(1),
            Interruption = new Interruption(),
            NetworkOpener = opener,
            IsWatched = isWatched,
            SystemProperties = systemProperties ?? new Dictionary<string, string>(),
        };

        // Tools end on the clients' loop: what the test's thread starts goes on there.
        var run = time.CreateLoop("main").InvokeAsync(() => ToolRunner.RunAsync(words, host));
        for (var seconds = 0; seconds < 100 && !run.IsCompleted; seconds++)
        {
            time.AdvanceMs(1000);
        }

        Assert.True(run.IsCompleted);
        ExitCode = run.GetAwaiter().GetResult();
    }

    public int ExitCode { get; }

    public string Output => Encoding.UTF8.GetString(_output.ToArray());

    public string Error => _error.ToString();

    /// <summary>A run that must not need the network.</summary>
    public static ToolRun Of(params string[] words) =>
        new("", words, _ => throw new InvalidOperationException("This run must not need the network"), new ManualTime());

    /// <summary>A run against brokers.</summary>
    public static ToolRun Against(FakeCluster cluster, params string[] words) => WithInput("", cluster, words);

    /// <summary>A run against brokers, with something on its standard input.</summary>
    public static ToolRun WithInput(string input, FakeCluster cluster, params string[] words) =>
        new(input, words, _ => NetworkOf(cluster), cluster.Time);

    /// <summary>A run against brokers, before the eyes of a person or not.</summary>
    public static ToolRun Watched(bool isWatched, FakeCluster cluster, params string[] words) =>
        new("", words, _ => NetworkOf(cluster), cluster.Time, isWatched: isWatched);

    /// <summary>A run against ZooKeeper alone.</summary>
    public static ToolRun Against(InMemoryZooKeeper zooKeeper, ManualTime time, params string[] words) =>
        Against(zooKeeper, time, "", words);

    /// <summary>A run against ZooKeeper alone, with something on its standard input.</summary>
    public static ToolRun Against(InMemoryZooKeeper zooKeeper, ManualTime time, string input, string[] words) =>
        Against(zooKeeper, time, input, words, null);

    /// <summary>A run against ZooKeeper alone, with Java's system properties.</summary>
    public static ToolRun Against(
        InMemoryZooKeeper zooKeeper,
        ManualTime time,
        string input,
        string[] words,
        IReadOnlyDictionary<string, string>? systemProperties)
    {
        var cluster = new FakeCluster();
        var loop = time.CreateLoop("zookeeper");
        return new ToolRun(
            input,
            words,
            _ => new ToolNetwork(
                cluster.Network,
                loop,
                NullLoggerFactory.Instance,
                new KnownHosts(),
                (_, _) => zooKeeper.Connect(loop), () => ValueTask.CompletedTask),
            time,
            systemProperties);
    }

    /// <summary>A run against ZooKeeper and brokers, whose time is one.</summary>
    public static ToolRun Against(InMemoryZooKeeper zooKeeper, FakeCluster cluster, params string[] words)
    {
        var loop = cluster.Time.CreateLoop("zookeeper");
        return new ToolRun("", words, _ => NetworkOf(cluster, () => zooKeeper.Connect(loop)), cluster.Time);
    }

    /// <summary>A host for a part of a tool, of which the test sees standard error alone.</summary>
    public static ToolHost HostWith(
        TextWriter error, ManualTime? time = null, bool isWatched = false, bool hasColours = false) => new()
        {
            Input = Stream.Null,
            Output = Stream.Null,
            Error = error,
            Files = new PosixFileSystem(),
            ReadFile = File.ReadAllBytes,
            Time = time ?? new ManualTime(),
            IsWatched = isWatched,
            HasColours = hasColours,
            Random = new SeededRandomSource(1),
            Interruption = new Interruption(),
            NetworkOpener = _ => throw new InvalidOperationException("There is no network here"),
        };

    /// <summary>A file among the recordings.</summary>
    public static string Golden(string name) => Path.Join(AppContext.BaseDirectory, "Golden", name);

    /// <summary>The standard output of a recorded command.</summary>
    public static string RecordedOutput(string name)
    {
        var text = File.ReadAllText(Golden(name));
        var start = text.IndexOf("[stdout]\n", StringComparison.Ordinal) + "[stdout]\n".Length;
        return text[start..text.IndexOf("\n[stderr]", StringComparison.Ordinal)];
    }

    /// <summary>The standard error of a recorded command, without what Java's client library logs.</summary>
    public static string RecordedError(string name)
    {
        var text = File.ReadAllText(Golden(name));
        var start = text.IndexOf("[stderr]\n", StringComparison.Ordinal) + "[stderr]\n".Length;
        return string.Concat(text[start..].TrimEnd('\n').Split('\n').Where(line => !line.StartsWith('[')).Select(line => line + "\n"));
    }

    private static ToolNetwork NetworkOf(FakeCluster cluster, Func<IZooKeeper>? openZooKeeper = null) => new(
        cluster.Network,
        cluster.Loop,
        NullLoggerFactory.Instance,
        new KnownHosts(),
        (_, _) => openZooKeeper?.Invoke() ?? throw new InvalidOperationException("This run must not need ZooKeeper"),
        () => ValueTask.CompletedTask);

    /// <summary>Every host has an address but those that end in <c>.invalid</c>.</summary>
    private sealed class KnownHosts : IAddressResolver
    {
        public Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellation = default) =>
            host.EndsWith(".invalid", StringComparison.Ordinal)
                ? throw new UnknownHostException(host, "Name or service not known")
                : Task.FromResult<IReadOnlyList<IPAddress>>([IPAddress.Loopback]);
    }
}
