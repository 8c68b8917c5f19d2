using System.Net;
using System.Text;
using ClassicBroker.Client;
using ClassicBroker.Conformance.Tests.Differences;
using ClassicBroker.Conformance.Tests.Tools;
using ClassicBroker.Metadata.Znodes;
using ClassicBroker.Platform;
using ClassicBroker.Simulation.Clusters;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Processes;
using ClassicBroker.Tools;

namespace ClassicBroker.Conformance.Tests.Clusters;

/// <summary>
/// Runs recorded commands against a simulated cluster, on its clock, and compares what they print with the recording. Threading: one test.
/// </summary>
internal sealed class LifeCommands : IDisposable
{
    private static readonly (string Name, string Text)[] Files =
    [
        ("a.json", Move("mover", "[1,2]")),
        ("a2.json", Move("mover", "[0,2]")),
        ("b.json", Move("mover", "[0,1]")),
        ("b2.json", Move("absent", "[1,2]")),
        ("d.json", Move("doomed", "[0,1]")),
        ("m.json", Move("moving", "[0,2]")),
        ("r.json", Move("reborn", "[0,2]")),
        ("pe.json", """{"partitions":[{"topic":"rep","partition":0},{"topic":"absent","partition":0}]}"""),
        ("dr.json", """{"version":1,"partitions":[{"topic":"rep","partition":0,"offset":12}]}"""),
    ];

    private readonly SimulatedCluster _cluster;
    private readonly ConformanceReport _report;
    private readonly ScratchDirectory _scratch = new();
    private readonly Dictionary<int, Transcript> _recorded = TranscriptArchive.Read("Timed.life-commands-3.9").ToDictionary(command => command.Number);

    public LifeCommands(SimulatedCluster cluster, ConformanceReport report)
    {
        (_cluster, _report) = (cluster, report);
        foreach (var (name, text) in Files)
        {
            File.WriteAllText(_scratch.File(name), text);
        }
    }

    /// <summary>How many recorded commands were not run.</summary>
    public int Left => _recorded.Count;

    /// <summary>Runs commands of the recording by their numbers.</summary>
    public void Run(params int[] numbers)
    {
        foreach (var number in numbers)
        {
            Run(_recorded[number]);
            _recorded.Remove(number);
        }
    }

    /// <summary>Describes topics as after a recorded step, of those that <paramref name="isCompared"/> names.</summary>
    public void Describe(RecordedDescription recorded, Func<string, bool> isCompared)
    {
        string[] filter = recorded.Filter.Length == 0 ? [] : [recorded.Filter];
        var (exitCode, output, error) = RunTool(["kafka-topics", "--bootstrap-server", Brokers, "--describe", .. filter]);
        var what = $"{recorded.Step} --describe {recorded.Filter}".TrimEnd();
        _report.Compare($"{what}: exit", "0 ", $"{exitCode} {error}");
        _report.Compare($"{what}: stdout", Compared(recorded.Output), Compared(output));

        string Compared(string text) => string.Join('⏎', RecordedDescription.Masked(text).Split('⏎').Where(isCompared));
    }

    public void Dispose() => _scratch.Dispose();

    private static string Move(string topic, string replicas) =>
        $$"""{"version":1,"partitions":[{"topic":"{{topic}}","partition":0,"replicas":{{replicas}}}]}""";

    /// <summary>The broker that is the controller by ZooKeeper: every command finds it at work.</summary>
    private string Brokers =>
        $"broker-{ControllerZnode.Decode(Encoding.UTF8.GetBytes(_cluster.ZooKeeper.Text(ControllerZnode.Path)!))}:9092";

    private void Run(Transcript transcript)
    {
        var (exitCode, output, error) = RunTool([.. transcript.Words.Select(word =>
            word == "BROKERS" ? Brokers : word.Replace("DIR", _scratch.Path, StringComparison.Ordinal))]);
        var name = $"{transcript.Name} {string.Join(' ', transcript.Words.Skip(1))}";
        _report.Compare($"{name}: exit", $"{transcript.ExitCode}", $"{exitCode}");
        _report.Compare($"{name}: stdout", Masked(transcript.Output), Masked(output));
        _report.Compare($"{name}: stderr", Masked(transcript.Error), Masked(error));

        string Masked(string text) => transcript.Words is ["kafka-topics", .., "--describe", _, _]
            ? RecordedDescription.Masked(TranscriptMask.Apply(transcript, text))
            : TranscriptMask.Apply(transcript, text).Replace("\n", "⏎", StringComparison.Ordinal);
    }

    private (int ExitCode, string Output, string Error) RunTool(string[] words)
    {
        using var output = new MemoryStream();
        using var error = new StringWriter { NewLine = "\n" };
        using var interruption = new Interruption();
        var host = new ToolHost
        {
            Input = Stream.Null,
            Output = output,
            Error = error,
            Files = new PosixFileSystem(),
            ReadFile = File.ReadAllBytes,
            Time = _cluster.Time,
            Random = new SeededRandomSource(4),
            Interruption = interruption,
            NetworkOpener = OpenNetwork,
        };
        var exitCode = _cluster.Await(_cluster.ClientLoop.InvokeAsync(() => ToolRunner.RunAsync(words, host)), string.Join(' ', words));
        return (exitCode, Encoding.UTF8.GetString(output.ToArray()), error.ToString());
    }

    private ToolNetwork OpenNetwork(ToolHost host) =>
        new(
            new ClientNetwork(_cluster.ClientTransport, _cluster.ClientLoop, host.Random, host.Files),
            _cluster.ClientLoop,
            new ToolLoggerFactory(host.Log),
            new KnownHosts(),
            (_, _) => throw new InvalidOperationException("These commands do not need ZooKeeper."),
            () => ValueTask.CompletedTask);

    /// <summary>Hosts of the simulated network go by their names, which its transport knows.</summary>
    private sealed class KnownHosts : IAddressResolver
    {
        public Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellation = default) =>
            Task.FromResult<IReadOnlyList<IPAddress>>([IPAddress.Loopback]);
    }
}
