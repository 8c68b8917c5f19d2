using System.Text;
using ClassicBroker.Client;
using ClassicBroker.Platform;
using ClassicBroker.Server.Tests.InProcess;
using ClassicBroker.Testing;
using ClassicBroker.Testing.Loops;
using ClassicBroker.Testing.Network;
using ClassicBroker.Tools;

namespace ClassicBroker.Conformance.Tests.Groups;

/// <summary>Runs tools against brokers in memory, on their clock. Threading: the test's thread.</summary>
internal sealed class CommandSession
{
    /// <summary>Longer than a command waits for an answer, in steps in which no timer of a group is passed by.</summary>
    private const int StepsMax = 7_000;
    private const int StepMs = 10;

    private readonly ManualTime _time;
    private readonly ManualEventLoop _loop;
    private readonly InMemoryTransport _transport;

    /// <param name="brokers">Brokers that share a clock, each with the address it listens on.</param>
    public CommandSession(params IReadOnlyList<(InProcessBroker Broker, string Host)> brokers)
    {
        _time = brokers[0].Broker.Time;
        var network = new InMemoryNetwork(_time, new SeededRandomSource(3));
        foreach (var (broker, host) in brokers)
        {
            broker.ListenOn(network, host);
        }

        _loop = _time.CreateLoop("tools");
        _transport = network.AddHost("tools", _loop);
    }

    /// <summary>Runs a command to its end; the exit code is null where it did not end.</summary>
    /// <param name="words">The script and its arguments.</param>
    /// <param name="meanwhile">What happens while it runs: lets time pass, and may interrupt it.</param>
    public (int? ExitCode, string Output, string Error) Run(IReadOnlyList<string> words, Action<Interruption>? meanwhile = null)
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
            Time = _time,
            Random = new SeededRandomSource(4),
            Interruption = interruption,
            NetworkOpener = OpenNetwork,
        };

        // Tools end on the clients' loop: what the test's thread starts goes on there.
        var run = _time.CreateLoop("main").InvokeAsync(() => ToolRunner.RunAsync(words, host));
        _time.RunUntilIdle();
        meanwhile?.Invoke(interruption);
        for (var step = 0; step < StepsMax && !run.IsCompleted; step++)
        {
            _time.AdvanceMs(StepMs);
        }

        int? exitCode = run.IsCompleted ? run.GetAwaiter().GetResult() : null;
        return (exitCode, Encoding.UTF8.GetString(output.ToArray()), error.ToString());
    }

    private ToolNetwork OpenNetwork(ToolHost host) =>
        new(
            new ClientNetwork(_transport, _loop, host.Random, host.Files),
            _loop,
            new ToolLoggerFactory(host.Log),
            new LiteralAddressResolver(),
            (_, _) => throw new InvalidOperationException("These commands do not need ZooKeeper."),
            () => ValueTask.CompletedTask);
}
